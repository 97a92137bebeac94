package runtime

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"time"
)

const (
	// dueTick is how often it is looked for what is due at the latest: another process may have stored it.
	dueTick = 10 * time.Second
	// dueShared is the same while other nodes live: what one of them leaves undone the others take over after dueLate.
	dueShared = 2 * time.Second
	dueLate   = 3 * time.Second
	// dueLull is how long places that become free are gathered before it is looked for more that is due.
	dueLull = 10 * time.Millisecond
	// duePlaces is how many renewals run in the background at a time.
	duePlaces = 128
	// dueEach is how many of them are of one integration: one whose provider hangs takes no more places than these. It is
	// half of what an endpoint takes at a time, so that readers who wait find room beside them.
	dueEach = 16
)

// RenewDue renews connections before their tokens expire, though nobody reads them, until ctx ends or the engine closes.
// Several processes on one store share the connections: each lists its own, and of the others' only what they leave undone.
func (e *Engine) RenewDue(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.closing, cancel)()
	k := &keeper{e: e, working: map[string]bool{}, busy: map[string]int{}, held: map[string]bool{}, done: make(chan Due, duePlaces)}
	defer e.nextDue.Store(0)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case d := <-k.done:
			k.leave(d)
			if k.more {
				k.more = false // once, or places that go on becoming free would put it off
				timer.Reset(dueLull)
			}
			continue
		case <-e.dueSooner:
		case <-timer.C:
		}
		wait, err := k.round(ctx)
		if err != nil && ctx.Err() == nil {
			e.log.Error("looking for connections that are due", "error", err)
		}
		timer.Reset(wait)
	}
}

// keeper is what RenewDue knows of the renewals that it has begun.
type keeper struct {
	e       *Engine
	working map[string]bool // ids of connections
	busy    map[string]int  // by integration
	held    map[string]bool // integrations whose renewals wait for their parameters to change
	more    bool            // something that is due found no place, and waits for the next that becomes free
	done    chan Due
}

// round begins what is due and finds a place. It returns how long there will be nothing to do as far as is known.
func (k *keeper) round(ctx context.Context) (time.Duration, error) {
	k.e.nextDue.Store(math.MaxInt64) // what is stored from here on is looked at again
	k.more = false
	k.release(ctx)
	share, of := k.e.share()
	at, next, err := k.beginDue(ctx, DueQuery{Share: share, Of: of})
	if err != nil {
		return dueTick, err
	}
	if of > 1 && !k.more {
		if _, _, err := k.beginDue(ctx, DueQuery{Share: share, Of: of, Late: at.Add(-dueLate)}); err != nil {
			return dueTick, err
		}
		next = earlier(next, at.Add(dueShared))
	}
	return k.sleep(at, next), nil
}

// beginDue begins what a query finds and what is due. It returns the present, and when the next will be due as far as is
// known.
func (k *keeper) beginDue(ctx context.Context, q DueQuery) (at, next time.Time, err error) {
	for {
		if at, err = k.e.now(ctx); err != nil {
			return at, next, err
		}
		q.Limit, q.Except, q.Owner = duePlaces, k.full(), k.e.run
		list, err := k.e.store.Due(ctx, q)
		if err != nil {
			return at, next, storeError("due", "", err)
		}
		began := 0
		for _, d := range list {
			if d.At.After(at) {
				return at, d.At, nil
			}
			if k.begin(ctx, d) {
				began++
			}
		}
		if began == 0 || len(list) < duePlaces {
			return at, at.Add(dueTick), nil
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// sleep notes until when the loop sleeps, so that whoever stores something earlier can wake it.
func (k *keeper) sleep(at, until time.Time) time.Duration {
	wait := min(until.Sub(at), dueTick)
	k.e.nextDue.Store(at.Add(wait).UnixMicro())
	return wait
}

// full are the integrations of which nothing is begun now.
func (k *keeper) full() []string {
	var full []string
	for key, n := range k.busy {
		if n >= dueEach {
			full, k.more = append(full, key), true
		}
	}
	for key := range k.held {
		full = append(full, key)
	}
	return full
}

// release looks which integrations need not be held back any more.
func (k *keeper) release(ctx context.Context) {
	for key := range k.held {
		if !k.e.isHeld(ctx, key) {
			delete(k.held, key)
		}
	}
}

// begin begins a renewal, unless it is under way or finds no place.
func (k *keeper) begin(ctx context.Context, d Due) bool {
	switch {
	case k.working[d.ID] || k.held[d.Integration]:
		return false
	case len(k.working) == duePlaces || k.busy[d.Integration] == dueEach:
		k.more = true
		return false
	case k.e.isHeld(ctx, d.Integration):
		k.held[d.Integration] = true
		return true // there may be more to see without it
	}
	k.working[d.ID] = true
	k.busy[d.Integration]++
	k.e.background(func() {
		defer func() { k.done <- d }()
		k.e.renewDue(ctx, d)
	})
	return true
}

func (k *keeper) leave(d Due) {
	delete(k.working, d.ID)
	if k.busy[d.Integration]--; k.busy[d.Integration] == 0 {
		delete(k.busy, d.Integration)
	}
}

// isHeld tells whether all renewals of an integration wait for its parameters to change: see heldBack.
func (e *Engine) isHeld(ctx context.Context, key string) bool {
	i, err := e.integration(ctx, key)
	if err != nil || i.Misconfigured == nil {
		return false
	}
	connector, err := e.connector(i.Connector)
	return err == nil && i.Misconfigured.Connector == connector.Version && i.Misconfigured.At.After(i.UpdatedAt)
}

// renewDue renews a connection that the store calls due, if it is, and sees to it that it is not called due any more.
func (e *Engine) renewDue(ctx context.Context, d Due) {
	c, err := e.connection(ctx, d.ID)
	if err == nil && !c.Due.Equal(d.At) { // another process has written it
		c, err = e.stored(ctx, d.ID)
	}
	if err != nil {
		e.complain(ctx, d, err)
		return
	}
	at, err := e.now(ctx)
	if err != nil {
		return
	}
	if due := e.due(c); due.IsZero() || due.After(at) {
		if !due.Equal(c.Due) { // nobody had worked it out, or the connector has changed
			e.postpone(ctx, c, due)
		}
		return
	}
	c, err = e.renew(ctx, c, occasion{by: ByBackground})
	if ctx.Err() != nil {
		return
	}
	e.observer.BackgroundRenewal(d.Integration, renewalOutcome(err))
	e.moveOn(ctx, d, c, err)
}

// moveOn postpones a connection that is still due after an attempt: where nothing was stored that says when the next is.
func (e *Engine) moveOn(ctx context.Context, d Due, c *Connection, failed error) {
	var err error
	if c == nil {
		if c, err = e.stored(ctx, d.ID); err != nil {
			e.complain(ctx, d, err)
			return
		}
	}
	at, err := e.now(ctx)
	if err != nil {
		return
	}
	due := e.due(c)
	if !due.IsZero() && !due.After(at) {
		wait := dueAgain(failed)
		due = at.Add(wait + time.Duration(rand.Int64N(int64(min(wait, circuitPause)))))
		e.postpone(ctx, c, due)
	}
}

// dueAgain is how long a connection is left alone whose renewal could not be tried.
func dueAgain(err error) time.Duration {
	if err == nil {
		return time.Second // its new token is near its end already
	}
	known := AsError(err)
	switch known.Code {
	case CodeMisconfigured, CodeConnectorUnusable, CodeNotSupported:
		return misconfiguredPause
	case CodeNotRefreshable:
		return time.Hour // the connector may change its mind
	}
	return max(known.RetryAfter, dueTick)
}

// postpone stores when a connection is due; whoever has changed it meanwhile has stored that too.
func (e *Engine) postpone(ctx context.Context, c *Connection, due time.Time) {
	err := e.store.Postpone(ctx, c.ID, c.Version, due)
	if err != nil && !errors.Is(err, ErrConflict) {
		e.complain(ctx, Due{ID: c.ID}, storeError("connection", c.ID, err))
		return
	}
	e.wakeFor(due)
}

// wakeFor wakes the loop if it would sleep beyond a due time.
func (e *Engine) wakeFor(due time.Time) {
	if !due.IsZero() && due.UnixMicro() < e.nextDue.Load() {
		e.lookForDue()
	}
}

// lookForDue wakes the loop.
func (e *Engine) lookForDue() {
	select {
	case e.dueSooner <- struct{}{}:
	default:
	}
}

func (e *Engine) complain(ctx context.Context, d Due, err error) {
	if ctx.Err() == nil && AsError(err).Code != CodeNotFound {
		e.log.Error("renewing in the background", "connection", d.ID, "error", err)
	}
}

// renewalOutcome names how a renewal in the background ended, for the Observer.
func renewalOutcome(err error) string {
	if err != nil {
		return string(AsError(err).Code)
	}
	return "ok"
}
