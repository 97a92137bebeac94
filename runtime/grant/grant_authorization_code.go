package grant

import (
	"context"

	"golang.org/x/oauth2"

	"claviger/mapping/value"
	"claviger/runtime/secret"
)

// authorizationCode is RFC 6749 section 4.1 with PKCE (RFC 7636); it is renewed by the refresh grant (section 6).
type authorizationCode struct{}

func (authorizationCode) Name() string      { return "authorization_code" }
func (authorizationCode) Interactive() bool { return true }

func (authorizationCode) Renewable(c *Config, refresh secret.Text) bool {
	return !c.NoRefreshToken && !refresh.IsEmpty()
}

func (authorizationCode) Obtain(ctx context.Context, c *Config, send Sender, r Request) (*Answer, error) {
	return c.Exchange(ctx, send, ExchangeRequest{Query: r.Query, RedirectURI: r.RedirectURI, Verifier: r.Verifier})
}

func (authorizationCode) Renew(ctx context.Context, c *Config, send Sender, r Request) (*Answer, error) {
	return c.Refresh(ctx, send, r.RefreshToken)
}

// ExchangeRequest is what an exchange adds to the Config.
type ExchangeRequest struct {
	Query       *value.Object // of the callback; its code is redeemed
	RedirectURI string        // as it was sent to the authorize URL
	Verifier    secret.Text   // as it was challenged there; not sent where the Config skips PKCE
}

// Exchange redeems a code (RFC 6749 section 4.1.3), once, in one way. The error is a *Failure.
func (c *Config) Exchange(ctx context.Context, send Sender, r ExchangeRequest) (*Answer, error) {
	code := r.Query.Text(codeParam)
	if code == "" {
		return nil, failed(Malformed, "the callback holds no code")
	}
	t := &tokenCall{c: c, send: send, extra: c.TokenExtra}
	t.hide(code, r.Verifier.Reveal())
	return t.run(ctx, c.TokenURI, "tokenUri", func(ctx context.Context, library *oauth2.Config) (*oauth2.Token, error) {
		library.RedirectURL = r.RedirectURI
		var options []oauth2.AuthCodeOption
		if c.challenges() && !r.Verifier.IsEmpty() {
			options = append(options, oauth2.VerifierOption(r.Verifier.Reveal()))
		}
		return library.Exchange(ctx, code, options...)
	})
}

// RenewalURI is where a fresh token is asked for.
func (c *Config) RenewalURI() string {
	if c.RefreshURI == "" || c.GrantType == (clientCredentials{}).Name() {
		return c.TokenURI
	}
	return c.RefreshURI
}

// Refresh asks for a fresh token (RFC 6749 section 6), once. No scope is sent unless refreshExtra brings one: the
// provider then grants what it granted before. The error is a *Failure.
func (c *Config) Refresh(ctx context.Context, send Sender, refresh secret.Text) (*Answer, error) {
	if refresh.IsEmpty() {
		return nil, failed(Reauth, "there is no refresh token")
	}
	uri, field := c.RefreshURI, "refreshUri"
	if uri == "" {
		uri, field = c.TokenURI, "tokenUri"
	}
	t := &tokenCall{c: c, send: send, extra: c.RefreshExtra}
	t.hide(refresh.Reveal())
	return t.run(ctx, uri, field, func(ctx context.Context, library *oauth2.Config) (*oauth2.Token, error) {
		return library.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh.Reveal()}).Token()
	})
}
