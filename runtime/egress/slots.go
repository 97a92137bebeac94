package egress

import (
	"context"
	"sync"
)

const defaultSlots = 32

// slots bounds how many calls are under way at a time, for each host and port by itself. An endpoint is kept only while
// somebody uses or waits for it.
type slots struct {
	each      int
	mu        sync.Mutex
	endpoints map[string]*endpoint
}

type endpoint struct {
	free  chan struct{} // holds a token for each call under way
	users int           // under way and waiting
}

func newSlots(n int) *slots {
	if n < 1 {
		n = defaultSlots
	}
	return &slots{each: n, endpoints: map[string]*endpoint{}}
}

// take waits for a slot. The function it returns gives the slot back and may be called more than once.
func (s *slots) take(ctx context.Context, key string) (func(), error) {
	e := s.join(key)
	select {
	case e.free <- struct{}{}:
		return sync.OnceFunc(func() { <-e.free; s.leave(key, e) }), nil
	case <-ctx.Done():
		s.leave(key, e)
		return nil, ctx.Err()
	}
}

func (s *slots) join(key string) *endpoint {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.endpoints[key]
	if e == nil {
		e = &endpoint{free: make(chan struct{}, s.each)}
		s.endpoints[key] = e
	}
	e.users++
	return e
}

func (s *slots) leave(key string, e *endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.users--; e.users == 0 {
		delete(s.endpoints, key)
	}
}
