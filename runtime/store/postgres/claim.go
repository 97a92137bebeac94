package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrClaimed says that another server uses the database.
var ErrClaimed = errors.New("another server uses this database; several nodes on one database are not supported by this version yet")

// A claim is held by a session of its own: a lock that PostgreSQL ends with the session, whatever ends that, and a count of
// all claims there have been.
//
//	           count + 1                     session ended: nothing is read or written
//	try lock ───────────▶ held ─────────────────────────────▶ try lock ───▶ held       count as it was: nobody was there
//	    └─ locked: ErrClaimed                                     └───────▶ ErrClaimed count has moved: for good
const (
	claimPatience = 3 * time.Second // how long a start waits for a server that is just ending
	claimRetry    = 200 * time.Millisecond
	claimCheck    = 5 * time.Second // how often a silent session is asked whether it is there
)

// Claim makes this store that of the one server on the database, until it is closed; another server's claim is
// ErrClaimed. Commands beside the server need none. Call it before the store is used.
//
// When the session that holds the claim ends, because the database was restarted or is out of reach, the store answers
// errors only, until it holds the claim again. Should another server have held it meanwhile, this one's memory is not to be
// relied on any more: the store then answers errors for good, and lost receives the reason once.
func (s *Store) Claim(ctx context.Context) (lost <-chan error, err error) {
	conn, count, err := s.firstClaim(ctx)
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	reason := make(chan error, 1)
	s.behind.Go(func() {
		if err := s.keepClaim(conn, count); err != nil {
			reason <- err
		}
	})
	return reason, nil
}

// firstClaim takes the lock and counts.
func (s *Store) firstClaim(ctx context.Context) (conn *pgx.Conn, count int64, err error) {
	for end := time.Now().Add(claimPatience); ; {
		if conn, err = s.lock(ctx); err == nil || !errors.Is(err, ErrClaimed) || time.Now().After(end) {
			break
		}
		if err := pause(ctx, claimRetry); err != nil {
			return nil, 0, err
		}
	}
	if err != nil {
		return nil, 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	err = conn.QueryRow(ctx, `INSERT INTO claims (id, count) VALUES (1, 1)
		ON CONFLICT (id) DO UPDATE SET count = claims.count + 1 RETURNING count`).Scan(&count)
	if err != nil {
		return nil, 0, errors.Join(err, hangUp(conn))
	}
	return conn, count, nil
}

// lock opens a session that holds the lock, or answers ErrClaimed.
func (s *Store) lock(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	conn, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	var got bool
	err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1, hashtext(current_schema()))`, serving).Scan(&got)
	if err == nil && !got {
		err = ErrClaimed
	}
	if err != nil {
		return nil, errors.Join(err, hangUp(conn))
	}
	return conn, nil
}

// keepClaim returns nil when the store is closed, and an error when the claim is another's.
func (s *Store) keepClaim(conn *pgx.Conn, count int64) error {
	for {
		err := s.attend(conn)
		_ = hangUp(conn)
		if s.ending.Err() != nil {
			return nil
		}
		s.bar(fmt.Errorf("database %s is not used until this server's claim on it is back: %w", s.name, explain(err)))
		if conn, err = s.reclaim(count); err != nil {
			s.bar(fmt.Errorf("database %s: %w", s.name, err))
			return s.usable()
		}
		if conn == nil {
			return nil
		}
		s.barred.Store(nil)
	}
}

func (s *Store) bar(why error) { s.barred.Store(&why) }

// attend returns an error as soon as the session has ended.
func (s *Store) attend(conn *pgx.Conn) error {
	for {
		quiet, cancel := context.WithTimeout(s.ending, claimCheck)
		_, err := conn.WaitForNotification(quiet) // nobody notifies; it ends with the session
		cancel()
		if err != nil && !pgconn.Timeout(err) || s.ending.Err() != nil {
			return err
		}
		if err := s.holds(conn); err != nil {
			return err
		}
	}
}

// holds asks the session whether it has the lock. Behind a pooler that moves sessions it may be another's session.
func (s *Store) holds(conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(s.ending, claimCheck)
	defer cancel()
	var holds bool
	err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted
		AND pid = pg_backend_pid() AND classid::bigint = $1)`, int64(serving)).Scan(&holds)
	if err == nil && !holds {
		err = errors.New("its session is not what it was: a pooler must keep a session on one connection")
	}
	return err
}

// reclaim takes the lock again as soon as the database answers. It is ErrClaimed when there has been another claim, and
// neither a session nor an error when the store is closed.
func (s *Store) reclaim(count int64) (*pgx.Conn, error) {
	for {
		conn, err := s.lock(s.ending)
		if err == nil || errors.Is(err, ErrClaimed) { // the lock may still be that of our own session that has ended
			now, counted := s.claims(conn)
			switch {
			case counted == nil && now != count:
				if conn != nil {
					_ = hangUp(conn)
				}
				return nil, ErrClaimed
			case counted == nil && conn != nil:
				return conn, nil
			case conn != nil:
				_ = hangUp(conn)
			}
		}
		if err := pause(s.ending, claimRetry); err != nil {
			return nil, nil
		}
	}
}

// claims is how many there have been, asked by the session that holds the lock if there is one.
func (s *Store) claims(conn *pgx.Conn) (count int64, err error) {
	ctx, cancel := context.WithTimeout(s.ending, answerTimeout)
	defer cancel()
	const query = `SELECT count FROM claims WHERE id = 1`
	if conn != nil {
		err = conn.QueryRow(ctx, query).Scan(&count)
	} else {
		err = s.pool.QueryRow(ctx, query).Scan(&count)
	}
	return count, err
}

// pause waits, and is an error when the context ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
