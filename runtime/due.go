package runtime

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"claviger/runtime/grant"
)

// When a token is due for a renewal in the background:
//
//	issued            half of its lifetime        margin begins      expires
//	|-----------------|---------[ one of these ]--|------------------|
//
// The moment is taken from the last tenth of its lifetime, an hour at most, before the margin of freshness; never before
// half of the lifetime, so where the margin takes all of the second half, from the first tenth of that. Which moment it is
// follows from the connection's id and the time of issue: tokens that were issued together are spread, and nothing has to
// be remembered.

// due is when a connection is renewed in the background: zero where that is never. After a failure it is when the next
// attempt may be made.
func (e *Engine) due(c *Connection) time.Time {
	r := &c.Renewal
	if c.Token == nil || c.Status != Connected || r.Over || !e.renewable(c) {
		return time.Time{}
	}
	at := c.Token.due(c.ID)
	if r.pending() { // by then the process that got it has ended
		at = r.Answer.ReceivedAt.Add(unknownWait)
	}
	if at.IsZero() {
		return at
	}
	if f := r.Failure; f != nil && f.Class == grant.Misconfigured {
		at = later(at, f.At.Add(misconfiguredPause))
	}
	return later(at, r.NotBefore).Truncate(time.Microsecond).Add(time.Microsecond).UTC()
}

// misconfiguredPause is how often it is looked whether what holds a connection back has changed.
const misconfiguredPause = 5 * time.Minute

// due is when the token of the connection is to be renewed: zero where neither its expiry nor that of an unused refresh
// token is known.
func (t *Token) due(connection string) time.Time {
	share := spread(connection, t.IssuedAt)
	var at time.Time
	if l := t.lifetime(); !t.ExpiresAt.IsZero() {
		window := min(l/10, time.Hour)
		at = later(t.ExpiresAt.Add(-t.margin()-window), t.IssuedAt.Add(l/2)).Add(time.Duration(share * float64(window)))
	}
	if life := t.RefreshLife; life > 0 && !t.Refresh.IsEmpty() {
		tenth := life / 10
		unused := t.IssuedAt.Add(8*tenth - time.Duration(share*float64(min(tenth, time.Hour))))
		if at.IsZero() || unused.Before(at) {
			at = unused
		}
	}
	return at
}

// spread is a number from 0 up to 1, another one for every token.
func spread(connection string, issued time.Time) float64 {
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64([]byte(connection), uint64(issued.UnixNano())))
	return float64(binary.LittleEndian.Uint32(sum[:])) / (1 << 32)
}
