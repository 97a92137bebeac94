package jsbridge

import (
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"claviger/jsbridge/sandbox"
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

// measure reads what the idle worker has, and makes sure that its CPU time can be read.
func (w *process) measure() error {
	idle, err := w.dataSize()
	if err != nil {
		return err
	}
	w.idle = idle
	_, err = w.cpuTime()
	return err
}

// memoryUsed is the private writable memory of the process above the idle worker, in bytes. A process that is gone has none.
func (w *process) memoryUsed() int64 {
	size, err := w.dataSize()
	if err != nil {
		return 0
	}
	return size - w.idle
}

// retireAbove is how much memory beyond the idle worker a worker may keep after a call.
const retireAbove = 64 << 20

// isGrown tells whether a worker has taken so much memory that it should not stay.
func (w *process) isGrown() bool {
	size, err := w.dataSize()
	return err != nil || size > w.idle+retireAbove
}

func (w *process) dataSize() (int64, error) { return sandbox.DataSize(w.pid) }

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
