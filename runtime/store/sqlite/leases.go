package sqlite

import (
	"context"
	"time"

	"claviger/runtime"
	"claviger/runtime/store"
)

// TakeLease writes the lease alone and seals nothing anew.
func (s *Store) TakeLease(ctx context.Context, c *runtime.Connection, owner string, life time.Duration) error {
	at := s.now().Truncate(time.Microsecond)
	l, node := runtime.Lease{Owner: owner, Since: at, Until: at.Add(life)}, store.NodeOf(owner)
	id, version := c.ID, c.Version
	err := s.write(ctx, func(t *tx) (int64, error) {
		return t.exec(`UPDATE connections SET version = version + 1, fence = fence + 1, lease_owner = ?, lease_since = ?, lease_until = ?
			WHERE id = ? AND version = ? AND (lease_until IS NULL OR lease_until <= ? OR substr(lease_owner, 1, length(?)) = ?)`,
			l.Owner, store.Micros(l.Since), store.Micros(l.Until), id, version, store.Micros(l.Since), node, node)
	}, runtime.ErrConflict)
	if err == nil {
		c.Version++
		c.Fence++
		c.Renewal.Lease = &l
	}
	return err
}

// ExtendLease sets the end of a lease.
func (s *Store) ExtendLease(ctx context.Context, id, owner string, fence int64, life time.Duration) error {
	at := s.now()
	return s.write(ctx, func(t *tx) (int64, error) {
		return t.exec(`UPDATE connections SET lease_until = max(lease_until, ?) WHERE id = ? AND lease_owner = ? AND fence = ? AND lease_until > ?`,
			store.Micros(at.Add(life)), id, owner, fence, store.Micros(at))
	}, runtime.ErrConflict)
}
