package grant

import (
	"context"
	"net/http"
	"net/url"

	"claviger/runtime/secret"
)

// TokenHint says what kind of token is revoked (RFC 7009 section 2.1).
type TokenHint string

// The two hints.
const (
	AccessToken  TokenHint = "access_token"
	RefreshToken TokenHint = "refresh_token"
)

// Revoke tells the provider to forget a token (RFC 7009), once, with the client authentication, names, format and headers
// of token requests. A token that the provider does not know counts as revoked (section 2.2). Without a revokeUri it is
// Misconfigured: look at RevokeURI first. The error is a *Failure.
func (c *Config) Revoke(ctx context.Context, send Sender, token secret.Text, hint TokenHint) error {
	if _, err := c.checkURI("revokeUri", c.RevokeURI); err != nil {
		return err
	}
	if c.ClientID == "" {
		return failed(Misconfigured, "clientId is missing")
	}
	t := &tokenCall{c: c, send: send}
	t.hide(c.ClientSecret.Reveal(), token.Reveal())
	form := url.Values{"token": {token.Reveal()}, "token_type_hint": {string(hint)}}
	plain, err := http.NewRequestWithContext(ctx, http.MethodPost, c.RevokeURI, nil)
	if err != nil {
		return failed(Misconfigured, "revokeUri cannot be used")
	}
	if c.ClientAuthLocation == AuthHeaders {
		plain.SetBasicAuth(url.QueryEscape(c.ClientID), url.QueryEscape(c.ClientSecret.Reveal()))
	} else {
		form.Set(clientIDParam, c.ClientID)
	}
	if secretInBody := c.ClientAuthLocation == AuthBoth || c.ClientAuthLocation == AuthBody; secretInBody && !c.ClientSecret.IsEmpty() {
		form.Set(clientSecretParam, c.ClientSecret.Reveal())
	}
	request, failure := c.post(plain, form, nil, t.hide)
	if failure != nil {
		return failure
	}
	answer, err := send(request)
	if err != nil {
		return t.redact(FailureToSend(err))
	}
	// Only the status counts here: bodies of 200 answers are empty or anything at all.
	if answer.Status < 200 || answer.Status > 299 {
		return t.redact(c.ErrorFrom(answer))
	}
	return nil
}
