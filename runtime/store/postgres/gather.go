package postgres

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"claviger/runtime"
)

const (
	maxLeaders  = 2  // batches under way at a time
	maxGathered = 64 // writes of a batch: what bounds the wait of its first for its last
	// A row that somebody else has locked, or a slow database, holds up other writes no longer than this.
	patience     = 500 * time.Millisecond
	lockPatience = `SELECT set_config('lock_timeout', '500ms', true)` // for a transaction
)

// gathering sends writes of single rows that come together as one transaction, in one round trip: a commit costs the
// database more than a row does. A write that finds fewer than maxLeaders under way leads at once, and alone unless others
// wait; one that comes later waits to be sent by a leader, or to lead.
//
//	waiting ──taken by a leader──▶ sent ──commit──▶ answered
//	   │                             └──the batch failed, nothing of it is kept──▶ sent again by itself
//	   ├──a leader is done, or takes long──▶ leads
//	   └──context ended──▶ withdrawn: never sent
//
// The zero value is ready.
type gathering struct {
	mu      sync.Mutex
	leaders int
	waiting []*gathered
}

// gathered is a write of the row with an id that changes one row or none.
type gathered struct {
	id string
	statement
	returned []any // where what it returns goes
	changed  bool
	err      error
	turn     chan turn
}

// turn is what a waiting write is told.
type turn int

const (
	isDone turn = iota
	leads
	goesAlone
)

// gather runs a write that others may share a transaction with; one that changes nothing is answered by ErrConflict.
func (s *Store) gather(ctx context.Context, w *gathered) error {
	if err := s.usable(); err != nil {
		return err
	}
	switch s.writes.join(ctx, w) {
	case leads:
		s.lead(ctx, w)
	case goesAlone:
		w.err = s.written(ctx, w.run)
	}
	if w.err == nil && !w.changed {
		return runtime.ErrConflict
	}
	return w.err
}

// join waits for w's turn. A context that ends before it withdraws w.
func (g *gathering) join(ctx context.Context, w *gathered) turn {
	g.mu.Lock()
	if g.leaders < maxLeaders {
		g.leaders++
		g.mu.Unlock()
		return leads
	}
	w.turn = make(chan turn, 1)
	g.waiting = append(g.waiting, w)
	g.mu.Unlock()
	select {
	case t := <-w.turn:
		return t
	case <-ctx.Done():
	}
	g.mu.Lock()
	at := slices.Index(g.waiting, w)
	if at >= 0 {
		g.waiting = slices.Delete(g.waiting, at, at+1)
		w.err = ctx.Err()
	}
	g.mu.Unlock()
	if at >= 0 {
		return isDone
	}
	return <-w.turn
}

// take removes the first n that wait.
func (g *gathering) take(n int) []*gathered {
	g.mu.Lock()
	defer g.mu.Unlock()
	n = min(n, len(g.waiting))
	taken := slices.Clone(g.waiting[:n])
	g.waiting = slices.Delete(g.waiting, 0, n)
	return taken
}

// next lets the first that waits lead.
func (g *gathering) next() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.leaders--
		return
	}
	g.waiting[0].turn <- leads
	g.waiting = slices.Delete(g.waiting, 0, 1)
}

// lead sends w, and with it what waits when there is a connection. Where none can be had that is everybody's answer, unless
// it was w's own time that ended.
func (s *Store) lead(ctx context.Context, w *gathered) {
	next := sync.OnceFunc(s.writes.next)
	defer next()
	defer time.AfterFunc(patience, next).Stop()
	var others []*gathered
	connected, undone := false, false
	err := s.written(ctx, func(running context.Context, conn *pgx.Conn) error {
		connected = true
		others = s.writes.take(maxGathered - 1)
		if len(others) == 0 {
			return w.run(running, conn)
		}
		err := together(running, conn, slices.Concat([]*gathered{w}, others))
		// What the database refused as a whole it has undone as a whole. Of a connection that broke nobody knows that.
		undone = code(err) != "" && !isBroken(err)
		return err
	})
	if !connected && err != nil && ctx.Err() == nil {
		others = s.writes.take(maxGathered - 1)
	}
	told := isDone
	if undone {
		told = goesAlone
	}
	for _, o := range others {
		o.err = err
		o.turn <- told
	}
	if w.err = err; undone {
		next()
		w.err = s.written(ctx, w.run)
	}
}

// run sends the write by itself.
func (w *gathered) run(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, w.text, w.args...)
	if err != nil {
		return err
	}
	return w.read(rows)
}

// read takes the answer.
func (w *gathered) read(rows pgx.Rows) error {
	tag, err := pgx.ForEachRow(rows, w.returned, func() error { return nil })
	w.changed = tag.RowsAffected() > 0
	return err
}

// together sends writes as one transaction, in the order of their rows: so two such transactions never wait for each other.
func together(ctx context.Context, conn *pgx.Conn, writes []*gathered) error {
	slices.SortFunc(writes, func(a, b *gathered) int { return cmp.Compare(a.id, b.id) })
	batch := &pgx.Batch{}
	batch.Queue(lockPatience)
	for _, w := range writes {
		batch.Queue(w.text, w.args...)
	}
	results := conn.SendBatch(ctx, batch)
	if _, err := results.Exec(); err != nil {
		return errors.Join(err, results.Close())
	}
	for _, w := range writes {
		rows, err := results.Query()
		if err == nil {
			err = w.read(rows)
		}
		if err != nil {
			return errors.Join(err, results.Close())
		}
	}
	return results.Close() // the commit
}
