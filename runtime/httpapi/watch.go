package httpapi

import (
	"context"
	"net/http"
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

// watch ends a call that stands still, and with it the connection that carries it.
type watch struct {
	ctx       context.Context // of the call
	carrier   *connection
	shared    bool // the carrier carries other calls after it
	to        http.ResponseWriter
	began     time.Time
	moved     atomic.Int64 // when something moved last, since began
	limit     atomic.Int64 // how long nothing may
	idle      time.Duration
	hasBody   bool
	body      *watchedBody // the caller's, once it may be read; nil: before, or there is none
	answering atomic.Bool  // the API has begun to answer
	stopped   bool         // it stood still; under the carrier's lock
}

// newWatch watches a call: until it is answered, and when it is.
func newWatch(c echo.Context, answer, idle time.Duration) *watch {
	r := c.Request()
	w := &watch{to: c.Response().Writer, began: time.Now(), idle: idle, hasBody: r.Body != nil && r.Body != http.NoBody}
	w.carrier, w.ctx, w.shared = connectionOf(r.Context())
	w.limit.Store(int64(answer))
	w.carrier.carry(w)
	return w
}

func (w *watch) control() *http.ResponseController { return http.NewResponseController(w.to) }

// alive notes that something has moved.
func (w *watch) alive() { w.moved.Store(int64(time.Since(w.began))) }

// left is how much longer nothing may move.
func (w *watch) left() time.Duration {
	return time.Duration(w.limit.Load() - (int64(time.Since(w.began)) - w.moved.Load()))
}

// stop ends the call. The carrier's lock is held.
func (w *watch) stop() {
	w.stopped = true
	w.carrier.cancel(context.DeadlineExceeded)
	if w.answering.Load() { // the answer has begun: whoever does not read it is not waited for
		_ = w.control().SetWriteDeadline(time.Now()) // a connection that was taken over has none
	}
	_ = w.control().SetReadDeadline(time.Now())
}

// end ends the watch. What is left of the caller's body is not waited for.
func (w *watch) end() {
	if w.carrier.carry(nil); !w.shared {
		w.carrier.end()
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
	w.carrier.mu.Lock()
	defer w.carrier.mu.Unlock()
	if w.stopped {
		w.to.Header()["Connection"] = []string{"close"}
	}
	return err
}

// answered watches the answer from here on.
func (w *watch) answered() {
	before := w.limit.Swap(int64(w.idle))
	w.answering.Store(true)
	w.alive()
	if int64(w.idle) < before { // else the timer fires in time
		w.carrier.carry(w)
	}
}
