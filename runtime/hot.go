package runtime

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// hot is the memory of opened connections, bounded in their number and in bytes. What it holds of a connection only ever moves to newer versions, so
// that a slow reader of the store cannot put back what a writer has replaced.
type hot struct {
	mu    sync.Mutex // orders the look and the add; lru has a lock of its own
	held  *lru.Cache[string, *held]
	told  *lru.Cache[string, int64] // versions that others have lately stored: what is older is not kept any more
	bytes int                       // of held, as they weigh
	most  int
}

// toldMemory is how many changes of others are remembered: more than come while one read of the store lasts.
const toldMemory = 1 << 14

// held is one connection, opened and rendered. It is immutable.
type held struct {
	version     int64
	epoch       int64       // in which it was read: see following
	connection  *Connection // nil: deleted; what it points to is never changed
	answer      *CredentialsAnswer
	serveBefore time.Time // until then the answer goes out without another look; zero: it never does
	bytes       int       // about how many it takes; the memory's own
}

// newHot makes a memory of at most so many connections and so many bytes.
func newHot(size, bytes int) (*hot, error) {
	h := &hot{most: bytes}
	var err error
	if h.told, err = lru.New[string, int64](toldMemory); err != nil {
		return nil, err
	}
	h.held, err = lru.NewWithEvict(size, func(_ string, v *held) { h.bytes -= v.bytes }) // by keep, which has the lock
	return h, err
}

// weigh estimates how many bytes a connection and its answer take, with what surrounds them.
func (v *held) weigh() int {
	var w weight
	if c := v.connection; c != nil {
		w.token(c.Token)
		w.answer(c.Renewal.Answer)
		w.add(c.Parameters)
		for name, label := range c.Labels {
			w.text(name)
			w.text(label)
		}
	}
	n := w.inMemory() + 1<<10
	if v.answer != nil {
		n += 2 * len(v.answer.JSON)
	}
	return n
}

// get returns what is held of a connection, nil if nothing is.
func (h *hot) get(id string) *held {
	v, _ := h.held.Get(id)
	return v
}

// keep holds v unless something newer is held, or known to be stored.
func (h *hot) keep(id string, v *held) {
	v.bytes = v.weigh()
	h.mu.Lock()
	defer h.mu.Unlock()
	if newer, ok := h.told.Peek(id); ok && newer > v.version {
		return
	}
	if old, ok := h.held.Peek(id); ok {
		switch {
		case old.version > v.version:
			return
		case old.version == v.version:
			v.epoch = max(v.epoch, old.epoch)
		}
		h.bytes -= old.bytes
	}
	h.bytes += v.bytes
	h.held.Add(id, v)
	for h.bytes > h.most && h.held.Len() > 1 {
		h.held.RemoveOldest()
	}
}

// bury marks a connection as deleted, for good: ids are never used again.
func (h *hot) bury(id string) {
	h.keep(id, &held{version: math.MaxInt64})
}

// forget drops a connection of which another process has stored a version, unless memory has that.
func (h *hot) forget(id string, version int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if before, ok := h.told.Peek(id); !ok || before < version {
		h.told.Add(id, version)
	}
	h.dropLocked(id, version)
}

// drop forgets what is older than a version.
func (h *hot) drop(id string, version int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dropLocked(id, version)
}

func (h *hot) dropLocked(id string, version int64) {
	if old, ok := h.held.Peek(id); ok && old.version < version {
		h.held.Remove(id)
	}
}

// before lists what was read before an epoch, what has not been used for longest first.
func (h *hot) before(epoch int64) (ids []string) {
	for _, id := range h.held.Keys() {
		if v, ok := h.held.Peek(id); ok && v.connection != nil && v.epoch < epoch {
			ids = append(ids, id)
		}
	}
	return ids
}

// confirm takes in which version is stored in an epoch; 0: none.
func (h *hot) confirm(id string, version, epoch int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	old, ok := h.held.Peek(id)
	newer := ok && old.version > version && version > 0 // written since
	switch {
	case !ok || newer || old.epoch >= epoch:
	case old.version == version:
		v := *old
		v.epoch = epoch
		h.held.Add(id, &v)
	default:
		h.held.Remove(id)
	}
}

// connection returns a connection from memory or from the store, as look does. It may have been overtaken by another
// process: who writes it back learns so by the version. The caller must not change what it points to.
func (e *Engine) connection(ctx context.Context, id string) (*Connection, error) {
	c, _, err := e.look(ctx, id)
	return c, err
}

// look returns a connection, from memory where that is believed, and the epoch in which it was read. Where the database is
// away, memory serves until the grace is over.
func (e *Engine) look(ctx context.Context, id string) (*Connection, int64, error) {
	f, v := e.following, e.hot.get(id)
	if v != nil && v.connection == nil {
		v = nil // deleted, as the store will say
	}
	if v != nil && f.believes(v.epoch) && v.usable() {
		return v.copied()
	}
	serves := v != nil && f.serves(v.epoch)
	if f.away() {
		if serves {
			return v.copied()
		}
		return nil, 0, errAway()
	}
	epoch := f.now()
	asking, done := f.asking(ctx)
	defer done()
	c, err := e.stored(asking, id)
	if serves && isAway(err) && ctx.Err() == nil {
		return v.copied()
	}
	if err == nil && v == nil { // for the renewal that may follow
		kept := *c
		e.hot.keep(id, &held{version: c.Version, epoch: epoch, connection: &kept})
	}
	return c, epoch, err
}

// usable tells whether there is a token to be handed out. That there is none is asked for again: a browser may have come back
// to another node a moment ago.
func (v *held) usable() bool {
	return v.connection.Token != nil && v.connection.Status != ReconnectRequired
}

func (v *held) copied() (*Connection, int64, error) {
	c := *v.connection
	return &c, v.epoch, nil
}

// isAway tells an answer of a store that does not work.
func isAway(err error) bool { return err != nil && AsError(err).Code == CodeStoreUnavailable }

// stored returns a connection from the store. Memory that is older is of no use any more.
func (e *Engine) stored(ctx context.Context, id string) (*Connection, error) {
	c, err := e.store.Connection(ctx, id)
	switch {
	case err == nil:
		e.following.answered()
		e.hot.drop(id, c.Version)
	case errors.Is(err, ErrNotFound):
		e.hot.drop(id, math.MaxInt64)
	}
	return c, storeError("connection", id, err)
}
