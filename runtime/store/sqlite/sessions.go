package sqlite

import (
	"context"
	"time"

	"claviger/runtime"
	"claviger/runtime/store"
)

// SessionByHash is the live session with the hash.
func (s *Store) SessionByHash(ctx context.Context, hash []byte) (*runtime.Session, error) {
	read, err := s.codec.ScanSession(s.reads.row(ctx, `SELECT `+store.SessionColumns+` FROM sessions WHERE hash = ? AND expires_at > ?`, hash, s.micros()))
	return read, s.failed(err)
}

// Session is the live session with the id.
func (s *Store) Session(ctx context.Context, id string) (*runtime.Session, error) {
	read, err := s.codec.ScanSession(s.reads.row(ctx, `SELECT `+store.SessionColumns+` FROM sessions WHERE id = ? AND expires_at > ?`, id, s.micros()))
	return read, s.failed(err)
}

// HasOrigin tells whether a session that lives at a time is for pages of the origin.
func (s *Store) HasOrigin(ctx context.Context, origin string, at time.Time) (has bool, err error) {
	err = s.reads.row(ctx, `SELECT EXISTS (SELECT 1 FROM session_origins WHERE origin = ? AND expires_at > ?)`, origin, store.Micros(at)).Scan(&has)
	return has, s.failed(err)
}

// CreateSession answers ErrConflict when the id or the hash is taken, or the API key is gone.
func (s *Store) CreateSession(ctx context.Context, n *runtime.Session) error {
	r, err := s.codec.Session(n)
	if err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) (int64, error) {
		changed, err := t.exec(`INSERT INTO sessions (`+store.SessionColumns+`) VALUES (?, ?, ?, ?, ?)`, r.ID, r.Hash, r.Key, r.ExpiresAt, r.Doc)
		for _, origin := range n.Origins {
			if err == nil {
				_, err = t.exec(`INSERT INTO session_origins (origin, expires_at, session) VALUES (?, ?, ?)`, origin, r.ExpiresAt, r.ID)
			}
		}
		return changed, err
	}, runtime.ErrConflict)
}

// DeleteSession ends a session.
func (s *Store) DeleteSession(ctx context.Context, id string) error {
	return s.write(ctx, func(t *tx) (int64, error) {
		return t.exec(`DELETE FROM sessions WHERE id = ?`, id)
	}, runtime.ErrNotFound)
}

// DeleteExpiredSessions removes them with their origins.
func (s *Store) DeleteExpiredSessions(ctx context.Context, before time.Time) error {
	return s.failed(s.writer.do(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM sessions WHERE expires_at < ?`, store.Micros(before))
		return err
	}))
}
