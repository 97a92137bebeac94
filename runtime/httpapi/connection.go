package httpapi

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// Connections lets a call that stands still end the connection it came on, so that it needs no context of its own. Both methods
// are for an http.Server of HTTP/1, where a connection carries one call at a time. The zero value is ready.
type Connections struct {
	open sync.Map // net.Conn to context.CancelCauseFunc
}

type connectionKey struct{}

// Context is for http.Server.ConnContext.
func (c *Connections) Context(ctx context.Context, conn net.Conn) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	c.open.Store(conn, cancel)
	return context.WithValue(ctx, connectionKey{}, cancel)
}

// State is for http.Server.ConnState. Who takes a connection over ends it himself.
func (c *Connections) State(conn net.Conn, state http.ConnState) {
	if state != http.StateClosed && state != http.StateHijacked {
		return
	}
	if cancel, ok := c.open.LoadAndDelete(conn); ok && state == http.StateClosed {
		cancel.(context.CancelCauseFunc)(nil)
	}
}

// endable is the context of a call, and what ends it. Where that ends its whole connection, shared is true.
func endable(ctx context.Context) (_ context.Context, end context.CancelCauseFunc, shared bool) {
	if end, shared = ctx.Value(connectionKey{}).(context.CancelCauseFunc); shared {
		return ctx, end, true
	}
	ctx, end = context.WithCancelCause(ctx)
	return ctx, end, false
}
