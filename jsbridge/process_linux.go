package jsbridge

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// holdsAll tells that every limit of a call is enforced on this system.
const holdsAll = true

// workerCommand is the command of a worker. By default it is the very program that runs, even where its file has been
// replaced since.
func workerCommand(argv []string) *exec.Cmd {
	if len(argv) == 0 {
		return &exec.Cmd{Path: "/proc/self/exe", Args: []string{os.Args[0], command}}
	}
	return exec.Command(argv[0], argv[1:]...)
}

// processAttributes give a worker a process group, and its death when this process dies.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// memoryLimit is what the operating system lets a worker have.
type memoryLimit struct {
	idle    int64 // bytes of private writable memory when it became ready
	allowed int64 // bytes above idle; 0: not set yet
}

// measure reads what the idle worker has, and makes sure that its CPU time can be read.
func (w *process) measure() error {
	idle, err := w.dataSize()
	if err != nil {
		return err
	}
	w.memory.idle = idle
	_, err = w.cpuTime()
	return err
}

// limitMemory sets RLIMIT_DATA to so many bytes above the idle worker.
func (w *process) limitMemory(above int64) error {
	if w.memory.allowed == above {
		return nil
	}
	var now unix.Rlimit
	if err := unix.Prlimit(w.pid, unix.RLIMIT_DATA, nil, &now); err != nil {
		return err
	}
	now.Cur = min(uint64(w.memory.idle+above), now.Max)
	if err := unix.Prlimit(w.pid, unix.RLIMIT_DATA, &now, nil); err != nil {
		return err
	}
	w.memory.allowed = above
	return nil
}

// retireAbove is how much memory beyond the idle worker a worker may keep after a call.
const retireAbove = 64 << 20

// isGrown tells whether a worker has taken so much memory that it should not stay.
func (w *process) isGrown() bool {
	size, err := w.dataSize()
	return err != nil || size > w.memory.idle+retireAbove
}

// dataSize is the private writable memory of the process (man 5 proc: statm, field 6), in bytes.
func (w *process) dataSize() (int64, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(w.pid) + "/statm")
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(text)
	if len(fields) < 6 {
		return 0, fmt.Errorf("statm of a worker has %d fields", len(fields))
	}
	pages, err := strconv.ParseInt(string(fields[5]), 10, 64)
	return pages * int64(os.Getpagesize()), err
}

// cpuTime is what all threads of the process have used so far. It reads the process's CPU clock (man 3
// clock_getcpuclockid), which is finer than the ticks of /proc/pid/stat and costs one system call.
func (w *process) cpuTime() (time.Duration, error) {
	const schedulerClock = 2
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^w.pid<<3|schedulerClock), &t); err != nil {
		return 0, err
	}
	return time.Duration(t.Nano()), nil
}
