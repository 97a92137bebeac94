// Package sqlite keeps records in one SQLite database file: the store of a single node. It owns the database driver.
//
//	used := func() (bool, error) { return sqlite.Sealed(ctx, "claviger-data/claviger.db") }
//	ring, err := seal.Open("claviger-data/keyset.json", used)
//	store, err := sqlite.Open(ctx, "claviger-data/claviger.db", ring)
//
// Every write is on the disk when it returns (WAL, synchronous=FULL). One goroutine writes; what reaches it while it waits
// for the disk shares the next transaction (writer.go). Reads run beside it on connections of their own. Of a connection's
// refreshed events the last ten or more are kept, of all others the last 171.
//
// Other processes, such as the keys command, may use the file at the same time. It must lie on a local disk.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"claviger/runtime"
	"claviger/runtime/store"
)

// Store is a runtime.Store. Its errors name the file and say what to do about a full disk, a file that cannot be written
// and a lock that another process holds; after each of them the store goes on working as soon as its cause is gone.
type Store struct {
	path   string
	codec  store.Codec
	clock  clock
	moved  atomic.Int64 // by MoveClock
	writer *writer
	db     *sql.DB // of the writer
	reads  *reader
	closed sync.Once
}

var _ runtime.Store = (*Store)(nil)

// Open opens the database at path, making it (mode 0600) or bringing its tables up to date where needed. The folder must
// exist. An existing file's permissions are narrowed to its owner. keys must be the key ring that the database's records
// are sealed with: any other is refused, with an error for people.
func Open(ctx context.Context, path string, keys store.Keyring) (*Store, error) {
	s, err := open(ctx, path, keys)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, explain(err))
	}
	return s, nil
}

func open(ctx context.Context, path string, keys store.Keyring) (s *Store, err error) {
	path, unlock, err := claim(ctx, path)
	if err != nil {
		return nil, err
	}
	defer unlock()
	db, err := connect(path, writing, 1)
	if err != nil {
		return nil, err
	}
	opening := &Store{path: path, codec: store.NewCodec(keys), db: db}
	defer func() {
		if err != nil {
			opening.abandon()
		}
	}()
	s = opening
	if err := upgrade(ctx, db); err != nil {
		return nil, err
	}
	if s.clock, err = readClock(ctx, db); err != nil {
		return nil, err
	}
	if s.reads, err = newReader(path); err != nil {
		return nil, err
	}
	if s.writer, err = newWriter(ctx, db); err != nil {
		return nil, err
	}
	return s, s.admit(ctx, keys)
}

// abandon closes what an open that failed has opened.
func (s *Store) abandon() {
	if s.writer != nil {
		s.writer.close()
	}
	if s.reads != nil {
		s.reads.close()
	}
	s.db.Close()
}

// Close waits for the writes that have begun, refuses those that have not, and closes the database. A second call does
// nothing.
func (s *Store) Close() (err error) {
	s.closed.Do(func() { err = errors.Join(s.writer.close(), s.reads.close(), s.db.Close()) })
	return err
}

// Ping reads, and writes unless a write has reached the disk within the last second: whether the disk takes a write is
// known only by writing.
func (s *Store) Ping(ctx context.Context) error {
	var keys int
	err := s.reads.row(ctx, `SELECT count(*) FROM sealing_keys`).Scan(&keys)
	if err == nil && !s.writer.wroteWithin(time.Second) {
		err = s.writer.do(ctx, func(t *tx) error {
			_, err := t.exec(`INSERT INTO pings (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at`, s.micros())
			return err
		})
	}
	return s.failed(err)
}

// Now is the database's clock.
func (s *Store) Now(context.Context) (time.Time, error) { return s.now(), nil }

// MoveClock lets time pass for this store, for tests of what time brings.
func (s *Store) MoveClock(by time.Duration) { s.moved.Add(int64(by)) }

func (s *Store) now() time.Time { return s.clock.now().Add(time.Duration(s.moved.Load())) }

// failed adds the file to an error of the database and leaves the answers of a Store as they are.
func (s *Store) failed(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return runtime.ErrNotFound
	case errors.Is(err, runtime.ErrNotFound), errors.Is(err, runtime.ErrConflict), errors.Is(err, context.Canceled),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, ErrClosed):
		return err
	}
	return fmt.Errorf("database %s: %w", s.path, explain(err))
}
