package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"claviger/runtime"
	"claviger/runtime/store"
)

// Value is the one with the key.
func (s *Store) Value(ctx context.Context, k runtime.ValueKey) (*runtime.Value, error) {
	return one(ctx, s, s.codec.ScanValue, `SELECT `+store.ValueColumns+` FROM named_values WHERE id = $1 AND (expires_at IS NULL OR expires_at > $2)`,
		store.ValueID(k), s.micros())
}

// PutValue locks the owner's row, so that of several new values each is counted.
func (s *Store) PutValue(ctx context.Context, v *runtime.Value, most int) error {
	r, err := s.codec.Value(v)
	if err != nil {
		return err
	}
	owner := statement{`SELECT 1 FROM connections WHERE id = $1 FOR NO KEY UPDATE`, []any{r.Connection}}
	if r.Connection == nil {
		owner = statement{`SELECT 1 FROM integrations WHERE key = $1 FOR NO KEY UPDATE`, []any{r.Integration}}
	}
	return s.transaction(ctx, func(ctx context.Context, t pgx.Tx) error {
		tag, err := t.Exec(ctx, owner.text, owner.args...)
		if err == nil && tag.RowsAffected() == 0 {
			return runtime.ErrNotFound
		}
		if err == nil {
			tag, err = t.Exec(ctx, `INSERT INTO named_values AS old (`+store.ValueColumns+`) SELECT $1, 1, $2, $3, $4, $5, $6
				WHERE EXISTS (SELECT FROM named_values WHERE id = $1) OR $8 >
					(SELECT count(*) FROM named_values WHERE (connection = $2 OR integration = $3) AND (expires_at IS NULL OR expires_at > $7))
				ON CONFLICT (id) DO UPDATE SET version = old.version + 1, expires_at = excluded.expires_at, doc = excluded.doc, value = excluded.value`,
				r.ID, r.Connection, r.Integration, r.ExpiresAt, r.Doc, r.Value, s.micros(), most)
		}
		if err == nil && tag.RowsAffected() == 0 {
			return runtime.ErrConflict
		}
		return err
	})
}

// DeleteValue removes a value.
func (s *Store) DeleteValue(ctx context.Context, k runtime.ValueKey) error {
	return s.write(ctx, runtime.ErrNotFound, `DELETE FROM named_values WHERE id = $1 AND (expires_at IS NULL OR expires_at > $2)`,
		store.ValueID(k), s.micros())
}

// DeleteExpiredValues leaves those that somebody is writing to the next call.
func (s *Store) DeleteExpiredValues(ctx context.Context, before time.Time) error {
	return s.written(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `DELETE FROM named_values WHERE id IN
			(SELECT id FROM named_values WHERE expires_at <= $1 FOR UPDATE SKIP LOCKED)`, store.Micros(before))
		return err
	})
}
