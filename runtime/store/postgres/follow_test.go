package postgres_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/secret"
	"claviger/runtime/store/postgres"
	"claviger/runtime/store/postgres/pgtest"
)

// follow follows until it ends, and returns what is told and how it ended.
func follow(t *testing.T, s *postgres.Store) (told <-chan runtime.Change, ended <-chan error) {
	t.Helper()
	changes, end := make(chan runtime.Change, 10_000), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go func() { end <- s.Follow(ctx, func(c runtime.Change) { changes <- c }) }()
	select {
	case <-changes: // the first Synced
	case err := <-end:
		t.Fatal(err)
	}
	return changes, end
}

// within wants an error from a channel.
func within(t *testing.T, limit time.Duration, ended <-chan error) error {
	t.Helper()
	select {
	case err := <-ended:
		noPassword(t, err)
		return err
	case <-time.After(limit):
		t.Fatalf("it does not end within %s", limit)
		return nil
	}
}

func TestFollowEnds(t *testing.T) {
	t.Parallel()
	db := pgtest.Own(t).Create(t)
	s := testStore(t, db)
	_, ended := follow(t, s)
	db.Exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'claviger listening'`)
	if err := within(t, time.Second, ended); err == nil {
		t.Error("no error")
	}
	_, ended = follow(t, s) // a new session
	db.Stop()
	if err := within(t, time.Second, ended); err == nil {
		t.Error("no error")
	}
	began := time.Now()
	err := s.Follow(t.Context(), func(runtime.Change) {})
	if !errors.Is(err, runtime.ErrAway) || time.Since(began) > 3*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
	explained(t, errors.Unwrap(oneOf(err)), db, "it cannot be reached")
	db.Start(t)
	_, ended = follow(t, s)
	s.Close()
	if err := within(t, time.Second, ended); err == nil {
		t.Error("a closed store goes on")
	}
}

// oneOf is the error that comes with ErrAway, wrapped once.
func oneOf(err error) error {
	all, _ := err.(interface{ Unwrap() []error })
	return wrapped{all.Unwrap()[1]}
}

type wrapped struct{ error }

func (w wrapped) Unwrap() error { return w.error }

// Two installations in one database do not hear each other.
func TestSchemasDoNotHearEachOther(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t).Create(t)
	db.Exec(t, `CREATE SCHEMA one; CREATE SCHEMA two`)
	open := func(schema string) *postgres.Store {
		s, err := postgres.Open(t.Context(), secret.New(db.URL.Reveal()+"?search_path="+schema), seal.Generate())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	one, two := open("one"), open("two")
	told, _ := follow(t, two)
	if err := one.PutIntegration(t.Context(), &runtime.Integration{Key: "ours"}); err != nil {
		t.Fatal(err)
	}
	if err := two.PutIntegration(t.Context(), &runtime.Integration{Key: "theirs"}); err != nil {
		t.Fatal(err)
	}
	for c := range told {
		if c.Kind != runtime.Synced {
			if c.ID != "theirs" {
				t.Errorf("told of %+v", c)
			}
			return
		}
	}
}

// A network that swallows everything is noticed, too.
func TestSilence(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t).Create(t)
	wire := newWire(t, db)
	s, err := postgres.Open(t.Context(), wire.URL, seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, ended := follow(t, s)
	wire.cut.Lock()
	if err := within(t, 3*time.Second, ended); !errors.Is(err, runtime.ErrAway) {
		t.Error(err)
	}
	began := time.Now()
	if err := s.Follow(t.Context(), func(runtime.Change) {}); !errors.Is(err, runtime.ErrAway) || time.Since(began) > 3*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := s.Integration(soon, "github"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a caller's own limit: %v", err)
	}
	wire.cut.Unlock()
	eventually(t, "it works again", func() bool { return s.Ping(t.Context()) == nil })
	follow(t, s)
}

// wire is a way to a database that can be cut.
type wire struct {
	URL secret.Text
	cut sync.RWMutex // nothing passes while it is locked
}

func newWire(t *testing.T, db *pgtest.Database) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	u, err := url.Parse(db.URL.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	target := u.Host
	u.Host = l.Addr().String()
	w := &wire{URL: secret.New(u.String())}
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", target)
			if err != nil {
				from.Close()
				continue
			}
			go w.pass(from, to)
			go w.pass(to, from)
		}
	}()
	return w
}

func (w *wire) pass(from, to net.Conn) {
	defer to.Close()
	for buffer := make([]byte, 4096); ; {
		n, err := from.Read(buffer)
		w.cut.RLock()
		if err == nil {
			_, err = to.Write(buffer[:n])
		}
		w.cut.RUnlock()
		if err != nil {
			return
		}
	}
}
