package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"claviger/runtime"
)

// Follow listens with a session of its own.
//
//	LISTEN ──▶ round trip ──▶ Synced ──▶ told what comes, for 150 ms ──▶ round trip ──▶ Synced …
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

// listen opens the session.
func (s *Store) listen(ctx context.Context, told func(runtime.Change)) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, followConnect)
	defer cancel()
	config := s.config.ConnConfig.Copy()
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
		if n.PID != s.teller.Load() { // memory has what this process writes
			read(n.Payload, func(kind byte, id string, version int64) { s.heard(told, kind, id, version) })
		}
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err = settle(ctx, conn); err == nil {
		_, err = conn.Exec(ctx, `LISTEN `+pgx.Identifier{s.channel}.Sanitize())
	}
	if err != nil {
		return nil, errors.Join(err, hangUp(conn))
	}
	return conn, nil
}

func (s *Store) heard(told func(runtime.Change), kind byte, id string, version int64) {
	if kind == toldNode {
		s.others.Store(true) // our own coming too; the next beat knows better
		return
	}
	if known, ok := changes[kind]; ok {
		told(runtime.Change{Kind: known, ID: id, Version: version})
	}
}

// roundTrip returns when it began.
func (s *Store) roundTrip(ctx context.Context, conn *pgx.Conn) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, followTimeout)
	defer cancel()
	began := time.Now()
	return began, conn.Ping(ctx)
}

// unfollowed tells apart whether the database cannot be reached, or answers with a refusal.
func (s *Store) unfollowed(err error) error {
	refused := code(err)
	err = fmt.Errorf("database %s: %w", s.name, explain(err))
	if refused == "" || strings.HasPrefix(refused, "57P") {
		return errors.Join(runtime.ErrAway, err)
	}
	return err
}
