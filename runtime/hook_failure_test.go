package runtime_test

import (
	"strings"
	"testing"
	"time"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/grant"
)

// A hook's own failure says nothing of the connection, and the hook is not run at every read.
func TestFailureOfOurOwn(t *testing.T) {
	r := newRig(t, refreshing("await fetch(connectorParameters.baseUrl + '/api/echo', {method: 'POST'}); throw new Error('no')"), fakeprovider.Options{})
	id := r.connect()
	r.pass(hour)
	for range 20 {
		e := r.refused(id, runtime.CodeConnectorFailed)
		if e.Failure == nil || e.Failure.Class != grant.Internal || !strings.Contains(e.Message, "no") {
			t.Fatalf("%+v", e)
		}
	}
	c := r.wantStatus(id, runtime.Connected)
	if c.Renewal.Attempts != 0 || c.Renewal.Failure != nil || r.RefreshState(c) != runtime.RefreshOK {
		t.Errorf("state %s, %+v", r.RefreshState(c), c.Renewal)
	}
	if c.LastError == nil || c.LastError.Class != grant.Internal || c.LastError.Method != "refreshCredentials" {
		t.Errorf("%+v", c.LastError)
	}
	if n := r.Provider.Calls(fakeprovider.API); n != 1 {
		t.Errorf("%d runs for 20 reads", n)
	}
	for range 120 { // two minutes
		r.pass(time.Second)
		r.refused(id, runtime.CodeConnectorFailed)
	}
	if n := r.Provider.Calls(fakeprovider.API); n < 4 || n > 12 {
		t.Errorf("%d runs in two minutes", n)
	}
	r.reload("app", refreshing(strings.Replace(seedStyle, "expires_at", "ignored", 1)))
	r.pass(5 * time.Minute)
	r.credentials(id)
	if c := r.stored(id); c.LastError != nil || c.Renewal != (runtime.Renewal{}) {
		t.Errorf("%+v %+v", c.LastError, c.Renewal)
	}
}

// A hook that a limit ends while its request is under way leaves an outcome that nobody knows.
func TestHookThatIsEndedInTheMiddle(t *testing.T) {
	r := newRig(t, refreshing(seedStyle), fakeprovider.Options{})
	r.config.HookLimits = jsbridge.Limits{Wall: 700 * time.Millisecond}
	r.restart()
	id := r.connect()
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang, Grant: "refresh_token", Processed: true})
	r.pass(hour)
	if e := r.refused(id, runtime.CodeUnknownOutcome); e.Failure.Class != grant.Unknown || e.Failure.Method != "refreshCredentials" {
		t.Errorf("%+v", e.Failure)
	}
	r.pass(unknownWait - 2*time.Second)
	r.refused(id, runtime.CodeUnknownOutcome)
	if c := r.wantStatus(id, runtime.Connected); r.RefreshState(c) != runtime.RefreshUnknown || c.Renewal.Unknown != 1 {
		t.Errorf("%s %+v", r.RefreshState(c), c.Renewal)
	}
	r.wantCalls("refresh_token", 1)
	r.Provider.Misbehave()
	r.pass(3 * time.Second)
	r.refused(id, runtime.CodeReconnectRequired)
	if c := r.wantStatus(id, runtime.ReconnectRequired); c.LastError.Reason != "lost_response" || c.LastError.Code != "invalid_grant" {
		t.Errorf("%+v", c.LastError)
	}
	r.wantCalls("refresh_token", 2)
}

// Where asking spends nothing that is a failure which passes.
func TestHookOfClientCredentialsThatIsEnded(t *testing.T) {
	f := hooked(connectors.GetTokenData, "get-token-data.js", strings.NewReplacer("'authorization_code'", "'client_credentials'",
		"code: queryParameters.code,", "", "redirect_uri: redirectUri, code_verifier: codeVerifier,", "").Replace(tokenDataHook))
	f["auth/get-oauth-config.map.yml"] = oauthConfig("grantType: client_credentials\n")
	r := newRig(t, f, fakeprovider.Options{})
	r.config.HookLimits = jsbridge.Limits{Wall: 700 * time.Millisecond}
	r.config.CircuitPause = time.Nanosecond
	r.restart()
	created, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app"})
	r.ok(err)
	id := created.Connection.ID
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang})
	r.pass(hour)
	for n := range 3 {
		if e := r.refused(id, runtime.CodeUnknownOutcome); e.Failure.Class != grant.Unknown {
			t.Errorf("%+v", e.Failure)
		}
		if c := r.wantStatus(id, runtime.Connected); c.Renewal.Unknown != 0 || c.Renewal.Attempts != n+1 {
			t.Errorf("%+v", c.Renewal)
		}
		r.pass(10 * time.Minute)
	}
	r.Provider.Misbehave()
	r.credentials(id)
}
