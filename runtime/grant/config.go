package grant

import (
	"time"

	"claviger/runtime/secret"
)

// AuthLocation is where the client identifies itself in a token request (RFC 6749 section 2.3.1).
type AuthLocation string

const (
	// AuthBoth sends id and secret in headers and body alike; it is what an absent clientAuthLocation means.
	AuthBoth AuthLocation = ""
	// AuthHeaders sends them as Basic authentication, each form-encoded first.
	AuthHeaders AuthLocation = "headers"
	// AuthBody sends them as parameters.
	AuthBody AuthLocation = "body"
	// AuthNone sends the id only: a public client.
	AuthNone AuthLocation = "none"
)

// RetryPolicy says what to do when the outcome of a refresh is unknown.
type RetryPolicy string

// The three policies; RetryOnce is the default.
const (
	RetryOnce   RetryPolicy = "once"
	RetryNever  RetryPolicy = "never"
	RetryAlways RetryPolicy = "always"
)

// BodyFormat is how the parameters of a token request are written.
type BodyFormat string

// The two formats; FormatForm is the default.
const (
	FormatForm BodyFormat = "form"
	FormatJSON BodyFormat = "json"
)

// Config is what getOAuthConfig returned, typed. Parse makes one; it is not changed afterwards and safe for concurrent
// use. Required fields are missed only by what uses them, and URIs are judged only then. The zero Config can Read and
// classify.
type Config struct {
	ClientID           string
	ClientSecret       secret.Text
	AuthorizeURI       string
	TokenURI           string
	RefreshURI         string // empty: TokenURI
	RevokeURI          string // empty: tokens cannot be revoked
	RedirectURI        string // empty: the engine's own callback
	Issuer             string // empty: no discovery, no check of `iss`
	Scopes             []string
	ScopeSeparator     string // one space unless given
	Resource           []string
	ClientAuthLocation AuthLocation
	GrantType          string // a name of Grants; authorization_code unless given
	NoRefreshToken     bool
	SkipPKCE           bool
	Extra              Overlay // over the authorize query
	TokenExtra         Overlay // over the body of an exchange
	RefreshExtra       Overlay // over the body of a refresh
	TokenHeaders       Overlay // over the headers of token requests; all values are strings
	TokenRequestFormat BodyFormat
	AuthorizeNames     map[string]string // standard parameter → the name it is sent under
	TokenNames         map[string]string // the same for token requests
	RefreshRetry       RetryPolicy
	CallbackPattern    string // finds in a callback what Carries names; empty: its parameter does
	StatePattern       string // finds the state; empty: its parameter does

	RefreshMargin        *time.Duration // nil: not given
	DefaultExpiresIn     time.Duration  // 0: not given
	RefreshTokenLifetime time.Duration  // of one that is not used; 0: not given

	tokenFields  []fieldPath
	errorWhen    formula // nil: none
	errorClasses []errorClass
	metadata     *Metadata        // nil: none was fetched
	unknown      map[string]error // field → why its URI has no value
}

// Overlay is laid over parameters or headers, in order: a value replaces or adds, nil removes.
type Overlay []Param

// Param is one entry of an Overlay. Value is nil, a string, a json.Number or a bool; in the body of a JSON request it
// may be any value.
type Param struct {
	Name  string
	Value any
}
