package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"claviger/runtime"
	"claviger/runtime/store"
)

// SessionByHash is the live session with the hash.
func (s *Store) SessionByHash(ctx context.Context, hash []byte) (*runtime.Session, error) {
	return one(ctx, s, s.codec.ScanSession, `SELECT `+store.SessionColumns+` FROM sessions WHERE hash = $1 AND expires_at > $2`, hash, s.micros())
}

// Session is the live session with the id.
func (s *Store) Session(ctx context.Context, id string) (*runtime.Session, error) {
	return one(ctx, s, s.codec.ScanSession, `SELECT `+store.SessionColumns+` FROM sessions WHERE id = $1 AND expires_at > $2`, id, s.micros())
}

// HasOrigin tells whether a session that lives at a time is for pages of the origin.
func (s *Store) HasOrigin(ctx context.Context, origin string, at time.Time) (bool, error) {
	has, err := one(ctx, s, func(row scanner) (has bool, err error) {
		err = row.Scan(&has)
		return has, err
	}, `SELECT EXISTS (SELECT FROM session_origins WHERE origin = $1 AND expires_at > $2)`, origin, store.Micros(at))
	if errors.Is(err, runtime.ErrNotFound) { // a text that no row can have
		return false, nil
	}
	return has, err
}

// CreateSession answers ErrConflict when the id or the hash is taken, or the API key is gone. No node has to be told: none
// remembers that it does not know a token.
func (s *Store) CreateSession(ctx context.Context, n *runtime.Session) error {
	r, err := s.codec.Session(n)
	if err != nil {
		return err
	}
	return s.write(ctx, runtime.ErrConflict, `WITH put AS (INSERT INTO sessions (`+store.SessionColumns+`) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
		RETURNING id, expires_at) INSERT INTO session_origins (origin, expires_at, session) SELECT unnest($6::text[]), expires_at, id FROM put`,
		r.ID, r.Hash, r.Key, r.ExpiresAt, r.Doc, n.Origins)
}

// DeleteSession ends a session.
func (s *Store) DeleteSession(ctx context.Context, id string) error {
	text, args := s.telling(`DELETE FROM sessions WHERE id = $1`, tellSession, id)
	return s.write(ctx, runtime.ErrNotFound, text, args...)
}

// DeleteExpiredSessions removes them with their origins. Those that somebody is ending are left to the next call.
func (s *Store) DeleteExpiredSessions(ctx context.Context, before time.Time) error {
	return s.written(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `DELETE FROM sessions WHERE id IN
			(SELECT id FROM sessions WHERE expires_at < $1 FOR UPDATE SKIP LOCKED)`, store.Micros(before))
		return err
	})
}
