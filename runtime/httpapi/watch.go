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

// watch ends a call that stands still, and with it the connection that it came on.
type watch struct {
	ctx       context.Context // of the call
	cancel    context.CancelCauseFunc
	shared    bool // cancel ends the whole connection
	to        http.ResponseWriter
	began     time.Time
	moved     atomic.Int64 // when something moved last, since began
	limit     atomic.Int64 // how long nothing may
	answer    time.Duration
	idle      time.Duration
	timer     *time.Timer
	hasBody   bool
	body      *watchedBody // the caller's, once it may be read; nil: before, or there is none
	answering atomic.Bool  // the API has begun to answer
	mu        sync.Mutex   // of the two below
	stopped   bool         // the call stood still
	ended     bool
}

// newWatch watches a call: until it is answered, and when it is.
func newWatch(c echo.Context, answer, idle time.Duration) *watch {
	r := c.Request()
	w := &watch{to: c.Response().Writer, began: time.Now(), answer: answer, idle: idle, hasBody: r.Body != nil && r.Body != http.NoBody}
	w.ctx, w.cancel, w.shared = endable(r.Context())
	w.limit.Store(int64(answer))
	w.timer = time.AfterFunc(answer, w.look)
	return w
}

func (w *watch) control() *http.ResponseController { return http.NewResponseController(w.to) }

// alive notes that something has moved.
func (w *watch) alive() { w.moved.Store(int64(time.Since(w.began))) }

// look ends the call if nothing has moved for as long as it may, else it looks again when that time is over.
func (w *watch) look() {
	left := time.Duration(w.limit.Load() - (int64(time.Since(w.began)) - w.moved.Load()))
	if left > 0 {
		w.timer.Reset(left)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return // the connection may carry the next call already
	}
	w.stopped = true
	w.cancel(context.DeadlineExceeded)
	if w.answering.Load() { // the answer has begun: whoever does not read it is not waited for
		_ = w.control().SetWriteDeadline(time.Now()) // a connection that was taken over has none
	}
	_ = w.control().SetReadDeadline(time.Now())
}

// end ends the watch. What is left of the caller's body is not waited for.
func (w *watch) end() {
	w.timer.Stop()
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	if !w.shared {
		w.cancel(nil)
	}
	if w.body != nil {
		w.body.over.Store(true)
	}
	if w.hasBody && (w.body == nil || !w.body.ended.Load()) {
		_ = w.control().SetReadDeadline(time.Now().Add(unreadTime))
	}
}

// failed gives the answer to a call that stood still the end of its connection, on which there can be no other.
func (w *watch) failed(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		w.to.Header()["Connection"] = []string{"close"}
	}
	return err
}

// watched is the request with a body that tells when it moves, and that may still be read when the answer has begun.
func (w *watch) watched(r *http.Request) *http.Request {
	if w.hasBody {
		_ = w.control().EnableFullDuplex() // there is nothing to be enabled but in HTTP/1
		w.body = &watchedBody{ReadCloser: r.Body, watch: w}
		copied := *r // the server looks at its own body to tell what is left unread on the connection
		copied.Body = w.body
		return &copied
	}
	return r
}

// answered watches the answer from here on.
func (w *watch) answered() {
	w.answering.Store(true)
	w.limit.Store(int64(w.idle))
	w.alive()
	if w.idle < w.answer { // else it looks in time
		w.timer.Reset(w.idle)
	}
}

// copy passes a body on as it comes, each piece at once if it flushes. Its error is either side's.
func (w *watch) copy(to http.ResponseWriter, body io.Reader, flushes bool) error {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	for {
		n, err := body.Read(*buffer)
		w.alive()
		if n > 0 {
			if _, failed := to.Write((*buffer)[:n]); failed != nil {
				return failed
			}
			if flushes {
				_ = w.control().Flush() // the next piece tells whether somebody reads
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// buffers are those that bodies are copied with.
var buffers = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

type watchedBody struct {
	io.ReadCloser
	watch *watch
	ended atomic.Bool
	over  atomic.Bool // the call is: the transport may read on, the server may not be read any more
}

var errOver = errors.New("the call is over")

func (b *watchedBody) Read(p []byte) (int, error) {
	if b.over.Load() {
		return 0, errOver
	}
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
