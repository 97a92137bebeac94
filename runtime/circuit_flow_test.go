package runtime_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

// shortPause is one that a test waits for, and that is not over before it has asked a few times.
const shortPause = 2 * time.Second

// An exchange that an open circuit refuses is not sent, and its link is good for another try.
func TestCircuitRefusesExchanges(t *testing.T) {
	t.Parallel()
	r, _ := opened(t, shortPause, fakeprovider.Fault{Mode: fakeprovider.Unavailable})
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0), ReturnURL: "https://platform.test/back"})
	_, err := r.Callback(t.Context(), "app", callback, v.browser())
	e := r.wantCode(err, runtime.CodeProviderUnavailable)
	if e.RetryAfter <= 0 || !strings.Contains(e.Message, "load this page again") || strings.Contains(e.Message, "127.0.0.1") {
		t.Errorf("a person reads %q, after %s", e.Message, e.RetryAfter)
	}
	if c := r.wantStatus(id, runtime.Pending); c.LastError != nil || c.Renewal != (runtime.Renewal{}) {
		t.Errorf("left behind: %+v %+v", c.LastError, c.Renewal)
	}
	r.wantCalls("authorization_code", 7)
	_, err = r.Callback(t.Context(), "app", callback, visitor{}.browser())
	r.wantCode(err, runtime.CodeFlowRefused)
	r.Provider.Misbehave()
	time.Sleep(shortPause + 20*time.Millisecond)
	_, err = r.Callback(t.Context(), "app", callback, v.browser())
	r.ok(err)
	r.wantStatus(id, runtime.Connected)
	r.wantCalls("authorization_code", 8)
	_, err = r.Callback(t.Context(), "app", callback, v.browser())
	r.wantCode(err, runtime.CodeFlowRefused)
}

func TestCircuitRefusesCompletions(t *testing.T) {
	t.Parallel()
	r, _ := opened(t, shortPause, fakeprovider.Fault{Mode: fakeprovider.Unavailable})
	_, err := r.PutIntegration(t.Context(), admin, runtime.NewIntegration{
		Key: "app", Connector: "app", ReturnURLs: []string{"https://platform.test"}, RequireCompletion: true,
	})
	r.ok(err)
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0), ReturnURL: "https://platform.test/back"})
	step, err := r.Callback(t.Context(), "app", callback, v.browser())
	r.ok(err)
	u, err := url.Parse(step.Redirect)
	r.ok(err)
	_, err = r.Complete(t.Context(), admin, id, u.Query().Get("completion"))
	r.wantCode(err, runtime.CodeProviderUnavailable)
	r.Provider.Misbehave()
	time.Sleep(shortPause + 20*time.Millisecond)
	_, err = r.Complete(t.Context(), admin, id, u.Query().Get("completion"))
	r.ok(err)
	r.wantCalls("authorization_code", 8)
}

// Exchanges and renewals of one endpoint have one circuit.
func TestExchangesOpenTheCircuit(t *testing.T) {
	t.Parallel()
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	r.config.CircuitPause = time.Hour
	r.restart()
	id := r.connect()
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Reset})
	for range 5 {
		_, err := r.tryConnect()
		r.wantCode(err, runtime.CodeUnknownOutcome)
	}
	_, err := r.Refresh(t.Context(), admin, id)
	r.wantCode(err, runtime.CodeProviderUnavailable)
	r.wantCalls("refresh_token", 0)
}

// A token in the client's own name is asked for past the same circuit.
func TestCircuitOfClientCredentials(t *testing.T) {
	t.Parallel()
	r := newRig(t, oauth(files{"auth/get-oauth-config.map.yml": oauthConfig("grantType: client_credentials\n")}), fakeprovider.Options{})
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Reset})
	for n := range 7 {
		_, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app"})
		if refused := runtime.AsError(err).Code == runtime.CodeProviderUnavailable; refused != (n >= 5) {
			t.Errorf("attempt %d: %v", n, err)
		}
	}
	r.wantCalls("client_credentials", 5)
}

// Failures that are far apart are no outage.
func TestCircuitForgets(t *testing.T) {
	t.Parallel()
	r := newRig(t, oauth(nil), fakeprovider.Options{Rotation: fakeprovider.RotateNever})
	r.config.CircuitWindow = 400 * time.Millisecond
	r.restart()
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Unavailable, Grant: "refresh_token"})
	for range 2 {
		for range 4 {
			_, err := r.Refresh(t.Context(), admin, r.copied("app"))
			r.wantCode(err, runtime.CodeUnknownOutcome)
		}
		time.Sleep(500 * time.Millisecond)
	}
	r.wantCalls("refresh_token", 8)
}

// copied is a connection of the integration that was made elsewhere: no circuit has seen a success for it.
func (r *rig) copied(integration string) string {
	r.Helper()
	c := runtime.Connection{
		ID: "con_copied_" + r.Store.now().Format("150405.000000000"), Integration: integration, Status: runtime.Connected, Parameters: value.NewObject(0),
		Token: &runtime.Token{
			Access: secret.New("an-access-token-0123456789"), Refresh: secret.New("a-refresh-token-0123456789"), Grant: "authorization_code",
			IssuedAt: r.Store.now(), ExpiresAt: r.Store.now().Add(time.Hour), Credentials: value.Of("access_token", "an-access-token-0123456789"),
		},
	}
	r.ok(r.Store.PutConnection(r.Context(), &c))
	return c.ID
}

// A hook's requests for tokens are refused while their endpoint's circuit is open. Where nothing else was sent, nothing is
// held against the connection.
func TestCircuitOfHooks(t *testing.T) {
	t.Parallel()
	for _, fault := range []fakeprovider.Mode{fakeprovider.Reset, fakeprovider.Unavailable} {
		r := newRig(t, refreshing(strings.Replace(seedStyle, "expires_at: answer.expires_in ? Date.now() + answer.expires_in * 1000 : undefined", "expires_in: answer.expires_in", 1)),
			fakeprovider.Options{Rotation: fakeprovider.RotateNever})
		r.config.CircuitPause = shortPause
		r.restart()
		id := r.connect()
		r.Provider.Misbehave(fakeprovider.Fault{Mode: fault, Grant: "refresh_token"})
		for range 5 {
			_, err := r.Refresh(t.Context(), admin, r.copied("app"))
			r.wantCode(err, runtime.CodeUnknownOutcome)
		}
		for range 2 {
			_, err := r.Refresh(t.Context(), admin, id)
			if e := r.wantCode(err, runtime.CodeProviderUnavailable); e.RetryAfter <= 0 || !strings.Contains(e.Message, "nothing was sent") {
				t.Errorf("%+v", e)
			}
		}
		if c := r.wantStatus(id, runtime.Connected); c.LastError != nil || c.Renewal != (runtime.Renewal{}) {
			t.Errorf("held against it: %+v %+v", c.LastError, c.Renewal)
		}
		r.wantCalls("refresh_token", 5)
		r.Provider.Misbehave()
		time.Sleep(shortPause + 20*time.Millisecond)
		_, err := r.Refresh(t.Context(), admin, id)
		r.ok(err)
	}
}

// Where something was sent before the refusal, it is a failure that passes.
func TestCircuitInTheMiddleOfAHook(t *testing.T) {
	t.Parallel()
	r := newRig(t, refreshing("await fetch(connectorParameters.baseUrl + '/api/echo');"+seedStyle), fakeprovider.Options{Rotation: fakeprovider.RotateNever})
	r.config.CircuitPause = time.Hour
	r.restart()
	id := r.connect()
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Reset, Grant: "refresh_token"})
	for range 5 {
		_, err := r.Refresh(t.Context(), admin, r.copied("app"))
		r.wantCode(err, runtime.CodeUnknownOutcome)
	}
	_, err := r.Refresh(t.Context(), admin, id)
	r.wantCode(err, runtime.CodeProviderUnavailable)
	if c := r.wantStatus(id, runtime.Connected); c.Renewal.Attempts != 1 || c.Renewal.Unknown != 0 || c.LastError == nil || c.LastError.Class != grant.Transient {
		t.Errorf("%+v %+v", c.LastError, c.Renewal)
	}
	r.wantCalls("refresh_token", 5)
}

// A code that a hook was to redeem is good for another try.
func TestCircuitOfAHooksExchange(t *testing.T) {
	t.Parallel()
	r := newRig(t, hooked(connectors.GetTokenData, "get-token-data.js", tokenDataHook), fakeprovider.Options{})
	r.config.CircuitPause = shortPause
	r.restart()
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Reset})
	for range 5 {
		_, err := r.tryConnect()
		r.wantCode(err, runtime.CodeUnknownOutcome)
	}
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0)})
	_, err := r.Callback(t.Context(), "app", callback, v.browser())
	r.wantCode(err, runtime.CodeProviderUnavailable)
	r.wantStatus(id, runtime.Pending)
	r.wantCalls("authorization_code", 5)
	r.Provider.Misbehave()
	time.Sleep(shortPause + 20*time.Millisecond)
	_, err = r.Callback(t.Context(), "app", callback, v.browser())
	r.ok(err)
	r.wantStatus(id, runtime.Connected)
}
