package runtime

import "time"

// freshness is what to do with a reader who comes now.
type freshness int

const (
	fresh  freshness = iota // hand it out
	fading                  // hand it out, and renew in the background
	stale                   // wait for a renewal; hand it out if that fails and it still lives
	dead                    // only a renewal can give something usable
)

// lifetime is how long the token lives in all; 0: unknown.
func (t *Token) lifetime() time.Duration {
	if t.ExpiresAt.IsZero() {
		return 0
	}
	return t.ExpiresAt.Sub(t.IssuedAt)
}

// margin is how long before its end a token is renewed: min(max(L/10, 30 s), 300 s, L/2), or what the connector says,
// at most half the lifetime.
func (t *Token) margin() time.Duration {
	l := t.lifetime()
	if t.Margin > 0 {
		return min(t.Margin, l/2)
	}
	return min(max(l/10, 30*time.Second), 300*time.Second, l/2)
}

// alive tells whether callers can still use the token: yes where its expiry is not known.
func (t *Token) alive(at time.Time) bool {
	return t.ExpiresAt.IsZero() || at.Before(t.ExpiresAt)
}

// freshness judges the token for a reader who wants it to live minValidity longer (0: does not say). Of a lifetime
// shorter than that nine tenths have to do: more could never be had.
func (t *Token) freshness(at time.Time, minValidity time.Duration) freshness {
	if t.ExpiresAt.IsZero() {
		return fresh
	}
	left, l := t.ExpiresAt.Sub(at), t.lifetime()
	switch {
	case left <= 0:
		return dead
	case left < min(minValidity, l-l/10):
		return stale
	case left > t.margin():
		return fresh
	case left >= min(10*time.Second, l/4):
		return fading
	}
	return stale
}

// hotUntil is the moment until which the token is fresh for everybody who wants no minimum.
func (t *Token) hotUntil() time.Time {
	if t.ExpiresAt.IsZero() {
		return t.IssuedAt.Add(100 * 365 * 24 * time.Hour)
	}
	return t.ExpiresAt.Add(-t.margin())
}
