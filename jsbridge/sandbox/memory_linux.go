package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// LimitData makes the operating system refuse this process more private writable memory than so many bytes (RLIMIT_DATA).
// It works within the sandbox, too, and can be raised again: the server counts for itself.
func LimitData(most int64) error {
	var now syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_DATA, &now); err != nil {
		return err
	}
	now.Cur = min(uint64(most), now.Max)
	return syscall.Setrlimit(syscall.RLIMIT_DATA, &now)
}

// DataSize is the private writable memory of a process (man 5 proc: statm, field 6), in bytes; number 0 is this one.
func DataSize(pid int) (int64, error) {
	name := "self"
	if pid > 0 {
		name = strconv.Itoa(pid)
	}
	text, err := os.ReadFile("/proc/" + name + "/statm")
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(text)
	if len(fields) < 6 {
		return 0, fmt.Errorf("expected at least 6 fields in the statm of a process, found %d", len(fields))
	}
	pages, err := strconv.ParseInt(string(fields[5]), 10, 64)
	return pages * int64(os.Getpagesize()), err
}
