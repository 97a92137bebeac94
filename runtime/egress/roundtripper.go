package egress

import (
	"io"
	"net/http"
)

// RoundTripper sends single requests to hosts of a list, for a proxy that streams: no redirects, no decompression, no
// limit on the body, no deadline but the context's. A call counts against its endpoint's limit until its body is closed;
// one that switches protocols (status 101) no longer. Errors are *Error.
func (g *Guard) RoundTripper(hosts Hosts) http.RoundTripper { return &stream{g, hosts} }

type stream struct {
	guard *Guard
	hosts Hosts
}

// RoundTrip implements http.RoundTripper.
func (s *stream) RoundTrip(r *http.Request) (*http.Response, error) {
	response, release, err := s.guard.send(s.guard.streams, r.Clone(r.Context()), s.hosts)
	if err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusSwitchingProtocols {
		release()
		return response, nil
	}
	response.Body = &held{response.Body, release}
	return response, nil
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
