package egress

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/http/httpguts"
)

// RoundTripper sends single requests to hosts of a list, for a proxy that streams: no redirects, no decompression, no
// limit on the body, no deadline but the context's. A call counts against its endpoint's limit for streams until its body is
// closed; one that switches protocols (status 101) no longer. Errors are *Error, of reason Crowded where the limit is reached
// for long.
func (g *Guard) RoundTripper(hosts Hosts) http.RoundTripper { return &stream{g, hosts} }

type stream struct {
	guard *Guard
	hosts Hosts
}

// streamPatience is how long a call waits for a slot: whoever called can wait better than we can.
const streamPatience = 2 * time.Second

// RoundTrip implements http.RoundTripper.
func (s *stream) RoundTrip(r *http.Request) (*http.Response, error) {
	addr, err := s.hosts.check(r)
	if err != nil {
		return nil, err
	}
	if !isAimed(r, addr) {
		r = r.WithContext(r.Context()) // a copy
		aim(r, addr)
	}
	host, _, _ := net.SplitHostPort(addr)
	release, err := s.seat(r.Context(), addr, host)
	if err != nil {
		closeBody(r)
		return nil, err
	}
	var connection reuse
	response, err := s.transport(r).RoundTrip(r.WithContext(connection.traced(r.Context())))
	if err == nil && connection.unsettled {
		response.Body.Close()
		err = connection.failure(host)
	}
	if err != nil {
		release()
		return nil, streamFailure(r.Context(), host, err)
	}
	if err := checkAnswer(host, response.Header); err != nil {
		response.Body.Close()
		release()
		return nil, err
	}
	if response.StatusCode == http.StatusSwitchingProtocols {
		release()
		return response, nil
	}
	response.Body = &held{response.Body, release}
	return response, nil
}

// checkAnswer refuses an answer whose head would be read in different ways by those to whom it is handed on (RFC 9110 section 5).
func checkAnswer(host string, head http.Header) error {
	for name, values := range head {
		good := httpguts.ValidHeaderFieldName(name)
		for _, v := range values {
			good = good && httpguts.ValidHeaderFieldValue(v)
		}
		if !good {
			return &Error{Reason: Reset, Sent: true, Host: host, Err: errors.New("the answer of " + host + " has a header that is none")}
		}
	}
	return nil
}

// streamFailure is failure without a look at whether there was a connection: what a dialer of ours says was never sent.
func streamFailure(ctx context.Context, host string, err error) *Error {
	var known *Error
	if ctx.Err() == nil && errors.As(err, &known) {
		e := *known
		return &e
	}
	return failure(ctx, host, true, err)
}

// transport is one without HTTP/2 for what wants to switch protocols, which HTTP/2 does in another way (RFC 8441).
func (s *stream) transport(r *http.Request) *http.Transport {
	if r.Header.Get("Upgrade") != "" {
		return s.guard.upgrades
	}
	return s.guard.streams
}

// seat waits for a slot of those for streams, which no token request needs.
func (s *stream) seat(ctx context.Context, addr, host string) (func(), error) {
	slots := s.guard.streaming
	if release := slots.try(addr); release != nil {
		return release, nil
	}
	waiting, cancel := context.WithTimeout(ctx, streamPatience)
	defer cancel()
	release, err := slots.take(waiting, addr)
	switch {
	case err == nil:
		return release, nil
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return nil, failf(Crowded, host, "%d calls to %s are under way already", slots.each, addr)
	}
	return nil, &Error{Reason: gaveUp(err), Host: host, Err: cause("no call to "+host+" in time", err)}
}

// held gives the slot back when the body is closed.
type held struct {
	io.ReadCloser
	release func()
}

func (h *held) Close() error {
	defer h.release()
	return h.ReadCloser.Close()
}
