package postgres

import (
	"context"
	"fmt"
	"time"

	"claviger/runtime"
	"claviger/runtime/store"
)

// Due reads its index from its front, and of the table's rows only those that it lists, for their leases.
func (s *Store) Due(ctx context.Context, q runtime.DueQuery) ([]runtime.Due, error) {
	if q.Except == nil {
		q.Except = []string{} // NULL would leave out everything
	}
	text, args := `SELECT due, integration, id FROM connections WHERE due IS NOT NULL AND integration <> ALL ($1)`, []any{q.Except, q.Limit}
	add := func(condition string, values ...any) {
		numbers := make([]any, len(values))
		for i := range values {
			numbers[i] = len(args) + i + 1
		}
		text, args = text+fmt.Sprintf(condition, numbers...), append(args, values...)
	}
	switch {
	case q.Of > 1 && q.Late.IsZero():
		add(` AND `+share+` %% $%d = $%d`, q.Of, q.Share)
	case q.Of > 1:
		add(` AND `+share+` %% $%d <> $%d AND due < $%d`, q.Of, q.Share, store.Micros(q.Late))
	}
	if q.Owner != "" {
		add(` AND (lease_until IS NULL OR lease_until <= $%d OR starts_with(lease_owner, $%d))`, s.micros(), store.NodeOf(q.Owner))
	}
	return list(ctx, s, readDue, text+` ORDER BY due, integration, id LIMIT $2`, args...)
}

// share is a number of a connection's id, the same in every version of PostgreSQL and in SQLite: of its last characters,
// which are random.
const share = `(ascii(right(id, 1)) + 31 * ascii(right(id, 2)) + 961 * ascii(right(id, 3)))`

// DueCount reads its index alone, as far as it counts.
func (s *Store) DueCount(ctx context.Context, at time.Time, most int) (n int, since time.Time, err error) {
	type count struct {
		n     int
		since *int64
	}
	c, err := one(ctx, s, func(row scanner) (c count, err error) {
		err = row.Scan(&c.n, &c.since)
		return c, err
	},
		`SELECT count(*), min(due) FILTER (WHERE due > $3) FROM (SELECT due FROM connections WHERE due <= $1 ORDER BY due LIMIT $2) AS due`,
		store.Micros(at), most, store.WorkedOut)
	if c.since != nil {
		since = store.DueTime(*c.since)
	}
	return c.n, since, err
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
