package runtime

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// What memory may be believed depends on whether the store tells what other processes write:
//
//	alone ──Follow──▶ unsure ──Synced──▶ current ──no Synced for 750 ms, or Follow has ended──▶ unsure
//	                     └──────────the database cannot be reached──────────▶ away ──Synced──▶ current
//
//	alone      nobody follows: there is no other process, and memory is believed
//	current    what was read since Follow began last is believed
//	unsure     the store is asked; where it fails, memory serves as in away
//	away       the store is not asked: what was believed last serves until the grace is over
//
// Each time that Follow begins anew is an epoch. What was read before may have changed in between unheard: it is compared
// with the store before it is believed again: when it is read, and one after the other in the background.
const (
	currentFor = 750 * time.Millisecond
	followWait = 100 * time.Millisecond // between attempts to follow, and up to as much again
	// defaultGrace is how long memory serves without the database.
	defaultGrace = 5 * time.Minute
)

// following is how far the store's changes are known. Safe for concurrent use.
type following struct {
	began    time.Time // of elapsed
	grace    time.Duration
	epoch    atomic.Int64 // 0: nobody has followed yet
	believed atomic.Int64 // the epoch while it lasts; notNow otherwise
	synced   atomic.Int64 // when, as elapsed: what was written before has been told
	here     atomic.Pointer[presence]
	turns    sync.Mutex // held while an epoch begins
	fresh    bool       // the next Synced begins an epoch; Follow's own
}

// presence lasts until the database is found to be away.
type presence struct {
	context.Context
	end context.CancelFunc
}

// notNow is no epoch.
const notNow = -1

func newFollowing(grace time.Duration) *following {
	f := &following{began: time.Now(), grace: grace}
	if grace == 0 {
		f.grace = defaultGrace
	}
	f.arrive()
	return f
}

// elapsed is the time on a monotonic clock.
func (f *following) elapsed() time.Duration { return time.Since(f.began) }

// at is elapsed as a time.
func (f *following) at() time.Time { return f.began.Add(f.elapsed()) }

// now is the epoch of what is read from here on.
func (f *following) now() int64 { return f.epoch.Load() }

// believes tells whether what was read in an epoch is what the store holds, but for the last moment.
func (f *following) believes(epoch int64) bool {
	return f.believed.Load() == epoch && (epoch == 0 || f.age() < currentFor)
}

// serves tells whether what was read in an epoch may be used where the store does not answer.
func (f *following) serves(epoch int64) bool {
	return epoch == f.epoch.Load() && f.age() <= f.grace && (epoch > 0 || f.believed.Load() == 0)
}

// answered notes that the store has answered. Where it does and yet tells nothing, memory from before does not serve any
// more should it cease to answer, too: what was deleted meanwhile counts within a second.
func (f *following) answered() {
	if f.believed.Load() != notNow || f.age() < time.Second {
		return
	}
	f.turns.Lock()
	defer f.turns.Unlock()
	if f.believed.Load() == notNow {
		f.epoch.Add(1)
	}
}

// age is how long ago the last Synced was true.
func (f *following) age() time.Duration { return f.elapsed() - time.Duration(f.synced.Load()) }

// away tells whether asking the store is of no use.
func (f *following) away() bool { return f.here.Load().Err() != nil }

// asking is ctx for asking the store: it ends as soon as the database is found to be away.
func (f *following) asking(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(f.here.Load(), cancel)
	return ctx, func() { stop(); cancel() }
}

// begin has the store asked until it tells.
func (f *following) begin() {
	f.fresh = true
	f.believed.Store(notNow)
}

// sync takes a Synced.
func (f *following) sync(before time.Time) {
	f.synced.Store(int64(before.Sub(f.began)))
	if f.fresh {
		f.fresh = false
		f.turns.Lock()
		f.believed.Store(f.epoch.Add(1))
		f.turns.Unlock()
		f.arrive()
	}
}

// arrive notes that the database is there.
func (f *following) arrive() {
	if old := f.here.Load(); old == nil || old.Err() != nil {
		ctx, cancel := context.WithCancel(context.Background())
		f.here.Store(&presence{ctx, cancel})
	}
}

// leave notes that the database is away, and tells whether that is news.
func (f *following) leave() bool {
	defer f.here.Load().end()
	return !f.away()
}

// errAway is the answer to what only the database knows.
func errAway() *Error {
	return &Error{Code: CodeStoreUnavailable, Message: "the database does not answer", RetryAfter: 5 * time.Second, Err: ErrAway}
}

// Follow keeps memory in step with what other processes on the store write, until ctx ends. An engine that does not follow
// believes its memory: it must be the only process.
func (e *Engine) Follow(ctx context.Context) {
	f := e.following
	for ctx.Err() == nil {
		f.begin()
		err := e.store.Follow(ctx, e.told)
		told := !f.fresh
		f.believed.Store(notNow)
		if ctx.Err() != nil {
			return
		}
		switch {
		case told:
			e.log.Warn("the database tells no changes any more; it is asked again", "error", err)
			continue // at once: it may have ended this session only
		case errors.Is(err, ErrAway) && f.leave():
			e.log.Error("the database is away; what is in memory serves", "for", f.grace, "error", err)
		case !errors.Is(err, ErrAway):
			e.log.Error("following the database's changes", "error", err)
		}
		rest(ctx, followWait+rand.N(followWait))
	}
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// told takes a change from the store. What was read before must not be put into memory after it.
func (e *Engine) told(c Change) {
	switch c.Kind {
	case Synced:
		f := e.following
		fresh, back := f.fresh, f.away()
		f.sync(c.Before)
		if back {
			e.log.Info("the database is back")
		}
		if fresh {
			e.background(e.catchUp)
		}
	case ConnectionChanged:
		e.hot.forget(c.ID, c.Version)
		e.watchers.wake(c.ID)
	case IntegrationChanged:
		e.integrations.forget(c.ID)
	case KeyChanged, SessionChanged:
		if keys := e.keys.Load(); keys != nil {
			keys.forget(c.ID)
		}
	}
}

// catchUpEach is how many connections are compared with the store at a time.
const catchUpEach = 500

// catchUp compares what memory has of connections from before this epoch.
func (e *Engine) catchUp() {
	epoch := e.following.now()
	for ids := range slices.Chunk(e.hot.before(epoch), catchUpEach) {
		if e.following.now() != epoch {
			return // who began the next goes on
		}
		versions, err := e.store.Versions(e.closing, ids)
		if err != nil {
			return // each is compared when it is read
		}
		for _, id := range ids {
			e.hot.confirm(id, versions[id], epoch)
		}
	}
}
