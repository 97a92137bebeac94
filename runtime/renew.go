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
		growStack()
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
// node: then the lease's compare-and-swap says so, before anything is sent, and what the store holds is looked at.
func (e *Engine) renewOnce(ctx context.Context, seen *Connection, why occasion) (*Connection, error) {
	if err := e.deliver(ctx, seen.ID); err != nil { // an answer that the store has not yet
		return nil, err
	}
	read := e.connection
	for range overtakings {
		c, err := read(ctx, seen.ID)
		if err != nil {
			return nil, err
		}
		renewed, err := e.renewFrom(ctx, c, seen, why)
		if !errors.Is(err, errOvertaken) {
			return renewed, err
		}
		read = e.stored
	}
	return nil, &Error{Code: CodeConflict, Message: "the connection keeps changing; try again", RetryAfter: time.Second, Err: errOvertaken}
}

// renewFrom is renewOnce by what was read; errOvertaken where that has changed.
func (e *Engine) renewFrom(ctx context.Context, c, seen *Connection, why occasion) (*Connection, error) {
	at, err := e.now(ctx)
	if err == nil && e.heldElsewhere(c, at) {
		c, err = e.awaitLease(ctx, c.ID)
	}
	switch {
	case err != nil:
		return nil, err
	case c.Token == nil || moved(c.Token, seen.Token):
		return c, nil // somebody has renewed it since seen was read
	case e.abandoned(c):
		return e.resume(ctx, c) // a reconnection has brought a newer token
	}
	return e.tryRenew(ctx, c, why)
}

// overtakings is how often a renewal begins again because another node was quicker.
const overtakings = 4

func (e *Engine) tryRenew(ctx context.Context, c *Connection, why occasion) (*Connection, error) {
	given := c.givenUp()
	if given && c.Renewal.Spare == nil {
		return nil, reconnectRequired(c)
	}
	b, i, err := e.bindConnection(ctx, c)
	if err != nil {
		return nil, err
	}
	defer b.flush(ctx)
	b.why = why
	if given {
		renewed, err := e.trySpare(ctx, b, c)
		if renewed == nil && err == nil {
			err = reconnectRequired(c)
		}
		return renewed, err
	}
	lost, grace := e.interrupted(c)
	if err := e.mayTry(ctx, i, b, c, why.by == ByCaller, grace); err != nil {
		return nil, err
	}
	if why.by == ByCall {
		e.refusals.charge(c.ID, e.following.at())
	}
	if lost { // stored now: the lease that is taken next takes its marker's place
		if err := e.overtaken(e.put(ctx, c, renewalFailure(c.Renewal.Failure.At, why, c.Renewal.Failure))); err != nil {
			return nil, err
		}
	}
	if c.Renewal.pending() && c.Renewal.Answer.Recorded == nil {
		renewed, err := e.settle(ctx, b, c)
		if !errors.Is(err, errStaleAnswer) {
			return renewed, err
		}
		if err := e.overtaken(e.put(ctx, c)); err != nil {
			return nil, err
		}
	}
	return e.attempt(ctx, b, c)
}

// overtaken turns the conflict of a write into errOvertaken.
func (e *Engine) overtaken(err error) error {
	if errors.Is(err, ErrConflict) {
		return errOvertaken
	}
	return err
}

// interrupted makes an unknown outcome of the marker that a process left which ended, or lost its lease, before it could
// say. It tells whether it has, and until when another node may come back with the answer in its journal. A process knows of
// its own markers under which nothing was sent.
func (e *Engine) interrupted(c *Connection) (lost bool, grace time.Time) {
	r := &c.Renewal
	l := r.Lease
	if l == nil {
		return false, grace
	}
	fence, open := e.unresolved.Load(c.ID)
	r.Lease = nil
	if spendsNothing(c) || r.pending() || l.Owner == e.run && !(open && fence == c.Fence) {
		return false, grace
	}
	r.Unknown++
	if nodeOf(l.Owner) != e.node {
		grace = later(l.Since, l.Until.Add(-e.leaseLife())).Add(e.journalGrace)
	}
	r.NotBefore = later(later(r.NotBefore, grace), leftAlone(c, l.Since))
	r.Failure = &Failure{Class: grant.Unknown, At: l.Since, Message: "a renewal was under way when its server fell silent; it is tried once more in a while"}
	return true, grace
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

// exchanged is the answer to an exchange that waits, of a reconnection: whatever becomes of the old grant, it is worth more.
func (r *Renewal) exchanged() *Answer {
	if r.Answer == nil || r.Answer.Exchange == nil {
		return nil
	}
	return r.Answer
}

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

// mayTry refuses an attempt that must not be made now: the integration is misconfigured, or a pause is not over. Who forces
// it overrides a backoff, but not the wait for an answer that may still come.
func (e *Engine) mayTry(ctx context.Context, i *Integration, b *binding, c *Connection, forced bool, grace time.Time) error {
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
		until = later(until, grace)
	}
	opened := r.Failure != nil && r.Failure.Reason == reasonNotSent && !r.Failure.At.After(i.UpdatedAt) // by who accepted its hosts
	if opened || !at.Before(until) {
		return nil
	}
	f := r.Failure
	if own := c.LastError; own != nil && own.Class == grant.Internal && (f == nil || own.At.After(f.At)) {
		f = own
	}
	refused := &Error{Code: CodeProviderUnavailable, RetryAfter: until.Sub(at), Failure: f, Message: "the next renewal is not due yet"}
	if f != nil {
		refused.Code, refused.Message = codeOf(f.Class), f.Message
	}
	return refused
}
