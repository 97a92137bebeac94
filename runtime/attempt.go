package runtime

import (
	"context"
	"errors"
	"time"

	"claviger/connectors"
	"claviger/runtime/grant"
)

// attempt sends one renewal, between a marker that is stored before and the token that is stored after.
func (e *Engine) attempt(ctx context.Context, b *binding, c *Connection) (*Connection, error) {
	config, err := b.renewConfig(ctx, c)
	if err != nil {
		return e.renewalFailed(ctx, b, nil, c, err)
	}
	if !b.has(connectors.RefreshCredentials) && !config.Grant().Renewable(config, c.Token.Refresh) {
		return nil, e.unrenewable(ctx, c) // the connector has changed its mind since the token came
	}
	if c.Renewal.Unknown > 0 && exhausted(config, c) {
		lost := &grant.Failure{Class: grant.Unknown, Message: "the answer to a renewal was lost, and one more try could end the grant"}
		return e.renewalFailed(ctx, b, config, c, lost)
	}
	report, err := e.enter(b, config)
	if err != nil {
		return nil, err
	}
	defer report(errNotTried)
	if err := e.mark(ctx, c); err != nil {
		return nil, err
	}
	t, granted, err := b.renewed(ctx, config, c)
	if malformed(err) && c.Renewal.Attempts == 0 && c.Renewal.Answer == nil {
		first := err
		t, granted, err = b.renewed(ctx, config, c) // the one more try of lifecycle.md 4
		if c.neverSent(err) {
			err = first // which was sent
		}
	}
	if c.Renewal.Answer != nil { // what failed is what was made of it
		report(nil)
	}
	report(err)
	switch {
	case c.neverSent(err):
		return nil, errors.Join(err, e.unmark(ctx, c))
	case err != nil:
		return e.renewalFailed(ctx, b, config, c, err)
	}
	return e.commit(ctx, b, c, t, granted)
}

// enter passes the circuit of the endpoint that a renewal goes to, where that is known.
func (e *Engine) enter(b *binding, config *grant.Config) (report func(error), err error) {
	if b.has(connectors.RefreshCredentials) || b.has(connectors.GetTokenData) {
		return func(error) {}, nil
	}
	return e.circuits.enter(config)
}

// unrenewable is what a renewal answers that nothing can make.
func (e *Engine) unrenewable(ctx context.Context, c *Connection) error {
	at, err := e.now(ctx)
	switch {
	case err != nil:
		return err
	case c.Token.alive(at):
		return errorf(CodeNotRefreshable, "nothing can renew this connection: the connector expects no refresh token")
	}
	if c, err = e.expire(ctx, c); err != nil {
		return err
	}
	return reconnectRequired(c)
}

func malformed(err error) bool {
	var f *grant.Failure
	return errors.As(err, &f) && f.Class == grant.Malformed && !errors.Is(err, errTooLarge)
}

// renewConfig is the config that a renewal follows; the auth type client-credentials has an empty one.
func (b *binding) renewConfig(ctx context.Context, c *Connection) (*grant.Config, error) {
	if b.auth.Type != connectors.OAuth2 {
		return &grant.Config{}, nil
	}
	return b.oauthConfig(ctx, b.e.callbackURL(b.integration), noState, "queryParameters", c.Token.Query, "credentials", c.Token.full())
}

// mark stores that a renewal is about to be sent. Without this it is not sent.
func (e *Engine) mark(ctx context.Context, c *Connection) error {
	if err := e.keep(c, e.store.TakeLease(ctx, c, e.run, e.leaseLife())); !errors.Is(err, ErrConflict) {
		return err
	}
	return errOvertaken
}

// renewed asks for the new token and makes what is stored of the answer.
func (b *binding) renewed(ctx context.Context, config *grant.Config, c *Connection) (t *Token, granted []string, err error) {
	began := time.Now()
	var a *grant.Answer
	if b.has(connectors.RefreshCredentials) {
		a, t, err = b.refreshedByHook(ctx, config, c.Token)
	} else {
		a, err = b.ask(ctx, config, c)
	}
	b.count("refresh", err, began)
	b.learn(a)
	if err == nil && t == nil {
		err = b.keepable(a, b.asked(c)...)
	}
	switch {
	case err != nil:
		b.keepRefresh(c, a, err)
		return nil, nil, err
	case t != nil:
		return t, a.Scope, nil
	case b.extracts():
		if err := b.e.keepAnswer(ctx, c, a); err != nil {
			return nil, nil, err
		}
	}
	t, err = b.madeOf(ctx, config, a, c.Token)
	b.keepRefresh(c, a, err)
	return t, a.Scope, err
}

// keepRefresh saves the refresh token of an answer that is too large to be kept: the one that was sent may have ended with
// it.
func (b *binding) keepRefresh(c *Connection, a *grant.Answer, err error) {
	if !errors.Is(err, errTooLarge) || a == nil || a.Refresh.IsEmpty() {
		return
	}
	t := *c.Token
	t.Refresh = a.Refresh
	if b.storable(&t) == nil {
		c.Token = &t
	}
}

// asked is the method that ask runs, none where it makes the request itself.
func (b *binding) asked(c *Connection) []connectors.Method {
	if c.Token.Grant == "client_credentials" && b.has(connectors.GetTokenData) {
		return []connectors.Method{connectors.GetTokenData}
	}
	return nil
}

// ask makes the standard request for a new token: the refresh grant, or the same question again where that is the grant.
func (b *binding) ask(ctx context.Context, config *grant.Config, c *Connection) (*grant.Answer, error) {
	if len(b.asked(c)) > 0 {
		return b.tokenData(ctx, config, grant.Request{})
	}
	return config.Grant().Renew(ctx, config, b.send, grant.Request{RefreshToken: c.Token.Refresh, Scopes: c.Scopes})
}

// leaseLife is longer than a token request takes, and the writing of its answer.
func (e *Engine) leaseLife() time.Duration {
	return e.tokenTimeout + min(e.tokenTimeout/2, 15*time.Second)
}
