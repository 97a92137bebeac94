package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// send checks one request, waits for a slot and sends it. The request is re-aimed at the address that was checked. On
// success the caller owns the body and calls release once he is done with it. The error is an *Error.
func (g *Guard) send(t *http.Transport, r *http.Request, hosts Hosts) (*http.Response, func(), error) {
	addr, err := hosts.check(r)
	if err != nil {
		return nil, nil, err
	}
	aim(r, addr)
	release, err := g.slot(r.Context(), addr)
	if err != nil {
		closeBody(r)
		return nil, nil, g.crowded(addr, err)
	}
	host, _, _ := net.SplitHostPort(addr)
	response, err := carry(t, r, host)
	if err != nil {
		release()
		return nil, nil, err
	}
	return response, release, nil
}

// check checks a request and returns the address to aim it at.
func (h Hosts) check(r *http.Request) (addr string, err error) {
	addr, err = h.target(r.URL)
	if err == nil {
		host, _, _ := net.SplitHostPort(addr)
		err = checkHead(host, r)
	}
	if err != nil {
		closeBody(r)
		return "", err
	}
	return addr, nil
}

// carry sends a request that was checked.
func carry(t *http.Transport, r *http.Request, host string) (*http.Response, error) {
	var connected atomic.Bool
	var connection reuse
	trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		connection.got(i)
		connected.Store(!connection.unsettled)
	}}
	response, err := t.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if err == nil && connection.unsettled {
		response.Body.Close()
		return nil, connection.failure(host)
	}
	if err != nil {
		return nil, failure(r.Context(), host, connected.Load(), err)
	}
	return response, nil
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		r.Body.Close()
	}
}

// failure says what became of a request for which the transport reports err. Only before a connection was there is it
// certain that nothing was sent.
func failure(ctx context.Context, host string, connected bool, err error) *Error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
		return &Error{Reason: gaveUp(err), Sent: connected, Host: host, Err: cause("no answer of "+host+" in time", err)}
	}
	var known *Error
	if errors.As(err, &known) {
		e := *known // several calls may have waited for the same connection
		e.Sent = e.Sent || connected
		return &e
	}
	if !connected {
		return &Error{Reason: Connect, Host: host, Err: cause("cannot connect to "+host, err)}
	}
	return &Error{Reason: Reset, Sent: true, Host: host, Err: cause("the connection with "+host+" broke or did not speak HTTP", err)}
}

func gaveUp(err error) Reason {
	if errors.Is(err, context.Canceled) {
		return Canceled
	}
	return Timeout
}

// cause adds the cause to a message, if it is of a kind that cannot quote what the other side sent.
func cause(what string, err error) error {
	var network *net.OpError
	var lookup *net.DNSError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, io.EOF),
		errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &network), errors.As(err, &lookup), isTLS(err):
		return fmt.Errorf("%s: %w", what, err)
	}
	return errors.New(what)
}
