package runtime

import (
	"context"
	"math"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// hot is the bounded memory of opened connections. What it holds of a connection only ever moves to newer versions, so
// that a slow reader of the store cannot put back what a writer has replaced.
type hot struct {
	mu   sync.Mutex // orders the look and the add; lru has a lock of its own
	held *lru.Cache[string, *held]
}

// held is one connection, opened and rendered. It is immutable.
type held struct {
	version     int64
	connection  *Connection // nil: deleted; what it points to is never changed
	answer      *CredentialsAnswer
	serveBefore time.Time // until then the answer goes out without another look; zero: it never does
}

func newHot(size int) (*hot, error) {
	cache, err := lru.New[string, *held](size)
	return &hot{held: cache}, err
}

// get returns what is held of a connection, nil if nothing is.
func (h *hot) get(id string) *held {
	v, _ := h.held.Get(id)
	return v
}

// keep holds v unless something newer is held.
func (h *hot) keep(id string, v *held) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if old, ok := h.held.Peek(id); ok && old.version > v.version {
		return
	}
	h.held.Add(id, v)
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
