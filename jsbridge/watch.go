package jsbridge

import (
	"fmt"
	"time"
)

const (
	// sampleEvery is how often the parent looks at a call under way.
	sampleEvery = 20 * time.Millisecond
	// stopGrace is how long a worker that is over a limit has to tell where it was before it is killed.
	stopGrace = 100 * time.Millisecond
	// memoryGrace is how much more than its own limit (RLIMIT_DATA) a worker is seen to have: it has counted from a little
	// later than this process, and its stacks do not count there.
	memoryGrace = 16 << 20
)

// overLimit says which limit a call went over.
type overLimit struct {
	limit  string
	limits Limits
}

// Error says how much was allowed.
func (e *overLimit) Error() string {
	switch e.limit {
	case "wall":
		return fmt.Sprintf("the hook ran longer than %s", e.limits.Wall)
	case "cpu":
		return fmt.Sprintf("the hook used more than %s of CPU time", e.limits.CPU)
	case "memory":
		return fmt.Sprintf("the hook used more than %s of memory", size(e.limits.Memory))
	case "bytes":
		return fmt.Sprintf("the hook's fetch received more than %s in all", size(e.limits.Bytes))
	case "fetches":
		return fmt.Sprintf("the hook called fetch more than %d times", e.limits.Fetches)
	}
	return fmt.Sprintf("the hook logged more than %s", size(int64(e.limits.Log)))
}

func size(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// watch looks at the clocks of a call and comes back until it is over. At a limit the worker is first asked where it is,
// and killed if it does not answer at once.
func (s *session) watch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	left := time.Until(s.deadline)
	switch {
	case left <= 0 && s.exceeded != "":
		s.worker.kill()
		return
	case left <= 0:
		s.stop("wall")
	case s.exceeded == "" && s.cpuUsed() > s.limits.CPU:
		s.stop("cpu")
	case s.exceeded == "" && s.worker.memoryUsed() > s.limits.Memory+memoryGrace:
		s.stop("memory") // the worker has let itself have more than it was told
	}
	s.timer.Reset(max(min(sampleEvery, time.Until(s.deadline)), time.Millisecond))
}

// stop begins the end of a call that is over a limit. Called with mu held.
func (s *session) stop(limit string) {
	s.exceeded = limit
	s.deadline = time.Now().Add(stopGrace)
	s.worker.interrupt()
}

// cpuUsed is the CPU time of this call so far. A worker that is gone has used none.
func (s *session) cpuUsed() time.Duration {
	now, err := s.worker.cpuTime()
	if err != nil {
		return 0
	}
	return now - s.cpuStart
}

// stoppedFor is the limit for which the parent has stopped the call, "" if it has not.
func (s *session) stoppedFor() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.exceeded
}
