package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/store/postgres"
	"claviger/runtime/store/postgres/pgtest"
)

// testStore is a store with an integration.
func testStore(t *testing.T, db *pgtest.Database) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), db.URL, seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.PutIntegration(t.Context(), &runtime.Integration{Key: "github"}); err != nil {
		t.Fatal(err)
	}
	return s
}

func connection(id string) *runtime.Connection {
	return &runtime.Connection{ID: id, Integration: "github"}
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !f(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// explained wants an error that names the database and says what is the matter, without the password.
func explained(t *testing.T, err error, db *pgtest.Database, hint string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), hint) || !strings.Contains(err.Error(), db.Name) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%q expected in one line about %s, got: %v", hint, db.Name, err)
	}
	noPassword(t, err)
}

func noPassword(t *testing.T, err error) {
	t.Helper()
	for _, text := range []string{fmt.Sprint(err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
		for _, part := range []string{pgtest.Password, "ss/word", "ss%2Fword"} {
			if strings.Contains(text, part) {
				t.Errorf("the password is told: %s", text)
			}
		}
	}
}

func TestServerThatIsAway(t *testing.T) {
	for name, end := range map[string]func(*pgtest.Server){"stopped": (*pgtest.Server).Stop, "crashed": (*pgtest.Server).Crash} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.Own(t).Create(t)
			s := testStore(t, db)
			kept := connection("kept")
			if err := s.PutConnection(t.Context(), kept); err != nil {
				t.Fatal(err)
			}
			end(db.Server)
			explained(t, s.PutConnection(t.Context(), connection("lost")), db, "")
			explained(t, s.PutConnection(t.Context(), connection("lost")), db, "it cannot be reached")
			_, err := s.Connection(t.Context(), "kept")
			explained(t, err, db, "it cannot be reached")
			explained(t, s.Ping(t.Context()), db, "it cannot be reached")
			_, err = postgres.Open(t.Context(), db.URL, seal.Generate())
			explained(t, err, db, "it cannot be reached: check that it runs")
			_, err = postgres.Sealed(t.Context(), db.URL)
			explained(t, err, db, "it cannot be reached")
			if _, err := s.Now(t.Context()); err != nil {
				t.Errorf("the clock stops with the database: %v", err)
			}

			db.Start(t)
			if _, err := s.Connection(t.Context(), "kept"); err != nil {
				t.Error(err)
			}
			if err := s.PutConnection(t.Context(), kept); err != nil {
				t.Error(err)
			}
			if err := s.Ping(t.Context()); err != nil {
				t.Error(err)
			}
			if _, err := s.Connection(t.Context(), "lost"); err != runtime.ErrNotFound {
				t.Errorf("a failed write was kept: %v", err)
			}
		})
	}
}

// Every session ends at once, with the server alive: reads do not notice.
func TestSessionsThatEnd(t *testing.T) {
	db := pgtest.Shared(t).Create(t)
	s := testStore(t, db)
	for range 3 {
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() { s.Integration(t.Context(), "github") })
		}
		group.Wait()
		db.Exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'claviger' AND datname = current_database()`)
		if _, err := s.Integration(t.Context(), "github"); err != nil {
			t.Error(err)
		}
		if err := s.PutConnection(t.Context(), connection(fmt.Sprint(time.Now().UnixNano()))); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatWasAcknowledgedSurvivesCrash(t *testing.T) {
	t.Parallel()
	db := pgtest.Own(t).Create(t)
	s := testStore(t, db)
	var stored sync.Map
	for round := range 2 {
		var group sync.WaitGroup
		down := make(chan struct{})
		for w := range 8 {
			group.Go(func() {
				for i := 0; ; i++ {
					id := fmt.Sprintf("%d-%d-%d", round, w, i)
					if err := s.PutConnection(t.Context(), connection(id)); err == nil {
						stored.Store(id, true)
						continue
					} else if errors.Is(err, runtime.ErrConflict) {
						t.Errorf("a broken write looks like a conflict: %v", err)
					}
					select {
					case <-down:
						return
					default:
					}
				}
			})
		}
		time.Sleep(200 * time.Millisecond)
		db.Crash()
		close(down)
		group.Wait()
		db.Start(t)
	}
	count := 0
	for id := range stored.Range {
		count++
		if _, err := s.Connection(t.Context(), id.(string)); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if count < 50 {
		t.Fatalf("only %d writes were acknowledged: the test shows little", count)
	}
}

func TestReadOnlyDatabase(t *testing.T) {
	db := pgtest.Shared(t).Create(t)
	s := testStore(t, db)
	db.Exec(t, `ALTER DATABASE `+db.Name+` SET default_transaction_read_only = on`)
	db.Exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'claviger' AND datname = current_database()`)
	if _, err := s.Integration(t.Context(), "github"); err != nil { // on a new connection
		t.Error(err)
	}
	explained(t, s.PutConnection(t.Context(), connection("c1")), db, "it only reads: name the primary")
	time.Sleep(time.Second) // a ping relies on what was written within the last second
	explained(t, s.Ping(t.Context()), db, "it only reads: name the primary")
}

// A write that has begun is not left half known because its caller goes.
func TestBegunWriteTellsItsOutcome(t *testing.T) {
	db := pgtest.Shared(t).Create(t)
	s := testStore(t, db)
	other, err := pgx.Connect(t.Context(), db.URL.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.Background())
	held, err := other.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.Exec(t.Context(), `LOCK TABLE connections IN EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error, 1)
	go func() { answer <- s.PutConnection(ctx, connection("c1")) }()
	eventually(t, "the write waits", func() bool {
		return db.Exec(t, `SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`) == "1"
	})
	cancel()
	select {
	case err := <-answer:
		t.Fatalf("the write was given up: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-answer; err != nil {
		t.Fatal(err)
	}
	if _, err := s.Connection(t.Context(), "c1"); err != nil {
		t.Fatal(err)
	}
}

func TestTextThatPostgresCannotKeep(t *testing.T) {
	db := pgtest.Shared(t).Create(t)
	s := testStore(t, db)
	odd := connection("c1")
	odd.Owner = "a\x00b"
	explained(t, s.PutConnection(t.Context(), odd), db, "NUL")
}
