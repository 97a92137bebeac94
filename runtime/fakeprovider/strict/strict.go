// Package strict is a real authorization server for tests: github.com/ory/fosite over its store in memory, with consent
// given by itself. Nothing but tests imports it, and nothing else imports fosite.
//
// PKCE with S256 is enforced for every client, state must have at least eight characters, codes are spent once, every
// refresh rotates the refresh token and ends the access token before it, and a refresh token that comes back ends the
// whole grant. Scopes outside Options.Scopes are refused with invalid_scope.
//
//	s, err := strict.New(strict.Options{RedirectURIs: []string{callback}, Lifetime: 2 * time.Second})
//	base := s.Start(t)
//
// Its endpoints have the paths that the package fakeprovider uses: /authorize (approve=0 denies), /token, /revoke,
// /introspect, /api/me, /.well-known/oauth-authorization-server. Lifetimes run by the wall clock: fosite has no other.
package strict

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/storage"
)

// The registered clients, one for each way of client authentication. All but Public have Secret.
const (
	BasicClient = "strict-basic"  // client_secret_basic: id and secret in the body are refused, beside the header too
	PostClient  = "strict-post"   // client_secret_post: a secret in the header is refused, beside the body too
	BothClient  = "strict-both"   // takes header, body, or both
	Public      = "strict-public" // no secret
)

// Secret is the secret of the clients. It holds what Basic authentication must form-encode first (RFC 6749 2.3.1).
const Secret = "strict:secret%with+odd characters-ä"

// Account is the subject of every consent.
const Account = "strict-account"

// Options configure a server.
type Options struct {
	// RedirectURIs are registered with every client and compared exactly, but for the port of http://127.0.0.1 and
	// http://[::1], which may be any (RFC 8252 7.3). Plain http is taken for loopback addresses only. AllowRedirect adds
	// more.
	RedirectURIs []string
	// Scopes that may be asked for; nil: read, write, profile, offline_access.
	Scopes []string
	// Lifetime of access tokens, whole seconds; 0: one hour.
	Lifetime time.Duration
	// RefreshLifetime of refresh tokens, whole seconds; 0: 30 days.
	RefreshLifetime time.Duration
}

// Server is the authorization server. Safe for concurrent use.
type Server struct {
	provider fosite.OAuth2Provider

	// One request at a time: fosite's store in memory reads and writes its maps without its own locks while it revokes,
	// and has no transactions, so that two uses of one refresh token at once could both win.
	mu      sync.Mutex
	clients []*fosite.DefaultClient
	calls   map[string]int
}

// New makes a server. The error is fosite's, or the random source's.
func New(o Options) (*Server, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	c := &fosite.Config{
		AccessTokenLifespan: o.Lifetime, RefreshTokenLifespan: o.RefreshLifetime, AuthorizeCodeLifespan: time.Minute,
		RefreshTokenScopes: []string{}, // empty, not nil: every code grant gets a refresh token
		EnforcePKCE:        true,
		ScopeStrategy:      fosite.ExactScopeStrategy,
		GlobalSecret:       key,
		HashCost:           4, // bcrypt's least: these secrets guard nothing
	}
	s := &Server{calls: map[string]int{}}
	store := storage.NewMemoryStore()
	if err := s.register(c, store, o); err != nil {
		return nil, err
	}
	s.provider = compose.Compose(c, store, compose.NewOAuth2HMACStrategy(c),
		compose.OAuth2AuthorizeExplicitFactory, compose.OAuth2RefreshTokenGrantFactory,
		compose.OAuth2ClientCredentialsGrantFactory, compose.OAuth2PKCEFactory,
		compose.OAuth2TokenIntrospectionFactory, compose.OAuth2TokenRevocationFactory)
	return s, nil
}

func (s *Server) register(c *fosite.Config, store *storage.MemoryStore, o Options) error {
	hash, err := c.GetSecretsHasher(context.Background()).Hash(context.Background(), []byte(Secret))
	if err != nil {
		return fmt.Errorf("hash the clients' secret: %w", err)
	}
	scopes := o.Scopes
	if scopes == nil {
		scopes = []string{"read", "write", "profile", "offline_access"}
	}
	// BothClient has no method: fosite then takes whatever comes.
	for id, method := range map[string]string{BasicClient: "client_secret_basic", PostClient: "client_secret_post", BothClient: "", Public: "none"} {
		client := &fosite.DefaultClient{
			ID: id, Secret: hash, RedirectURIs: append([]string{}, o.RedirectURIs...), Scopes: scopes,
			GrantTypes: []string{"authorization_code", "refresh_token", "client_credentials"}, ResponseTypes: []string{"code"},
		}
		s.clients = append(s.clients, client)
		store.Clients[id] = client
		if method != "" {
			client.Public = method == "none"
			store.Clients[id] = &fosite.DefaultOpenIDConnectClient{DefaultClient: client, TokenEndpointAuthMethod: method}
		}
	}
	return nil
}

// AllowRedirect registers a further redirect URI with every client.
func (s *Server) AllowRedirect(uri string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.clients {
		c.RedirectURIs = append(c.RedirectURIs, uri)
	}
}

// TokenCalls is the number of token requests with that grant_type, refused ones included; with "", of all of them.
func (s *Server) TokenCalls(grant string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if grant != "" {
		return s.calls[grant]
	}
	n := 0
	for _, calls := range s.calls {
		n += calls
	}
	return n
}

// Active tells whether an access or refresh token is good now (RFC 7662).
func (s *Server) Active(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, use := range []fosite.TokenUse{fosite.AccessToken, fosite.RefreshToken} {
		if found, _, err := s.provider.IntrospectToken(context.Background(), token, use, session()); err == nil && found == use {
			return true
		}
	}
	return false
}

func session() *fosite.DefaultSession {
	return &fosite.DefaultSession{Subject: Account, Username: Account}
}

var _ http.Handler = (*Server)(nil)
