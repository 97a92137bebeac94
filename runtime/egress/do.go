package egress

import (
	"bytes"
	"io"
	"maps"
	"net/http"
)

// Do sends a request under a policy and reads the whole answer; the body is decompressed. The error is an *Error. An
// answer of any status is an answer. The request is not changed, but its body is used up and closed; to be sent again
// after a redirect it needs GetBody. Accept-Encoding and Host are the Guard's own.
func (g *Guard) Do(req *http.Request, p Policy) (*Answer, error) {
	ctx, cancel := within(req.Context(), p.timeout())
	defer cancel()
	r := req.WithContext(ctx)
	r.Header = prepared(req.Header)
	for hops := 0; ; hops++ {
		response, release, err := g.send(g.answers, r, p.Hosts)
		if err != nil {
			return nil, later(err, hops)
		}
		next, err := follow(r, response, p, hops)
		if err == nil && next == nil {
			defer release()
			return g.read(r, response, p, hops)
		}
		drain(response.Body)
		release()
		if err != nil {
			return nil, err
		}
		r = next
	}
}

const userAgent = "Claviger"

// prepared is a header with what is the Guard's own. It shares its values with the one that it is made of.
func prepared(given http.Header) http.Header {
	h := make(http.Header, len(given)+1)
	maps.Copy(h, given)
	h.Del("Accept-Encoding") // left to the transport, which then decompresses
	if _, given := h["User-Agent"]; !given {
		h.Set("User-Agent", userAgent)
	}
	return h
}

// later marks a failure after a redirect: the request as a whole has reached a server.
func later(err error, hops int) error {
	if e, ok := err.(*Error); ok && hops > 0 {
		e.Sent = true
	}
	return err
}

// drain lets a small rest pass, so that the connection can be used again, and closes.
func drain(body io.ReadCloser) {
	io.CopyN(io.Discard, body, 4<<10)
	body.Close()
}

// counted tells somebody of what is read, who may refuse more.
type counted struct {
	io.Reader
	received func(int) error
	refused  error
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if n > 0 && c.received != nil {
		if c.refused = c.received(n); c.refused != nil {
			return n, c.refused
		}
	}
	return n, err
}

// trusted is how much memory is taken on the word of a Content-Length alone.
const trusted = 1 << 20

func (g *Guard) read(r *http.Request, response *http.Response, p Policy, hops int) (*Answer, error) {
	defer response.Body.Close()
	limit := p.maxBytes()
	var body bytes.Buffer
	body.Grow(int(min(max(response.ContentLength, 0), limit, trusted)) + bytes.MinRead)
	counted := &counted{Reader: response.Body, received: p.Received}
	_, err := body.ReadFrom(io.LimitReader(counted, limit+1))
	host := r.URL.Hostname()
	switch {
	case counted.refused != nil:
		return nil, sent(failf(TooLarge, host, "the answer of %s: %v", host, counted.refused))
	case int64(body.Len()) > limit:
		return nil, sent(failf(TooLarge, host, "the answer of %s is larger than %d bytes", host, limit))
	case err != nil:
		return nil, failure(r.Context(), host, true, err)
	}
	u := *r.URL
	u.Fragment, u.RawFragment = "", ""
	return &Answer{
		Status: response.StatusCode, Header: response.Header, Body: body.Bytes(),
		URL: u.String(), Redirected: hops > 0, ReceivedAt: g.now(),
	}, nil
}
