package httpapi

import "sync"

// children are the counters of a vector that were used, by their labels: what is counted with each request is not looked up by
// the texts again. The zero value is ready.
type children[L comparable, C any] struct {
	mu  sync.RWMutex
	all map[L]C
}

func (c *children[L, C]) of(labels L, find func() C) C {
	c.mu.RLock()
	child, ok := c.all[labels]
	c.mu.RUnlock()
	if ok {
		return child
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[L]C{}
	}
	child = find()
	c.all[labels] = child
	return child
}
