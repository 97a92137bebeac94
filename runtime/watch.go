package runtime

import "sync"

// watchers lets waiters sleep until a connection changes. The zero value is ready.
type watchers struct {
	mu    sync.Mutex
	waits map[string]*watch
}

type watch struct {
	changed chan struct{}
	waiters int
}

// on returns a channel that closes at the connection's next change. Take it before reading the connection, and call
// done when it is no longer looked at.
func (w *watchers) on(id string) (changed <-chan struct{}, done func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waits == nil {
		w.waits = map[string]*watch{}
	}
	entry, ok := w.waits[id]
	if !ok {
		entry = &watch{changed: make(chan struct{})}
		w.waits[id] = entry
	}
	entry.waiters++
	return entry.changed, func() { w.leave(id, entry) }
}

func (w *watchers) leave(id string, entry *watch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	entry.waiters--
	if entry.waiters == 0 && w.waits[id] == entry {
		delete(w.waits, id)
	}
}

func (w *watchers) wake(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if entry, ok := w.waits[id]; ok {
		close(entry.changed)
		delete(w.waits, id)
	}
}

// crowd counts how many are at something, by whose they are. The zero value is ready.
type crowd struct {
	mu    sync.Mutex
	sizes map[string]int
}

// join adds one, unless there are most already.
func (c *crowd) join(key string, most int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sizes == nil {
		c.sizes = map[string]int{}
	}
	if c.sizes[key] >= most {
		return false
	}
	c.sizes[key]++
	return true
}

func (c *crowd) leave(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sizes[key]--; c.sizes[key] == 0 {
		delete(c.sizes, key)
	}
}
