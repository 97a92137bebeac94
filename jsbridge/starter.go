package jsbridge

import (
	"os/exec"
	goruntime "runtime"
	"sync"
)

// starter starts processes from one thread that lives as long as they may: on Linux the signal for a parent's death is
// sent when the *thread* that made the child ends.
type starter struct {
	requests chan startRequest
	closing  sync.Once
}

type startRequest struct {
	cmd    *exec.Cmd
	result chan error
}

func newStarter() *starter {
	s := &starter{requests: make(chan startRequest)}
	go func() {
		goruntime.LockOSThread()
		for r := range s.requests {
			r.result <- r.cmd.Start()
		}
	}()
	return s
}

func (s *starter) start(cmd *exec.Cmd) error {
	r := startRequest{cmd, make(chan error, 1)}
	s.requests <- r
	return <-r.result
}

// close ends the thread. No start may be under way, and no process that it started alive.
func (s *starter) close() { s.closing.Do(func() { close(s.requests) }) }
