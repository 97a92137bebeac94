package runtime

import (
	"context"
	"time"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

// refreshedByHook runs refreshCredentials and makes what is stored of its result. What it is answered counts as of the time
// at, by which the journal knows it.
func (b *binding) refreshedByHook(ctx context.Context, config *grant.Config, old *Token, at time.Time) (*grant.Answer, *Token, error) {
	m := connectors.RefreshCredentials
	result, err := b.call(ctx, m, b.arguments("queryParameters", old.Query, "credentials", old.full()))
	if err != nil {
		return nil, nil, b.thrown(config, m, err)
	}
	fields, ok := result.(*value.Object)
	if ok {
		result = standIn(fields, old)
	}
	a, err := b.tokenFrom(ctx, config, m, result)
	if err != nil {
		return nil, nil, err
	}
	a.ReceivedAt = at
	if stillOld(a, old) {
		f := &grant.Failure{Class: grant.Malformed, Message: "it returned the old access token and no new expiry"}
		return nil, nil, b.methodError(m, b.auth.Methods[m], b.explain(config, f, a.Response))
	}
	t := tokenOf(config, a, fields, mergeHookResult(old.Credentials, fields), old)
	if fields.Get("refresh_token") == nil {
		t.Refresh = secret.Text{}
	}
	return a, t, b.storable(t, m)
}

// standIn finds the field that stands for the access token where the credentials have renamed it, and gives it its
// standard name too.
func standIn(result *value.Object, old *Token) *value.Object {
	if result.Has("access_token") || old.Credentials.Has("access_token") {
		return result
	}
	for name, v := range old.Credentials.All() {
		if text, ok := v.(string); ok && text != "" && (old.Access.IsEmpty() || text == old.Access.Reveal()) && result.Text(name) != "" {
			named := result.Clone()
			named.Set("access_token", result.Get(name))
			return named
		}
	}
	return result
}

// stillOld tells whether a hook handed back the token it was given. Some providers prolong a token without changing it;
// their hooks say the new expiry.
func stillOld(a *grant.Answer, old *Token) bool {
	if old.Access.IsEmpty() || !a.Access.Equal(old.Access) {
		return false
	}
	expires := grant.Expiry(a.Response, a.ReceivedAt, 0)
	return expires.IsZero() || !old.ExpiresAt.IsZero() && !expires.After(old.ExpiresAt)
}
