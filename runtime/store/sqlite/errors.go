package sqlite

import (
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"claviger/runtime"
)

// ErrClosed is the answer to a write that reaches a closed store.
var ErrClosed = errors.New("the database is closed")

// code is SQLite's extended result code, or 0 for an error of another origin.
func code(err error) int {
	if e := (*driver.Error)(nil); errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// primary is the result code without what extends it.
func primary(err error) int { return code(err) & 0xff }

// conflict turns the violation of a key into the answer of a compare-and-swap; other errors stay as they are.
func conflict(err error) error {
	switch code(err) {
	case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return runtime.ErrConflict
	}
	return err
}

// explain says what to do about an error of the database, where that is known.
func explain(err error) error {
	hint, ok := map[int]string{
		sqlite3.SQLITE_FULL:     "the disk or its quota is full; nothing of this write was kept",
		sqlite3.SQLITE_READONLY: "it can only be read: check the permissions and the owner of the file and its folder",
		sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check the permissions and the owner of the file and its folder",
		sqlite3.SQLITE_BUSY:     fmt.Sprintf("another process has kept it locked for more than %s", busyTimeout),
		sqlite3.SQLITE_NOTADB:   "the file is not a SQLite database",
		sqlite3.SQLITE_CORRUPT:  "the file is damaged: put it back from its backup",
		sqlite3.SQLITE_IOERR:    "the disk does not read or write it",
	}[primary(err)]
	if !ok {
		return err
	}
	return fmt.Errorf("%s (%w)", hint, err)
}

// isAnswer tells the answers of a single write from errors of the database.
func isAnswer(err error) bool {
	return err == nil || errors.Is(err, runtime.ErrConflict) || errors.Is(err, runtime.ErrNotFound)
}
