package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"claviger/runtime"
	"claviger/runtime/store"
)

// The queries of a flow by its handles.
var flowBy = map[runtime.FlowHandle]string{
	runtime.ByConnect:    `SELECT ` + store.FlowColumns + ` FROM flows WHERE connect_hash = $1 AND expires_at > $2`,
	runtime.ByState:      `SELECT ` + store.FlowColumns + ` FROM flows WHERE state_hash = $1 AND expires_at > $2`,
	runtime.ByPosted:     `SELECT ` + store.FlowColumns + ` FROM flows WHERE handle_hash = $1 AND expires_at > $2`,
	runtime.ByCompletion: `SELECT ` + store.FlowColumns + ` FROM flows WHERE completion_hash = $1 AND expires_at > $2`,
}

// Flow is the live flow with the hash. No flow has the empty hash.
func (s *Store) Flow(ctx context.Context, by runtime.FlowHandle, hash []byte) (*runtime.Flow, error) {
	query, ok := flowBy[by]
	if !ok {
		return nil, fmt.Errorf("expected a handle of a flow, found %q", by)
	}
	return one(ctx, s, s.codec.ScanFlow, query, hash, s.micros())
}

// PutFlow stores f. It answers ErrConflict, too, when the connection is gone, when another flow has one of the hashes,
// and when the stored flow has expired.
func (s *Store) PutFlow(ctx context.Context, f *runtime.Flow) error {
	r, err := s.codec.Flow(f)
	if err != nil {
		return err
	}
	return s.put(ctx, &f.Version, statement{
		`INSERT INTO flows (` + store.FlowColumns + `) VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
		[]any{r.ID, r.Connection, r.ExpiresAt, r.ConnectHash, r.StateHash, r.HandleHash, r.CompletionHash, r.Doc, r.Pinned},
	}, statement{
		`UPDATE flows SET version = version + 1, connection = $4, expires_at = $5, connect_hash = $6, state_hash = $7,
			handle_hash = $8, completion_hash = $9, doc = $10, pinned = $11 WHERE id = $1 AND version = $2 AND expires_at > $3`,
		[]any{r.ID, r.Version, s.micros(), r.Connection, r.ExpiresAt, r.ConnectHash, r.StateHash, r.HandleHash,
			r.CompletionHash, r.Doc, r.Pinned},
	})
}

// TakeFlow removes f. An expired flow is taken by nobody.
func (s *Store) TakeFlow(ctx context.Context, f *runtime.Flow) error {
	return s.write(ctx, runtime.ErrConflict, `DELETE FROM flows WHERE id = $1 AND version = $2 AND expires_at > $3`,
		f.ID, f.Version, s.micros())
}

// DeleteExpiredFlows names each connection once, by id. Flows that somebody is writing are left to the next call: two that
// delete several at once could wait for each other for ever.
func (s *Store) DeleteExpiredFlows(ctx context.Context, before time.Time) ([]string, error) {
	var connections []string
	err := s.written(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `DELETE FROM flows WHERE id IN
			(SELECT id FROM flows WHERE expires_at < $1 FOR UPDATE SKIP LOCKED) RETURNING connection`, store.Micros(before))
		if err != nil {
			return err
		}
		connections, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	slices.Sort(connections)
	return slices.Compact(connections), err
}
