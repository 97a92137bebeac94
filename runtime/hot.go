package runtime

import (
	"context"
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
	bytes int // of held, as they weigh
	most  int
}

// held is one connection, opened and rendered. It is immutable.
type held struct {
	version     int64
	connection  *Connection // nil: deleted; what it points to is never changed
	answer      *CredentialsAnswer
	serveBefore time.Time // until then the answer goes out without another look; zero: it never does
	bytes       int       // about how many it takes; the memory's own
}

// newHot makes a memory of at most so many connections and so many bytes.
func newHot(size, bytes int) (*hot, error) {
	h := &hot{most: bytes}
	var err error
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

// keep holds v unless something newer is held.
func (h *hot) keep(id string, v *held) {
	v.bytes = v.weigh()
	h.mu.Lock()
	defer h.mu.Unlock()
	if old, ok := h.held.Peek(id); ok {
		if old.version > v.version {
			return
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

// connection returns a connection from memory, as this process last stored or read it, or from the store. It may have been
// overtaken by another process: who writes it back learns so by the version. The caller must not change what it points to.
func (e *Engine) connection(ctx context.Context, id string) (*Connection, error) {
	if v := e.hot.get(id); v != nil && v.connection != nil {
		c := *v.connection
		return &c, nil
	}
	return e.stored(ctx, id)
}

// stored returns a connection from the store.
func (e *Engine) stored(ctx context.Context, id string) (*Connection, error) {
	c, err := e.store.Connection(ctx, id)
	return c, storeError("connection", id, err)
}
