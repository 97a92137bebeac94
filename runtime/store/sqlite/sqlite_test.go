package sqlite_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"claviger/runtime"
	"claviger/runtime/store"
	"claviger/runtime/store/sqlite"
	"claviger/runtime/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB) storetest.Database {
		path := filepath.Join(t.TempDir(), "claviger.db")
		return storetest.Database{
			Open:  func(keys store.Keyring) (runtime.Store, error) { return sqlite.Open(t.Context(), path, keys) },
			Exec:  func(statement string) error { return execute(path, statement) },
			Bytes: func() ([]byte, error) { return read(path) },
		}
	})
}

// execute runs a statement on a connection of its own, as another program would.
func execute(path, statement string) error {
	db, err := sql.Open("sqlite", path+"?_busy_timeout=5000")
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(statement)
	return err
}

// read is the database with the files beside it.
func read(path string) ([]byte, error) {
	files, err := filepath.Glob(path + "*")
	var all bytes.Buffer
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all.Write(text)
	}
	return all.Bytes(), err
}
