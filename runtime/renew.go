package runtime

import (
	"context"
	"errors"
	"time"

	"claviger/runtime/grant"
)

// Refresh renews a connection now, whatever its token's age. It returns the connection as it is then.
func (e *Engine) Refresh(ctx context.Context, by *Caller, id string) (*Connection, error) {
	c, err := e.connection(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := e.reachable(by, c, ScopeUse); err != nil {
		return nil, err
	}
	switch {
	case c.Token == nil:
		return nil, notConnected(c)
	case c.Status == ReconnectRequired:
		return nil, reconnectRequired(c)
	case c.Renewal.Over:
		return nil, &Error{Code: CodeNotRefreshable, Failure: c.Renewal.Failure,
			Message: "the answer to the last renewal was lost, and one more try could end the grant; its user has to connect again"}
	case !e.renewable(c):
		return nil, errorf(CodeNotRefreshable, "nothing can renew this connection: the provider gave no refresh token, and the connector has no refreshCredentials")
	}
	return e.renew(ctx, c, occasion{by: ByCaller, key: by.KeyID})
}

// occasion is for whom a renewal is made. A caller's own wish overrides a backoff, never the wait after an unknown outcome,
// nor what waits for the integration's parameters to change.
type occasion struct {
	by  Cause
	key string // of ByCaller
}

// renew gets a newer token than the one in seen. At most one renewal of a connection runs on this node; whoever comes
// meanwhile shares its outcome, and whoever leaves does not stop it.
func (e *Engine) renew(ctx context.Context, seen *Connection, why occasion) (*Connection, error) {
	return e.alone(ctx, seen.ID, func(ctx context.Context) (*Connection, error) { return e.renewOnce(ctx, seen, why) })
}

// alone runs f once for all who ask for the same key at the same time.
func (e *Engine) alone(ctx context.Context, key string, f func(context.Context) (*Connection, error)) (*Connection, error) {
	done := e.renewals.DoChan(key, func() (any, error) {
		var c *Connection
		err := e.work(ctx, flowWork, func(ctx context.Context) (err error) {
			c, err = f(ctx)
			return err
		})
		return c, err
	})
	select {
	case result := <-done:
		if result.Err != nil {
			return nil, result.Err
		}
		return result.Val.(*Connection), nil
	case <-ctx.Done():
		return nil, &Error{Code: CodeProviderUnavailable, Message: "this takes longer than the caller waits; it goes on", Err: ctx.Err(), RetryAfter: time.Second}
	}
}

// renewOnce is one renewal, alone on this node for its connection. What memory holds may have been overtaken by another
// process: then the marker's compare-and-swap says so, before anything is sent, and what the store holds is looked at.
func (e *Engine) renewOnce(ctx context.Context, seen *Connection, why occasion) (*Connection, error) {
	for _, read := range []func(context.Context, string) (*Connection, error){e.connection, e.stored} {
		c, err := read(ctx, seen.ID)
		if err != nil {
			return nil, err
		}
		if c.Token == nil || moved(c.Token, seen.Token) {
			return c, nil // somebody has renewed it since seen was read
		}
		if e.abandoned(c) {
			return e.resume(ctx, c) // a reconnection has brought a newer token
		}
		renewed, err := e.tryRenew(ctx, c, why)
		if !errors.Is(err, errOvertaken) {
			return renewed, err
		}
	}
	return nil, &Error{Code: CodeConflict, Message: "the connection keeps changing; try again", RetryAfter: time.Second, Err: errOvertaken}
}

func (e *Engine) tryRenew(ctx context.Context, c *Connection, why occasion) (*Connection, error) {
	if c.Status == ReconnectRequired || c.Renewal.Over {
		return nil, reconnectRequired(c)
	}
	b, i, err := e.bindConnection(ctx, c)
	if err != nil {
		return nil, err
	}
	defer b.flush(ctx)
	b.why = why
	interrupted(c)
	if err := e.mayTry(ctx, i, b, c, why.by == ByCaller); err != nil {
		return nil, err
	}
	if c.Renewal.pending() {
		renewed, err := e.settle(ctx, b, c)
		if !errors.Is(err, errStaleAnswer) {
			return renewed, err
		}
	}
	return e.attempt(ctx, b, c)
}

// interrupted makes an unknown outcome of the marker that a process left which ended before it could say.
func interrupted(c *Connection) {
	r := &c.Renewal
	if r.Lease == nil {
		return
	}
	since := r.Lease.Since
	r.Lease = nil
	if spendsNothing(c) {
		return
	}
	r.Unknown++
	r.NotBefore = later(r.NotBefore, leftAlone(c, since))
	r.Failure = &Failure{Class: grant.Unknown, At: since, Message: "a renewal was under way when the server ended; it is tried once more in a while"}
}

// leftAlone is until when nothing is tried after an outcome that is unknown since then: a while, for the answer may still
// come back, and as long as the present token lives, for one more attempt could end it (RFC 9700 section 4.14.2).
func leftAlone(c *Connection, since time.Time) time.Time {
	return later(since.Add(unknownWait), c.Token.ExpiresAt)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// pending tells whether a renewal's answer waits for its extraction.
func (r *Renewal) pending() bool { return r.Answer != nil && r.Answer.Exchange == nil }

// moved tells whether the token has changed since seen.
func moved(now, seen *Token) bool {
	return seen == nil || !now.Access.Equal(seen.Access) || !now.IssuedAt.Equal(seen.IssuedAt)
}

// bindConnection binds a connected connection to what is live now: renewals follow the connector and the integration.
func (e *Engine) bindConnection(ctx context.Context, c *Connection) (*binding, *Integration, error) {
	i, err := e.integration(ctx, c.Integration)
	if err != nil {
		return nil, nil, err
	}
	connector, err := e.connector(i.Connector)
	if err != nil {
		return nil, nil, err
	}
	hosts, err := e.allowed(ctx, i, connector, c.Parameters)
	if err != nil {
		return nil, nil, err
	}
	b, err := e.bind(i, c.ID, connector, c.AuthOption, c.Parameters, hosts)
	if err == nil && c.Token != nil {
		b.redactor.Add(c.Token.Access.Reveal(), c.Token.Refresh.Reveal())
	}
	return b, i, err
}

// unknownWait is how long an unknown outcome is left alone: the answer may still come back.
const unknownWait = 30 * time.Second

// mayTry refuses an attempt that must not be made now: the integration is misconfigured, or a pause is not over.
func (e *Engine) mayTry(ctx context.Context, i *Integration, b *binding, c *Connection, forced bool) error {
	if f := heldBack(i, b, c); f != nil {
		return &Error{Code: CodeMisconfigured, Failure: f, Message: "renewals are held back until the integration's parameters change: " + f.Message}
	}
	at, err := e.now(ctx)
	if err != nil {
		return err
	}
	r, until := &c.Renewal, c.Renewal.NotBefore
	if forced {
		until = time.Time{}
		if f := r.Failure; r.Unknown > 0 && f != nil && f.Class == grant.Unknown && !r.pending() {
			until = f.At.Add(unknownWait)
		}
	}
	opened := r.Failure != nil && r.Failure.Reason == reasonNotSent && !r.Failure.At.After(i.UpdatedAt) // by who accepted its hosts
	if opened || !at.Before(until) {
		return nil
	}
	refused := &Error{Code: CodeProviderUnavailable, RetryAfter: until.Sub(at), Failure: r.Failure, Message: "the next renewal is not due yet"}
	if f := r.Failure; f != nil {
		refused.Code, refused.Message = codeOf(f.Class), f.Message
	}
	return refused
}

// heldBack is the configuration failure that stops attempts, nil once parameters or connector have changed since.
func heldBack(i *Integration, b *binding, c *Connection) *Failure {
	for _, f := range []*Failure{i.Misconfigured, c.Renewal.Failure} {
		stops := f != nil && f.Class == grant.Misconfigured && f.Reason != reasonNotSent
		if stops && f.Connector == b.connector.Version && f.At.After(i.UpdatedAt) {
			return f
		}
	}
	return nil
}
