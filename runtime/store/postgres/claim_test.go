package postgres_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/secret"
	"claviger/runtime/store/postgres"
	"claviger/runtime/store/postgres/pgtest"
)

// servers is a first store, which holds the claim, and a second.
func servers(t *testing.T, db *pgtest.Database) (first, second *postgres.Store, lost <-chan error) {
	t.Helper()
	ring := seal.Generate()
	for _, s := range []**postgres.Store{&first, &second} {
		opened, err := postgres.Open(t.Context(), db.URL, ring)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { opened.Close() })
		*s = opened
	}
	lost, err := first.Claim(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return first, second, lost
}

func TestOneServerOnly(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t).Create(t)
	first, second, lost := servers(t, db)
	_, err := second.Claim(t.Context())
	explained(t, err, db, "another server uses this database; several nodes on one database are not supported by this version yet")
	if !errors.Is(err, postgres.ErrClaimed) {
		t.Error(err)
	}
	if err := second.PutIntegration(t.Context(), &runtime.Integration{Key: "beside"}); err != nil { // as a command does
		t.Error(err)
	}
	if _, err := first.Integration(t.Context(), "beside"); err != nil {
		t.Error(err)
	}
	taken := make(chan error)
	go func() {
		_, err := second.Claim(t.Context())
		taken <- err
	}()
	time.Sleep(300 * time.Millisecond)
	first.Close()
	if err := <-taken; err != nil {
		t.Errorf("the claim of a server that has ended is still there: %v", err)
	}
	select {
	case err := <-lost:
		t.Errorf("a closed store has lost its claim: %v", err)
	default:
	}
}

// endClaim ends the session that holds the claim.
func endClaim(t *testing.T, db *pgtest.Database) {
	t.Helper()
	ended := db.Exec(t, `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	if ended != "t" {
		t.Fatalf("expected one session with a lock, got %q", ended)
	}
}

func TestClaimIsTakenAgain(t *testing.T) {
	t.Parallel()
	db := pgtest.Own(t).Create(t)
	first, second, lost := servers(t, db)
	works := func() bool { return first.PutIntegration(t.Context(), &runtime.Integration{Key: "github"}) != nil }
	for _, end := range []func(){func() { endClaim(t, db) }, func() { db.Stop(); db.Start(t) }, func() { db.Crash(); db.Start(t) }} {
		end()
		eventually(t, "the claim is back", func() bool { return works() && first.Ping(t.Context()) == nil })
		if _, err := second.Claim(t.Context()); !errors.Is(err, postgres.ErrClaimed) {
			t.Errorf("the claim is not back: %v", err)
		}
	}
	select {
	case err := <-lost:
		t.Error(err)
	default:
	}
}

func TestNothingIsDoneWithoutTheClaim(t *testing.T) {
	t.Parallel()
	db := pgtest.Own(t).Create(t)
	first, _, _ := servers(t, db)
	db.Stop()
	eventually(t, "the loss is noticed", func() bool {
		err := first.Ping(t.Context())
		noPassword(t, err)
		return err != nil && strings.Contains(err.Error(), "is not used until this server's claim on it is back")
	})
	_, err := first.Integration(t.Context(), "github")
	explained(t, err, db, "is not used until")
	db.Start(t)
	eventually(t, "the claim is back", func() bool { return first.Ping(t.Context()) == nil })
}

// A claim that nothing happens to stays with its session.
func TestClaimStays(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t).Create(t)
	first, _, _ := servers(t, db)
	session := func() string {
		return db.Exec(t, `SELECT pid FROM pg_locks WHERE locktype = 'advisory'
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	}
	was := session()
	for end := time.Now().Add(7 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) { // longer than it is left alone
		if err := first.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if is := session(); is != was || is == "" {
		t.Errorf("session %s became %s", was, is)
	}
}

// A network that swallows everything is noticed, too, before the server could give the claim to another.
func TestSilence(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t).Create(t)
	wire := newWire(t, db)
	s, err := postgres.Open(t.Context(), wire.URL, seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	wire.cut.Lock()
	silent := time.Now()
	soon, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := s.Integration(soon, "github"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a caller's own limit: %v", err)
	}
	eventually(t, "the silence is noticed", func() bool {
		err := s.Ping(t.Context())
		return err != nil && strings.Contains(err.Error(), "is not used until this server's claim on it is back")
	})
	if took := time.Since(silent); took > 15*time.Second {
		t.Errorf("noticed after %s", took)
	}
	wire.cut.Unlock()
	eventually(t, "the claim is back", func() bool { return s.Ping(t.Context()) == nil })
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

// Another server came and went while the claim was lost: what this one has in memory may be old.
func TestClaimThatWasAnothersMeanwhile(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t).Create(t)
	first, second, lost := servers(t, db)
	db.Exec(t, `UPDATE claims SET count = count + 1`)
	endClaim(t, db)
	select {
	case err := <-lost:
		explained(t, err, db, "another server uses this database")
	case <-time.After(10 * time.Second):
		t.Fatal("not noticed")
	}
	explained(t, first.Ping(t.Context()), db, "another server uses this database")
	if _, err := second.Claim(t.Context()); err != nil {
		t.Errorf("who has lost its claim keeps others out: %v", err)
	}
}
