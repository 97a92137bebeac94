package fakeprovider

import (
	"io"
	"net/url"
	"time"
)

// Options configure a provider. The zero value is a provider that knows no client.
type Options struct {
	Clients []Client

	// Issuer is the issuer identifier, without a final slash; empty: the address that a request came to.
	Issuer string
	// SendIss puts iss into the callback and says so in the metadata (RFC 9207).
	SendIss bool
	// CallbackParams are added to the query of every callback that carries a code, as providers do with realmId or
	// accounts-server.
	CallbackParams url.Values

	// Lifetime of an access token; expires_in is this in seconds, rounded up. 0: one hour.
	Lifetime time.Duration
	// Rotation is what becomes of a refresh token when it is used. Zero: Rotate.
	Rotation Rotation
	// RotationGrace is how long after its use a refresh token that was rotated is still taken. 0: not at all.
	RotationGrace time.Duration
	// TokenExtra is added to every successful token answer, as providers do with instance_url.
	TokenExtra map[string]any
	// ParamNames renames standard parameters, in authorize and token requests alike: {"client_id": "client_key"}. The
	// standard name is not understood any more then.
	ParamNames map[string]string

	// Implicit takes response_type=token, too: the callback's fragment then brings the access token (RFC 6749 4.2).
	Implicit bool
	// AutoApprove gives consent without showing the page.
	AutoApprove bool
	// RequirePKCE refuses authorize requests without an S256 challenge. A challenge that was sent is verified anyway.
	RequirePKCE bool

	// APIKey is taken by /api/me in X-Api-Key; Username and Password by Basic authentication. Empty: not taken.
	APIKey, Username, Password string

	// Keep is how many requests the log keeps, the newest; the counters count all. 0: 10,000.
	Keep int
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Random is the source of codes and tokens; nil: crypto/rand. A failing source ends the request with a panic.
	Random io.Reader
}

// Client is a registered OAuth client.
type Client struct {
	ID     string
	Secret string // empty for a public client
	// Auth is how the client must authenticate. Zero: AuthAny.
	Auth ClientAuth
	// RedirectURIs are compared exactly; none: every absolute URI is taken.
	RedirectURIs []string
}

// ClientAuth says how a client authenticates at the token and revocation endpoints (RFC 6749 2.3).
type ClientAuth int

// The ways of client authentication.
const (
	AuthAny     ClientAuth = iota // header or body, or both with the same values
	AuthHeaders                   // Basic only; a client_secret in the body is invalid_request
	AuthBody                      // client_id and client_secret in the body only; an Authorization header is invalid_request
	AuthBoth                      // both, or invalid_client
	AuthNone                      // client_id in the body; a secret anywhere is invalid_request
	AuthStrict                    // either one; both at once are invalid_request, as RFC 6749 2.3 has it
)

// Rotation says what happens to a refresh token when it is used (RFC 9700 4.14.2).
type Rotation int

// The kinds of rotation.
const (
	Rotate          Rotation = iota // a new one at every use; a spent one that comes back kills the grant
	RotateSingleUse                 // a new one at every use; a spent one is refused and nothing else happens
	RotateNever                     // the same one is returned at every use
	RotateSilent                    // a refresh answers without refresh_token, and the old one stays good
	NoRefreshToken                  // none is ever issued
)
