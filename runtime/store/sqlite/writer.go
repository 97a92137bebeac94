package sqlite

import (
	"context"
	"database/sql"
	"errors"
	goruntime "runtime"
	"slices"
	"sync/atomic"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// maxBatch bounds a transaction, and so the time that the first write of a batch waits for the last.
const maxBatch = 256

// writer runs all writes of a store on one connection, in one goroutine. Waiting for the disk is nearly all that a durable
// write costs, so the writes that queue up meanwhile go into one transaction and wait once: group commit.
//
//	queued ──taken by the writer──▶ taken ──commit──▶ done, with the write's own answer
//	   └────context ended, closed──▶ withdrawn: never run
//
// The first SQL statement of a write that has an effect is the only one that can fail for a reason of its own: those behind
// it, the events of a connection, fail with the database as a whole alone. So a write that fails leaves the rest of the
// transaction as it is, as it would within a savepoint of its own. When the transaction as a whole
// fails (disk full, input or output error), nothing of it is kept, and each of its writes is tried again alone: a write
// that fails for itself takes no other with it, and each answer is the write's own.
type writer struct {
	queue   chan *write
	closing chan struct{}
	stopped chan struct{}
	conn    *sql.Conn
	tx      *tx
	recent  int                       // how many writes a batch had lately
	wrote   atomic.Pointer[time.Time] // when the last transaction reached the disk
}

// write is one call of do. run may be called more than once; what an earlier call did is then undone.
type write struct {
	run   func(*tx) error
	state atomic.Int32
	err   error
	done  chan struct{}
}

const (
	queued int32 = iota
	taken
	withdrawn
)

func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{
		queue: make(chan *write, maxBatch), closing: make(chan struct{}), stopped: make(chan struct{}), conn: conn,
		tx: &tx{statements{prepare: conn.PrepareContext}},
	}
	go w.loop()
	return w, nil
}

// do runs a write and returns when it is durable or has failed. A context that ends while the write is queued withdraws
// it; once it has been taken, do waits for its true outcome, which one transaction bounds.
func (w *writer) do(ctx context.Context, run func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o := &write{run: run, done: make(chan struct{})}
	select {
	case w.queue <- o:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.closing:
		return ErrClosed
	}
	select {
	case <-o.done:
		return o.err
	case <-ctx.Done():
	case <-w.stopped:
	}
	if o.state.CompareAndSwap(queued, withdrawn) {
		if err := ctx.Err(); err != nil {
			return err
		}
		return ErrClosed
	}
	<-o.done
	return o.err
}

func (w *writer) close() error {
	close(w.closing)
	<-w.stopped
	return errors.Join(w.tx.close(), w.conn.Close())
}

func (w *writer) wroteWithin(d time.Duration) bool {
	at := w.wrote.Load()
	return at != nil && time.Since(*at) < d
}

func (w *writer) loop() {
	defer close(w.stopped)
	for {
		select {
		case o := <-w.queue:
			w.commit(w.gather(o))
		case <-w.closing:
			return
		}
	}
}

// gather takes what is queued, up to maxBatch. Where batches were larger lately, others are probably about to write too: as
// long as they come one after the other the batch waits for the next, much shorter than the disk takes, and lends the
// processor to whoever is ready to run. A writer that is alone never waits.
func (w *writer) gather(o *write) []*write {
	batch := w.drain(append(make([]*write, 0, 16), o))
	for came := time.Now(); len(batch) < w.recent && time.Since(came) < patience; {
		goruntime.Gosched()
		before := len(batch)
		if batch = w.drain(batch); len(batch) > before {
			came = time.Now()
		}
	}
	w.recent = max(len(batch), w.recent-1)
	return slices.DeleteFunc(batch, func(o *write) bool { return !o.state.CompareAndSwap(queued, taken) })
}

// patience is how long a batch waits for the next of the writers that are probably coming.
const patience = 20 * time.Microsecond

// drain adds what is queued now.
func (w *writer) drain(batch []*write) []*write {
	for len(batch) < maxBatch {
		select {
		case o := <-w.queue:
			batch = append(batch, o)
		default:
			return batch
		}
	}
	return batch
}

// commit gives every write of the batch its answer.
func (w *writer) commit(batch []*write) {
	err := w.transact(batch)
	alone := err != nil && len(batch) > 1 && primary(err) != sqlite3.SQLITE_BUSY // waiting again would help nobody
	for i, o := range batch {
		if alone {
			err = w.transact(batch[i : i+1])
		}
		if err != nil {
			o.err = err
		}
		close(o.done)
	}
}

// transact runs the batch in one transaction. Its error means that nothing was kept; a write's own error is left in it.
func (w *writer) transact(batch []*write) error {
	if len(batch) == 0 {
		return nil
	}
	if _, err := w.tx.exec(`BEGIN IMMEDIATE`); err != nil {
		return w.rollback(err) // should an earlier rollback have failed
	}
	for _, o := range batch {
		if o.err = o.run(w.tx); !isAnswer(o.err) {
			return w.rollback(o.err)
		}
	}
	if _, err := w.tx.exec(`COMMIT`); err != nil {
		return w.rollback(err)
	}
	now := time.Now()
	w.wrote.Store(&now)
	return nil
}

// rollback ends a failed transaction. SQLite may have done so by itself, and then says that there is none to end.
func (w *writer) rollback(err error) error {
	w.tx.exec(`ROLLBACK`)
	return err
}
