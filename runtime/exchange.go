package runtime

import (
	"context"
	"time"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

// firstToken makes the token of a connection that needs no visit to the provider.
func (s *start) firstToken(ctx context.Context, scopes []string) (*Token, []string, error) {
	if s.auth.Type == connectors.ClientCredentials {
		t, err := s.typed(ctx)
		return t, nil, err
	}
	config, err := s.oauthConfig(ctx, s.e.callbackURL(s.integration), noState)
	if err != nil {
		return nil, nil, err
	}
	var a *grant.Answer
	err = s.recording(nil, Answer{}, nil, func() (err error) {
		a, err = s.obtain(ctx, config, grant.Request{Scopes: scopes})
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return s.extracted(ctx, config, a, nil)
}

// typed makes the credentials of the auth type client-credentials: what the user typed, or what the connector makes of it.
func (s *start) typed(ctx context.Context) (*Token, error) {
	at, err := s.e.now(ctx)
	if err != nil {
		return nil, err
	}
	credentials := s.input
	if s.has(connectors.GetCredentialsFromConnectionParameters) {
		credentials, err = s.callObject(ctx, connectors.GetCredentialsFromConnectionParameters, s.arguments())
		if err != nil {
			return nil, s.thrown(&grant.Config{}, connectors.GetCredentialsFromConnectionParameters, err)
		}
	}
	t := &Token{
		Access: secret.New(credentials.Text("access_token")), Refresh: secret.New(credentials.Text("refresh_token")),
		IssuedAt: at, ExpiresAt: grant.Expiry(credentials, at, 0), Credentials: credentials,
	}
	return t, s.storable(t, connectors.GetCredentialsFromConnectionParameters)
}

// exchange redeems the code of a taken flow. Where the connector has more steps to take, the answer is stored before: a
// crash in one of them loses nothing.
func (s *start) exchange(ctx context.Context, config *grant.Config, f *Flow) (*Token, []string, error) {
	k, err := s.e.reserve(f.Connection, true)
	if err != nil {
		return nil, nil, err
	}
	k.fence, s.keeping = s.fence, k
	a, err := s.redeem(ctx, config, f, nil, time.Time{})
	if err != nil {
		return nil, nil, err
	}
	s.redeemed = true
	k.came(s.answerOf(a, f))
	if s.extracts() || s.inquires() {
		if err := s.keepExchange(ctx, f, a); err != nil {
			return nil, nil, err
		}
	}
	return s.extracted(ctx, config, a, f.Pinned.Query)
}

// redeem asks for the token of a code; a hook with what it was answered before, at the time at.
func (s *start) redeem(ctx context.Context, config *grant.Config, f *Flow, replay []Recorded, at time.Time) (a *grant.Answer, err error) {
	came, err := s.e.cameAt(ctx, f)
	if err != nil {
		return nil, err
	}
	obtain := func() (err error) {
		a, err = s.obtain(ctx, config, grant.Request{
			Query: f.Pinned.Query, RedirectURI: f.Pinned.RedirectURI, Verifier: f.Pinned.Verifier, Scopes: f.Pinned.Scopes, At: came,
		})
		return err
	}
	if !s.has(connectors.GetTokenData) {
		err = obtain()
		return a, err
	}
	if at.IsZero() {
		if at, err = s.e.now(ctx); err != nil {
			return nil, err
		}
	}
	from := s.answerOf(&grant.Answer{ReceivedAt: at}, f)
	from.Exchange.RedirectURI, from.Exchange.Verifier = f.Pinned.RedirectURI, f.Pinned.Verifier
	err = s.recording(s.keeping, *from, replay, obtain)
	if err == nil {
		a.ReceivedAt = from.ReceivedAt // by which the journal knows it
	}
	return a, err
}

// answerOf is what is kept of the answer to an exchange, with what is needed to go on with it.
func (s *start) answerOf(a *grant.Answer, f *Flow) *Answer {
	return &Answer{
		Response: a.Response, ReceivedAt: a.ReceivedAt, Query: f.Pinned.Query, Node: s.e.run,
		Exchange: &Exchange{ConnectorVersion: s.connector.Version, Parameters: s.input, AllowAccountChange: f.AllowAccountChange},
	}
}

// keepExchange stores the answer to an exchange, with what is needed to go on with it, before anything is made of it. The
// answer to a renewal that waits there stays, and this one is in the journal meanwhile.
func (s *start) keepExchange(ctx context.Context, f *Flow, a *grant.Answer) error {
	occupied := false
	err := s.e.insist(ctx, s.keeping, func() error {
		_, err := s.e.change(ctx, f.Connection, func(c *Connection) error {
			if occupied = c.Renewal.pending(); occupied {
				return errUnchanged
			}
			c.Renewal.Answer = s.answerOf(a, f)
			return nil
		})
		return err
	})
	if err == nil && occupied {
		s.keeping.keep()
	}
	return err
}

// extracted makes what is stored of a first answer.
func (s *start) extracted(ctx context.Context, config *grant.Config, a *grant.Answer, query *value.Object) (*Token, []string, error) {
	credentials, err := s.firstCredentials(ctx, a.Response, query)
	if err != nil {
		return nil, nil, err
	}
	t := tokenOf(config, a, credentials, credentials, nil)
	t.Query = query
	if err := s.storable(t, firstExtractions...); err != nil {
		return nil, nil, err
	}
	granted := a.Scope
	if granted == nil {
		granted = config.Asked(s.new.Scopes)
	}
	return t, granted, nil
}

// resume goes on with the answer to an exchange whose process ended, or met an overload, before it could make a connection
// of it.
func (e *Engine) resume(ctx context.Context, c *Connection) (*Connection, error) {
	return e.alone(ctx, "exchange of "+c.ID, func(ctx context.Context) (*Connection, error) {
		c, err := e.stored(ctx, c.ID)
		if err != nil || !e.abandoned(c) {
			return c, err
		}
		f, s, err := e.flowOfAnswer(ctx, c)
		if err != nil {
			return nil, err
		}
		defer s.flush(ctx)
		kept := c.Renewal.Answer
		err = e.finish(ctx, f, s, func(ctx context.Context) (*Token, []string, error) {
			config, err := s.oauthConfig(ctx, e.callbackURL(s.integration), noState, "queryParameters", kept.Query)
			if err != nil {
				return nil, nil, err
			}
			a, err := s.readKept(ctx, config, f, kept)
			if err != nil {
				return nil, nil, err
			}
			s.learn(a)
			return s.extracted(ctx, config, a, kept.Query)
		})
		if err != nil && (AsError(err).Code == CodeStoreUnavailable || isHeldOff(err)) {
			return nil, err
		}
		return e.stored(ctx, c.ID) // a failure is told by the connection
	})
}

// readKept is the token answer of a kept one: what a hook made of its recordings, where it had not come that far.
func (s *start) readKept(ctx context.Context, config *grant.Config, f *Flow, kept *Answer) (*grant.Answer, error) {
	if kept.Recorded == nil {
		return config.Read(kept.Response, kept.ReceivedAt)
	}
	k, err := s.e.reserve(f.Connection, true)
	if err != nil {
		return nil, err
	}
	k.fence, s.keeping = s.fence, k
	f.Pinned.RedirectURI, f.Pinned.Verifier = kept.Exchange.RedirectURI, kept.Exchange.Verifier
	return s.redeem(ctx, config, f, kept.Recorded, kept.ReceivedAt)
}

// abandoned tells whether the answer to an exchange waits and its process has ended, or has put it off. Of this one, and of
// another node, it is known only that by now it would have come to an end.
func (e *Engine) abandoned(c *Connection) bool {
	a := c.Renewal.Answer
	if a == nil || a.Exchange == nil {
		return false
	}
	at, err := e.now(context.Background())
	return a.Node == "" || nodeOf(a.Node) == e.node && a.Node != e.run || err == nil && at.After(a.ReceivedAt.Add(exchangeLimit))
}

// flowOfAnswer restores the flow of a kept answer as far as it matters. A version of the connector that is gone gives way
// to the newest: the answer would be lost otherwise.
func (e *Engine) flowOfAnswer(ctx context.Context, c *Connection) (*Flow, *start, error) {
	i, err := e.integration(ctx, c.Integration)
	if err != nil {
		return nil, nil, err
	}
	x := c.Renewal.Answer.Exchange
	version := x.ConnectorVersion
	if _, ok := e.connectors.Version(i.Connector, version); !ok {
		newest, err := e.connector(i.Connector)
		if err != nil {
			return nil, nil, err
		}
		version = newest.Version
	}
	f := &Flow{Connection: c.ID, Integration: c.Integration, AllowAccountChange: x.AllowAccountChange, Pinned: Pinned{
		ConnectorVersion: version, ConnectorParameters: i.Parameters, ConnectionParameters: x.Parameters,
		AuthOption: c.AuthOption, Hosts: i.Hosts, Scopes: c.Scopes, Query: c.Renewal.Answer.Query,
	}}
	s, err := e.pinned(ctx, f)
	return f, s, err
}
