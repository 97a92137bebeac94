package sqlite

import (
	"context"
	"time"

	"claviger/runtime"
	"claviger/runtime/store"
)

// Value is the one with the key.
func (s *Store) Value(ctx context.Context, k runtime.ValueKey) (*runtime.Value, error) {
	v, err := s.codec.ScanValue(s.reads.row(ctx, `SELECT `+store.ValueColumns+` FROM named_values WHERE id = ? AND (expires_at IS NULL OR expires_at > ?)`,
		store.ValueID(k), s.micros()))
	return v, s.failed(err)
}

// PutValue counts and writes in one transaction. What it answers has changed nothing: others may share the transaction.
func (s *Store) PutValue(ctx context.Context, v *runtime.Value, most int) error {
	r, err := s.codec.Value(v)
	if err != nil {
		return err
	}
	return s.failed(s.writer.do(ctx, func(t *tx) error {
		changed, err := t.exec(`UPDATE named_values SET version = version + 1, expires_at = ?, doc = ?, value = ? WHERE id = ?`,
			r.ExpiresAt, r.Doc, r.Value, r.ID)
		if err != nil || changed > 0 {
			return err
		}
		found, err := t.texts(`SELECT iif((SELECT count(*) FROM named_values WHERE (connection = ?1 OR integration = ?2) AND (expires_at IS NULL OR expires_at > ?3)) < ?4, '', 'full')
			WHERE EXISTS (SELECT 1 FROM connections WHERE id = ?1) OR EXISTS (SELECT 1 FROM integrations WHERE key = ?2)`,
			r.Connection, r.Integration, s.micros(), most)
		switch {
		case err != nil:
			return err
		case len(found) == 0:
			return runtime.ErrNotFound
		case found[0] != "":
			return runtime.ErrConflict
		}
		_, err = t.exec(`INSERT INTO named_values (`+store.ValueColumns+`) VALUES (?, 1, ?, ?, ?, ?, ?)`,
			r.ID, r.Connection, r.Integration, r.ExpiresAt, r.Doc, r.Value)
		return err
	}))
}

// DeleteValue removes a value.
func (s *Store) DeleteValue(ctx context.Context, k runtime.ValueKey) error {
	return s.write(ctx, func(t *tx) (int64, error) {
		return t.exec(`DELETE FROM named_values WHERE id = ? AND (expires_at IS NULL OR expires_at > ?)`, store.ValueID(k), s.micros())
	}, runtime.ErrNotFound)
}

// DeleteExpiredValues removes what has expired.
func (s *Store) DeleteExpiredValues(ctx context.Context, before time.Time) error {
	return s.failed(s.writer.do(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM named_values WHERE expires_at <= ?`, store.Micros(before))
		return err
	}))
}
