package runtime

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"claviger/runtime/egress"
)

// errLeaseLost says that nothing was sent, for the right to do so is not this process's any more.
var errLeaseLost = errors.New("the lease to renew the connection ended before the request was sent")

// tenure is a lease that this process holds:
//
//	taken ──▶ sending ──▶ answered ──▶ over, by the write of the outcome
//	  └─ half of its life over: extended, as long as the renewal goes on
//
// Safe for concurrent use; the nil tenure is that of a request that needs no lease.
type tenure struct {
	e     *Engine
	id    string
	fence int64
	life  time.Duration

	mu    sync.Mutex
	ends  time.Time // on this machine's monotonic clock, counted from before the database was asked: it ends no sooner there
	sent  bool      // something was sent under it
	timer *time.Timer
}

// leaseLife is longer than a token request takes, and the writing of its answer.
func (e *Engine) leaseLife() time.Duration { return e.tokenTimeout + writeTime(e.tokenTimeout) }

// writeTime is how long a lease lasts beyond the deadline of the request that it is for.
func writeTime(request time.Duration) time.Duration { return min(request/2, 15*time.Second) }

// take makes this process the one that renews c, whose marker is stored before anything is sent. errOvertaken where c is
// not what is stored.
func (e *Engine) take(ctx context.Context, c *Connection) (*tenure, error) {
	if err := e.onlyOne(); err != nil {
		return nil, err
	}
	t := &tenure{e: e, id: c.ID, life: e.leaseLife()}
	asked := time.Now()
	err := e.store.TakeLease(ctx, c, e.run, t.life)
	if errors.Is(err, ErrConflict) {
		return nil, errOvertaken
	}
	if err := e.keep(c, err); err != nil {
		return nil, err
	}
	t.fence, t.ends = c.Fence, asked.Add(t.life)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.timer = time.AfterFunc(t.life/2, t.prolong)
	return t, nil
}

// sending must be called just before a request is sent whose deadline is so far away: the lease outlasts it, or nothing may
// be sent.
func (t *tenure) sending(ctx context.Context, deadline time.Duration) error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if need := deadline + writeTime(deadline)/2; time.Until(t.ends) < need {
		t.life = max(t.life, deadline+writeTime(deadline))
		if err := t.extend(ctx); err != nil {
			return &egress.Error{Reason: egress.Canceled, Err: errors.Join(errLeaseLost, err)}
		}
	}
	if !t.sent {
		t.sent = true
		t.e.unresolved.Store(t.id, t.fence)
	}
	return nil
}

// extend lets the lease last its whole life from now on.
func (t *tenure) extend(ctx context.Context) error {
	asked := time.Now()
	err := t.e.store.ExtendLease(ctx, t.id, t.e.run, t.fence, t.life)
	if err == nil {
		t.ends = asked.Add(t.life)
	}
	return err
}

// prolong keeps the lease while the renewal takes longer than usual. Should that fail, sending says so when it matters.
func (t *tenure) prolong() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.timer == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), t.life/4)
	defer cancel()
	if err := t.extend(ctx); !errors.Is(err, ErrConflict) {
		t.timer.Reset(t.life / 2)
	}
}

// wasSent tells whether something was sent under the lease.
func (t *tenure) wasSent() bool {
	if t == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sent
}

// resolved notes that it is known what became of what was sent.
func (t *tenure) resolved() {
	if t != nil {
		t.e.unresolved.Delete(t.id)
	}
}

// end ends the care for the lease; the lease itself ends with the write of the outcome.
func (t *tenure) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.timer.Stop()
	t.timer = nil
}

// nodeOf is the node part of a run.
func nodeOf(run string) string {
	node, _, _ := strings.Cut(run, "/")
	return node
}

// heldElsewhere tells whether another node may renew the connection at this time, and lives as far as is known: one that has
// been started again since has nothing to be waited for.
func (e *Engine) heldElsewhere(c *Connection, at time.Time) bool {
	l := c.Renewal.Lease
	if l == nil || c.Token == nil || nodeOf(l.Owner) == e.node || !at.Before(l.Until.Add(leaseSlack)) {
		return false
	}
	return spendsNothing(c) || c.Renewal.pending() || !e.restarted(l) // of the others it is known that they have to wait longer still
}

// leaseSlack is more than a node's idea of the database's clock is wrong by.
const leaseSlack = time.Second

// restarted tells whether a lease's run has ended because its node was seen in another one since.
func (e *Engine) restarted(l *Lease) bool {
	nodes := e.nodes.Load()
	return nodes != nil && slices.ContainsFunc(*nodes, func(n Node) bool {
		return n.ID == nodeOf(l.Owner) && n.Run != l.Owner && n.SeenAt.After(l.Since)
	})
}

// leasePoll is how often a waiter looks what another node's renewal came to, should nobody tell it.
const leasePoll = 500 * time.Millisecond

// awaitLease waits until no other node may renew the connection any more, and returns what is stored then.
func (e *Engine) awaitLease(ctx context.Context, id string) (*Connection, error) {
	for {
		changed, done := e.watchers.on(id)
		c, err := e.stored(ctx, id)
		if err != nil {
			done()
			return nil, err
		}
		at, err := e.now(ctx)
		if err != nil || !e.heldElsewhere(c, at) {
			done()
			return c, err
		}
		err = pauseUntil(ctx, changed, leasePoll)
		done()
		if err != nil {
			return nil, err
		}
	}
}

func pauseUntil(ctx context.Context, changed <-chan struct{}, most time.Duration) error {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
		return &Error{Code: CodeProviderUnavailable, Message: "another node is renewing the connection; it goes on", Err: ctx.Err(), RetryAfter: time.Second}
	}
	return nil
}
