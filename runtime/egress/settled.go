package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	goruntime "runtime"
	"sync/atomic"
	"time"
)

// A connection that is used again is settled when nothing is left of the answer before: whoever reads it waits for bytes. The
// standard library gives a connection away before it looks at that, so what a server sends after its answer may become the
// answer to another's call.

// waited is a connection that tells whether somebody waits for bytes.
type waited struct {
	net.Conn
	waiting atomic.Bool
}

func (w *waited) Read(p []byte) (int, error) {
	w.waiting.Store(true)
	n, err := w.Conn.Read(p)
	w.waiting.Store(false)
	return n, err
}

// reuse looks at the connection that a call gets.
type reuse struct{ unsettled bool }

func (u *reuse) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: u.got})
}

// got closes a connection that is not settled: nothing is sent on it then, and a call that got no answer from what was left is
// made on another one.
func (u *reuse) got(i httptrace.GotConnInfo) {
	if u.unsettled = i.Reused && !settles(i.Conn); u.unsettled {
		i.Conn.Close()
	}
}

// failure is the error in the place of an answer to nobody.
func (u *reuse) failure(host string) *Error {
	return &Error{Reason: Reset, Host: host, Err: errors.New("a connection with " + host + " held more than the answer before; it is closed, and nothing was sent")}
}

// settleTime is how long it may take until somebody reads on: much more than a busy machine needs.
const settleTime = 100 * time.Millisecond

func settles(c net.Conn) bool {
	secure, isTLS := c.(*tls.Conn)
	if isTLS {
		c = secure.NetConn()
	}
	w, ok := c.(*waited)
	if !ok || w.waiting.Load() || isTLS && secure.ConnectionState().NegotiatedProtocol == "h2" { // which has no order of answers
		return true
	}
	for began, pause := time.Now(), time.Duration(0); ; pause = min(2*pause+time.Microsecond, time.Millisecond) {
		if pause < 10*time.Microsecond {
			goruntime.Gosched()
		} else {
			time.Sleep(pause)
		}
		switch {
		case w.waiting.Load():
			return true
		case time.Since(began) > settleTime:
			return false
		}
	}
}
