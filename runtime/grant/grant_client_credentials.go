package grant

import (
	"context"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"claviger/runtime/secret"
)

// clientCredentials is RFC 6749 section 4.4: the client asks in its own name, and asks again where others refresh.
type clientCredentials struct{}

func (clientCredentials) Name() string                        { return "client_credentials" }
func (clientCredentials) Interactive() bool                   { return false }
func (clientCredentials) Renewable(*Config, secret.Text) bool { return true }

func (clientCredentials) Obtain(ctx context.Context, c *Config, send Sender, r Request) (*Answer, error) {
	return c.ClientCredentials(ctx, send, r.Scopes)
}

func (clientCredentials) Renew(ctx context.Context, c *Config, send Sender, r Request) (*Answer, error) {
	return c.ClientCredentials(ctx, send, r.Scopes)
}

// ClientCredentials asks for a token in the client's own name (RFC 6749 section 4.4.2), once. scopes nil: the Config's.
// The error is a *Failure.
func (c *Config) ClientCredentials(ctx context.Context, send Sender, scopes []string) (*Answer, error) {
	t := &tokenCall{c: c, send: send, extra: c.TokenExtra}
	return t.run(ctx, c.TokenURI, "tokenUri", func(ctx context.Context, library *oauth2.Config) (*oauth2.Token, error) {
		request := clientcredentials.Config{
			ClientID: library.ClientID, ClientSecret: library.ClientSecret,
			TokenURL: library.Endpoint.TokenURL, AuthStyle: library.Endpoint.AuthStyle,
		}
		if scope := c.scope(scopes); scope != "" {
			request.Scopes = []string{scope}
		}
		return request.Token(ctx)
	})
}
