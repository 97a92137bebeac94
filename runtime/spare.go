package runtime

import (
	"context"
	"slices"

	"claviger/runtime/grant"
)

// A late answer: a process that was stopped for longer than its lease comes back with the answer to its request, while
// another node has the lease. The answer is kept beside the token as its spare. Whatever the other node gets is used first;
// only when the provider refuses that grant for good, or no further attempt may be made because answers were lost, the spare
// takes the token's place, and one more renewal, with its refresh token, tells whether it is of any use.

// lastResort is what is left when a grant is given up: somebody may have renewed it meanwhile, or there is a spare.
// Nil and no error: nothing.
func (e *Engine) lastResort(ctx context.Context, b *binding, base *Connection, f *Failure) (*Connection, error) {
	c, err := e.stored(ctx, base.ID)
	switch {
	case err != nil:
		return nil, err
	case c.Token == nil || moved(c.Token, base.Token):
		return c, nil
	case c.Fence != base.Fence:
		return nil, errOvertaken
	case c.Renewal.Spare == nil:
		return nil, nil
	}
	b.tenure.resolved()
	c.Renewal.Failure = f
	renewed, err := e.trySpare(ctx, b, c)
	if renewed == nil && err == nil {
		base.Renewal.Failure = c.Renewal.Failure
	}
	return renewed, err
}

// trySpare puts the spare in the token's place and renews it. A spare that nothing can be made of is dropped: nil and no
// error.
func (e *Engine) trySpare(ctx context.Context, b *binding, c *Connection) (*Connection, error) {
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	kept := c.Renewal.Spare
	t, err := b.fromSpare(ctx, c, kept)
	if isOverloaded(err) {
		return nil, err
	}
	c.Renewal.Spare = nil
	lost := Failure{Class: grant.Reauth, Message: "the provider refuses the grant", At: at}
	if c.Renewal.Failure != nil {
		lost = *c.Renewal.Failure
	}
	lost.Reason = reasonLost
	if err != nil {
		e.log.Warn("nothing can be made of a late answer to a renewal", "connection", c.ID, "error", b.redact(err.Error()))
		c.Renewal.Failure = &lost
		return nil, e.overtaken(e.put(ctx, c))
	}
	c.Token, c.Status, c.LastError = t, Connected, nil
	c.Renewal = Renewal{Failure: &lost, Answer: c.Renewal.exchanged()}
	told := Event{At: at, Kind: EventFailed, By: b.why.by, Message: "a late answer to a renewal takes the place of the grant that is given up", Failure: c.Renewal.Failure}
	if err := e.overtaken(e.put(ctx, c, append(slices.Clip(b.console()), told)...)); err != nil {
		return nil, err
	}
	if t.Refresh.IsEmpty() {
		return c, nil // what it is worth shows when it is used
	}
	return e.attempt(ctx, b, c)
}

// fromSpare makes a token of a late answer.
func (b *binding) fromSpare(ctx context.Context, c *Connection, kept *Answer) (*Token, error) {
	config, err := b.renewConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	a, err := config.Read(kept.Response, kept.ReceivedAt)
	if err != nil {
		return nil, err
	}
	b.learn(a)
	return b.madeOf(ctx, config, a, c.Token)
}
