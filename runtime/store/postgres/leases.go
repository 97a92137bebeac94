package postgres

import (
	"context"
	"time"

	"claviger/runtime"
	"claviger/runtime/store"
)

// micros is the database's clock, as columns compare it.
const micros = `(extract(epoch FROM clock_timestamp()) * 1000000)::bigint`

// TakeLease writes the lease alone and seals nothing anew. Its times are the database's own, read when it is written.
func (s *Store) TakeLease(ctx context.Context, c *runtime.Connection, owner string, life time.Duration) error {
	var since, until int64
	err := s.gather(ctx, &gathered{id: c.ID, returned: []any{&since, &until}, statement: statement{
		`UPDATE connections SET version = version + 1, fence = fence + 1, lease_owner = $3, lease_since = clock.at, lease_until = clock.at + $4
			FROM (SELECT ` + micros + ` AS at) AS clock
			WHERE id = $1 AND version = $2 AND (lease_until IS NULL OR lease_until <= clock.at OR starts_with(lease_owner, $5))
			RETURNING lease_since, lease_until`, []any{c.ID, c.Version, owner, life.Microseconds(), store.NodeOf(owner)}}})
	if err != nil {
		return err
	}
	c.Version++
	c.Fence++
	c.Renewal.Lease = &runtime.Lease{Owner: owner, Since: store.DueTime(since), Until: store.DueTime(until)}
	return nil
}

// ExtendLease sets the end of a lease.
func (s *Store) ExtendLease(ctx context.Context, id, owner string, fence int64, life time.Duration) error {
	return s.write(ctx, runtime.ErrConflict, `UPDATE connections SET lease_until = greatest(lease_until, `+micros+` + $4)
		WHERE id = $1 AND lease_owner = $2 AND fence = $3 AND lease_until > `+micros, id, owner, fence, life.Microseconds())
}
