package sqlite_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/store/sqlite"
)

func TestFilesAreTheOwnersOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd ?#%41 name.db")
	s, err := sqlite.Open(t.Context(), path, seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	files, _ := os.ReadDir(filepath.Dir(path))
	var names []string
	for _, f := range files {
		info, _ := f.Info()
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", f.Name(), info.Mode().Perm())
		}
		names = append(names, f.Name())
	}
	if want := "odd ?#%41 name.db odd ?#%41 name.db-shm odd ?#%41 name.db-wal odd ?#%41 name.db.lock"; strings.Join(names, " ") != want {
		t.Errorf("files: %q", names)
	}
}

func TestPermissionsOfOthersAreTakenAway(t *testing.T) {
	dir := newDir(t)
	path := filepath.Join(dir, "claviger.db")
	for range 2 {
		names, _ := filepath.Glob(path + "*")
		for _, name := range names {
			if err := os.Chmod(name, 0o664); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
		}
		s, err := openDir(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if info, err := os.Stat(path + suffix); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", suffix, info.Mode(), err)
			}
		}
	}
}

func TestLostKeysetStopsTheStart(t *testing.T) {
	dir := newDir(t)
	keyset := filepath.Join(dir, "keyset.json")
	os.Rename(keyset, keyset+".backup")
	if _, err := openDir(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "is missing, but the database holds records") {
		t.Fatal(err)
	}
	if _, err := os.Stat(keyset); err == nil {
		t.Fatal("a new keyset was made")
	}
	if _, err := seal.Create(keyset); err != nil {
		t.Fatal(err)
	}
	if _, err := openDir(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "not the keyset of this database") {
		t.Fatal(err)
	}
	os.Rename(keyset+".backup", keyset)
	s, err := openDir(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Integration(t.Context(), "github"); err != nil {
		t.Fatal(err)
	}
}

func TestSealedLooksWithoutTouching(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claviger.db")
	sealed := func(want bool) {
		t.Helper()
		if got, err := sqlite.Sealed(t.Context(), path); err != nil || got != want {
			t.Fatalf("%t, %v", got, err)
		}
	}
	sealed(false)
	if _, err := os.Stat(path); err == nil {
		t.Fatal("a file was made")
	}
	os.WriteFile(path, nil, 0o600)
	sealed(false)
	if err := execute(path, `CREATE TABLE other (a)`); err != nil {
		t.Fatal(err)
	}
	before, _ := read(path)
	sealed(false)
	if after, _ := read(path); !bytes.Equal(before, after) {
		t.Fatal("the file was changed")
	}
	s, err := sqlite.Open(t.Context(), path, seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	sealed(true)
	s.Close()
	sealed(true)
}

func TestUnusableFiles(t *testing.T) {
	dir := newDir(t)
	newer := filepath.Join(dir, "claviger.db")
	if err := execute(newer, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.db")
	os.WriteFile(other, []byte(strings.Repeat("no database ", 1000)), 0o600)
	cases := map[string]string{
		newer:                                 "a newer claviger has been used on it",
		other:                                 "is not a SQLite database",
		dir:                                   "database " + dir,
		filepath.Join(dir, "missing", "a.db"): "no such file or directory",
	}
	for path, want := range cases {
		ring, _ := seal.Load(filepath.Join(dir, "keyset.json"))
		_, err := sqlite.Open(t.Context(), path, ring)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A database from before timelines and due times keeps its connections: their timelines begin now, and each is listed as
// one of which nobody knows yet when it is due.
func TestDatabaseWithoutEvents(t *testing.T) {
	dir := newDir(t)
	path := filepath.Join(dir, "claviger.db")
	s, err := openDir(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	c := &runtime.Connection{ID: "c1", Integration: "github", Label: "from before"}
	if err := s.PutConnection(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	s.Close()
	for _, statement := range []string{`DROP TABLE named_values`, `DROP TRIGGER connections_sealed`, `DROP TRIGGER connections_sealed_first`, `DROP TRIGGER integrations_sealed`,
		`DROP TRIGGER integrations_sealed_first`, `DROP TRIGGER flows_sealed`, `DROP TRIGGER flows_sealed_first`, `DROP TABLE retired_keys`, `DROP TABLE resealing`,
		`DROP INDEX connections_by_due`, `ALTER TABLE connections DROP COLUMN due`, `DROP TABLE events`, `ALTER TABLE connections DROP COLUMN recent`,
		`ALTER TABLE connections DROP COLUMN fence`, `ALTER TABLE connections DROP COLUMN lease_owner`, `ALTER TABLE connections DROP COLUMN lease_since`,
		`ALTER TABLE connections DROP COLUMN lease_until`, `ALTER TABLE connections DROP COLUMN spare`, `DROP TABLE nodes`, `DROP TABLE session_origins`, `DROP TABLE sessions`, `DELETE FROM goose_db_version WHERE version_id > 1`} {
		if err := execute(path, statement); err != nil {
			t.Fatal(err)
		}
	}
	if s, err = openDir(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if c, err = s.Connection(t.Context(), "c1"); err != nil || c.Label != "from before" {
		t.Fatalf("%+v, %v", c, err)
	}
	if due, err := s.Due(t.Context(), runtime.DueQuery{Limit: 10}); err != nil || len(due) != 1 || due[0].ID != "c1" || !due[0].At.Equal(time.Unix(0, 0)) {
		t.Fatalf("%v, %v", due, err)
	}
	c.Due = time.Now()
	if err := s.PutConnection(t.Context(), c, runtime.Event{Kind: runtime.EventRefreshed}, runtime.Event{Kind: runtime.EventConsole}); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Events(t.Context(), runtime.EventFilter{Connection: "c1"}); err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
}

func TestTokenThatWasDeletedIsGoneFromThePage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claviger.db")
	s, err := sqlite.Open(t.Context(), path, seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	put := func(label string) {
		s.PutIntegration(t.Context(), &runtime.Integration{Key: "github"})
		if err := s.PutConnection(t.Context(), &runtime.Connection{ID: "c1", Integration: "github", Label: label}); err != nil {
			t.Fatal(err)
		}
	}
	put("label-to-be-erased")
	if err := s.DeleteConnection(t.Context(), "c1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil { // moves everything from the WAL into the file
		t.Fatal(err)
	}
	if text, err := read(path); err != nil || strings.Contains(string(text), "label-to-be-erased") {
		t.Fatalf("the deleted row is still in the file (%v)", err)
	}
}
