package grant

import (
	"context"
	"time"

	"claviger/mapping/value"
	"claviger/runtime/secret"
)

// Grant is one way of getting a token. A new one is a file of its own and an entry in Grants.
type Grant interface {
	// Name is its grantType.
	Name() string
	// Interactive tells whether a browser has to go to AuthorizeURL and come back before Obtain.
	Interactive() bool
	// Obtain gets the first token. The error is a *Failure.
	Obtain(ctx context.Context, c *Config, send Sender, r Request) (*Answer, error)
	// Renewable tells whether Renew can work with the refresh token that is kept, which may be empty.
	Renewable(c *Config, refresh secret.Text) bool
	// Renew gets a fresh token. The error is a *Failure.
	Renew(ctx context.Context, c *Config, send Sender, r Request) (*Answer, error)
}

// Request is what a token request needs beside the Config. Each grant uses its part.
type Request struct {
	Query        *value.Object // of the callback: authorization_code, implicit
	RedirectURI  string        // as it was sent to the authorize URL: authorization_code
	Verifier     secret.Text   // of PKCE: authorization_code
	RefreshToken secret.Text   // Renew of authorization_code
	Scopes       []string      // nil: the Config's; Obtain of client_credentials, and Renew of it
	At           time.Time     // when the callback came: implicit
}

// Grants returns the grants that are built.
func Grants() []Grant {
	return []Grant{authorizationCode{}, implicit{}, clientCredentials{}}
}

// laterGrants are named by the contract and not built yet.
var laterGrants = []string{"device_code", "jwt_bearer", "password", "token_exchange"}

// GrantTypes returns every grantType of the contract, those that Parse refuses as not supported included.
func GrantTypes() []string {
	var names []string
	for _, g := range Grants() {
		names = append(names, g.Name())
	}
	return append(names, laterGrants...)
}

func lookUp(name string) (Grant, bool) {
	for _, g := range Grants() {
		if g.Name() == name {
			return g, true
		}
	}
	return nil, false
}

// Grant is the grant that grantType names.
func (c *Config) Grant() Grant {
	if g, ok := lookUp(c.GrantType); ok {
		return g
	}
	return authorizationCode{} // a Config that Parse did not make
}
