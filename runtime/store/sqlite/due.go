package sqlite

import (
	"context"
	"encoding/json"
	"time"

	"claviger/runtime"
	"claviger/runtime/store"
)

// Due reads its index from its front, and of the table's rows only those that it lists, for their leases.
func (s *Store) Due(ctx context.Context, q runtime.DueQuery) ([]runtime.Due, error) {
	if q.Except == nil {
		q.Except = []string{}
	}
	not, err := json.Marshal(q.Except)
	if err != nil {
		return nil, err
	}
	text, args := `SELECT due, integration, id FROM connections WHERE due IS NOT NULL
		AND integration NOT IN (SELECT value FROM json_each(?))`, []any{string(not)}
	switch {
	case q.Of > 1 && q.Late.IsZero():
		text, args = text+` AND `+share+` % ? = ?`, append(args, q.Of, q.Share)
	case q.Of > 1:
		text, args = text+` AND `+share+` % ? <> ? AND due < ?`, append(args, q.Of, q.Share, store.Micros(q.Late))
	}
	if q.Owner != "" {
		node := store.NodeOf(q.Owner)
		text, args = text+` AND (lease_until IS NULL OR lease_until <= ? OR substr(lease_owner, 1, length(?)) = ?)`, append(args, s.micros(), node, node)
	}
	due, err := list(ctx, s.reads, readDue, text+` ORDER BY due, integration, id LIMIT ?`, append(args, q.Limit)...)
	return due, s.failed(err)
}

// share is a number of a connection's id, the same as in PostgreSQL.
const share = `(unicode(substr(id, -1)) + 31 * unicode(substr(id, -2)) + 961 * unicode(substr(id, -3)))`

// DueCount reads its index alone, as far as it counts.
func (s *Store) DueCount(ctx context.Context, at time.Time, most int) (n int, since time.Time, err error) {
	var first *int64
	err = s.reads.row(ctx, `SELECT count(*), min(iif(due > ?, due, NULL)) FROM (SELECT due FROM connections WHERE due <= ? ORDER BY due LIMIT ?)`,
		store.WorkedOut, store.Micros(at), most).Scan(&n, &first)
	if first != nil {
		since = store.DueTime(*first)
	}
	return n, since, s.failed(err)
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
