// Package grant speaks OAuth 2.0 to a provider: it makes authorize URLs and token requests from what a connector's
// getOAuthConfig returned, reads the answers, and says what a failure means. It is the only package that uses
// golang.org/x/oauth2, which owns the authorize URL, the PKCE verifier and challenge, the token and error types and the
// plain form exchange.
//
// Its words:
//
//	Config    what getOAuthConfig returned, typed and checked: format.md section 4
//	Grant     one way of getting a token (RFC 6749 section 1.3); Grants lists those that are built
//	Sender    the way out: sends one request under the caller's rules about hosts, addresses, time and size
//	Answer    a token answer (RFC 6749 section 5.1) as it was read
//	Failure   why there is no token, with the Class that decides what happens next
//
// A code is redeemed like this:
//
//	c, err := grant.Parse(result, arguments)
//	verifier, state := grant.NewVerifier(), grant.NewState()
//	url, err := c.AuthorizeURL(grant.AuthorizeRequest{RedirectURI: callback, State: state, Verifier: verifier})
//	// … the browser comes back with query …
//	answer, err := c.Exchange(ctx, send, grant.ExchangeRequest{Query: query, RedirectURI: callback, Verifier: verifier})
//
// The package keeps no state and stores nothing; it knows no connectors, no hooks and no connections, and it never tries
// a second time: neither another way of client authentication nor a request whose outcome is unknown.
package grant

// Class says what a failed attempt means for the next one. It is a stored fact: its text never changes.
type Class string

const (
	// Reauth: the provider refuses this grant for good; only the user can bring it back.
	Reauth Class = "reauth"
	// Misconfigured concerns the integration: its client, its scopes, its URIs. Trying again changes nothing.
	Misconfigured Class = "misconfigured"
	// Transient passes by itself; RetryAfter says when, where it is known.
	Transient Class = "transient"
	// Malformed is an answer that neither holds a token nor says why in a way that is understood.
	Malformed Class = "malformed"
	// Internal is a fault of this program.
	Internal Class = "internal"
	// Unknown: the request was sent and what became of it is not known. A rotating refresh token may have been spent.
	Unknown Class = "unknown"
)
