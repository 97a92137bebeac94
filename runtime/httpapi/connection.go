package httpapi

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// Connections lets calls that stand still end the connection they came on, so that none needs a context and a timer of its own.
// Both methods are for an http.Server of HTTP/1, where a connection carries one call at a time. The zero value is ready.
type Connections struct {
	open sync.Map // net.Conn to *connection
}

// connection is one of a caller's, or stands for it during a single call. Its timer looks at the call that is there when it
// fires, and rests when there is none.
type connection struct {
	cancel context.CancelCauseFunc
	mu     sync.Mutex
	call   *watch // nil: none
	timer  *time.Timer
	due    time.Time // when it fires; zero: never
}

type connectionKey struct{}

// Context is for http.Server.ConnContext.
func (c *Connections) Context(ctx context.Context, conn net.Conn) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	opened := &connection{cancel: cancel}
	c.open.Store(conn, opened)
	return context.WithValue(ctx, connectionKey{}, opened)
}

// State is for http.Server.ConnState. Who takes a connection over ends it himself.
func (c *Connections) State(conn net.Conn, state http.ConnState) {
	if state != http.StateClosed && state != http.StateHijacked {
		return
	}
	if opened, ok := c.open.LoadAndDelete(conn); ok && state == http.StateClosed {
		opened.(*connection).end()
	}
}

// connectionOf is what carries a call, and the call's context. Nobody else ends it if it is not shared with other calls.
func connectionOf(ctx context.Context) (_ *connection, _ context.Context, shared bool) {
	if c, ok := ctx.Value(connectionKey{}).(*connection); ok {
		return c, ctx, true
	}
	ctx, cancel := context.WithCancelCause(ctx)
	return &connection{cancel: cancel}, ctx, false
}

func (c *connection) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
	}
	c.cancel(nil)
}

// carry sets the call that is watched from now on, nil: none.
func (c *connection) carry(w *watch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.call = w; w != nil {
		c.within(w.began, time.Duration(w.limit.Load()))
	}
}

// within has the timer fire in a while, or before. c.mu is held.
func (c *connection) within(now time.Time, d time.Duration) {
	at := now.Add(d)
	switch {
	case c.timer == nil:
		c.timer = time.AfterFunc(d, c.look)
	case c.due.IsZero() || at.Before(c.due):
		c.timer.Reset(d)
	default:
		return
	}
	c.due = at
}

// look ends the call if nothing has moved for as long as it may, else it looks again when that time is over.
func (c *connection) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.due = time.Time{}
	if c.call == nil {
		return
	}
	if left := c.call.left(); left > 0 {
		c.within(time.Now(), left)
		return
	}
	c.call.stop()
}
