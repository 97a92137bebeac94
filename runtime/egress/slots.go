package egress

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
)

const (
	defaultSlots = 32
	// streamSlots is how many times as many streams there may be: they may last for hours, and wait for nobody here.
	streamSlots = 8
)

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
		return (&slot{slots: s, key: key, endpoint: e}).leave, nil
	case <-ctx.Done():
		s.leave(key, e)
		return nil, context.Cause(ctx)
	}
}

// try takes a slot if one is free; else it returns nil.
func (s *slots) try(key string) *slot {
	e := s.join(key)
	select {
	case e.free <- struct{}{}:
		return &slot{slots: s, key: key, endpoint: e}
	default:
		s.leave(key, e)
		return nil
	}
}

// slot is one that was taken.
type slot struct {
	slots    *slots
	key      string
	endpoint *endpoint
	left     atomic.Bool
}

// leave gives it back. It may be called more than once.
func (s *slot) leave() {
	if !s.left.Swap(true) {
		<-s.endpoint.free
		s.slots.leave(s.key, s.endpoint)
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

// Seat is a slot that was taken before the call that uses it: for calls before which something is promised that must not
// wait.
type Seat struct {
	addr  string // empty: none was taken
	leave func()
	left  atomic.Bool
}

type seatKey struct{}

// Seat waits for a slot of the host and port of a URL. Its error is an *Error, of which nothing was sent. A URL outside of
// hosts has no slot and no error: its call says what is wrong.
func (g *Guard) Seat(ctx context.Context, u *url.URL, hosts Hosts) (*Seat, error) {
	addr, err := hosts.target(u)
	if err != nil {
		return &Seat{}, nil
	}
	leave, err := g.slots.take(ctx, addr)
	if err != nil {
		return nil, g.crowded(addr, err)
	}
	return &Seat{addr: addr, leave: leave}, nil
}

// In is a context within which calls to the seat's endpoint use it, one after the other, until it is left: those behind wait
// for a slot as everybody does.
func (s *Seat) In(ctx context.Context) context.Context {
	if s.addr == "" {
		return ctx
	}
	return context.WithValue(ctx, seatKey{}, s)
}

// Leave gives the slot back. It may be called more than once.
func (s *Seat) Leave() {
	s.left.Store(true)
	if s.leave != nil {
		s.leave()
	}
}

// slot is the slot that the context carries, or a new one.
func (g *Guard) slot(ctx context.Context, addr string) (func(), error) {
	if s, ok := ctx.Value(seatKey{}).(*Seat); ok && s.addr == addr && !s.left.Load() {
		return func() {}, nil
	}
	return g.slots.take(ctx, addr)
}

func (g *Guard) crowded(addr string, err error) error {
	host, _, _ := net.SplitHostPort(addr)
	what := fmt.Sprintf("%d calls to %s are under way already", g.slots.each, addr)
	return &Error{Reason: gaveUp(err), Host: host, Err: cause(what, err)}
}
