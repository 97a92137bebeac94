package runtime

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxOrigins bounds what one session may name, for each is a row.
const maxOrigins = 20

// checkOrigin takes an origin as browsers write it (RFC 6454 section 6.2): it is compared byte by byte. Plain http is for
// pages of this machine.
func checkOrigin(raw string) error {
	u, err := url.Parse(raw)
	odd := func(r rune) bool { return r <= 0x20 || r >= 0x7f || r == '*' }
	if err != nil || u.Host == "" || u.User != nil || raw != u.Scheme+"://"+u.Host || raw != strings.ToLower(raw) || strings.ContainsFunc(raw, odd) {
		return errorf(CodeInvalidRequest, "an origin is a scheme, a host and, where it is not the usual one, a port, in small letters: https://app.example, got %q", oneLine(raw, 200))
	}
	local := u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1"
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !local):
		return errorf(CodeInvalidRequest, "expected an https origin, or http on localhost, got %q", oneLine(raw, 200))
	case u.Scheme == "https" && u.Port() == "443", u.Scheme == "http" && u.Port() == "80", strings.HasSuffix(u.Host, ":"):
		return errorf(CodeInvalidRequest, "browsers leave the usual port out of an origin, got %q", oneLine(raw, 200))
	}
	return nil
}

// originMemory is how long pages may still read why they are refused.
const originMemory = time.Hour

// MayAsk tells whether an address may ask what browsers ask before a request; it counts as asked.
func (k *KeyRing) MayAsk(address string) error { return k.asked.take(address, k.at()) }

// TakesOrigin tells whether any session is for pages of an origin, or was lately: what a browser asks before it sends a token.
// While the database is away, memory says.
func (k *KeyRing) TakesOrigin(ctx context.Context, origin string) bool {
	if checkOrigin(origin) != nil {
		return false
	}
	ctx, done := k.following.asking(ctx)
	defer done()
	at, err := k.store.Now(ctx)
	if err == nil {
		var has bool
		if has, err = k.store.HasOrigin(ctx, origin, at.Add(-originMemory)); err == nil {
			return has
		}
	}
	return slices.ContainsFunc(k.seen.Values(), func(s seenKey) bool {
		return s.caller.Session != nil && k.following.serves(s.epoch) && slices.Contains(s.caller.Session.Origins, origin)
	})
}
