package postgres

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"claviger/runtime"
	"claviger/runtime/store"
)

// answerTimeout bounds every statement, so that a database that has vanished without a word is an error and not silence.
const answerTimeout = 10 * time.Second

// scanner is a row that is about to be read.
type scanner = store.Scanner

// read runs f, which only reads, once more where the connection turns out to be broken: the database has been restarted.
func (s *Store) read(ctx context.Context, f func(context.Context) error) error {
	if err := s.usable(); err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	err := f(bounded)
	if isBroken(err) {
		s.pool.Reset() // the others are, too
		err = f(bounded)
	}
	return s.failed(ctx, err)
}

// keeps tells whether the database takes such texts at all: what it refuses nobody can have stored, and is not asked for.
func keeps(args ...any) bool {
	for _, a := range args {
		if text, ok := a.(string); ok && (strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text)) {
			return false
		}
	}
	return true
}

// one runs a query for one row. Queries are constants: each is prepared once a connection.
func one[T any](ctx context.Context, s *Store, read func(scanner) (T, error), query string, args ...any) (t T, err error) {
	if !keeps(args...) {
		return t, runtime.ErrNotFound
	}
	err = s.read(ctx, func(ctx context.Context) (err error) {
		t, err = read(s.pool.QueryRow(ctx, query, args...))
		return err
	})
	return t, err
}

// list runs a query and reads every row of its result.
func list[T any](ctx context.Context, s *Store, read func(scanner) (T, error), query string, args ...any) (all []T, err error) {
	if !keeps(args...) {
		return nil, nil
	}
	err = s.read(ctx, func(ctx context.Context) error {
		rows, err := s.pool.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (T, error) { return read(row) })
		return err
	})
	return all, err
}

// written runs f, one statement, on a connection. A context that ends before there is one ends the write; after that its
// true outcome is awaited. It is not repeated on a broken connection: it may have been done.
func (s *Store) written(ctx context.Context, f func(context.Context, *pgx.Conn) error) error {
	if err := s.usable(); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	conn, err := s.pool.Acquire(waiting)
	if err != nil {
		return s.failed(ctx, err)
	}
	defer conn.Release()
	if err := s.usable(); err != nil { // meanwhile
		return err
	}
	running, end := context.WithTimeout(context.WithoutCancel(ctx), answerTimeout)
	defer end()
	if err := f(running, conn.Conn()); err != nil {
		return s.failed(running, err)
	}
	now := time.Now()
	s.wrote.Store(&now)
	return nil
}

// write runs a statement that must change something; where it does not, the answer is otherwise.
func (s *Store) write(ctx context.Context, otherwise error, statement string, args ...any) error {
	return s.written(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		tag, err := conn.Exec(ctx, statement, args...)
		if err == nil && tag.RowsAffected() == 0 {
			return otherwise
		}
		return err
	})
}
