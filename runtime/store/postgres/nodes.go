package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"claviger/runtime"
	"claviger/runtime/store"
)

const (
	nodeForgotten = 24 * time.Hour  // a node that has not been seen for so long is removed
	nodeLives     = 5 * time.Second // one that was seen within so long is told what renewals write
)

// Beat stores that n lives, and tells the others the first time.
func (s *Store) Beat(ctx context.Context, n runtime.Node) error {
	r, err := s.codec.Node(n, s.clock.now())
	if err != nil {
		return err
	}
	var others bool
	err = s.written(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		return conn.QueryRow(ctx, `WITH forgotten AS (DELETE FROM nodes WHERE id <> $1 AND seen_at < `+micros+` - $3)
			INSERT INTO nodes (id, seen_at, doc) VALUES ($1, `+micros+`, $2)
			ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, doc = excluded.doc
			RETURNING EXISTS (SELECT FROM nodes WHERE id <> $1 AND seen_at > `+micros+` - $4)`,
			r.ID, r.Doc, nodeForgotten.Microseconds(), nodeLives.Microseconds()).Scan(&others)
	})
	if err != nil {
		return err
	}
	s.others.Store(others)
	if !s.announced.Load() {
		if err = s.write(ctx, nil, `SELECT pg_notify($1, 'n 0 ' || $2)`, s.channel, n.ID); err == nil {
			s.announced.Store(true)
		}
	}
	return err
}

// Nodes are those that were seen since a time, by id.
func (s *Store) Nodes(ctx context.Context, since time.Time) ([]runtime.Node, error) {
	return list(ctx, s, s.codec.ScanNode, `SELECT `+store.NodeColumns+` FROM nodes WHERE seen_at >= $1 ORDER BY id`, store.Micros(since))
}

// Leave removes a node; one that is not there is no error.
func (s *Store) Leave(ctx context.Context, id string) error {
	err := s.write(ctx, runtime.ErrNotFound, `DELETE FROM nodes WHERE id = $1`, id)
	if err == runtime.ErrNotFound {
		return nil
	}
	return err
}
