package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
	driver "modernc.org/sqlite"

	"claviger/runtime/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// busyTimeout is how long a transaction waits for one of another process.
const busyTimeout = 10 * time.Second

// claim makes the file, so that it has the right mode from its first byte (SQLite gives the files beside it the same), and
// locks out other processes that are opening it: two of them must not create its tables at once. unlock ends that.
func claim(ctx context.Context, path string) (absolute string, unlock func(), err error) {
	if absolute, err = filepath.Abs(path); err != nil {
		return "", nil, err
	}
	if err := private(absolute); err != nil {
		return "", nil, err
	}
	unlock, err = lock(ctx, absolute+".lock")
	return absolute, unlock, err
}

func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	return os.Chmod(path, info.Mode().Perm()&0o700)
}

// lock takes a lock that ends with the process at the latest.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, busyTimeout)
	defer cancel()
	for {
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("another process is opening it: %w", ctx.Err()), f.Close())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// The settings of a connection, as the driver takes them. A write is on the disk when COMMIT returns.
var (
	writing = url.Values{"_txlock": {"immediate"}, "_pragma": {
		"journal_mode(wal)", "synchronous(full)", "fullfsync(1)", "foreign_keys(1)",
		"secure_delete(fast)",          // what is deleted is overwritten where that costs no further page
		"cache_size(-16000)",           // KiB: holds the inner pages of a million rows
		"wal_autocheckpoint(4000)",     // pages
		"journal_size_limit(67108864)", // bytes that the WAL keeps after it has been longer
	}}
	reading = url.Values{"_query_only": {"1"}, "_pragma": {"cache_size(-16000)"}}
	looking = url.Values{"_query_only": {"1"}, "mode": {"ro"}}
)

// connect opens a pool of connections.
func connect(path string, settings url.Values, size int) (*sql.DB, error) {
	busy := fmt.Sprintf("&_busy_timeout=%d", busyTimeout.Milliseconds())
	name := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: settings.Encode() + busy}
	connector, err := driver.NewConnector(name.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

// migrate brings the tables up to date. The caller holds the lock.
func migrate(ctx context.Context, db *sql.DB) error {
	var mode string
	if err := db.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("expected a file system that can share memory between processes (SQLite's WAL), found journal mode %s: put the database on a local disk", mode)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	current, known, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if current > known {
		return fmt.Errorf("expected at most version %d of its tables, found %d: a newer claviger has been used on it", known, current)
	}
	_, err = p.Up(ctx)
	return err
}

// checkKeys opens every proof that the database keeps, and adds that of the active key.
func checkKeys(ctx context.Context, db *sql.DB, codec store.Codec) error {
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Rollback()
	rows, err := t.QueryContext(ctx, `SELECT id, proof FROM sealing_keys`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var proof []byte
		if err := rows.Scan(&key, &proof); err != nil {
			return err
		}
		if err := codec.CheckProof(key, proof); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	key, proof, err := codec.Proof()
	if err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `INSERT INTO sealing_keys (id, proof) VALUES (?, ?) ON CONFLICT DO NOTHING`, key, proof); err != nil {
		return err
	}
	return t.Commit()
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
