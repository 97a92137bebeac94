package runtime

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"claviger/runtime/egress"
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
	if f.Class == grant.Misconfigured && notSent(cause) {
		f.Reason = reasonNotSent
	}
	events := append(b.console(), renewalFailure(at, b.why, f))
	if f.Class == grant.Reauth {
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
		judge(c, config, f, retryAfter(cause))
		c.Renewal.Failure, c.LastError = f, f
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
	e.log.Warn("renewal failed", "connection", base.ID, "integration", base.Integration, "class", string(f.Class), "error", f.Message)
	if err := e.holdIntegration(ctx, b, f); err != nil {
		return nil, err
	}
	if c.Status == ReconnectRequired {
		return nil, reconnectRequired(c)
	}
	return nil, &Error{Code: codeOf(f.Class), Message: f.Message, Failure: f, RetryAfter: retryAfter(cause)}
}

// judge applies the failure classes of lifecycle.md 4 and 5 to a connection.
func judge(c *Connection, config *grant.Config, f *Failure, retryAfter time.Duration) {
	r := &c.Renewal
	switch f.Class {
	case grant.Reauth:
		f.Reason = reasonRefused
		if r.Unknown > 0 || r.Failure != nil && r.Failure != f && r.Failure.Reason == reasonLost {
			f.Reason = reasonLost
		}
		c.Status, c.Renewal = ReconnectRequired, Renewal{Failure: f}
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
	default:
		r.Attempts++
		r.NotBefore = f.At.Add(2 * time.Second)
	}
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

func spendsNothing(c *Connection) bool { return c.Token.Grant == "client_credentials" }

// pause is exponential backoff with full jitter.
func pause(attempts int, base, most time.Duration) time.Duration {
	limit := min(base<<min(attempts, 20), most)
	return time.Duration(rand.Int64N(int64(limit))) + base/10
}

// clientCodes are the errors that speak of the client itself, and so of every connection of its integration.
var clientCodes = map[string]bool{"invalid_client": true, "unauthorized_client": true}

// holdIntegration records a failure that concerns the whole integration: its own client is refused. A client that came
// with the connection concerns that one only.
func (e *Engine) holdIntegration(ctx context.Context, b *binding, f *Failure) error {
	if f.Class != grant.Misconfigured || !clientCodes[f.Code] || b.clientOfConnection() {
		return nil
	}
	_, err := e.changeIntegration(ctx, b.integration, func(i *Integration) (bool, error) {
		if i.Misconfigured != nil && i.Misconfigured.Code == f.Code {
			return false, nil
		}
		i.Misconfigured = f
		return true, nil
	})
	return err
}

// notSent tells whether our own guard stopped the request.
func notSent(err error) bool {
	var refused *egress.Error
	return errors.As(err, &refused) && !refused.Sent
}
