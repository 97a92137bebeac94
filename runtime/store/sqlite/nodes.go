package sqlite

import (
	"context"
	"time"

	"claviger/runtime"
	"claviger/runtime/store"
)

// nodeForgotten is how long a node is remembered that is not seen.
const nodeForgotten = 24 * time.Hour

// Beat stores that n lives.
func (s *Store) Beat(ctx context.Context, n runtime.Node) error {
	r, err := s.codec.Node(n, s.now())
	if err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) (int64, error) {
		if _, err := t.exec(`DELETE FROM nodes WHERE seen_at < ?`, r.SeenAt-nodeForgotten.Microseconds()); err != nil {
			return 0, err
		}
		return t.exec(`INSERT INTO nodes (id, seen_at, doc) VALUES (?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, doc = excluded.doc`, r.ID, r.SeenAt, r.Doc)
	}, runtime.ErrConflict)
}

// Nodes are those that were seen since a time, by id.
func (s *Store) Nodes(ctx context.Context, since time.Time) ([]runtime.Node, error) {
	all, err := list(ctx, s.reads, s.codec.ScanNode, `SELECT `+store.NodeColumns+` FROM nodes WHERE seen_at >= ? ORDER BY id`, store.Micros(since))
	return all, s.failed(err)
}

// Leave removes a node; one that is not there is no error.
func (s *Store) Leave(ctx context.Context, id string) error {
	return s.failed(s.writer.do(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM nodes WHERE id = ?`, id)
		return err
	}))
}
