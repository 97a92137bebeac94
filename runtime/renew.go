package runtime

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

// errMoved says that the connection got another token while this renewal was under way: the newer one stays.
var errMoved = errors.New("the connection has a newer token")

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
	case !e.renewable(c):
		return nil, errorf(CodeNotRefreshable, "nothing can renew this connection: the provider gave no refresh token, and the connector has no refreshCredentials")
	case c.Status == ReconnectRequired:
		return nil, reconnectRequired(c)
	}
	return e.renew(ctx, c, true)
}

// renew gets a newer token than the one in seen. At most one renewal of a connection runs on this node; whoever comes
// meanwhile shares its outcome, and whoever leaves does not stop it. forced overrides a backoff, never the wait after an
// unknown outcome.
func (e *Engine) renew(ctx context.Context, seen *Connection, forced bool) (*Connection, error) {
	done := e.renewals.DoChan(seen.ID, func() (any, error) {
		var renewed *Connection
		err := e.work(ctx, flowWork, func(ctx context.Context) (err error) {
			renewed, err = e.renewOnce(ctx, seen, forced)
			return err
		})
		return renewed, err
	})
	select {
	case result := <-done:
		if result.Err != nil {
			return nil, result.Err
		}
		return result.Val.(*Connection), nil
	case <-ctx.Done():
		return nil, &Error{Code: CodeProviderUnavailable, Message: "the renewal takes longer than the caller waits; it goes on", Err: ctx.Err(), RetryAfter: time.Second}
	}
}

// renewOnce is one renewal, alone on this node for its connection. What memory holds may have been overtaken by another
// process: then the marker's compare-and-swap says so, before anything is sent, and what the store holds is looked at.
func (e *Engine) renewOnce(ctx context.Context, seen *Connection, forced bool) (*Connection, error) {
	for _, read := range []func(context.Context, string) (*Connection, error){e.connection, e.stored} {
		c, err := read(ctx, seen.ID)
		if err != nil {
			return nil, err
		}
		if c.Token == nil || moved(c.Token, seen.Token) {
			return c, nil // somebody has renewed it since seen was read
		}
		renewed, err := e.tryRenew(ctx, c, forced)
		if !errors.Is(err, errOvertaken) {
			return renewed, err
		}
	}
	return nil, &Error{Code: CodeConflict, Message: "the connection keeps changing; try again", RetryAfter: time.Second, Err: errOvertaken}
}

func (e *Engine) tryRenew(ctx context.Context, c *Connection, forced bool) (*Connection, error) {
	if c.Status == ReconnectRequired {
		return nil, reconnectRequired(c)
	}
	b, i, err := e.bindConnection(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := e.mayTry(ctx, i, b, c, forced); err != nil {
		return nil, err
	}
	if c.Renewal.Answer != nil {
		return e.settle(ctx, b, c)
	}
	return e.attempt(ctx, b, c, forced)
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
	b, err := e.bind(i.Key, connector, c.AuthOption, i.Parameters, c.Parameters, hosts)
	if err == nil && c.Token != nil {
		b.redactor.Add(c.Token.Access.Reveal(), c.Token.Refresh.Reveal())
	}
	return b, i, err
}

// mayTry refuses an attempt that must not be made now: the integration is misconfigured, or a backoff runs.
func (e *Engine) mayTry(ctx context.Context, i *Integration, b *binding, c *Connection, forced bool) error {
	at, err := e.now(ctx)
	if err != nil {
		return err
	}
	unknown := c.Renewal.Unknown > 0 || !c.Renewal.StartedAt.IsZero()
	if unknown {
		if until := e.unknownUntil(c); at.Before(until) {
			return &Error{Code: CodeUnknownOutcome, RetryAfter: until.Sub(at), Failure: c.LastError,
				Message: "a renewal was sent and its answer did not come; it is tried once more in a moment"}
		}
		return nil
	}
	if forced {
		return nil
	}
	if f := heldBack(i, b, c); f != nil {
		return &Error{Code: CodeMisconfigured, Failure: f, Message: "renewals are held back until the integration's parameters change: " + f.Message}
	}
	if at.Before(c.Renewal.NotBefore) {
		failed := &Error{Code: CodeProviderUnavailable, Message: "the last renewal failed and the next is not due yet", RetryAfter: c.Renewal.NotBefore.Sub(at), Failure: c.LastError}
		if c.LastError != nil {
			failed.Code, failed.Message = codeOf(c.LastError.Class), c.LastError.Message
		}
		return failed
	}
	return nil
}

// heldBack is the configuration failure that stops attempts, nil once parameters or connector have changed since.
func heldBack(i *Integration, b *binding, c *Connection) *Failure {
	for _, f := range []*Failure{i.Misconfigured, c.LastError} {
		if f != nil && f.Class == grant.Misconfigured && f.Connector == b.connector.Version && f.At.After(i.UpdatedAt) {
			return f
		}
	}
	return nil
}

// unknownUntil is when the further attempt after an unknown outcome may be made.
func (e *Engine) unknownUntil(c *Connection) time.Time {
	if c.Renewal.StartedAt.IsZero() {
		return c.Renewal.NotBefore
	}
	return c.Renewal.StartedAt.Add(unknownWait) // the marker of a process that ended in between
}

// unknownWait is how long an unknown outcome is left alone: the answer may still come back.
const unknownWait = 30 * time.Second

// attempt sends one renewal, between a marker that is stored before and the token that is stored after.
func (e *Engine) attempt(ctx context.Context, b *binding, c *Connection, forced bool) (*Connection, error) {
	config, err := b.renewConfig(ctx, c)
	if err != nil {
		return e.renewalFailed(ctx, b, c, err)
	}
	if err := e.exhausted(ctx, config, c, forced); err != nil {
		return nil, err
	}
	if err := e.mark(ctx, c); err != nil {
		return nil, err
	}
	began := time.Now()
	token, err := b.renewed(ctx, config, c)
	b.count("refresh", err, began)
	if err != nil {
		return e.renewalFailed(ctx, b, c, err)
	}
	return e.commit(ctx, c, token)
}

// renewConfig is the config that a renewal follows; the auth type client-credentials has an empty one.
func (b *binding) renewConfig(ctx context.Context, c *Connection) (*grant.Config, error) {
	if b.auth.Type != connectors.OAuth2 {
		return &grant.Config{}, nil
	}
	return b.oauthConfig(ctx, "redirectUri", b.e.callbackURL(b.integration), "queryParameters", c.Token.Query, "credentials", c.Token.full())
}

// exhausted ends the attempts after unknown outcomes as the connector's refreshRetry says. Asking again in the client's
// own name spends nothing, so that is always allowed.
func (e *Engine) exhausted(ctx context.Context, config *grant.Config, c *Connection, forced bool) error {
	tried := c.Renewal.Unknown
	if !c.Renewal.StartedAt.IsZero() {
		tried++
	}
	switch {
	case forced, tried == 0, config.RefreshRetry == grant.RetryAlways, c.Token.Grant == "client_credentials":
		return nil
	case tried == 1 && config.RefreshRetry != grant.RetryNever:
		return nil
	}
	at, err := e.now(ctx)
	if err != nil {
		return err
	}
	stored, err := e.change(ctx, c.ID, func(stored *Connection) error {
		if stored.Token == nil || moved(stored.Token, c.Token) {
			return errMoved
		}
		stored.LastError = &Failure{Class: grant.Unknown, Reason: "lost_response", At: at,
			Message: "the answer to a renewal was lost, and trying it again could end the grant"}
		stored.Renewal.NotBefore = stored.Token.ExpiresAt
		if !stored.Token.alive(at) {
			stored.Status = ReconnectRequired
		}
		return nil
	})
	if errors.Is(err, errMoved) {
		return nil
	}
	if err != nil {
		return err
	}
	return reconnectRequired(stored)
}

// errOvertaken says that the connection is not any more what the renewal went by.
var errOvertaken = errors.New("the connection has changed since it was read")

// mark stores that a renewal is about to be sent. Without this it is not sent.
func (e *Engine) mark(ctx context.Context, c *Connection) error {
	at, err := e.now(ctx)
	if err != nil {
		return err
	}
	if !c.Renewal.StartedAt.IsZero() {
		c.Renewal.Unknown++ // of a process that ended before it could say
	}
	c.Renewal.StartedAt, c.Renewal.Node = at, e.node
	if err := e.put(ctx, c); !errors.Is(err, ErrConflict) {
		return err
	}
	return errOvertaken
}

// renewed asks for the new token and makes what is stored of the answer.
func (b *binding) renewed(ctx context.Context, config *grant.Config, c *Connection) (*Token, error) {
	if b.has(connectors.RefreshCredentials) {
		return b.refreshedByHook(ctx, config, c.Token)
	}
	a, err := b.ask(ctx, config, c)
	if err != nil {
		return nil, err
	}
	b.learn(a)
	if b.extracts() {
		if err := b.e.keepAnswer(ctx, c, a); err != nil {
			return nil, err
		}
	}
	return b.madeOf(ctx, config, a, c.Token)
}

// ask makes the standard request for a new token: the refresh grant, or the same question again where that is the grant.
func (b *binding) ask(ctx context.Context, config *grant.Config, c *Connection) (*grant.Answer, error) {
	if c.Token.Grant == "client_credentials" && b.has(connectors.GetTokenData) {
		return b.tokenData(ctx, config, grant.Request{})
	}
	return config.Grant().Renew(ctx, config, b.send, grant.Request{RefreshToken: c.Token.Refresh, Scopes: c.Scopes})
}

// keepAnswer stores an answer before anything is made of it: an extraction that fails, or a crash, loses nothing.
func (e *Engine) keepAnswer(ctx context.Context, c *Connection, a *grant.Answer) error {
	c.Renewal.Answer = &Answer{Response: a.Response, ReceivedAt: a.ReceivedAt}
	return e.insist(ctx, func() error { return e.put(ctx, c) })
}

// madeOf makes the token that is stored of a refresh answer.
func (b *binding) madeOf(ctx context.Context, config *grant.Config, a *grant.Answer, old *Token) (*Token, error) {
	fresh, merged, err := b.renewedCredentials(ctx, a.Response, old)
	if err != nil {
		return nil, err
	}
	return tokenOf(config, a, fresh, merged, old), nil
}

// settle goes on with an answer that arrived and whose extraction failed or was cut off: nothing is sent.
func (e *Engine) settle(ctx context.Context, b *binding, c *Connection) (*Connection, error) {
	config, err := b.renewConfig(ctx, c)
	if err != nil {
		return e.renewalFailed(ctx, b, c, err)
	}
	kept := c.Renewal.Answer
	a, err := config.Read(kept.Response, kept.ReceivedAt)
	if err != nil {
		return e.renewalFailed(ctx, b, c, err)
	}
	b.learn(a)
	token, err := b.madeOf(ctx, config, a, c.Token)
	if err != nil {
		return e.renewalFailed(ctx, b, c, err)
	}
	return e.commit(ctx, c, token)
}

// commit stores a new token in the place of the one that base has. A token that came from elsewhere meanwhile stays.
func (e *Engine) commit(ctx context.Context, base *Connection, token *Token) (*Connection, error) {
	old := base.Token
	c := *base
	err := e.insist(ctx, func() error {
		c.Token, c.Status, c.Renewal, c.LastError = token, Connected, Renewal{}, nil
		err := e.put(ctx, &c)
		if !errors.Is(err, ErrConflict) {
			return err
		}
		now, err := e.store.Connection(ctx, base.ID)
		if err != nil {
			return storeError("connection", base.ID, err)
		}
		c = *now
		if c.Token == nil || moved(c.Token, old) {
			e.log.Info("a renewed token was not needed: the connection was reconnected meanwhile", "connection", base.ID)
			return nil
		}
		return errOvertaken
	})
	return &c, err
}

// insist repeats a write while the database does not answer, or another writer is quicker, as long as there is time: what
// it writes is not to be had again.
func (e *Engine) insist(ctx context.Context, write func() error) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := write()
		if err != nil && !errors.Is(err, errOvertaken) && AsError(err).Code != CodeStoreUnavailable {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(&backoff.ExponentialBackOff{InitialInterval: 50 * time.Millisecond, Multiplier: 2, RandomizationFactor: 0.5, MaxInterval: 5 * time.Second}))
	return err
}

// refreshedByHook runs refreshCredentials and makes what is stored of its result.
func (b *binding) refreshedByHook(ctx context.Context, config *grant.Config, old *Token) (*Token, error) {
	m := connectors.RefreshCredentials
	result, err := b.call(ctx, m, b.arguments("queryParameters", old.Query, "credentials", old.full()))
	if err != nil {
		return nil, b.thrown(config, m, err)
	}
	response, ok := result.(*value.Object)
	if ok {
		response = standIn(response, old)
	}
	a, err := b.tokenFrom(ctx, config, m, orResult(response, result, ok))
	if err != nil {
		return nil, err
	}
	b.learn(a)
	if stillOld(a, response, old) {
		f := &grant.Failure{Class: grant.Malformed, Message: "it returned the old access token and no new expiry"}
		return nil, b.methodError(m, b.auth.Methods[m], b.explain(config, f, response))
	}
	fields := result.(*value.Object)
	t := tokenOf(config, a, fields, mergeHookResult(old.Credentials, fields), old)
	if fields.Get("refresh_token") == nil {
		t.Refresh = secret.Text{}
	}
	return t, nil
}

func orResult(response *value.Object, result any, ok bool) any {
	if ok {
		return response
	}
	return result
}

// standIn finds the field that stands for the access token where the credentials have renamed it, and gives it its
// standard name too.
func standIn(result *value.Object, old *Token) *value.Object {
	if result.Has("access_token") || old.Credentials.Has("access_token") {
		return result
	}
	for name, v := range old.Credentials.All() {
		if text, ok := v.(string); ok && text != "" && (old.Access.IsEmpty() || text == old.Access.Reveal()) && result.Text(name) != "" {
			named := result.Clone()
			named.Set("access_token", result.Get(name))
			return named
		}
	}
	return result
}

// stillOld tells whether a hook handed back the token it was given. Some providers prolong a token without changing it;
// their hooks say the new expiry.
func stillOld(a *grant.Answer, response *value.Object, old *Token) bool {
	if old.Access.IsEmpty() || !a.Access.Equal(old.Access) {
		return false
	}
	expires := grant.Expiry(response, a.ReceivedAt, 0)
	return expires.IsZero() || !old.ExpiresAt.IsZero() && !expires.After(old.ExpiresAt)
}
