package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"claviger/runtime"
)

// Follow listens with a session of its own.
//
//	LISTEN ──▶ heard a probe ──▶ round trip ──▶ Synced ──▶ told what comes, for 150 ms ──▶ round trip ──▶ Synced …
//
// What LISTEN promises (PostgreSQL's page on NOTIFY, and src/backend/commands/async.c): a session hears every transaction
// that commits after its LISTEN has; in the order of their commits; and a backend sends what it has heard before it says
// that it is ready for the next query. A writer's backend signals the listening ones before it answers its client. So the
// answer to a round trip comes behind everything whose write had returned when the round trip began.
const (
	followEvery   = 150 * time.Millisecond
	followTimeout = time.Second // of a round trip
	followConnect = 1500 * time.Millisecond
)

// Follow tells what is committed by anybody, as runtime.FollowStore says.
func (s *Store) Follow(ctx context.Context, told func(runtime.Change)) error {
	if err := s.usable(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ending, cancel)()
	conn, err := s.listen(ctx, told)
	if err != nil {
		return s.unfollowed(err)
	}
	defer hangUp(conn)
	for {
		began, err := s.roundTrip(ctx, conn)
		if err == nil {
			told(runtime.Change{Kind: runtime.Synced, Before: began})
			err = heed(ctx, conn, began.Add(followEvery))
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return s.unfollowed(err)
		}
	}
}

// heed lets the session's OnNotification tell what comes until then.
func heed(ctx context.Context, conn *pgx.Conn, until time.Time) error {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	for {
		if err := conn.PgConn().WaitForNotification(ctx); pgconn.Timeout(err) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// listen opens the session, and tries whether it hears.
func (s *Store) listen(ctx context.Context, told func(runtime.Change)) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, followConnect)
	defer cancel()
	heard := make(chan string, 1) // a probe
	config := s.config.ConnConfig.Copy()
	config.RuntimeParams["application_name"] += " listening"
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
		if n.PID != s.teller.Load() { // memory has what this process writes
			read(n.Payload, func(kind byte, id string, version int64) { s.hear(told, heard, kind, id, version) })
		}
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err = settle(ctx, conn); err == nil {
		_, err = conn.Exec(ctx, `LISTEN `+pgx.Identifier{s.channel}.Sanitize())
	}
	if err == nil {
		err = s.probe(ctx, conn, heard)
	}
	if err != nil {
		return nil, errors.Join(err, hangUp(conn))
	}
	return conn, nil
}

var errDeaf = errors.New("what is told does not arrive: a pooler must keep a session on one connection")

// probe tells something on another session. Through a pooler that moves sessions it does not come.
func (s *Store) probe(ctx context.Context, conn *pgx.Conn, heard <-chan string) error {
	name := rand.Text()
	other, err := s.connect(ctx) // the pool's may have ended, or all be in use
	if err != nil {
		return err
	}
	defer hangUp(other)
	if _, err := other.Exec(ctx, `SELECT pg_notify($1, 'p 0 ' || $2)`, s.channel, name); err != nil {
		return err
	}
	for {
		if err := conn.PgConn().WaitForNotification(ctx); pgconn.Timeout(err) {
			return errDeaf
		} else if err != nil {
			return err
		}
		select {
		case got := <-heard:
			if got == name {
				return nil
			}
		default:
		}
	}
}

// hear takes a line in.
func (s *Store) hear(told func(runtime.Change), probed chan<- string, kind byte, id string, version int64) {
	switch kind {
	case toldNode:
		s.others.Store(true) // our own coming too; the next beat knows better
	case toldProbe:
		select {
		case probed <- id:
		default: // nobody waits any more
		}
	default:
		if known, ok := changes[kind]; ok {
			told(runtime.Change{Kind: known, ID: id, Version: version})
		}
	}
}

// roundTrip returns when it began. It asks whether the session still listens.
func (s *Store) roundTrip(ctx context.Context, conn *pgx.Conn) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, followTimeout)
	defer cancel()
	began, listens := time.Now(), false
	err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_listening_channels() AS channel WHERE channel = $1)`, s.channel).Scan(&listens)
	if err == nil && !listens {
		err = errDeaf
	}
	return began, err
}

// unfollowed tells apart whether the database cannot be reached, or answers with a refusal.
func (s *Store) unfollowed(err error) error {
	refused, deaf := code(err), errors.Is(err, errDeaf)
	err = fmt.Errorf("database %s: %w", s.name, explain(err))
	if refused == "" && !deaf || refused == "57P03" { // it is starting or stopping
		return errors.Join(runtime.ErrAway, err)
	}
	return err
}

// Versions reads them from the rows, without what is sealed.
func (s *Store) Versions(ctx context.Context, ids []string) (map[string]int64, error) {
	type row struct {
		id      string
		version int64
	}
	all, err := list(ctx, s, func(r scanner) (v row, err error) {
		err = r.Scan(&v.id, &v.version)
		return v, err
	},
		`SELECT id, version FROM connections WHERE id = ANY ($1)`, ids)
	versions := make(map[string]int64, len(all))
	for _, v := range all {
		versions[v.id] = v.version
	}
	return versions, err
}
