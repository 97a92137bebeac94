package sqlite

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"claviger/runtime"
	"claviger/runtime/store"
)

// Connection is the one with the id.
func (s *Store) Connection(ctx context.Context, id string) (*runtime.Connection, error) {
	c, err := s.codec.ScanConnection(s.reads.row(ctx, `SELECT `+store.ConnectionColumns+` FROM connections WHERE id = ?`, id))
	return c, s.failed(err)
}

// PutConnection stores c. It answers ErrConflict, too, when the integration is gone.
func (s *Store) PutConnection(ctx context.Context, c *runtime.Connection, events ...runtime.Event) error {
	r, err := s.codec.Connection(c)
	if err != nil {
		return err
	}
	rows, lines, err := s.codec.Events(c.ID, c.Version+1, events)
	if err != nil {
		return err
	}
	with := func(write func(*tx, store.ConnectionRow, string) (int64, error)) func(*tx) (int64, error) {
		return func(t *tx) (int64, error) {
			changed, err := write(t, r, lines)
			if err == nil && changed > 0 {
				err = insertEvents(t, rows)
			}
			return changed, err
		}
	}
	return s.put(ctx, &c.Version, with(insertConnection), with(updateConnection))
}

func insertConnection(t *tx, r store.ConnectionRow, recent string) (int64, error) {
	return t.exec(`INSERT INTO connections (`+store.ConnectionColumns+`, recent) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID, r.Integration, r.Owner, r.Status, r.Due, r.Fence, r.LeaseOwner, r.LeaseSince, r.LeaseUntil, r.Doc, r.Parameters, r.Token, r.Answer, r.Spare, recent)
}

// What every update sets. A lease that was extended since r was read is not shortened.
const updated = `UPDATE connections SET version = version + 1, due = ?, fence = ?, lease_owner = ?, lease_since = ?,
	lease_until = iif(lease_owner IS ?, max(lease_until, ?), ?), doc = ?, parameters = ?, token = ?, answer = ?, spare = ?,
	recent = substr(recent || ?, -?)`

// updateConnection leaves the indexed columns out where they have not changed, as in nearly every renewal: SQLite would
// rewrite a page of each index for them, and so make the durable write several times as long. Only due changes with every
// renewal, at two ends of its index that renewals share. A renewal's event goes into the row too, for the same reason:
// recent are lines, whose oldest are cut off.
func updateConnection(t *tx, r store.ConnectionRow, recent string) (int64, error) {
	set := []any{r.Due, r.Fence, r.LeaseOwner, r.LeaseSince, r.LeaseOwner, r.LeaseUntil, r.LeaseUntil, r.Doc, r.Parameters, r.Token, r.Answer, r.Spare,
		recent, store.RecentBytes}
	changed, err := t.exec(updated+` WHERE id = ? AND version = ? AND integration = ? AND owner = ? AND status = ?`,
		append(slices.Clip(set), r.ID, r.Version, r.Integration, r.Owner, r.Status)...)
	if err != nil || changed > 0 {
		return changed, err
	}
	return t.exec(updated+`, integration = ?, owner = ?, status = ? WHERE id = ? AND version = ?`,
		append(set, r.Integration, r.Owner, r.Status, r.ID, r.Version)...)
}

// DeleteConnection relies on the foreign keys of flows and events to remove them too.
func (s *Store) DeleteConnection(ctx context.Context, id string) error {
	return s.write(ctx, func(t *tx) (int64, error) {
		return t.exec(`DELETE FROM connections WHERE id = ?`, id)
	}, runtime.ErrNotFound)
}

// Connections are those that the filter selects, by id.
func (s *Store) Connections(ctx context.Context, f runtime.ConnectionFilter) ([]*runtime.Connection, error) {
	query, args, err := selection(f)
	if err != nil {
		return nil, err
	}
	all, err := list(ctx, s.reads, s.codec.ScanConnection, query, args...)
	return all, s.failed(err)
}

// selection is the query of a filter. There are few shapes of it, so that each is prepared once: a choice of several is
// one parameter, a JSON list.
func selection(f runtime.ConnectionFilter) (query string, args []any, err error) {
	q := strings.Builder{}
	q.WriteString(`SELECT ` + store.ConnectionColumns + ` FROM connections WHERE id > ?`)
	args = []any{f.After}
	by := leading(f)
	for _, c := range []condition{
		{"owner", f.Owner, nil}, {"owner", "", f.Owners}, {"status", string(f.Status), nil},
		{"integration", f.Integration, nil}, {"integration", "", f.Integrations},
	} {
		if c.column != by {
			c.column = "+" + c.column // a unary plus keeps SQLite from choosing this column's index
		}
		if args, err = c.add(&q, args); err != nil {
			return "", nil, err
		}
	}
	q.WriteString(` ORDER BY id LIMIT ?`)
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	return q.String(), append(args, limit), nil
}

// leading names the column whose index finds the fewest rows in all likelihood. SQLite has no statistics and would choose
// by the order in which the indexes were made.
func leading(f runtime.ConnectionFilter) string {
	switch {
	case f.Owner != "" || len(f.Owners) > 0:
		return "owner"
	case f.Status != "" && f.Status != runtime.Connected:
		return "status"
	case f.Integration != "" || len(f.Integrations) > 0:
		return "integration"
	}
	return "status"
}

// condition is that a column has the value, or one of several; neither is no condition.
type condition struct {
	column  string
	value   string
	several []string
}

func (c condition) add(q *strings.Builder, args []any) ([]any, error) {
	if len(c.several) == 1 { // keeps the order of the index
		c.value, c.several = c.several[0], nil
	}
	switch {
	case c.value != "":
		q.WriteString(` AND ` + c.column + ` = ?`)
		return append(args, c.value), nil
	case len(c.several) > 0:
		q.WriteString(` AND ` + c.column + ` IN (SELECT value FROM json_each(?))`)
		text, err := json.Marshal(c.several)
		return append(args, string(text)), err
	}
	return args, nil
}
