package journal

import (
	"errors"
	"os"
	"syscall"
)

// datasync waits until the file's bytes are on the disk, and its length where that has changed.
func datasync(file *os.File) error {
	for {
		if err := syscall.Fdatasync(int(file.Fd())); !errors.Is(err, syscall.EINTR) {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}

// room is ENOSPC when the file system says that it has less than n bytes. Writing until it is full would show the same, but
// would take the last of it from the database meanwhile.
func room(file *os.File, n uint64) error {
	var s syscall.Statfs_t
	if err := syscall.Fstatfs(int(file.Fd()), &s); err != nil || s.Blocks == 0 { // it does not say
		return nil
	}
	unit := s.Frsize
	if unit == 0 {
		unit = s.Bsize
	}
	if s.Bavail*uint64(unit) < n {
		return syscall.ENOSPC
	}
	return nil
}
