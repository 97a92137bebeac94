package egress

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/net/http/httpguts"
)

// RoundTripper sends single requests to hosts of a list, for a proxy that streams: no redirects, no decompression, no
// limit on the body, no deadline but the context's. A call counts against its endpoint's limit for streams until its body is
// closed; one that switches protocols (status 101) no longer. Errors are *Error, of reason Crowded where the limit is reached
// for long.
func (g *Guard) RoundTripper(hosts Hosts) http.RoundTripper { return &stream{guard: g, hosts: hosts} }

type stream struct {
	guard *Guard
	hosts Hosts
	last  atomic.Pointer[destination] // nearly always the next one
}

// destination is where requests to a host go, as it was judged.
type destination struct {
	scheme, asked string // of the URL
	addr, host    string
}

// judge checks a request as Hosts.check does.
func (s *stream) judge(r *http.Request) (*destination, error) {
	d := s.last.Load()
	if d == nil || r.URL == nil || r.URL.Scheme != d.scheme || r.URL.Host != d.asked {
		addr, err := s.hosts.check(r)
		if err != nil {
			return nil, err
		}
		host, _, _ := net.SplitHostPort(addr)
		d = &destination{r.URL.Scheme, r.URL.Host, addr, host}
		s.last.Store(d)
		return d, nil
	}
	err := checkForm(r.URL, d.host)
	if err == nil {
		err = checkHead(d.host, r)
	}
	if err != nil {
		closeBody(r)
		return nil, err
	}
	return d, nil
}

// streamPatience is how long a call waits for a slot: whoever called can wait better than we can.
const streamPatience = 2 * time.Second

// RoundTrip implements http.RoundTripper.
func (s *stream) RoundTrip(r *http.Request) (*http.Response, error) {
	d, err := s.judge(r)
	if err != nil {
		return nil, err
	}
	release, err := s.seat(r.Context(), d.addr, d.host)
	if err != nil {
		closeBody(r)
		return nil, err
	}
	var connection reuse
	r = r.WithContext(connection.traced(r.Context())) // a copy
	if !isAimed(r, d.addr) {
		aim(r, d.addr)
	}
	response, err := s.transport(r).RoundTrip(r)
	if err == nil && connection.unsettled {
		response.Body.Close()
		err = connection.failure(d.host)
	}
	if err != nil {
		release()
		return nil, streamFailure(r.Context(), d.host, err)
	}
	if err := checkAnswer(d.host, response.Header); err != nil {
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
	if taken := slots.try(addr); taken != nil {
		return taken.leave, nil
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
