package postgres_test

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"claviger/runtime/seal"
	"claviger/runtime/store/postgres"
	"claviger/runtime/store/postgres/pgtest"
)

func TestManyProcessesStartFirst(t *testing.T) {
	db := pgtest.Shared(t).Create(t)
	ring := seal.Generate()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			s, err := postgres.Open(t.Context(), db.URL, ring)
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	group.Wait()
	if n := db.Exec(t, `SELECT count(*) FROM sealing_keys`); n != "1" {
		t.Fatalf("%s proofs", n)
	}
}

func TestLostKeysetStopsTheStart(t *testing.T) {
	db := pgtest.Shared(t).Create(t)
	used := func() (bool, error) { return postgres.Sealed(t.Context(), db.URL) }
	ring, err := seal.Open(filepath.Join(t.TempDir(), "keyset.json"), used)
	if err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(t.Context(), db.URL, ring)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := seal.Open(filepath.Join(t.TempDir(), "keyset.json"), used); err == nil || !strings.Contains(err.Error(), "is missing, but the database holds records") {
		t.Fatal(err)
	}
	_, err = postgres.Open(t.Context(), db.URL, seal.Generate())
	explained(t, err, db, "this is not the keyset of this database")
}

func TestNewerTables(t *testing.T) {
	db := pgtest.Shared(t).Create(t)
	testStore(t, db)
	db.Exec(t, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`)
	_, err := postgres.Open(t.Context(), db.URL, seal.Generate())
	explained(t, err, db, "a newer claviger has been used on it")
}
