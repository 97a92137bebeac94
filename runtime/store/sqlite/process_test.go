package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/store/sqlite"
)

// TestMain is the test's child process too: it then writes connections until it is killed or has written enough.
func TestMain(m *testing.M) {
	if dir := os.Getenv("CLAVIGER_TEST_CHILD"); dir != "" {
		if err := child(dir, os.Getenv("CLAVIGER_TEST_PREFIX"), os.Getenv("CLAVIGER_TEST_ROUNDS") != ""); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func openDir(ctx context.Context, dir string) (*sqlite.Store, error) {
	path := filepath.Join(dir, "claviger.db")
	ring, err := seal.Open(filepath.Join(dir, "keyset.json"), func() (bool, error) { return sqlite.Sealed(ctx, path) })
	if err != nil {
		return nil, err
	}
	return sqlite.Open(ctx, path, ring)
}

const childWriters, childRounds = 8, 25

// child prints the id of each connection once it is stored.
func child(dir, prefix string, bounded bool) error {
	ctx := context.Background()
	s, err := openDir(ctx, dir)
	if err != nil {
		return err
	}
	failed := make(chan error, childWriters)
	for w := range childWriters {
		go func() {
			for i := 0; !bounded || i < childRounds; i++ {
				id := fmt.Sprintf("%s-%d-%d", prefix, w, i)
				if err := s.PutConnection(ctx, &runtime.Connection{ID: id, Integration: "github"}); err != nil {
					failed <- fmt.Errorf("%s: %w", id, err)
					return
				}
				os.Stdout.WriteString(id + "\n") // one write: lines of goroutines do not mix
			}
			failed <- nil
		}()
	}
	for range childWriters {
		if err := <-failed; err != nil {
			return err
		}
	}
	return s.Close()
}

// start starts a child. Its lines go to ids until it has ended, when ids is closed.
func start(t *testing.T, dir, prefix, rounds string) (*exec.Cmd, <-chan string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "CLAVIGER_TEST_CHILD="+dir, "CLAVIGER_TEST_PREFIX="+prefix, "CLAVIGER_TEST_ROUNDS="+rounds)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ids := make(chan string, 1<<16)
	go func() {
		defer close(ids)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			ids <- lines.Text()
		}
	}()
	return cmd, ids
}

func newDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s, err := openDir(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.PutIntegration(t.Context(), &runtime.Integration{Key: "github"}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWhatWasAcknowledgedSurvivesKill(t *testing.T) {
	dir := newDir(t)
	acknowledged := map[string]bool{}
	for round := range 4 {
		cmd, ids := start(t, dir, fmt.Sprint("killed", round), "")
		acknowledged[<-ids] = true // it is at work
		time.Sleep(time.Duration(50+40*round) * time.Millisecond)
		cmd.Process.Kill()
		for id := range ids {
			acknowledged[id] = true
		}
		cmd.Wait()
		if sealed, err := sqlite.Sealed(t.Context(), filepath.Join(dir, "claviger.db")); err != nil || !sealed {
			t.Errorf("after the kill: sealed %t, %v", sealed, err)
		}
		s, err := openDir(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		for id := range acknowledged {
			if _, err := s.Connection(t.Context(), id); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
		s.Close()
	}
	if len(acknowledged) < 50 {
		t.Fatalf("only %d writes were acknowledged: the test shows little", len(acknowledged))
	}
}

func TestTwoProcessesWrite(t *testing.T) {
	dir := newDir(t)
	s, err := openDir(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var written sync.Map
	var group sync.WaitGroup
	for _, prefix := range []string{"one", "two"} {
		cmd, ids := start(t, dir, prefix, "bounded")
		group.Go(func() {
			for id := range ids {
				written.Store(id, true)
			}
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
	for w := range 4 {
		group.Go(func() {
			for i := range 50 {
				id := fmt.Sprintf("here-%d-%d", w, i)
				if err := s.PutConnection(t.Context(), &runtime.Connection{ID: id, Integration: "github"}); err != nil {
					t.Error(err)
				}
				written.Store(id, true)
			}
		})
	}
	group.Wait()
	count := 0
	for id := range written.Range {
		count++
		if _, err := s.Connection(t.Context(), id.(string)); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if want := 2*childWriters*childRounds + 4*50; count != want {
		t.Fatalf("%d written, want %d", count, want)
	}
}

func TestManyProcessesStartFirst(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			s, err := openDir(t.Context(), dir)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}
