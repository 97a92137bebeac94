package postgres

import (
	"context"

	"claviger/runtime"
	"claviger/runtime/store"
)

// statement is SQL with its parameters.
type statement struct {
	text string
	args []any
}

// put stores a record as a compare-and-swap: insert where its version is 0, else update. On success the version moves on
// by one.
func (s *Store) put(ctx context.Context, version *int64, insert, update statement) error {
	run := first(*version, insert, update)
	err := s.write(ctx, runtime.ErrConflict, run.text, run.args...)
	if err == nil {
		*version++
	}
	return err
}

// first is insert for a record that is not stored yet, whose version is 0, else update.
func first(version int64, insert, update statement) statement {
	if version == 0 {
		return insert
	}
	return update
}

// Integration is the one with the key.
func (s *Store) Integration(ctx context.Context, key string) (*runtime.Integration, error) {
	return one(ctx, s, s.codec.ScanIntegration, `SELECT `+store.IntegrationColumns+` FROM integrations WHERE key = $1`, key)
}

// Integrations are all, by key.
func (s *Store) Integrations(ctx context.Context) ([]*runtime.Integration, error) {
	return list(ctx, s, s.codec.ScanIntegration, `SELECT `+store.IntegrationColumns+` FROM integrations ORDER BY key`)
}

// PutIntegration stores i.
func (s *Store) PutIntegration(ctx context.Context, i *runtime.Integration) error {
	r, err := s.codec.Integration(i)
	if err != nil {
		return err
	}
	var insert, update statement
	insert.text, insert.args = s.telling(`INSERT INTO integrations (key, version, doc, parameters) VALUES ($1, 1, $2, $3)
		ON CONFLICT DO NOTHING`, tellIntegration, r.Key, r.Doc, r.Parameters)
	update.text, update.args = s.telling(`UPDATE integrations SET version = version + 1, doc = $3, parameters = $4
		WHERE key = $1 AND version = $2`, tellIntegration, r.Key, r.Version, r.Doc, r.Parameters)
	return s.put(ctx, &i.Version, insert, update)
}

// DeleteIntegration relies on the connections' foreign key for its ErrConflict.
func (s *Store) DeleteIntegration(ctx context.Context, key string) error {
	text, args := s.telling(`DELETE FROM integrations WHERE key = $1`, tellIntegration, key)
	return s.write(ctx, runtime.ErrNotFound, text, args...)
}

// KeyByHash is the API key with the hash.
func (s *Store) KeyByHash(ctx context.Context, hash []byte) (*runtime.APIKey, error) {
	return one(ctx, s, s.codec.ScanKey, `SELECT `+store.KeyColumns+` FROM api_keys WHERE hash = $1`, hash)
}

// Keys are all API keys, the oldest first.
func (s *Store) Keys(ctx context.Context) ([]*runtime.APIKey, error) {
	return list(ctx, s, s.codec.ScanKey, `SELECT `+store.KeyColumns+` FROM api_keys ORDER BY created_at, id`)
}

// CreateKey answers ErrConflict when the id or the hash is taken.
func (s *Store) CreateKey(ctx context.Context, k *runtime.APIKey) error {
	r, err := s.codec.Key(k)
	if err != nil {
		return err
	}
	text, args := s.telling(`INSERT INTO api_keys (id, hash, created_at, doc) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		tellKey, r.ID, r.Hash, r.CreatedAt, r.Doc)
	return s.write(ctx, runtime.ErrConflict, text, args...)
}

// DeleteKey revokes a key.
func (s *Store) DeleteKey(ctx context.Context, id string) error {
	text, args := s.telling(`DELETE FROM api_keys WHERE id = $1`, tellKey, id)
	return s.write(ctx, runtime.ErrNotFound, text, args...)
}
