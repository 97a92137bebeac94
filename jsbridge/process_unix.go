//go:build unix && !linux

package jsbridge

import (
	"os"
	"os/exec"
	"syscall"
	"time"
)

// holdsAll is false where only the wall time of a call is enforced: this system has no limit on a process's data that
// works, and no clock of another process. It is good enough to write connectors on, not to host others'.
const holdsAll = false

// workerCommand is the command of a worker, by default the file of the program that runs.
func workerCommand(argv []string) *exec.Cmd {
	if len(argv) > 0 {
		return exec.Command(argv[0], argv[1:]...)
	}
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	return exec.Command(self, command)
}

// processAttributes give a worker a process group.
func processAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func (w *process) measure() error { return nil }

func (w *process) memoryUsed() int64 { return 0 }

func (w *process) isGrown() bool { return false }

func (w *process) cpuTime() (time.Duration, error) { return 0, nil }
