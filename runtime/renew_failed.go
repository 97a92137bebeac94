package runtime

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"claviger/runtime/grant"
)

// renewalFailed stores why a renewal failed and what that means for the next, and returns it as callers see it. The
// token stays: while it lives it is handed out.
func (e *Engine) renewalFailed(ctx context.Context, b *binding, base *Connection, cause error) (*Connection, error) {
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	var own *Error
	if errors.As(cause, &own) {
		return nil, cause // ours, not the provider's: nothing to be held against the connection
	}
	f := b.failure(cause, at)
	err = e.insist(ctx, func() error {
		_, err := e.change(ctx, base.ID, func(c *Connection) error {
			if c.Token == nil || moved(c.Token, base.Token) {
				return errMoved
			}
			c.LastError = f
			c.Renewal.StartedAt, c.Renewal.Node = time.Time{}, ""
			e.judge(c, f, retryAfter(cause))
			return nil
		})
		return err
	})
	if errors.Is(err, errMoved) { // another renewal, or a reconnection, has won: its token is used
		now, err := e.store.Connection(ctx, base.ID)
		return now, storeError("connection", base.ID, err)
	}
	if err != nil {
		return nil, err
	}
	e.log.Warn("renewal failed", "connection", base.ID, "integration", base.Integration, "class", string(f.Class), "error", f.Message)
	if err := e.holdIntegration(ctx, b, f); err != nil {
		return nil, err
	}
	return nil, &Error{Code: codeOf(f.Class), Message: f.Message, Failure: f, RetryAfter: retryAfter(cause), Err: cause}
}

// judge applies the failure classes of lifecycle.md 4 and 5 to a connection.
func (e *Engine) judge(c *Connection, f *Failure, retryAfter time.Duration) {
	switch f.Class {
	case grant.Reauth:
		f.Reason = "refused"
		if c.Renewal.Unknown > 0 {
			f.Reason = "lost_response"
		}
		c.Status = ReconnectRequired
		c.Renewal = Renewal{}
	case grant.Unknown:
		c.Renewal.Unknown++
		c.Renewal.NotBefore = f.At.Add(max(unknownWait, retryAfter))
	case grant.Transient:
		c.Renewal.Attempts++
		c.Renewal.NotBefore = f.At.Add(max(retryAfter, pause(c.Renewal.Attempts, time.Second, 5*time.Minute)))
	case grant.Malformed:
		c.Renewal.Attempts++
		c.Renewal.NotBefore = f.At.Add(time.Second)
		if c.Renewal.Attempts > 1 { // the one more try is over
			c.Renewal.NotBefore = f.At.Add(pause(c.Renewal.Attempts, 30*time.Second, 10*time.Minute))
		}
	case grant.Misconfigured:
		c.Renewal.Attempts++
	default:
		c.Renewal.NotBefore = f.At.Add(2 * time.Second)
	}
}

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
