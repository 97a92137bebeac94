package journal

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// A lock belongs to what open returned, which a process that is just being forked shares until it runs its program: there
// close-on-exec ends that, and not before. So who closes a locked file unlocks it first, or the lock would last as long as
// some worker takes to start; and who finds a file locked waits a moment, for a process that was killed has left such a
// child behind.

// lockPatience is more than a forked process takes until it runs its program, on a busy machine too.
const lockPatience = time.Second

// Lock takes a file for this process alone until Unlock, or until the process has ended. ErrLocked: another has it.
func Lock(file *os.File) error {
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		switch err := flock(file, syscall.LOCK_EX|syscall.LOCK_NB); {
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return err
		case time.Since(began) > lockPatience:
			return ErrLocked
		}
	}
}

// Unlock gives a locked file back and closes it.
func Unlock(file *os.File) error { return errors.Join(flock(file, syscall.LOCK_UN), file.Close()) }

func flock(file *os.File, how int) error {
	for {
		if err := syscall.Flock(int(file.Fd()), how); !errors.Is(err, syscall.EINTR) {
			return os.NewSyscallError("flock", err)
		}
	}
}
