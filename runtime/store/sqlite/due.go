package sqlite

import (
	"context"
	"encoding/json"
	"time"

	"claviger/runtime"
	"claviger/runtime/store"
)

// Due reads its index alone, from its front.
func (s *Store) Due(ctx context.Context, limit int, except []string) ([]runtime.Due, error) {
	if except == nil {
		except = []string{}
	}
	not, err := json.Marshal(except)
	if err != nil {
		return nil, err
	}
	due, err := list(ctx, s.reads, readDue, `SELECT due, integration, id FROM connections WHERE due IS NOT NULL
		AND integration NOT IN (SELECT value FROM json_each(?)) ORDER BY due, integration, id LIMIT ?`, string(not), limit)
	return due, s.failed(err)
}

func readDue(row scanner) (d runtime.Due, err error) {
	var at int64
	err = row.Scan(&at, &d.Integration, &d.ID)
	d.At = store.DueTime(at)
	return d, err
}

// Postpone sets when a connection is due.
func (s *Store) Postpone(ctx context.Context, id string, version int64, due time.Time) error {
	return s.write(ctx, func(t *tx) (int64, error) {
		return t.exec(`UPDATE connections SET due = ? WHERE id = ? AND version = ?`, store.DueMicros(due), id, version)
	}, runtime.ErrConflict)
}
