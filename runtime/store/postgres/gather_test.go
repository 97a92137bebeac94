package postgres

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/store/postgres/pgtest"
)

func ownStore(t *testing.T, db *pgtest.Database) *Store {
	t.Helper()
	s, err := Open(t.Context(), db.SocketURL(), seal.Generate())
	if err == nil {
		err = s.PutIntegration(t.Context(), &runtime.Integration{Key: "github", Connector: "github"})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// rows are connections in a store.
func rows(t *testing.T, s *Store, n int) []*runtime.Connection {
	t.Helper()
	all := make([]*runtime.Connection, n)
	for i := range all {
		all[i] = benchConnection(i)
		if err := s.PutConnection(t.Context(), all[i]); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// lock has a session of somebody else's hold rows until the returned function is called.
func lock(t *testing.T, db *pgtest.Database, ids ...string) (unlock func()) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, db.SocketURL().Reveal())
	if err != nil {
		t.Fatal(err)
	}
	unlock = sync.OnceFunc(func() { conn.Close(ctx) })
	t.Cleanup(unlock)
	if _, err := conn.Exec(ctx, `BEGIN`); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, `SELECT FROM connections WHERE id = ANY ($1) FOR UPDATE`, ids); err != nil {
		t.Fatal(err)
	}
	return unlock
}

// inCompany runs f, which writes n connections, while all leaders are away, and lets some lead when all n wait.
func inCompany(t *testing.T, s *Store, n int, f func()) {
	t.Helper()
	lead := leadersAway(s)
	ended := make(chan bool)
	go func() { f(); close(ended) }()
	nWait(s, n)
	lead()
	<-ended
}

func leadersAway(s *Store) (back func()) {
	s.writes.mu.Lock()
	s.writes.leaders += maxLeaders
	s.writes.mu.Unlock()
	return func() {
		for range maxLeaders {
			s.writes.next()
		}
	}
}

func nWait(s *Store, n int) {
	for waiting := -1; waiting != n; time.Sleep(time.Millisecond) {
		s.writes.mu.Lock()
		waiting = len(s.writes.waiting)
		s.writes.mu.Unlock()
	}
}

// transactions tells which transaction wrote each row.
func transactions(t *testing.T, db *pgtest.Database, some []*runtime.Connection) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, c := range some {
		all[strings.TrimSpace(db.Exec(t, `SELECT xmin FROM connections WHERE id = '`+c.ID+`'`))]++
	}
	return all
}

// putAll writes all at once and returns the errors.
func putAll(s *Store, some []*runtime.Connection) []error {
	errs := make([]error, len(some))
	var writers sync.WaitGroup
	for i, c := range some {
		writers.Go(func() { errs[i] = s.PutConnection(context.Background(), c) })
	}
	writers.Wait()
	return errs
}

func TestWritesThatComeTogetherAreOneTransaction(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t).Create(t)
	s := ownStore(t, db)
	all := rows(t, s, 32)
	stale, gone := *all[31], benchConnection(99)
	stale.Version, gone.Version = 7, 3
	all[31], all[30] = &stale, gone
	var errs []error
	inCompany(t, s, len(all), func() { errs = putAll(s, all) })
	for i, err := range errs {
		if conflict := i >= 30; errors.Is(err, runtime.ErrConflict) != conflict || !conflict && (err != nil || all[i].Version != 2) {
			t.Errorf("write %d: %v, version %d", i, err, all[i].Version)
		}
	}
	// Two lead: one may take all, or each some.
	if got := transactions(t, db, all[:30]); len(got) > maxLeaders {
		t.Errorf("%d rows were written by %d transactions", 30, len(got))
	}
}

// One write of a batch that the database refuses, or whose row somebody holds, takes no other with it.
func TestWriteThatFailsInCompany(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t).Create(t)
	s := ownStore(t, db)
	all := rows(t, s, 24)
	db.Exec(t, `ALTER TABLE connections ADD CONSTRAINT picky CHECK (owner <> 'refused')`)
	all[10].Owner = "refused"
	unlock := lock(t, db, all[23].ID)
	late := make(chan error, 1)
	inCompany(t, s, len(all), func() {
		go func() { late <- s.PutConnection(context.Background(), all[23]) }()
		for i, err := range putAll(s, all[:23]) {
			if refused := i == 10; (err != nil) != refused || refused && !strings.Contains(err.Error(), "picky") {
				t.Errorf("write %d: %v", i, err)
			}
		}
	})
	select {
	case err := <-late:
		t.Fatalf("the write of a locked row ended: %v", err)
	default:
	}
	unlock()
	if err := <-late; err != nil {
		t.Errorf("the row that was locked: %v", err)
	}
	for i, c := range all {
		want := int64(2)
		if i == 10 {
			want = 1
		}
		if got, err := s.Connection(t.Context(), c.ID); err != nil || got.Version != want || c.Version != want {
			t.Errorf("%s: version %d and %v, want %d", c.ID, c.Version, got, want)
		}
	}
}

// A new connection of an integration that is gone conflicts, and no other write of its batch does.
func TestConflictInCompany(t *testing.T) {
	t.Parallel()
	s := ownStore(t, pgtest.Shared(t).Create(t))
	all := rows(t, s, 12)
	for round := range int64(6) { // whoever leads
		stray := benchConnection(99)
		stray.Integration = "gone"
		some := append(all[:12:12], stray)
		var errs []error
		inCompany(t, s, len(some), func() { errs = putAll(s, some) })
		for i, err := range errs {
			if conflict := i == 12; errors.Is(err, runtime.ErrConflict) != conflict || !conflict && (err != nil || some[i].Version != round+2) {
				t.Errorf("write %d: %v, version %d", i, err, some[i].Version)
			}
		}
	}
}

// A row that is locked holds up who writes it, and nobody else for long.
func TestLockedRowsHoldUpNobodyElse(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t).Create(t)
	s := ownStore(t, db)
	all := rows(t, s, 20)
	unlock := lock(t, db, all[0].ID, all[1].ID, all[2].ID)
	var held sync.WaitGroup
	for _, c := range all[:3] {
		held.Go(func() {
			if err := s.PutConnection(context.Background(), c); err != nil {
				t.Error(err)
			}
		})
	}
	for i, err := range putAll(s, all[3:]) { // ends at all
		if err != nil {
			t.Errorf("write %d: %v", i, err)
		}
	}
	unlock()
	held.Wait()
}

// A context that ends while a write waits for its batch withdraws it.
func TestWriteThatIsWithdrawn(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t).Create(t)
	s := ownStore(t, db)
	all := rows(t, s, 4)
	ctx, cancel := context.WithCancel(t.Context())
	lead := leadersAway(s)
	withdrawn, others := make(chan error, 1), make(chan []error, 1)
	go func() { withdrawn <- s.PutConnection(ctx, all[0]) }()
	go func() { others <- putAll(s, all[1:]) }()
	nWait(s, len(all))
	cancel()
	if err := <-withdrawn; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	lead()
	for i, err := range <-others {
		if err != nil {
			t.Errorf("write %d: %v", i, err)
		}
	}
	if c, err := s.Connection(t.Context(), all[0].ID); err != nil || c.Version != 1 {
		t.Errorf("%v, and version %d", err, c.Version)
	}
}

// Where a session ends under a batch, no write of it is acknowledged that is not there, and the next succeeds.
func TestBatchThatBreaks(t *testing.T) {
	t.Parallel()
	db := pgtest.Own(t).Create(t)
	s := ownStore(t, db)
	all := rows(t, s, 30)
	unlock := lock(t, db, all[20].ID)
	var errs []error
	go func() {
		const waits = `FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
		for strings.TrimSpace(db.Exec(t, `SELECT count(pg_terminate_backend(pid)) `+waits)) == "0" {
		}
		unlock()
	}()
	inCompany(t, s, len(all), func() { errs = putAll(s, all) })
	failed := 0
	for i, err := range errs {
		c, lost := s.Connection(t.Context(), all[i].ID)
		switch {
		case lost != nil:
			t.Fatal(lost)
		case err != nil:
			failed++
		case c.Version != 2:
			t.Errorf("%s is acknowledged and not there", c.ID)
		}
		if err := s.PutConnection(t.Context(), c); err != nil {
			t.Error(err)
		}
	}
	if failed == 0 {
		t.Error("no write failed")
	}
}
