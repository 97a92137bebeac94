package runtime

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"claviger/runtime/grant"
)

// Reasons of failures, as they are stored.
const (
	reasonRefused = "refused"       // the provider refuses the grant for good
	reasonLost    = "lost_response" // an answer was lost, and with it perhaps the grant
	reasonExpired = "expired"       // time has passed and nothing can renew
	reasonNotSent = "not_sent"      // our own guard stopped the request: trying again costs nobody anything
)

// renewalFailed stores why a renewal failed and what that means for the next, and returns it as callers see it. The
// token stays: while it lives it is handed out. config is nil where there was none.
func (e *Engine) renewalFailed(ctx context.Context, b *binding, config *grant.Config, base *Connection, cause error) (*Connection, error) {
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	var own *Error
	if errors.As(cause, &own) {
		return nil, cause // ours, not the provider's: nothing to be held against the connection
	}
	f := b.failure(cause, at)
	if f.Class == grant.Misconfigured {
		if notSent(cause) {
			f.Reason = reasonNotSent
		}
		if err := e.outdated(ctx, b, f); err != nil {
			return nil, err
		}
	}
	events := append(b.console(), renewalFailure(at, b.why, f))
	if f.Class == grant.Reauth || f.Class == grant.Unknown && exhausts(config, base) {
		if renewed, err := e.lastResort(ctx, b, base, f); renewed != nil || err != nil {
			return renewed, err
		}
	}
	c, err := e.record(ctx, base.ID, func(c *Connection) ([]Event, error) {
		switch {
		case c.Token == nil || moved(c.Token, base.Token):
			return nil, errMoved
		case c.Fence != base.Fence:
			return nil, errOvertaken // its outcome counts
		}
		c.Token, c.Renewal.Unknown, c.Renewal.Lease = base.Token, base.Renewal.Unknown, nil
		if c.Renewal.Answer == nil || c.Renewal.pending() { // a reconnection's may have come meanwhile
			c.Renewal.Answer = base.Renewal.Answer
		}
		c.Renewal.Failure = base.Renewal.Failure
		judge(c, config, f, retryAfter(cause))
		c.LastError = f
		if c.Status == ReconnectRequired {
			return append(slices.Clip(events), reconnect(at, f)), nil
		}
		return events, nil
	})
	if errors.Is(err, errMoved) { // another renewal, or a reconnection, has won: its token is used
		return e.stored(ctx, base.ID)
	}
	if err != nil {
		return nil, err
	}
	b.tenure.resolved()
	e.alert(b, base, f)
	if err := e.holdIntegration(ctx, b, f); err != nil {
		return nil, err
	}
	if c.Status == ReconnectRequired {
		return nil, reconnectRequired(c)
	}
	return nil, &Error{Code: codeOf(f.Class), Message: f.Message, Failure: f, RetryAfter: retryAfter(cause)}
}

// judge applies the failure classes of lifecycle.md 4 and 5 to a connection:
//
//	class          status               next attempt                                      refresh state
//	reauth         reconnect_required   none: its user has to connect again               refused
//	misconfigured  as it is             when parameters or connector change: heldBack     failing
//	transient      as it is             after a backoff, or Retry-After                   failing
//	malformed      as it is             after a backoff of half a minute and more         failing
//	unknown        as it is             one, after a while: unknown                       unknown_outcome
//	internal       as it is             after a pause                                     as it is
//
// All of it is in the connection's record, and so holds on every node.
//
// A failure of our own, which is the hook's exception, its limit, or what this program cannot do, says nothing of the
// provider or of the grant. So it does not count among the attempts, takes the place of no failure that does, and changes no
// state; it is told, as LastError and as an event. It would come back at once on every read, though, so the next attempt
// waits: for about twice as long as the last time.
func judge(c *Connection, config *grant.Config, f *Failure, retryAfter time.Duration) {
	r := &c.Renewal
	if f.Class == grant.Internal {
		r.NotBefore = later(r.NotBefore, f.At.Add(faultPause(c)))
		return
	}
	before := r.Failure
	r.Failure = f
	switch f.Class {
	case grant.Reauth:
		f.Reason = reasonRefused
		if r.Unknown > 0 || mayHaveSpent(before) {
			f.Reason = reasonLost
		}
		c.Status, c.Renewal = ReconnectRequired, Renewal{Failure: f, Answer: r.exchanged()}
	case grant.Unknown:
		unknown(c, config, f, retryAfter)
	case grant.Malformed:
		r.Attempts++
		r.NotBefore = f.At.Add(30*time.Second + pause(r.Attempts, 10*time.Second, 10*time.Minute))
	case grant.Misconfigured:
		r.Attempts++
		if f.Reason == reasonNotSent { // the others wait for the parameters to change: see heldBack
			r.NotBefore = f.At.Add(pause(r.Attempts, time.Second, time.Minute))
		}
	case grant.Transient:
		r.Attempts++
		r.NotBefore = f.At.Add(max(retryAfter, pause(r.Attempts, time.Second, 5*time.Minute)))
	}
}

// mayHaveSpent tells whether the failure before a refusal may be the reason for it: the provider's answer was lost, or it
// claimed success and no token could be found in it.
func mayHaveSpent(f *Failure) bool {
	return f != nil && (f.Reason == reasonLost || f.Class == grant.Malformed && (f.Status == 0 || f.Status >= 200 && f.Status <= 299))
}

// faultPause is how long nothing is tried after a failure of our own. What the last one was follows from what is stored of
// it.
func faultPause(c *Connection) time.Duration {
	most := 2 * time.Second
	if f := c.LastError; f != nil && f.Class == grant.Internal {
		most = min(max(2*c.Renewal.NotBefore.Sub(f.At), most), 5*time.Minute)
	}
	return most/2 + rand.N(most/2)
}

// unknown notes an outcome that is not known: one further attempt after a while, as far as refreshRetry allows it. Asking
// again in the client's own name spends nothing, so that is like any failure that passes.
func unknown(c *Connection, config *grant.Config, f *Failure, retryAfter time.Duration) {
	r := &c.Renewal
	if spendsNothing(c) {
		r.Attempts++
		r.NotBefore = f.At.Add(max(retryAfter, pause(r.Attempts, time.Second, 5*time.Minute)))
		return
	}
	if !exhausted(config, c) {
		r.Unknown++
		r.NotBefore = f.At.Add(max(unknownWait, retryAfter))
		if config == nil || config.RefreshRetry != grant.RetryAlways {
			r.NotBefore = later(r.NotBefore, leftAlone(c, f.At))
		}
	}
	if exhausted(config, c) {
		f.Reason, r.Over = reasonLost, true
		if !c.Token.alive(f.At) {
			c.Status = ReconnectRequired
		}
	}
}

// exhausted tells whether the connector's refreshRetry allows no attempt after so many of unknown outcome.
func exhausted(config *grant.Config, c *Connection) bool {
	switch {
	case config == nil, config.RefreshRetry == grant.RetryAlways, spendsNothing(c):
		return false
	case config.RefreshRetry == grant.RetryNever:
		return c.Renewal.Unknown > 0
	}
	return c.Renewal.Unknown > 1
}

// exhausts tells whether one more attempt of unknown outcome is the last that refreshRetry allows.
func exhausts(config *grant.Config, base *Connection) bool {
	c := *base
	c.Renewal.Unknown++
	return exhausted(config, &c)
}

func spendsNothing(c *Connection) bool { return c.Token.Grant == "client_credentials" }

// pause is exponential backoff with full jitter: anything up to the limit is as likely, and a little more, so that none is
// nothing. The limit doubles with each attempt.
func pause(attempts int, base, most time.Duration) time.Duration {
	limit := min(base<<min(attempts, 20), most)
	return time.Duration(rand.Int64N(int64(limit))) + base/10
}
