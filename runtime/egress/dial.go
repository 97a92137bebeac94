package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// platformMetadata is the address of Azure's host agent, the one metadata service that lives on a public address.
var platformMetadata = netip.MustParsePrefix("168.63.129.16/32")

const (
	connectTimeout   = 15 * time.Second // name resolution included
	handshakeTimeout = 15 * time.Second
)

// open takes an entry of the operator's list.
func (g *Guard) open(entry string) error {
	if prefix, err := netip.ParsePrefix(entry); err == nil {
		g.opened = append(g.opened, unmapped(prefix))
		return nil
	}
	if strings.ContainsAny(entry, "*/") {
		return fmt.Errorf("cannot allow %q: expected a CIDR, an IP address or an exact host name", entry)
	}
	host, err := normalise(entry)
	if err != nil {
		return fmt.Errorf("cannot allow %q: %w", entry, err)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		g.opened = append(g.opened, netip.PrefixFrom(ip, ip.BitLen()))
		return nil
	}
	g.names[host] = struct{}{}
	return nil
}

// unmapped turns ::ffff:10.0.0.0/104 into 10.0.0.0/8: the address that is connected to is an IPv4 one then.
func unmapped(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked()
}

func (g *Guard) isOpen(ip netip.Addr) bool {
	for _, p := range g.opened {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// transport has no proxy, and one dialer for each scheme, so that the scheme is judged with the very address connected to.
func (g *Guard) transport(exact bool, dialTLS func(context.Context, string, string) (net.Conn, error)) *http.Transport {
	return &http.Transport{
		DialContext:            g.dialPlain,
		DialTLSContext:         dialTLS,
		ForceAttemptHTTP2:      true,
		DisableCompression:     exact,
		MaxIdleConns:           512,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        45 * time.Second, // below the minute after which most servers hang up
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 256 << 10,
	}
}

func (g *Guard) dialPlain(ctx context.Context, network, addr string) (net.Conn, error) {
	return g.dial(ctx, network, addr, false)
}

func (g *Guard) dialTLS(ctx context.Context, network, addr string) (net.Conn, error) {
	return g.secured(ctx, network, addr, "h2", "http/1.1")
}

func (g *Guard) dialTLS1(ctx context.Context, network, addr string) (net.Conn, error) {
	return g.secured(ctx, network, addr, "http/1.1")
}

func (g *Guard) secured(ctx context.Context, network, addr string, protocols ...string) (net.Conn, error) {
	raw, err := g.dial(ctx, network, addr, true)
	if err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(addr)
	conn := tls.Client(raw, &tls.Config{
		ServerName: host, RootCAs: g.roots, ClientSessionCache: g.sessions,
		NextProtos: protocols, MinVersion: tls.VersionTLS12,
	})
	// The transport dials on behalf of whoever needs the connection next, without the deadline of the call at hand.
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, dialFailure(TLS, host, "no TLS connection with "+host, err)
	}
	return conn, nil
}

// dial connects to one of the host's addresses that the guard lets through.
func (g *Guard) dial(ctx context.Context, network, addr string, secure bool) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, failf(InvalidRequest, "", "expected a host and a port")
	}
	_, byName := g.names[host]
	d := net.Dialer{
		Timeout: connectTimeout, KeepAlive: 30 * time.Second, Resolver: g.resolver,
		Control: func(network, address string, c syscall.RawConn) error {
			if byName {
				return nil
			}
			return g.judge(host, network, address, c, secure)
		},
	}
	conn, err := d.DialContext(ctx, network, addr)
	if err == nil {
		return &waited{Conn: conn}, nil
	}
	var refused *Error
	var lookup *net.DNSError
	switch {
	case errors.As(err, &refused):
		return nil, refused
	case errors.As(err, &lookup):
		return nil, dialFailure(Resolve, host, "cannot resolve "+host, err)
	}
	return nil, dialFailure(Connect, host, "cannot connect to "+host, err)
}

// judge looks at the address that is about to be connected to.
func (g *Guard) judge(host, network, address string, c syscall.RawConn, secure bool) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return failf(AddressRefused, host, "cannot read the address of %q", host)
	}
	ip := target.Addr().Unmap()
	if g.isOpen(ip.WithZone("")) {
		return nil
	}
	if err := g.guardian.Safe(network, netip.AddrPortFrom(ip, target.Port()).String(), c); err != nil {
		return failf(AddressRefused, host, "address %s of %q is private; --egress-allow %s opens it", ip, host, ip)
	}
	if !secure {
		return failf(PlainHTTP, host, "plain http to %q is refused; use https, or --egress-allow %s", host, host)
	}
	return nil
}

func dialFailure(r Reason, host, what string, err error) *Error {
	return &Error{Reason: r, Host: host, Err: cause(what, err)}
}
