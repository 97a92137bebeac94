package sqlite

import (
	"context"

	"claviger/runtime"
	"claviger/runtime/store"
)

// put stores a record as a compare-and-swap: insert where its version is 0, else update, each of which returns how many
// rows it changed. On success the version moves on by one.
func (s *Store) put(ctx context.Context, version *int64, insert, update func(*tx) (int64, error)) error {
	run := update
	if *version == 0 {
		run = insert
	}
	err := s.write(ctx, run, runtime.ErrConflict)
	if err == nil {
		*version++
	}
	return err
}

// write runs a statement that must change something; where it does not, the answer is otherwise.
func (s *Store) write(ctx context.Context, run func(*tx) (int64, error), otherwise error) error {
	return s.failed(s.writer.do(ctx, func(t *tx) error {
		changed, err := run(t)
		if err == nil && changed == 0 {
			return otherwise
		}
		return err
	}))
}

// Integration is the one with the key.
func (s *Store) Integration(ctx context.Context, key string) (*runtime.Integration, error) {
	i, err := s.codec.ScanIntegration(s.reads.row(ctx, `SELECT `+store.IntegrationColumns+` FROM integrations WHERE key = ?`, key))
	return i, s.failed(err)
}

// Integrations are all, by key.
func (s *Store) Integrations(ctx context.Context) ([]*runtime.Integration, error) {
	all, err := list(ctx, s.reads, s.codec.ScanIntegration, `SELECT `+store.IntegrationColumns+` FROM integrations ORDER BY key`)
	return all, s.failed(err)
}

// PutIntegration stores i.
func (s *Store) PutIntegration(ctx context.Context, i *runtime.Integration) error {
	r, err := s.codec.Integration(i)
	if err != nil {
		return err
	}
	return s.put(ctx, &i.Version, func(t *tx) (int64, error) {
		return t.exec(`INSERT INTO integrations (key, version, doc, parameters) VALUES (?, 1, ?, ?)`, r.Key, r.Doc, r.Parameters)
	}, func(t *tx) (int64, error) {
		return t.exec(`UPDATE integrations SET version = version + 1, doc = ?, parameters = ? WHERE key = ? AND version = ?`,
			r.Doc, r.Parameters, r.Key, r.Version)
	})
}

// DeleteIntegration relies on the connections' foreign key for its ErrConflict.
func (s *Store) DeleteIntegration(ctx context.Context, key string) error {
	return s.write(ctx, func(t *tx) (int64, error) {
		return t.exec(`DELETE FROM integrations WHERE key = ?`, key)
	}, runtime.ErrNotFound)
}

// KeyByHash is the API key with the hash.
func (s *Store) KeyByHash(ctx context.Context, hash []byte) (*runtime.APIKey, error) {
	k, err := s.codec.ScanKey(s.reads.row(ctx, `SELECT `+store.KeyColumns+` FROM api_keys WHERE hash = ?`, hash))
	return k, s.failed(err)
}

// Keys are all API keys, the oldest first.
func (s *Store) Keys(ctx context.Context) ([]*runtime.APIKey, error) {
	all, err := list(ctx, s.reads, s.codec.ScanKey, `SELECT `+store.KeyColumns+` FROM api_keys ORDER BY created_at, id`)
	return all, s.failed(err)
}

// CreateKey answers ErrConflict when the id or the hash is taken.
func (s *Store) CreateKey(ctx context.Context, k *runtime.APIKey) error {
	r, err := s.codec.Key(k)
	if err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) (int64, error) {
		return t.exec(`INSERT INTO api_keys (id, hash, created_at, doc) VALUES (?, ?, ?, ?)`, r.ID, r.Hash, r.CreatedAt, r.Doc)
	}, runtime.ErrConflict)
}

// DeleteKey revokes a key.
func (s *Store) DeleteKey(ctx context.Context, id string) error {
	return s.write(ctx, func(t *tx) (int64, error) {
		return t.exec(`DELETE FROM api_keys WHERE id = ?`, id)
	}, runtime.ErrNotFound)
}
