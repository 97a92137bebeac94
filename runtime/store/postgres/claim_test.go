package postgres_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"claviger/runtime"
	"claviger/runtime/seal"
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
