package runtime

import (
	"context"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

// extracts tells whether the connector makes credentials of a token response itself: then the response is stored before.
func (b *binding) extracts() bool {
	return b.has(connectors.GetCredentialsFromTokenResponse) ||
		b.has(connectors.GetCredentialsFromAccessTokenResponse) ||
		b.has(connectors.GetCredentialsFromRefreshTokenResponse)
}

// firstExtractions make credentials of a first token response; the first that there is does.
var firstExtractions = []connectors.Method{connectors.GetCredentialsFromTokenResponse, connectors.GetCredentialsFromAccessTokenResponse}

// firstCredentials makes the credentials of a first token response (format.md section 3): what
// getCredentialsFromTokenResponse returns, or the response with what getCredentialsFromAccessTokenResponse returns laid
// over it, or the response.
func (b *binding) firstCredentials(ctx context.Context, response, query *value.Object) (*value.Object, error) {
	arguments := b.arguments("queryParameters", query, "tokenResponse", response)
	switch {
	case b.has(connectors.GetCredentialsFromTokenResponse):
		return b.callObject(ctx, connectors.GetCredentialsFromTokenResponse, arguments)
	case b.has(connectors.GetCredentialsFromAccessTokenResponse):
		return b.laidOver(ctx, connectors.GetCredentialsFromAccessTokenResponse, response, arguments)
	}
	return response, nil
}

// renewedCredentials makes the credentials after a standard refresh: those of the answer merged over the old ones, whose
// expiry leaves.
func (b *binding) renewedCredentials(ctx context.Context, response *value.Object, old *Token) (fresh, merged *value.Object, err error) {
	if b.has(connectors.GetCredentialsFromRefreshTokenResponse) {
		arguments := b.arguments("queryParameters", old.Query, "tokenResponse", response, "credentials", old.full())
		fresh, err = b.laidOver(ctx, connectors.GetCredentialsFromRefreshTokenResponse, response, arguments)
	} else {
		fresh, err = b.firstCredentials(ctx, response, old.Query)
	}
	if err != nil {
		return nil, nil, err
	}
	return fresh, mergeCredentials(old.Credentials, fresh), nil
}

// laidOver runs a method whose result is laid over the token response.
func (b *binding) laidOver(ctx context.Context, m connectors.Method, response, arguments *value.Object) (*value.Object, error) {
	over, err := b.callObject(ctx, m, arguments)
	if err != nil {
		return nil, err
	}
	merged := response.Clone()
	merged.Merge(over)
	return merged, nil
}

// mergeCredentials lays fresh credentials shallowly over the old ones, whose expiry leaves. A provider that sends no
// refresh_token, or an empty one, means the old one.
func mergeCredentials(old, fresh *value.Object) *value.Object {
	merged := withoutExpiry(old)
	kept := merged.Get("refresh_token")
	merged.Merge(fresh)
	if fresh.Text("refresh_token") == "" {
		merged.Set("refresh_token", kept)
	}
	return merged
}

// mergeHookResult lays what refreshCredentials returned over the credentials: a member that is not there leaves the old
// one alone, null removes it.
func mergeHookResult(old, result *value.Object) *value.Object {
	merged := withoutExpiry(old)
	for k, v := range result.All() {
		if v == nil {
			merged.Delete(k)
			continue
		}
		merged.Set(k, v)
	}
	return merged
}

func withoutExpiry(credentials *value.Object) *value.Object {
	c := orEmpty(credentials).Clone()
	c.Delete("expires_at")
	c.Delete("expires_in")
	return c
}

// full is the credentials as a hook sees them: with the tokens that the engine keeps, where an extraction dropped them.
func (t *Token) full() *value.Object {
	c := orEmpty(t.Credentials).Clone()
	for name, kept := range map[string]secret.Text{"access_token": t.Access, "refresh_token": t.Refresh} {
		if !c.Has(name) && !kept.IsEmpty() {
			c.Set(name, kept.Reveal())
		}
	}
	return c
}

// tokenOf puts together what is stored after an answer. credentials are the stored ones, fresh what this answer alone
// gave: only that tells the expiry. old is nil at a first token; of it stays what the answer does not say anew.
func tokenOf(c *grant.Config, a *grant.Answer, fresh, credentials *value.Object, old *Token) *Token {
	t := &Token{
		Access: a.Access, Refresh: a.Refresh, IssuedAt: a.ReceivedAt, Credentials: credentials,
		Grant: c.GrantType, NoRefreshToken: c.NoRefreshToken, RefreshLife: c.RefreshTokenLifetime,
	}
	if c.RefreshMargin != nil {
		t.Margin = *c.RefreshMargin
	}
	if t.Refresh.IsEmpty() {
		t.Refresh = secret.New(fresh.Text("refresh_token"))
	}
	if old != nil {
		t.Query = old.Query
		if t.Refresh.IsEmpty() {
			t.Refresh = old.Refresh
		}
	}
	t.ExpiresAt = grant.Expiry(fresh, a.ReceivedAt, 0)
	if t.ExpiresAt.IsZero() {
		t.ExpiresAt = grant.Expiry(a.Response, a.ReceivedAt, c.DefaultExpiresIn)
	}
	return t
}
