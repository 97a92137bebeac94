package journal_test

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"claviger/runtime/journal"
)

// A full disk, as a file system that is full and as a process that may make its files no longer.
func TestFullDisk(t *testing.T) {
	t.Run("limit", func(t *testing.T) { full(t, t.TempDir(), "limit") })
	t.Run("file system", func(t *testing.T) {
		dir := t.TempDir()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
			t.Logf("only the limit was tried: %v", err) // not root
			return
		}
		defer syscall.Unmount(dir, syscall.MNT_DETACH)
		full(t, dir, "")
	})
}

func full(t *testing.T, dir, how string) {
	t.Helper()
	if how == "limit" {
		os.WriteFile(filepath.Join(dir, "limited"), nil, 0o600)
	}
	if out, err := childOutput(t, dir, "full"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// childFull reserves what there is room for, and writes to it then.
func childFull(j *journal.Journal, dir string) error {
	var enough func()
	if os.Remove(filepath.Join(dir, "limited")) == nil {
		signal.Ignore(syscall.SIGXFSZ)
		limit := func(n uint64) { syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: ^uint64(0)}) }
		limit(2 << 20)
		enough = func() { limit(^uint64(0)) }
	} else {
		ballast := filepath.Join(dir, "ballast")
		os.WriteFile(ballast, make([]byte, 500<<10), 0o600)
		enough = func() { os.Remove(ballast) }
	}
	slots, err := reserveAll(j)
	if !errors.Is(err, journal.ErrFull) || !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("full: %w", err)
	}
	if len(slots) < 4 {
		return fmt.Errorf("only %d slots in 2 MiB", len(slots))
	}
	fill(dir)
	for i, s := range slots {
		if err := s.Write(fmt.Sprint("entry", i), make([]byte, journal.MaxEntry)); err != nil {
			return err
		}
	}
	slots[0].Release()
	if slots[0], err = j.Reserve(); err != nil {
		return fmt.Errorf("released slot: %w", err)
	}
	if _, err := j.Reserve(); !errors.Is(err, journal.ErrFull) {
		return fmt.Errorf("full again: %w", err)
	}
	os.Remove(filepath.Join(dir, "filler"))
	enough()
	if _, err := j.Reserve(); err != nil {
		return fmt.Errorf("room has come: %w", err)
	}
	return j.Close()
}

func reserveAll(j *journal.Journal) (slots []*journal.Slot, err error) {
	for len(slots) < 100 {
		s, err := j.Reserve()
		if err != nil {
			return slots, err
		}
		slots = append(slots, s)
	}
	return slots, errors.New("there is room for a hundred")
}

// fill takes the last bytes that the disk has, 2 MiB at most.
func fill(dir string) {
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		return
	}
	defer f.Close()
	for range 512 {
		if _, err := f.Write(make([]byte, 4<<10)); err != nil {
			return
		}
	}
}
