// Package egress is the only way out of this process: one dialer, one transport, one list of rules.
//
// A Guard decides about addresses: whatever a name resolves to is judged at the moment of connecting, so that DNS
// rebinding, unusual spellings of an address or IPv6 forms that carry an IPv4 address gain nothing. Hosts decides about
// names: where the secrets of one connector may go. A Policy adds the limits of one call.
//
//	guard, err := egress.NewGuard([]string{"10.1.0.0/16", "idp.internal"})
//	hosts, refused := egress.ParseHosts([]string{"*.freshdesk.com"})
//	answer, err := guard.Do(request, egress.Policy{Hosts: hosts, Timeout: 30 * time.Second})
//
// There is no proxy from the environment, no cookie jar, and plain http only to what the operator has opened. The package
// does not retry, does not know what a token is, and does not redact: an Error of its own never quotes a URL's query,
// userinfo, a header's value or anything that the other side sent.
package egress

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"time"

	"code.dny.dev/ssrf"
)

// Guard is the guarded transport. Make one per process with NewGuard; safe for concurrent use.
type Guard struct {
	opened   []netip.Prefix      // what the operator has opened, by address
	names    map[string]struct{} // and by name, normalised
	guardian *ssrf.Guardian
	resolver *net.Resolver
	roots    *x509.CertPool
	sessions tls.ClientSessionCache
	now      func() time.Time
	slots    *slots
	answers  *http.Transport // for Do: decompresses

	streaming *slots          // of streams
	streams   *http.Transport // for RoundTripper: hands bytes on as they are
	upgrades  *http.Transport // the same for what switches protocols: without HTTP/2
}

// Option changes what NewGuard builds.
type Option func(*Guard)

// Clock gives the time that Answer.ReceivedAt is taken from. Without it: time.Now.
func Clock(now func() time.Time) Option { return func(g *Guard) { g.now = now } }

// PerEndpoint is how many calls to one host and port may be under way at a time; more wait within their deadline. Without
// it, or with n < 1: 32. Streams are counted by themselves, of which there may be eight times as many.
func PerEndpoint(n int) Option { return func(g *Guard) { g.slots = newSlots(n) } }

// Resolver looks up names. Without it: Go's default resolver.
func Resolver(r *net.Resolver) Option { return func(g *Guard) { g.resolver = r } }

// Roots are the certificate authorities to trust. Without it: the system's.
func Roots(pool *x509.CertPool) Option { return func(g *Guard) { g.roots = pool } }

// NewGuard builds a Guard. Each entry of allow is a CIDR, an IP address or an exact host name (no wildcard, no port) and
// opens addresses that are refused otherwise: private, loopback, link-local, metadata and the other special ranges. A host
// name opens whatever that name resolves to. What is opened may also be reached by plain http. The error names the first
// entry that is none of these.
func NewGuard(allow []string, options ...Option) (*Guard, error) {
	g := &Guard{names: map[string]struct{}{}, sessions: tls.NewLRUClientSessionCache(256), now: time.Now, slots: newSlots(0)}
	for _, entry := range allow {
		if err := g.open(entry); err != nil {
			return nil, err
		}
	}
	for _, o := range options {
		o(g)
	}
	g.guardian = ssrf.New(ssrf.WithAnyPort(), ssrf.WithDeniedV4Prefixes(platformMetadata))
	g.streaming = newSlots(streamSlots * g.slots.each)
	g.answers = g.transport(false, g.dialTLS)
	g.streams = g.transport(true, g.dialTLS)
	g.upgrades = g.transport(true, g.dialTLS1)
	for _, t := range []*http.Transport{g.streams, g.upgrades} {
		t.MaxIdleConns, t.MaxIdleConnsPerHost = 4*g.streaming.each, g.streaming.each
	}
	return g, nil
}

// CloseIdle closes the connections that no call uses.
func (g *Guard) CloseIdle() {
	g.answers.CloseIdleConnections()
	g.streams.CloseIdleConnections()
	g.upgrades.CloseIdleConnections()
}
