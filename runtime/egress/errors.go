package egress

import (
	"fmt"
	"strings"
)

// Reason says in one word why a call got no answer. Its values are stable: they appear in metrics and events.
type Reason string

const (
	HostNotAllowed Reason = "host_not_allowed" // the host is outside the policy's Hosts
	AddressRefused Reason = "address_refused"  // every address of the host is one that the guard refuses
	PlainHTTP      Reason = "plain_http"       // http to an address that the operator has not opened
	Resolve        Reason = "resolve"          // the name has no address
	Connect        Reason = "connect"          // no connection
	TLS            Reason = "tls"              // no trust: certificate or handshake
	Timeout        Reason = "timeout"          // the deadline passed, waiting for a free slot included
	Reset          Reason = "reset"            // the connection broke, or what came was not HTTP
	TooLarge       Reason = "too_large"        // the body is beyond the limit, after decompression
	Redirect       Reason = "redirect"         // a redirect that cannot be followed, or too many
	Canceled       Reason = "canceled"         // the caller gave up
	Crowded        Reason = "crowded"          // of a stream: no slot became free
	InvalidRequest Reason = "invalid_request"  // the request itself is unusable, for instance CR or LF in a header
)

// Error is every error of this package's calls. Its text names the host, the reason and what to do, and never holds the
// URL's path, query or userinfo, a header's value, or bytes of the other side.
type Error struct {
	Reason Reason
	Sent   bool   // the request may have reached a server. False is certain, true is not.
	Host   string // as far as it is known, normalised, without port
	Err    error  // the message, perhaps wrapping a cause for errors.Is
}

func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: %s", e.Host, e.Reason)
	}
	return e.Err.Error()
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

func failf(r Reason, host, format string, args ...any) *Error {
	return &Error{Reason: r, Host: host, Err: fmt.Errorf(format, args...)}
}

// shown makes a host that was never accepted printable: quoted, and cut.
func shown(host string) string {
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:] // what stands before may be a password
	}
	if len(host) > 100 {
		host = host[:100] + "…"
	}
	return fmt.Sprintf("%q", host)
}
