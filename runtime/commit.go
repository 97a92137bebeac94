package runtime

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"claviger/connectors"
	"claviger/runtime/grant"
)

var (
	// errOvertaken says that the connection is not any more what the renewal went by.
	errOvertaken = errors.New("the connection has changed since it was read")
	// errMoved says that the connection got another token while this renewal was under way: the newer one stays.
	errMoved = errors.New("the connection has a newer token")
	// errLate says that another node got the lease while this renewal was under way.
	errLate = errors.New("another node has taken over")
	// errStaleAnswer says that nothing can be made of a kept answer any more, except that its refresh token is the newer one.
	errStaleAnswer = errors.New("the kept answer is of no use any more")
)

// keepAnswer keeps an answer before anything is made of it: an extraction that fails, or a crash, loses nothing. The outcome
// of the renewal is known from here on. In the journal it is as safe as in the store.
func (e *Engine) keepAnswer(ctx context.Context, b *binding, c *Connection, k *keeping, a *Answer) error {
	k.came(a)
	if !b.extracts() {
		return nil
	}
	if k != nil && k.written {
		c.Renewal.Answer, c.Renewal.Unknown = a, 0
		return nil
	}
	return e.replace(ctx, c, k, func(c *Connection) { c.Renewal.Answer, c.Renewal.Unknown = a, 0 })
}

// madeOf makes the token that is stored of a refresh answer.
func (b *binding) madeOf(ctx context.Context, config *grant.Config, a *grant.Answer, old *Token) (*Token, error) {
	fresh, merged, err := b.renewedCredentials(ctx, a.Response, old)
	if err != nil {
		return nil, err
	}
	t := tokenOf(config, a, fresh, merged, old)
	return t, b.storable(t, append([]connectors.Method{connectors.GetCredentialsFromRefreshTokenResponse}, firstExtractions...)...)
}

// settle goes on with an answer that arrived and whose extraction failed or was cut off: nothing is sent. With
// errStaleAnswer it has brought c to where a renewal can be sent.
func (e *Engine) settle(ctx context.Context, b *binding, c *Connection) (*Connection, error) {
	config, err := b.renewConfig(ctx, c)
	if err != nil {
		return e.renewalFailed(ctx, b, nil, c, err)
	}
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	kept := c.Renewal.Answer
	a, err := config.Read(kept.Response, kept.ReceivedAt)
	if err != nil { // the connector reads answers otherwise now
		c.Renewal.Answer = nil
		return nil, errStaleAnswer
	}
	b.learn(a)
	if dies := grant.Expiry(a.Response, a.ReceivedAt, config.DefaultExpiresIn); !dies.IsZero() && !at.Before(dies) {
		t := *c.Token
		if !a.Refresh.IsEmpty() {
			t.Refresh = a.Refresh
		}
		c.Token, c.Renewal.Answer = &t, nil
		return nil, errStaleAnswer
	}
	held, err := e.take(ctx, c)
	if err != nil {
		return nil, err
	}
	defer held.end()
	t, err := b.madeOf(ctx, config, a, c.Token)
	if err != nil {
		return e.renewalFailed(ctx, b, config, c, err)
	}
	return e.commit(ctx, b, c, nil, t, a.Scope)
}

// commit stores a new token in the place of the one that base has. A token that came from elsewhere meanwhile stays.
func (e *Engine) commit(ctx context.Context, b *binding, base *Connection, k *keeping, t *Token, granted []string) (*Connection, error) {
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	events := append(b.console(), refreshed(at, b.why))
	var dead *Failure
	if !t.alive(at) { // or every reader would ask for the next one at once
		dead = &Failure{Class: grant.Malformed, Message: "the provider's new token had expired already when it came", At: at}
		events = append(events, failure(at, dead))
	}
	c := *base
	err = e.replace(ctx, &c, k, func(c *Connection) {
		c.Token, c.Status, c.Renewal, c.LastError = t, Connected, Renewal{Spare: c.Renewal.spareSince(), Answer: c.Renewal.exchanged()}, nil
		if granted != nil {
			c.Granted = granted
		}
		if dead != nil {
			c.LastError = dead
			c.Renewal.Attempts, c.Renewal.NotBefore, c.Renewal.Failure = 1, at.Add(deadOnArrival), dead
		}
	}, events...)
	switch {
	case errors.Is(err, errMoved):
		e.log.Info("a renewed token was not needed: the connection was reconnected meanwhile", "connection", base.ID)
		return &c, nil
	case errors.Is(err, errLate):
		return nil, errOvertaken
	case err == nil:
		k.stored()
	}
	return &c, err
}

// spareSince is the spare of another node's renewal that was under way at the same time as this one. An older one has
// had its use.
func (r *Renewal) spareSince() *Answer {
	if r.Spare != nil && r.Lease != nil && r.Spare.ReceivedAt.After(r.Lease.Since) {
		return r.Spare
	}
	return nil
}

// deadOnArrival is the pause after a provider has sent a token that had expired already.
const deadOnArrival = 10 * time.Second

// replace stores c as f alters it, with events. Where another writer was quicker it reads again; where that one has brought
// another token it leaves that in c and answers errMoved, and errLate where another node has had the lease.
func (e *Engine) replace(ctx context.Context, c *Connection, k *keeping, f func(*Connection), events ...Event) error {
	old, fence := c.Token, c.Fence
	return e.insist(ctx, k, func() error {
		f(c)
		err := e.put(ctx, c, events...)
		if !errors.Is(err, ErrConflict) {
			return err
		}
		now, err := e.stored(ctx, c.ID)
		if err != nil {
			return err
		}
		*c = *now
		switch {
		case c.Token == nil, c.Grant.Fence > fence:
			return errMoved
		case c.Fence != fence:
			return errLate
		case moved(c.Token, old):
			return errMoved
		}
		return errOvertaken
	})
}

// insist repeats a write while the database does not answer, or another writer is quicker, as long as there is time: what
// it writes is not to be had again, and lies in the journal meanwhile.
func (e *Engine) insist(ctx context.Context, k *keeping, write func() error) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := write()
		if err != nil && AsError(err).Code == CodeStoreUnavailable {
			k.keep()
		}
		if err != nil && !errors.Is(err, errOvertaken) && AsError(err).Code != CodeStoreUnavailable {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(&backoff.ExponentialBackOff{InitialInterval: 50 * time.Millisecond, Multiplier: 2, RandomizationFactor: 0.5, MaxInterval: 5 * time.Second}))
	if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		return storeError("connection", "", err) // the time was over before the database answered
	}
	return err
}
