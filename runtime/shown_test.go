package runtime_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// What a connection shows never holds a secret, whatever the connector makes of the credentials (interfaces.md, GET
// /v1/connections/{id}).
func TestNoSecretInLabelAndAccount(t *testing.T) {
	r := newRig(t, oauth(files{
		"auth/get-connection-label.map.yml": `{$concat: ["at ", {$var: credentials.access_token}]}`,
		"auth/get-account-id.map.yml":       `{$var: credentials.access_token}`,
	}), fakeprovider.Options{})
	r.integrate("app")
	id := r.connect()
	token := r.credentials(id).Credentials.Text("access_token")
	c := r.stored(id)
	if strings.Contains(c.Label+c.AccountID, token) || c.Label != "at [secret]" || c.AccountID != "" {
		t.Errorf("label %q, account %q", c.Label, c.AccountID)
	}
}

// RFC 6749 section 5.1: an answer without scope granted what was asked for.
func TestASilentProviderGrantsWhatWasAskedFor(t *testing.T) {
	for more, want := range map[string][]string{
		"":                       {"read", "write"},
		"extra: {scope: other}":  nil,
		"extra: {scope: null}":   nil,
		"paramNames: {scope: s}": {"read", "write"},
	} {
		r := newRig(t, oauth(files{"auth/get-oauth-config.map.yml": oauthConfig(more)}), fakeprovider.Options{})
		r.integrate("app")
		r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Set, Set: map[string]any{"scope": nil}})
		if c := r.stored(r.connect()); !slices.Equal(c.Granted, want) {
			t.Errorf("%q: granted %v, want %v", more, c.Granted, want)
		}
	}
}

// A reconnection that its user declines says nothing about renewals.
func TestRefreshStateIsAboutRenewals(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	r.integrate("app")
	id := r.connect()
	created, err := r.ReconnectConnection(t.Context(), admin, id, runtime.Reconnect{Parameters: value.NewObject(0)})
	r.ok(err)
	v := visitor{}
	state := r.visit(v, created).Get("state")
	_, err = r.Callback(t.Context(), "app", url.Values{"state": {state}, "error": {"access_denied"}}, v.browser())
	r.wantCode(err, runtime.CodeProviderRefused)
	c := r.stored(id)
	if c.LastError == nil || r.RefreshState(c) != runtime.RefreshOK {
		t.Errorf("%v, last error %v", r.RefreshState(c), c.LastError)
	}
	c.Renewal.Lease = &runtime.Lease{Owner: "node/a process that was killed", Since: c.CreatedAt, Until: c.CreatedAt}
	if s := r.RefreshState(c); s != runtime.RefreshUnknown {
		t.Errorf("a renewal that a crash cut off: %s", s)
	}
}
