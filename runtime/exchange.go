package runtime

import (
	"context"

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
	config, err := s.oauthConfig(ctx, "redirectUri", s.e.callbackURL(s.integration))
	if err != nil {
		return nil, nil, err
	}
	a, err := s.obtain(ctx, config, grant.Request{Scopes: scopes})
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
			return nil, s.thrown(nil, connectors.GetCredentialsFromConnectionParameters, err)
		}
	}
	return &Token{
		Access: secret.New(credentials.Text("access_token")), Refresh: secret.New(credentials.Text("refresh_token")),
		IssuedAt: at, ExpiresAt: grant.Expiry(credentials, at, 0), Credentials: credentials,
	}, nil
}

// exchange redeems the code of a taken flow. Where the connector makes something of the answer, the answer is stored
// before: an extraction that fails loses nothing.
func (s *start) exchange(ctx context.Context, config *grant.Config, r grant.Request, f *Flow) (*Token, []string, error) {
	a, err := s.obtain(ctx, config, r)
	if err != nil {
		return nil, nil, err
	}
	if s.extracts() && !f.Reconnect {
		_, err := s.e.change(ctx, f.Connection, func(c *Connection) error {
			c.Renewal.Answer = &Answer{Response: a.Response, ReceivedAt: a.ReceivedAt, Query: r.Query}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return s.extracted(ctx, config, a, r.Query)
}

// extracted makes what is stored of a first answer.
func (s *start) extracted(ctx context.Context, config *grant.Config, a *grant.Answer, query *value.Object) (*Token, []string, error) {
	credentials, err := s.firstCredentials(ctx, a.Response, query)
	if err != nil {
		return nil, nil, err
	}
	t := tokenOf(config, a, credentials, credentials, nil)
	t.Query = query
	return t, a.Scope, nil
}

// finish ends a taken flow: token, identity, and the connection as connected; or why not.
func (e *Engine) finish(ctx context.Context, f *Flow, s *start, obtain func(context.Context) (*Token, []string, error)) (*Step, error) {
	token, granted, err := obtain(ctx)
	if err != nil {
		return e.ended(ctx, f, s, err)
	}
	made := &Connection{ID: f.Connection, Token: token, Parameters: s.input}
	if err := s.identify(ctx, made); err != nil {
		return e.ended(ctx, f, s, err)
	}
	_, err = e.change(ctx, f.Connection, func(c *Connection) error {
		if err := sameAccount(f, c, made); err != nil {
			return err
		}
		c.Token, c.Granted, c.Parameters, c.AuthOption = token, granted, s.input, f.Pinned.AuthOption
		c.Label, c.AccountID = made.Label, made.AccountID
		c.Status, c.Renewal, c.LastError = Connected, Renewal{}, nil
		return nil
	})
	if err != nil {
		return e.ended(ctx, f, s, err)
	}
	e.observer.Authorization(f.Integration, string(Connected))
	e.log.Info("connected", "connection", f.Connection, "integration", f.Integration)
	return e.goodbye(f), nil
}

// goodbye is where the browser goes after a success: the return URL, or a page of ours (no redirect).
func (e *Engine) goodbye(f *Flow) *Step {
	if f.ReturnURL == "" {
		return &Step{}
	}
	return &Step{Redirect: withQuery(f.ReturnURL, "connection", f.Connection, "status", string(Connected))}
}

// identify asks the connector who the account is. A label that fails is no reason to refuse a token.
func (b *binding) identify(ctx context.Context, c *Connection) error {
	arguments := b.arguments("queryParameters", c.Token.Query, "credentials", c.Token.full())
	if b.has(connectors.GetConnectionLabel) {
		label, err := b.call(ctx, connectors.GetConnectionLabel, arguments)
		if err != nil {
			b.e.log.Warn("no label", "connection", c.ID, "error", b.redactor.Redact(err.Error()))
		} else if label != value.Undefined && label != nil {
			c.Label = oneLine(value.String(label), 200)
		}
	}
	if !b.has(connectors.GetAccountID) {
		return nil
	}
	account, err := b.call(ctx, connectors.GetAccountID, arguments)
	if err != nil {
		return err
	}
	if account != value.Undefined && account != nil {
		c.AccountID = oneLine(value.String(account), 500)
	}
	return nil
}

// sameAccount refuses a reconnection that would put another account's token in a connection's place.
func sameAccount(f *Flow, old, made *Connection) error {
	if !f.Reconnect || f.AllowAccountChange || old.AccountID == "" || old.AccountID == made.AccountID {
		return nil
	}
	return errorf(CodeAccountChanged, "this is another account than the one that was connected; sign in with the same one, or have the platform allow the change")
}

// revoke asks the provider to take a token back (RFC 7009), as far as the connector says how. Whatever happens, the
// connection goes.
func (e *Engine) revoke(ctx context.Context, c *Connection) bool {
	if c.Token == nil {
		return false
	}
	b, _, err := e.bindConnection(ctx, c)
	if err != nil || b.auth.Type != connectors.OAuth2 {
		return false
	}
	config, err := b.oauthConfig(ctx, "credentials", c.Token.full(), "queryParameters", c.Token.Query)
	if err != nil || config.RevokeURI == "" {
		return false
	}
	if !c.Token.Refresh.IsEmpty() {
		err = config.Revoke(ctx, b.send, c.Token.Refresh, grant.RefreshToken)
	}
	if err == nil && !c.Token.Access.IsEmpty() {
		err = config.Revoke(ctx, b.send, c.Token.Access, grant.AccessToken)
	}
	if err != nil {
		e.log.Warn("the provider did not revoke", "connection", c.ID, "error", b.redactor.Redact(err.Error()))
	}
	return err == nil
}
