// Package postgres keeps records in a PostgreSQL database. It owns the driver.
//
//	used := func() (bool, error) { return postgres.Sealed(ctx, url) }
//	ring, err := seal.Open("claviger-data/keyset.json", used)
//	store, err := postgres.Open(ctx, url, ring)
//
// A write is on the disk when it returns. Writes of single connections that come together are one transaction (gather.go). The tables lie in the first schema of the connection's search path.
//
// Several servers and commands may use a database at the same time. What one writes the others are told (follow.go, tell.go).
// A pooler between them must keep a session on one connection.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"claviger/runtime"
	"claviger/runtime/secret"
	"claviger/runtime/store"
)

// Store is a runtime.Store. Its errors name the database, without the password, and say what to do where that is known.
// After each of them the store goes on working as soon as its cause is gone: connections are made anew when the database
// has been away.
type Store struct {
	name   string // of the database, for people
	codec  store.Codec
	config *pgxpool.Config
	pool   *pgxpool.Pool
	clock  clock
	wrote  atomic.Pointer[time.Time]
	writes gathering

	channel   string // on which processes tell each other what they write
	untold    untold
	teller    atomic.Uint32 // the backend that tells what is untold
	others    atomic.Bool   // other nodes live
	announced atomic.Bool   // they have been told that this one does

	ending context.Context // ends with Close
	end    context.CancelFunc
	behind sync.WaitGroup // goroutines that ending ends
}

var _ runtime.Store = (*Store)(nil)

// Open connects to the database at a URL (postgres://USER:PASSWORD@HOST:PORT/NAME, with libpq's parameters) and makes its
// tables or brings them up to date. keys must be the key ring that the database's records are sealed with: any other is
// refused, with an error for people.
func Open(ctx context.Context, url secret.Text, keys store.Keyring) (*Store, error) {
	config, err := readURL(url)
	if err != nil {
		return nil, err
	}
	s := &Store{name: nameOf(config), codec: store.NewCodec(keys), config: config, untold: untold{some: make(chan struct{}, 1)}}
	s.ending, s.end = context.WithCancel(context.Background())
	if s.pool, err = pgxpool.NewWithConfig(s.ending, config); err == nil {
		err = s.prepare(ctx, keys)
	}
	if err != nil {
		s.Close()
		return nil, s.failed(ctx, err)
	}
	s.behind.Go(s.watchClock)
	s.behind.Go(s.tell)
	return s, nil
}

// prepare is what comes before the first record is read.
func (s *Store) prepare(ctx context.Context, keys store.Keyring) error {
	if err := s.connectable(ctx); err != nil {
		return err
	}
	if err := s.upgrade(ctx, keys); err != nil {
		return err
	}
	return s.readClock(ctx)
}

// Close lets what has begun come to its end, and closes the connections. A second call does nothing.
func (s *Store) Close() error {
	s.end()
	s.behind.Wait()
	if s.pool != nil {
		s.pool.Close()
	}
	return nil
}

// Ping reads, and writes unless a write has succeeded within the last second: whether a database takes writes is known
// only by writing.
func (s *Store) Ping(ctx context.Context) error {
	if at := s.wrote.Load(); at != nil && time.Since(*at) < time.Second {
		_, err := one(ctx, s, func(row scanner) (keys int, err error) { return keys, row.Scan(&keys) },
			`SELECT count(*) FROM sealing_keys`)
		return err
	}
	return s.write(ctx, errors.New("a ping was not stored"),
		`INSERT INTO pings (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at`, s.micros())
}

// usable is an error when the database must not be used.
func (s *Store) usable() error {
	if s.ending.Err() != nil {
		return ErrClosed
	}
	return nil
}

// failed adds the database to an error of its own and leaves the answers of a Store as they are.
func (s *Store) failed(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrNoRows):
		return runtime.ErrNotFound
	case errors.Is(err, runtime.ErrNotFound), errors.Is(err, runtime.ErrConflict), errors.Is(err, ErrClosed):
		return err
	case violatesKey(err):
		return runtime.ErrConflict
	case ctx.Err() != nil && isTimeout(err):
		return ctx.Err()
	}
	return fmt.Errorf("database %s: %w", s.name, explain(err))
}
