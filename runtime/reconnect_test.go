package runtime_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// reconnect goes through a reconnection, with parameters of the callback replaced.
func (r *rig) reconnect(id string, how runtime.Reconnect, params url.Values) error {
	r.Helper()
	created, err := r.ReconnectConnection(r.Context(), admin, id, how)
	r.ok(err)
	v := visitor{}
	callback := r.visit(v, created)
	for name, values := range params {
		if callback[name] = values; values == nil {
			delete(callback, name)
		}
	}
	_, err = r.Callback(r.Context(), "app", callback, v.browser())
	return err
}

// Status and token stay as they are until a reconnection succeeds.
func TestReconnectionThatFails(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	before := r.stored(id)
	r.wantCode(r.reconnect(id, runtime.Reconnect{}, url.Values{"code": nil, "error": {"access_denied"}}), runtime.CodeProviderRefused)
	after := r.wantStatus(id, runtime.Connected)
	if !after.Token.Access.Equal(before.Token.Access) || after.LastError == nil || after.LastError.Code != "access_denied" {
		t.Errorf("%+v", after.LastError)
	}
	r.credentials(id)
	r.pass(hour)
	r.credentials(id)
	if c := r.stored(id); c.LastError != nil {
		t.Errorf("after a success the error is still there: %+v", c.LastError)
	}
}

// What an exchange is refused for says nothing about renewals.
func TestReconnectionThatFailsHoldsNoRenewal(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.OAuthError, Error: "invalid_scope", Grant: "authorization_code"})
	r.wantCode(r.reconnect(id, runtime.Reconnect{}, nil), runtime.CodeMisconfigured)
	r.pass(hour)
	r.credentials(id)
	r.wantStatus(id, runtime.Connected)
}

func TestReconnectionAfterARefusal(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.Provider.WithdrawConsent()
	r.pass(hour)
	r.refused(id, runtime.CodeReconnectRequired)
	r.ok(r.reconnect(id, runtime.Reconnect{}, nil))
	if c := r.wantStatus(id, runtime.Connected); c.LastError != nil || c.Renewal != (runtime.Renewal{}) {
		t.Errorf("left over: %+v %+v", c.LastError, c.Renewal)
	}
	r.credentials(id)
}

// A renewal that is under way while its connection is reconnected leaves the newer token alone.
func TestReconnectionDuringARenewal(t *testing.T) {
	for name, fault := range map[string]fakeprovider.Fault{
		"that succeeds":  {Mode: fakeprovider.Latency},
		"that is lost":   {Mode: fakeprovider.Answer, Status: 400, Body: `{"error":"invalid_grant"}`},
		"that is broken": {Mode: fakeprovider.Answer, Body: `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, oauth(nil), fakeprovider.Options{})
			id := r.connect()
			r.pass(hour)
			created, err := r.ReconnectConnection(t.Context(), admin, id, runtime.Reconnect{})
			r.ok(err)
			v := visitor{}
			callback := r.visit(v, created)
			fault.Grant = "refresh_token"
			r.Provider.Misbehave(fault, fakeprovider.Fault{Mode: fakeprovider.Latency, Grant: "refresh_token", DelayMS: 400})
			read := make(chan error)
			go func() {
				_, err := r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{})
				read <- err
			}()
			r.eventually("the renewal is sent", func() bool { return r.Provider.TokenCalls("refresh_token") > 0 })
			_, err = r.Callback(t.Context(), "app", callback, v.browser())
			r.ok(err)
			fresh := r.stored(id).Token.Access
			r.ok(<-read)
			if c := r.wantStatus(id, runtime.Connected); !c.Token.Access.Equal(fresh) || c.LastError != nil {
				t.Errorf("the newer token was overwritten, or has the older's error: %+v", c.LastError)
			}
		})
	}
}

// withAccount is a folder that tells accounts apart by a parameter of the callback.
func withAccount() files {
	return oauth(files{
		"spec.yml":                          oauth(nil)["spec.yml"] + "  getAccountId: {implementationType: mapping}\n  getConnectionLabel: {implementationType: mapping}\n",
		"auth/get-account-id.map.yml":       "$var: queryParameters.account\n",
		"auth/get-connection-label.map.yml": "$concat: ['Account ', {$var: queryParameters.account}]\n",
	})
}

func TestReconnectingAnotherAccount(t *testing.T) {
	r := newRig(t, withAccount(), fakeprovider.Options{CallbackParams: url.Values{"account": {"one"}}})
	id := r.connect()
	before := r.stored(id)
	if before.AccountID != "one" || before.Label != "Account one" {
		t.Fatalf("account %q, label %q", before.AccountID, before.Label)
	}
	r.wantCode(r.reconnect(id, runtime.Reconnect{}, url.Values{"account": {"two"}}), runtime.CodeAccountChanged)
	if c := r.wantStatus(id, runtime.Connected); !c.Token.Access.Equal(before.Token.Access) || c.AccountID != "one" {
		t.Error("another account's token was taken")
	}
	r.wantCode(r.reconnect(id, runtime.Reconnect{}, url.Values{"account": nil}), runtime.CodeAccountChanged)
	r.ok(r.reconnect(id, runtime.Reconnect{}, nil))
	r.ok(r.reconnect(id, runtime.Reconnect{AllowAccountChange: true}, url.Values{"account": {"two"}}))
	if c := r.stored(id); c.AccountID != "two" || c.Label != "Account two" {
		t.Errorf("account %q, label %q", c.AccountID, c.Label)
	}
}

// Who cannot tell the account does not cost the token.
func TestAccountThatCannotBeTold(t *testing.T) {
	f := withAccount()
	delete(f, "auth/get-account-id.map.yml")
	f["spec.yml"] = strings.Replace(f["spec.yml"], "getAccountId: {implementationType: mapping}", "getAccountId: {implementationType: javascript}", 1)
	f["auth/get-account-id.js"] = "exports.getAccountId = () => { throw new Error('no') }"
	r := newRig(t, f, fakeprovider.Options{})
	r.credentials(r.connect())
}

// Several links may be open for one connection; each is good once.
func TestTwoLinksOfOneConnection(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	v := visitor{}
	id, first := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0)})
	created, err := r.ReconnectConnection(t.Context(), admin, id, runtime.Reconnect{})
	r.ok(err)
	second := r.visit(v, created)
	_, err = r.Callback(t.Context(), "app", second, v.browser())
	r.ok(err)
	r.pass(time.Minute)
	_, err = r.Callback(t.Context(), "app", first, v.browser())
	r.ok(err)
	r.wantStatus(id, runtime.Connected)
	r.credentials(id)
}
