package runtime

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"claviger/mapping/value"
	"claviger/runtime/placeholder"
)

// vault gives the values of placeholders for one call.
type vault struct {
	e       *Engine
	b       *binding
	i       *Integration
	c       *Connection
	url     *url.URL
	found   map[placeholder.Reference]any // so far: each is read and judged once
	guarded []string                      // secrets that only the token endpoints may get; nil: not known yet
	token   bool                          // url is one of them
}

// find is what a reference stands for.
func (v *vault) find(ctx context.Context, r placeholder.Reference) (any, error) {
	if found, ok := v.found[r]; ok {
		return found, nil
	}
	found, err := v.look(ctx, r)
	switch {
	case err != nil:
		return nil, err
	case found == nil || found == value.Undefined:
		return nil, errorf(CodeInvalidRequest, "there is nothing that the placeholder of %s could stand for", r)
	}
	if err := v.guard(ctx); err != nil {
		return nil, err
	}
	if text, err := value.Encode(found); err == nil && !v.token && v.holdsGuarded(r, string(text), found) {
		return nil, errorf(CodeForbidden, "the placeholder of %s is a client secret or a refresh token, which go to the token, refresh and revoke addresses only", r)
	}
	if v.found == nil {
		v.found = map[placeholder.Reference]any{}
	}
	v.found[r] = found
	return found, nil
}

func (v *vault) look(ctx context.Context, r placeholder.Reference) (any, error) {
	switch r.Kind {
	case placeholder.Parameter:
		return v.b.parameters.Get(r.Name), nil
	case placeholder.Credential:
		return v.c.Token.full().Get(r.Name), nil
	}
	k := ValueKey{Connection: v.c.ID, Name: r.Name}
	if r.Kind == placeholder.IntegrationValue {
		k = ValueKey{Integration: v.i.Key, Name: r.Name}
	}
	return v.e.storedValue(ctx, k)
}

// guard learns which secrets only the token endpoints may get, and whether the call goes to one of them.
func (v *vault) guard(ctx context.Context) error {
	if v.guarded != nil {
		return nil
	}
	v.guarded = []string{}
	full := v.c.Token.full()
	for _, text := range []string{v.c.Token.Refresh.Reveal(), full.Text("refresh_token"), full.Text("refreshToken")} {
		if text != "" {
			v.guarded = append(v.guarded, text)
		}
	}
	if !v.b.has(getOAuthConfig) {
		return nil
	}
	config, err := v.b.oauthConfig(ctx, v.i.RedirectURI, noState)
	if err != nil {
		return v.b.clientFailure(ctx, err)
	}
	if text := config.ClientSecret.Reveal(); text != "" {
		v.guarded = append(v.guarded, text)
	}
	for _, address := range []string{config.TokenURI, config.RefreshURI, config.RevokeURI} {
		if u, err := url.Parse(address); err == nil && address != "" && withoutQuery(u) == withoutQuery(v.url) {
			v.token = true
		}
	}
	return nil
}

// clientSecrets are the names that client secrets go by, whatever the connector makes of them.
var clientSecrets = []string{"clientSecret", "client_secret", "refresh_token", "refreshToken"}

func (v *vault) holdsGuarded(r placeholder.Reference, encoded string, found any) bool {
	if (r.Kind == placeholder.Parameter || r.Kind == placeholder.Credential) && slices.Contains(clientSecrets, r.Name) {
		return true
	}
	return holdsAny(found, encoded, v.guarded, jsonInJSON)
}

// jsonInJSON is how deep texts that are JSON themselves are looked into, as .json does.
const jsonInJSON = 3

// holdsAny tells whether a value, or its JSON, holds one of the texts, however they are written in it.
func holdsAny(v any, encoded string, texts []string, depth int) bool {
	if slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(encoded, s) }) {
		return true
	}
	switch t := v.(type) {
	case *value.Object:
		for name, member := range t.All() {
			if holdsAny(name, name, texts, 0) || holdsAny(member, "", texts, depth) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(t, func(item any) bool { return holdsAny(item, "", texts, depth) })
	case string:
		if slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(t, s) }) {
			return true
		}
		if inner, err := value.Decode([]byte(t)); err == nil && depth > 0 {
			return holdsAny(inner, "", texts, depth-1)
		}
	}
	return false
}
