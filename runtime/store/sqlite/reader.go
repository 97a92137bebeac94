package sqlite

import (
	"context"
	"database/sql"
	"errors"
	goruntime "runtime"

	"claviger/runtime/store"
)

// readers is enough to keep the processors busy while some of the reads wait for the disk.
func readers() int { return max(4, goruntime.GOMAXPROCS(0)) }

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
type scanner = store.Scanner

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
