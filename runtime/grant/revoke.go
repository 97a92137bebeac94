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
	request, failure := t.revocation(ctx, url.Values{"token": {token.Reveal()}, "token_type_hint": {string(hint)}})
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

// revocation is the request, with the client authentication that the library writes into those that it makes.
func (t *tokenCall) revocation(ctx context.Context, form url.Values) (*http.Request, *Failure) {
	plain, err := http.NewRequestWithContext(ctx, http.MethodPost, t.c.RevokeURI, nil)
	if err != nil {
		return nil, failed(Misconfigured, "revokeUri cannot be used")
	}
	clientSecret := t.c.ClientSecret.Reveal()
	switch {
	case t.c.ClientAuthLocation == AuthHeaders:
		plain.SetBasicAuth(url.QueryEscape(t.c.ClientID), url.QueryEscape(clientSecret))
		return t.c.post(plain, form, nil, t.hide)
	case t.c.ClientAuthLocation != AuthNone && clientSecret != "":
		form.Set(clientSecretParam, clientSecret)
	}
	form.Set(clientIDParam, t.c.ClientID)
	return t.c.post(plain, form, nil, t.hide)
}
