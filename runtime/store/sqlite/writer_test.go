package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"claviger/runtime"
	"claviger/runtime/seal"
)

func testStore(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "claviger.db"), seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.PutIntegration(t.Context(), &runtime.Integration{Key: "github"}); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *Store) pragma(t *testing.T, pragma string) {
	t.Helper()
	if _, err := s.writer.conn.ExecContext(t.Context(), "PRAGMA "+pragma); err != nil {
		t.Fatal(err)
	}
}

// stall keeps the writer busy, so that what is written meanwhile becomes one batch, until the result is called.
func (s *Store) stall() (release func()) {
	busy, end := make(chan struct{}), make(chan struct{})
	go s.writer.do(context.Background(), func(*tx) error {
		close(busy)
		<-end
		return runtime.ErrNotFound
	})
	<-busy
	return func() { close(end) }
}

// together makes one batch of n writes and returns their answers.
func (s *Store) together(n int, run func(i int) error) []error {
	release := s.stall()
	go func() {
		for len(s.writer.queue) < n {
			time.Sleep(time.Millisecond)
		}
		release()
	}()
	return atOnce(n, run)
}

func atOnce(n int, run func(i int) error) []error {
	answers := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { answers[i] = run(i) })
	}
	group.Wait()
	return answers
}

// silent makes the last write as old as d.
func (s *Store) silent(d time.Duration) {
	at := time.Now().Add(-d)
	s.writer.wrote.Store(&at)
}

func TestDurability(t *testing.T) {
	s := testStore(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		if err := s.writer.conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %s, %v", pragma, got, err)
		}
	}
	var readOnly int
	if err := s.reads.row(t.Context(), `PRAGMA query_only`).Scan(&readOnly); err != nil || readOnly != 1 {
		t.Errorf("readers can write: %v", err)
	}
}

func TestABatchIsOneTransaction(t *testing.T) {
	s := testStore(t)
	var before, after int
	s.pragma(t, "wal_checkpoint(truncate)")
	count := `SELECT count(*) FROM connections`
	s.reads.row(t.Context(), count).Scan(&before)
	wal := func() int64 { info, _ := os.Stat(s.path + "-wal"); return info.Size() }
	for _, err := range s.together(30, func(i int) error {
		return s.PutConnection(t.Context(), &runtime.Connection{ID: fmt.Sprint(i), Integration: "github"})
	}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	s.reads.row(t.Context(), count).Scan(&after)
	if pages := wal() / 4096; after-before != 30 || pages > 30 {
		t.Fatalf("%d rows in %d pages of the WAL", after-before, pages)
	}
}

func TestAFailingWriteDisturbsNoOther(t *testing.T) {
	s := testStore(t)
	odd := errors.New("odd")
	answers := s.together(40, func(i int) error {
		c := &runtime.Connection{ID: fmt.Sprint(i), Integration: "github"}
		switch i % 4 {
		case 1: // a compare-and-swap that fails
			c.Version = 7
		case 2: // a violated key
			c.Integration = "nowhere"
		case 3: // an error that ends the transaction
			if i == 3 {
				return s.writer.do(t.Context(), func(*tx) error { return odd })
			}
		}
		return s.PutConnection(t.Context(), c)
	})
	for i, err := range answers {
		want := []error{nil, runtime.ErrConflict, runtime.ErrConflict, nil}[i%4]
		if i == 3 {
			want = odd
		}
		if err != want {
			t.Errorf("write %d: %v, want %v", i, err, want)
		}
		_, err := s.Connection(t.Context(), fmt.Sprint(i))
		if stored := err == nil; stored != (want == nil) {
			t.Errorf("write %d: stored %t", i, stored)
		}
	}
}

func TestWithdrawnWriteNeverRuns(t *testing.T) {
	s := testStore(t)
	release := s.stall()
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error, 1)
	go func() {
		answer <- s.PutConnection(ctx, &runtime.Connection{ID: "withdrawn", Integration: "github"})
	}()
	for len(s.writer.queue) == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-answer; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	release()
	if err := s.PutConnection(t.Context(), &runtime.Connection{ID: "next", Integration: "github"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Connection(t.Context(), "withdrawn"); err != runtime.ErrNotFound {
		t.Fatal(err)
	}
}

func TestTakenWriteTellsItsOutcome(t *testing.T) {
	s := testStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.writer.do(ctx, func(t *tx) error {
		cancel() // too late
		_, err := t.exec(`INSERT INTO integrations (key, version, doc) VALUES ('taken', 1, '{}')`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Integration(t.Context(), "taken"); err != nil {
		t.Fatal(err)
	}
}

func TestCloseAnswersEveryWriter(t *testing.T) {
	s := testStore(t)
	var group sync.WaitGroup
	var stored sync.Map
	for w := range 8 {
		group.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%d-%d", w, i)
				err := s.PutConnection(t.Context(), &runtime.Connection{ID: id, Integration: "github"})
				if errors.Is(err, ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				stored.Store(id, true)
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	group.Wait()
	again, err := open(t.Context(), s.path, s.codec.Keyring())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for id := range stored.Range {
		if _, err := again.Connection(t.Context(), id.(string)); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestPingWritesWhenNothingElseDoes(t *testing.T) {
	s := testStore(t)
	s.pragma(t, "query_only=1")
	if err := s.Ping(t.Context()); err != nil {
		t.Fatalf("a write has just succeeded: %v", err)
	}
	s.silent(time.Minute)
	if err := s.Ping(t.Context()); primary(err) != sqlite3.SQLITE_READONLY {
		t.Fatal(err)
	}
	s.pragma(t, "query_only=0")
	if err := s.Ping(t.Context()); err != nil || !s.writer.wroteWithin(time.Second) {
		t.Fatal(err)
	}
}

func TestClockGoesOnByItself(t *testing.T) {
	at := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	c := clock{database: at, process: time.Now().Add(-time.Hour)}
	if off := c.now().Sub(at.Add(time.Hour)); math.Abs(off.Seconds()) > 1 {
		t.Fatalf("off by %s", off)
	}
}

func TestListsUseTheirIndex(t *testing.T) {
	s := testStore(t)
	for _, c := range []struct {
		f     runtime.ConnectionFilter
		index string
	}{
		{runtime.ConnectionFilter{}, "sqlite_autoindex_connections_1"},
		{runtime.ConnectionFilter{Owner: "a"}, "connections_by_owner"},
		{runtime.ConnectionFilter{Owners: []string{"a"}, Integration: "b", Status: runtime.Failed}, "connections_by_owner"},
		{runtime.ConnectionFilter{Integration: "b"}, "connections_by_integration"},
		{runtime.ConnectionFilter{Integration: "b", Status: runtime.Connected}, "connections_by_integration"},
		{runtime.ConnectionFilter{Integration: "b", Status: runtime.Failed}, "connections_by_status"},
		{runtime.ConnectionFilter{Status: runtime.Connected}, "connections_by_status"},
	} {
		query, args, err := selection(c.f)
		if err != nil {
			t.Fatal(err)
		}
		plans, err := list(t.Context(), s.reads, func(row scanner) (plan string, err error) {
			var ignored int
			err = row.Scan(&ignored, &ignored, &ignored, &plan)
			return plan, err
		}, "EXPLAIN QUERY PLAN "+query, args...)
		if err != nil || len(plans) != 1 || !strings.Contains(plans[0], "USING INDEX "+c.index+" ") {
			t.Errorf("%+v: %q, %v", c.f, plans, err)
		}
	}
}
