package sqlite

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
)

// large is a connection that needs new pages.
func large(i int) *runtime.Connection {
	return &runtime.Connection{
		ID: fmt.Sprint("large", i), Integration: "github", Parameters: value.Of("a", strings.Repeat("x", 100_000)),
	}
}

// outage makes writes fail by begin, and work again by end: nothing that failed is kept, nothing that was there is lost.
func outage(t *testing.T, s *Store, hint string, begin, end func()) {
	t.Helper()
	kept := &runtime.Connection{ID: "kept", Integration: "github"}
	if err := s.PutConnection(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	begin()
	for i, err := range atOnce(5, func(i int) error { return s.PutConnection(t.Context(), large(i)) }) {
		if err == nil || !strings.Contains(err.Error(), hint) || !strings.Contains(err.Error(), s.path) {
			t.Errorf("write %d: %v", i, err)
		}
	}
	if _, err := s.Connection(t.Context(), "kept"); err != nil {
		t.Error(err)
	}
	end()
	for i := range 5 {
		if _, err := s.Connection(t.Context(), fmt.Sprint("large", i)); err != runtime.ErrNotFound {
			t.Errorf("a failed write was kept: %v", err)
		}
		if err := s.PutConnection(t.Context(), large(i)); err != nil {
			t.Error(err)
		}
	}
	if err := s.PutConnection(t.Context(), kept); err != nil {
		t.Error(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestFullDatabase(t *testing.T) {
	s := testStore(t)
	outage(t, s, "is full", func() { s.pragma(t, "max_page_count=10") }, func() { s.pragma(t, "max_page_count=1000000") })
}

func TestReadOnlyDatabase(t *testing.T) {
	s := testStore(t)
	outage(t, s, "can only be read", func() { s.pragma(t, "query_only=1") }, func() { s.pragma(t, "query_only=0") })
}

// A file size limit fails in the middle of a commit, as a full disk does.
func TestDiskThatTakesNoMore(t *testing.T) {
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	s := testStore(t)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	limit := func(bytes uint64) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: before.Max}); err != nil {
			t.Fatal(err)
		}
	}
	defer limit(before.Cur)
	outage(t, s, "the disk does not read or write it", func() {
		info, err := os.Stat(s.path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		limit(uint64(info.Size()) + 20_000)
	}, func() { limit(before.Cur) })

	s.silent(time.Minute)
	limit(4096)
	if err := s.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "the disk does not") {
		t.Errorf("ping: %v", err)
	}
}

func TestLockOfAnotherProcess(t *testing.T) {
	s := testStore(t)
	other, err := connect(s.path, writing, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	s.pragma(t, "busy_timeout=50")
	var end func() error
	outage(t, s, "another process has kept it locked", func() {
		held, err := other.BeginTx(t.Context(), nil) // immediate
		if err != nil {
			t.Fatal(err)
		}
		end = held.Rollback
	}, func() { end() })
}
