package postgres

import (
	"context"
	"fmt"
	"strings"

	"claviger/runtime"
	"claviger/runtime/store"
)

// Connection is the one with the id.
func (s *Store) Connection(ctx context.Context, id string) (*runtime.Connection, error) {
	return one(ctx, s, s.codec.ScanConnection, `SELECT `+store.ConnectionColumns+` FROM connections WHERE id = $1`, id)
}

// PutConnection stores c. It answers ErrConflict, too, when the integration is gone.
func (s *Store) PutConnection(ctx context.Context, c *runtime.Connection, events ...runtime.Event) error {
	r, err := s.codec.Connection(c)
	if err != nil {
		return err
	}
	rows, recent, err := s.codec.Events(c.ID, c.Version+1, events)
	if err != nil {
		return err
	}
	insert, update := insertConnection(r, recent), updateConnection(r, recent)
	if len(rows) > 0 {
		return s.putWithEvents(ctx, &c.Version, insert, update, rows)
	}
	if err := s.gather(ctx, &gathered{id: c.ID, statement: first(c.Version, insert, update)}); err != nil {
		return err
	}
	c.Version++
	if c.Version > 1 { // nobody else knows of a new one yet
		s.tellLater(c.ID, c.Version)
	}
	return nil
}

func insertConnection(r store.ConnectionRow, recent string) statement {
	return statement{`INSERT INTO connections (` + store.ConnectionColumns + `, recent)
		VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, right($15, $16)) ON CONFLICT DO NOTHING`,
		[]any{r.ID, r.Integration, r.Owner, r.Status, r.Due, r.Fence, r.LeaseOwner, r.LeaseSince, r.LeaseUntil,
			r.Doc, r.Parameters, r.Token, r.Answer, r.Spare, recent, store.RecentBytes}}
}

// updateConnection names the indexed columns too: PostgreSQL leaves the indexes alone where nothing has changed in them.
// A new due time makes it write to each of them. A lease that was extended since r was read is not shortened.
func updateConnection(r store.ConnectionRow, recent string) statement {
	return statement{`UPDATE connections SET version = version + 1, integration = $3, owner = $4, status = $5, due = $6,
		fence = $7, lease_owner = $8, lease_since = $9,
		lease_until = CASE WHEN lease_owner = $8 THEN greatest(lease_until, $10) ELSE $10 END,
		doc = $11, parameters = $12, token = $13, answer = $14, spare = $15, recent = right(recent || $16, $17) WHERE id = $1 AND version = $2`,
		[]any{r.ID, r.Version, r.Integration, r.Owner, r.Status, r.Due, r.Fence, r.LeaseOwner, r.LeaseSince, r.LeaseUntil,
			r.Doc, r.Parameters, r.Token, r.Answer, r.Spare, recent, store.RecentBytes}}
}

// DeleteConnection relies on the foreign keys of flows and events to remove them too.
func (s *Store) DeleteConnection(ctx context.Context, id string) error {
	text, args := s.telling(`DELETE FROM connections WHERE id = $1`, tellGone, id)
	return s.write(ctx, runtime.ErrNotFound, text, args...)
}

// Connections are those that the filter selects, by id.
func (s *Store) Connections(ctx context.Context, f runtime.ConnectionFilter) ([]*runtime.Connection, error) {
	query, args := selection(f)
	return list(ctx, s, s.codec.ScanConnection, query, args...)
}

// selection is the query of a filter. There are few shapes of it, so that each is prepared once.
func selection(f runtime.ConnectionFilter) (string, []any) {
	q := strings.Builder{}
	q.WriteString(`SELECT ` + store.ConnectionColumns + ` FROM connections WHERE id > $1`)
	args := []any{f.After}
	equal := func(column, value string) {
		if value != "" {
			args = append(args, value)
			fmt.Fprintf(&q, ` AND %s = $%d`, column, len(args))
		}
	}
	among := func(column string, values []string) {
		switch len(values) {
		case 0:
		case 1: // keeps the order of the index; "" is a value here
			args = append(args, values[0])
			fmt.Fprintf(&q, ` AND %s = $%d`, column, len(args))
		default:
			args = append(args, values)
			fmt.Fprintf(&q, ` AND %s = ANY ($%d)`, column, len(args))
		}
	}
	equal("owner", f.Owner)
	among("owner", f.Owners)
	equal("status", string(f.Status))
	equal("integration", f.Integration)
	among("integration", f.Integrations)
	args = append(args, limit(f))
	fmt.Fprintf(&q, ` ORDER BY id LIMIT $%d`, len(args))
	return q.String(), args
}

func limit(f runtime.ConnectionFilter) int {
	if f.Limit <= 0 {
		return 100
	}
	return f.Limit
}
