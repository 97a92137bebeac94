package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"claviger/runtime"
)

// How long a call that is passed on may stand still: until the API begins to answer, counted from the last byte that the
// caller sent, and then until the next byte either way. Streams that flow may last for ever.
const (
	answerTime = time.Minute
	idleTime   = 5 * time.Minute
)

const (
	// unreadTime is how long a body is still read that nobody has asked for to its end.
	unreadTime = 5 * time.Second
)

// watch ends a call that stands still, or whose right has ended.
type watch struct {
	ctx       context.Context
	cancel    context.CancelCauseFunc
	control   *http.ResponseController
	began     time.Time
	moved     atomic.Int64 // when something moved last, since began
	limit     atomic.Int64 // how long nothing may
	idle      time.Duration
	timer     *time.Timer
	hasBody   bool
	body      *watchedBody // the caller's, once it may be read; nil: before, or there is none
	answering atomic.Bool  // the API has begun to answer
	right     atomic.Pointer[right]
	mu        sync.Mutex
	over      bool // the connection may carry another call by now
}

// newWatch watches a call: until it is answered, and when it is.
func newWatch(c echo.Context, answer, idle time.Duration) *watch {
	w := &watch{control: http.NewResponseController(c.Response().Writer), began: time.Now(), idle: idle, hasBody: c.Request().Body != nil && c.Request().Body != http.NoBody}
	w.ctx, w.cancel = context.WithCancelCause(c.Request().Context())
	w.limit.Store(int64(answer))
	w.timer = time.AfterFunc(min(answer, rightEvery), w.look)
	return w
}

// alive notes that something has moved.
func (w *watch) alive() { w.moved.Store(int64(time.Since(w.began))) }

// look ends the call if nothing has moved for as long as it may, or it may not go on, else it looks again.
func (w *watch) look() {
	var cause error
	left := time.Duration(w.limit.Load() - (int64(time.Since(w.began)) - w.moved.Load()))
	if right := w.right.Load(); left <= 0 {
		cause = context.DeadlineExceeded
	} else if right != nil {
		cause = right.ended()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.over:
	case cause == nil:
		w.timer.Reset(min(left, rightEvery))
	default:
		w.stop(cause)
	}
}

func (w *watch) stop(cause error) {
	w.cancel(cause)
	written := time.Now() // the answer has begun: whoever does not read it is not waited for
	if !w.answering.Load() {
		written = written.Add(unreadTime) // for ours, and for what is stuck before it
	}
	_ = w.control.SetWriteDeadline(written) // a connection that was taken over has none
	_ = w.control.SetReadDeadline(time.Now())
}

// end ends the watch. What is left of the caller's body is not waited for.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.timer.Stop()
	w.cancel(nil)
	if w.hasBody && (w.body == nil || !w.body.ended.Load()) {
		_ = w.control.SetReadDeadline(time.Now().Add(unreadTime))
	}
}

// watched is the request with a body that tells when it moves, and that may still be read when the answer has begun.
func (w *watch) watched(r *http.Request) *http.Request {
	if w.hasBody {
		_ = w.control.EnableFullDuplex() // there is nothing to be enabled but in HTTP/1
		w.body = &watchedBody{ReadCloser: r.Body, watch: w}
		r.Body = w.body // of a copy
	}
	return r
}

// answered watches the answer from here on, and cleans the trailers that come with its end.
func (w *watch) answered(response *http.Response) {
	w.answering.Store(true)
	w.limit.Store(int64(w.idle))
	w.alive()
	w.timer.Reset(min(w.idle, rightEvery))
	if both, ok := response.Body.(io.ReadWriteCloser); ok { // another protocol
		response.Body = &watchedStream{both, w}
		return
	}
	response.Body = &watchedAnswer{watchedBody{ReadCloser: response.Body, watch: w}, response}
}

type watchedBody struct {
	io.ReadCloser
	watch *watch
	ended atomic.Bool
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.watch.alive()
	if errors.Is(err, io.EOF) {
		b.ended.Store(true)
	}
	return n, err
}

type watchedStream struct {
	io.ReadWriteCloser
	watch *watch
}

func (s *watchedStream) Read(p []byte) (int, error) {
	n, err := s.ReadWriteCloser.Read(p)
	s.watch.alive()
	return n, err
}

func (s *watchedStream) Write(p []byte) (int, error) {
	n, err := s.ReadWriteCloser.Write(p)
	s.watch.alive()
	return n, err
}

// watchedAnswer cleans the trailers, which are there when the body is closed.
type watchedAnswer struct {
	watchedBody
	response *http.Response
}

func (a *watchedAnswer) Close() error {
	err := a.ReadCloser.Close()
	runtime.CleanHop(a.response.Trailer)
	runtime.CleanAnswer(a.response.Trailer)
	return err
}
