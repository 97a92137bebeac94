package fakeprovider

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
)

func invalidGrant(format string, args ...any) *answer {
	return oauthError(http.StatusBadRequest, "invalid_grant", format, args...)
}

// grantCode redeems a code (RFC 6749 4.1.3, RFC 7636 4.6). A code that comes back ends its grant (RFC 6749 4.1.2).
func (p *Provider) grantCode(q *Request, c Client) (*grant, string, *answer) {
	code, ok := p.book.codes[q.Params.Get("code")]
	switch {
	case !ok || code.clientID != c.ID:
		return nil, "", invalidGrant("the code is unknown")
	case code.spent:
		code.dead = true
		return nil, "", invalidGrant("the code was used before; its tokens are revoked")
	}
	code.spent = true
	verifier := q.Params.Get("code_verifier")
	switch {
	case code.dead || !p.o.Now().Before(code.expires):
		return nil, "", invalidGrant("the code has expired")
	case code.redirectURI != q.Params.Get("redirect_uri"):
		return nil, "", invalidGrant("redirect_uri is not the one of the authorization request")
	case code.challenge == "" && verifier != "":
		// RFC 9700 2.1.1: a verifier without a challenge is the sign of a PKCE downgrade.
		return nil, "", invalidGrant("code_verifier without a code_challenge before")
	case code.challenge != "" && challenge(verifier) != code.challenge:
		return nil, "", invalidGrant("code_verifier does not match code_challenge")
	}
	return code.grant, p.newRefreshToken(code.grant), nil
}

// challenge is S256 of RFC 7636 4.2.
func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// grantRefresh takes a refresh token (RFC 6749 6; rotation and reuse: RFC 9700 4.14.2).
func (p *Provider) grantRefresh(q *Request, c Client) (*grant, string, *answer) {
	presented := q.Params.Get("refresh_token")
	t, ok := p.book.refresh[presented]
	if ok {
		t.uses++
	}
	if !ok || t.clientID != c.ID || t.dead {
		return nil, "", invalidGrant("the refresh token is unknown, expired or revoked")
	}
	now := p.o.Now()
	if !t.spentAt.IsZero() && now.Sub(t.spentAt) >= p.o.RotationGrace {
		if p.o.Rotation == Rotate {
			t.dead = true
			return nil, "", invalidGrant("the refresh token was used before; the grant is revoked")
		}
		return nil, "", invalidGrant("the refresh token was used before")
	}
	switch p.o.Rotation {
	case RotateNever:
		return t.grant, presented, nil
	case RotateSilent:
		return t.grant, "", nil
	}
	if t.spentAt.IsZero() {
		t.spentAt = now
	}
	return t.grant, p.newRefreshToken(t.grant), nil
}

// grantClient is client_credentials (RFC 6749 4.4); a public client may not use it, and no refresh token is issued.
func (p *Provider) grantClient(q *Request, c Client) (*grant, string, *answer) {
	if c.Auth == AuthNone {
		return nil, "", oauthError(http.StatusBadRequest, "unauthorized_client", "a public client cannot use client_credentials")
	}
	return p.book.newGrant(grant{clientID: c.ID, account: c.ID, scope: q.Params.Get("scope")}), "", nil
}
