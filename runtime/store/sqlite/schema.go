package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"claviger/runtime/store/migrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// upgrade brings the tables up to date. The caller holds the lock.
func upgrade(ctx context.Context, db *sql.DB) error {
	var mode string
	if err := db.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("expected a file system that can share memory between processes (SQLite's WAL), found journal mode %s: put the database on a local disk", mode)
	}
	return migrate.Up(ctx, migrate.SQLite, db, migrations)
}

// Sealed tells whether the database at path holds something that was sealed, so that its keyset must not be made anew. It
// is false where there is no file or nothing in it; the file is not changed.
func Sealed(ctx context.Context, path string) (bool, error) {
	if info, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return false, nil
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return false, err
	}
	db, err := connect(path, looking, 1)
	if err != nil {
		return false, err
	}
	defer db.Close()
	var tables, keys int
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'sealing_keys'`).Scan(&tables)
	if err == nil && tables > 0 {
		err = db.QueryRowContext(ctx, `SELECT count(*) FROM sealing_keys`).Scan(&keys)
	}
	if err != nil {
		return false, fmt.Errorf("database %s: %w", path, explain(err))
	}
	return keys > 0, nil
}
