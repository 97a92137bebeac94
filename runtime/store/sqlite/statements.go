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

// tx is the transaction that a write runs in.
type tx struct{ statements }

// exec runs a statement and returns the number of rows it changed. A violated key is runtime.ErrConflict.
func (t *tx) exec(query string, args ...any) (int64, error) {
	s, err := t.statement(query)
	if err != nil {
		return 0, err
	}
	result, err := s.Exec(args...)
	if err != nil {
		return 0, conflict(err)
	}
	return result.RowsAffected()
}

// texts runs a statement and returns the texts of its one column.
func (t *tx) texts(query string, args ...any) ([]string, error) {
	s, err := t.statement(query)
	if err != nil {
		return nil, err
	}
	rows, err := s.Query(args...)
	if err != nil {
		return nil, err
	}
	return readAll(rows, func(row scanner) (text string, err error) {
		err = row.Scan(&text)
		return text, err
	})
}
