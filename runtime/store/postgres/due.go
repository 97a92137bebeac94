package postgres

import (
	"context"
	"time"

	"claviger/runtime"
	"claviger/runtime/store"
)

// Due reads its index alone, from its front.
func (s *Store) Due(ctx context.Context, limit int, except []string) ([]runtime.Due, error) {
	if except == nil {
		except = []string{} // NULL would leave out everything
	}
	return list(ctx, s, readDue, `SELECT due, integration, id FROM connections WHERE due IS NOT NULL AND integration <> ALL ($1)
		ORDER BY due, integration, id LIMIT $2`, except, limit)
}

func readDue(row scanner) (d runtime.Due, err error) {
	var at int64
	err = row.Scan(&at, &d.Integration, &d.ID)
	d.At = store.DueTime(at)
	return d, err
}

// Postpone sets when a connection is due.
func (s *Store) Postpone(ctx context.Context, id string, version int64, due time.Time) error {
	return s.write(ctx, runtime.ErrConflict, `UPDATE connections SET due = $3 WHERE id = $1 AND version = $2`, id, version, store.DueMicros(due))
}
