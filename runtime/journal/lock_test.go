package journal

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"claviger/runtime/seal"
)

// forked is a process that has been forked and does not run its program yet: it shares what the files of this one are.
func forked(t *testing.T, file *os.File) (exec func()) {
	t.Helper()
	fd, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	exec = sync.OnceFunc(func() { syscall.Close(fd) })
	t.Cleanup(exec)
	return exec
}

// A worker that is just being started, which any part of the program may do at any time, does not keep the lock.
func TestClosedWhileAProcessIsForked(t *testing.T) {
	path, ring := filepath.Join(t.TempDir(), "journal"), seal.Generate()
	j, err := Open(path, ring)
	if err != nil {
		t.Fatal(err)
	}
	forked(t, j.file)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if j, err = Open(path, ring); err != nil {
		t.Fatal(err)
	}
	if time.Since(began) > lockPatience/2 {
		t.Error("it was still locked")
	}
	j.Close()
}

// A process that is killed while it forks another unlocks nothing; the next waits the moment until that runs its program.
func TestKilledWhileAProcessIsForked(t *testing.T) {
	path, ring := filepath.Join(t.TempDir(), "journal"), seal.Generate()
	j, err := Open(path, ring)
	if err != nil {
		t.Fatal(err)
	}
	exec := forked(t, j.file)
	j.file.Close()
	if _, err := Open(path, ring); !errors.Is(err, ErrLocked) {
		t.Fatal("the lock has ended: the test shows nothing", err)
	}
	time.AfterFunc(100*time.Millisecond, exec)
	if j, err = Open(path, ring); err != nil {
		t.Fatal(err)
	}
	j.Close()
}
