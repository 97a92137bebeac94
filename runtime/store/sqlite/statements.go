package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// statements prepares each query once. Safe for concurrent use.
type statements struct {
	prepare func(context.Context, string) (*sql.Stmt, error)
	mu      sync.RWMutex
	ready   map[string]*sql.Stmt
}

func (s *statements) statement(query string) (*sql.Stmt, error) {
	s.mu.RLock()
	ready := s.ready[query]
	s.mu.RUnlock()
	if ready != nil {
		return ready, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ready := s.ready[query]; ready != nil {
		return ready, nil
	}
	// A caller's context must not end what later callers use too.
	ready, err := s.prepare(context.Background(), query)
	if err != nil {
		return nil, err
	}
	if s.ready == nil {
		s.ready = map[string]*sql.Stmt{}
	}
	s.ready[query] = ready
	return ready, nil
}

func (s *statements) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	for _, ready := range s.ready {
		err = errors.Join(err, ready.Close())
	}
	s.ready = nil
	return err
}

// reader is a pool of connections that only read.
type reader struct {
	db *sql.DB
	statements
}

func newReader(path string) (*reader, error) {
	db, err := connect(path, reading, readers())
	if err != nil {
		return nil, err
	}
	return &reader{db: db, statements: statements{prepare: db.PrepareContext}}, nil
}

// row runs a query for one row. The queries are constants: each is prepared once a connection.
func (r *reader) row(ctx context.Context, query string, args ...any) scanner {
	s, err := r.statement(query)
	if err != nil {
		return failedScan{err}
	}
	return s.QueryRowContext(ctx, args...)
}

// scanner is a row that is about to be read: *sql.Row and *sql.Rows are.
type scanner interface{ Scan(...any) error }

type failedScan struct{ err error }

func (f failedScan) Scan(...any) error { return f.err }

// list runs a query and reads every row of its result with read.
func list[T any](ctx context.Context, r *reader, read func(scanner) (T, error), query string, args ...any) ([]T, error) {
	s, err := r.statement(query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	return readAll(rows, read)
}

func readAll[T any](rows *sql.Rows, read func(scanner) (T, error)) ([]T, error) {
	defer rows.Close()
	var out []T
	for rows.Next() {
		t, err := read(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

func (r *reader) close() error { return errors.Join(r.statements.close(), r.db.Close()) }
