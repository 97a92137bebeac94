package httpapi

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"sync"

	"claviger/runtime"
)

// early passes answers 1xx on while the API's answer is waited for.
type early struct {
	to    http.ResponseWriter
	trace httptrace.ClientTrace
	mu    sync.Mutex
	ended bool
}

// during is the context of requests whose answers 1xx are passed on.
func (e *early) during(ctx context.Context) context.Context {
	e.trace.Got1xxResponse = e.pass
	return httptrace.WithClientTrace(ctx, &e.trace)
}

// end passes nothing on any more: the answer has begun, and the transport may not know it yet.
func (e *early) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = true
}

func (e *early) pass(status int, header textproto.MIMEHeader) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended {
		return nil
	}
	h := e.to.Header()
	ours := maps.Clone(h)
	clear(h)
	runtime.HandBack(h, http.Header(header))
	e.to.WriteHeader(status)
	clear(h)
	maps.Copy(h, ours)
	return nil
}
