package sqlite

import (
	"context"
	"fmt"
	"slices"
	"time"

	"claviger/runtime"
	"claviger/runtime/store"
)

// The queries of a flow by its handles.
var flowBy = map[runtime.FlowHandle]string{
	runtime.ByConnect:    `SELECT ` + store.FlowColumns + ` FROM flows WHERE connect_hash = ? AND expires_at > ?`,
	runtime.ByState:      `SELECT ` + store.FlowColumns + ` FROM flows WHERE state_hash = ? AND expires_at > ?`,
	runtime.ByPosted:     `SELECT ` + store.FlowColumns + ` FROM flows WHERE handle_hash = ? AND expires_at > ?`,
	runtime.ByCompletion: `SELECT ` + store.FlowColumns + ` FROM flows WHERE completion_hash = ? AND expires_at > ?`,
}

// Flow is the live flow with the hash. No flow has the empty hash.
func (s *Store) Flow(ctx context.Context, by runtime.FlowHandle, hash []byte) (*runtime.Flow, error) {
	query, ok := flowBy[by]
	if !ok {
		return nil, fmt.Errorf("expected a handle of a flow, found %q", by)
	}
	f, err := s.codec.ScanFlow(s.reads.row(ctx, query, hash, s.micros()))
	return f, s.failed(err)
}

// micros is the present as the expiry of flows is kept.
func (s *Store) micros() int64 { return store.Micros(s.now()) }

// PutFlow stores f. It answers ErrConflict, too, when the connection is gone, when another flow has one of the hashes,
// and when the stored flow has expired.
func (s *Store) PutFlow(ctx context.Context, f *runtime.Flow) error {
	r, err := s.codec.Flow(f)
	if err != nil {
		return err
	}
	return s.put(ctx, &f.Version, func(t *tx) (int64, error) {
		return t.exec(`INSERT INTO flows (`+store.FlowColumns+`) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?)`,
			r.ID, r.Connection, r.ExpiresAt, r.ConnectHash, r.StateHash, r.HandleHash, r.CompletionHash, r.Doc, r.Pinned)
	}, func(t *tx) (int64, error) {
		return t.exec(`UPDATE flows SET version = version + 1, connection = ?, expires_at = ?, connect_hash = ?, state_hash = ?,
			handle_hash = ?, completion_hash = ?, doc = ?, pinned = ? WHERE id = ? AND version = ? AND expires_at > ?`,
			r.Connection, r.ExpiresAt, r.ConnectHash, r.StateHash, r.HandleHash, r.CompletionHash, r.Doc, r.Pinned,
			r.ID, r.Version, s.micros())
	})
}

// TakeFlow removes f. An expired flow is taken by nobody.
func (s *Store) TakeFlow(ctx context.Context, f *runtime.Flow) error {
	return s.write(ctx, func(t *tx) (int64, error) {
		return t.exec(`DELETE FROM flows WHERE id = ? AND version = ? AND expires_at > ?`, f.ID, f.Version, s.micros())
	}, runtime.ErrConflict)
}

// DeleteExpiredFlows names each connection once, by id.
func (s *Store) DeleteExpiredFlows(ctx context.Context, before time.Time) ([]string, error) {
	var connections []string
	err := s.writer.do(ctx, func(t *tx) (err error) {
		connections, err = t.texts(`DELETE FROM flows WHERE expires_at < ? RETURNING connection`, store.Micros(before))
		return err
	})
	slices.Sort(connections)
	return slices.Compact(connections), s.failed(err)
}
