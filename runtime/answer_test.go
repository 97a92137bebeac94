package runtime_test

import (
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// profiled is a folder whose extraction asks the provider who the account is, and fails with it.
func profiled() files {
	return oauth(files{
		"spec.yml": oauth(nil)["spec.yml"] + "  getCredentialsFromTokenResponse: {implementationType: javascript}\n",
		"auth/get-credentials-from-token-response.js": `exports.getCredentialsFromTokenResponse = async ({connectorParameters, tokenResponse, queryParameters}) => {
  const answer = await fetch(connectorParameters.baseUrl + '/api/me', {headers: {Authorization: 'Bearer ' + tokenResponse.access_token}});
  if (!answer.ok) throw new Error('no profile: ' + answer.status);
  return {...tokenResponse, account: (await answer.json()).id, code: queryParameters.code.length};
};`,
	})
}

var apiDown = fakeprovider.Fault{Mode: fakeprovider.Unavailable, On: fakeprovider.API}

// The answer to a renewal is kept until something could be made of it; nothing is sent again.
func TestAnswerOutlivesAFailedExtraction(t *testing.T) {
	r := newRig(t, profiled(), fakeprovider.Options{})
	id := r.connect()
	r.pass(time.Hour)
	r.Provider.Misbehave(apiDown)
	e := r.refused(id, runtime.CodeConnectorFailed)
	if e.Failure.Method != "getCredentialsFromTokenResponse" {
		t.Errorf("%+v", e.Failure)
	}
	if r.wantStatus(id, runtime.Connected).Renewal.Answer == nil {
		t.Fatal("the answer is not kept")
	}
	r.restart()
	r.Provider.Misbehave()
	r.pass(10 * time.Second)
	c := r.credentials(id)
	if c.Credentials.Text("account") == "" {
		t.Errorf("%s", c.JSON)
	}
	r.wantCalls("refresh_token", 1)
	if r.stored(id).Renewal.Answer != nil {
		t.Error("the answer is still kept")
	}
}

// The provider may have ended the old token when it gave the new one, so the answer is used while the old one still lives.
func TestAnswerIsUsedBeforeTheOldTokenDies(t *testing.T) {
	r := newRig(t, profiled(), fakeprovider.Options{})
	id := r.connect()
	r.Provider.Misbehave(apiDown)
	_, err := r.Refresh(t.Context(), admin, id)
	if err == nil {
		t.Fatal("no error")
	}
	old := r.credentials(id).Credentials.Text("access_token")
	r.Provider.Misbehave()
	r.pass(10 * time.Second)
	if r.credentials(id).Credentials.Text("access_token") == old {
		t.Error("the old token is handed out though the new one is there")
	}
	r.wantCalls("refresh_token", 1)
}

// An answer that waited for too long still has a refresh token.
func TestAnswerThatDiedWaiting(t *testing.T) {
	r := newRig(t, profiled(), fakeprovider.Options{})
	id := r.connect()
	r.Provider.Misbehave(apiDown)
	_, err := r.Refresh(t.Context(), admin, id)
	if err == nil {
		t.Fatal("no error")
	}
	r.Provider.Misbehave()
	r.pass(2 * time.Hour)
	r.credentials(id)
	r.wantCalls("refresh_token", 2)
}

// A crash between answer and extraction leaves the answer, and no unknown outcome.
func TestAnswerOfADeadProcess(t *testing.T) {
	r := newRig(t, profiled(), fakeprovider.Options{})
	id := r.connect()
	r.pass(time.Hour)
	down := errors.New("disk full")
	r.Store.whenStoring(func(c *runtime.Connection) error {
		if c.Renewal.Lease == nil && c.Renewal.Answer == nil {
			return down // the new token cannot be stored; the marker and the answer can
		}
		return nil
	})
	go r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{})
	r.eventually("the answer is stored", func() bool { return r.stored(id).Renewal.Answer != nil })
	other := *r
	other.config.Store = &weakStore{Store: r.Store.Store}
	other.Store = other.config.Store.(*weakStore)
	other.restart()
	other.credentials(id)
	r.wantCalls("refresh_token", 1)
	r.Store.whenStoring(func(*runtime.Connection) error { return nil })
}

// What a reconnection stores meanwhile must not cost the answer of a renewal under way.
func TestAnswerOutlivesAnotherWriter(t *testing.T) {
	r := newRig(t, profiled(), fakeprovider.Options{})
	id := r.connect()
	r.pass(time.Hour)
	v := visitor{}
	again, err := r.ReconnectConnection(t.Context(), admin, id, runtime.Reconnect{})
	r.ok(err)
	callback := r.visit(v, again)
	callback.Set("error", "access_denied")
	callback.Del("code")
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, Grant: "refresh_token", DelayMS: 500})
	done := make(chan error)
	go func() {
		_, err := r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{})
		done <- err
	}()
	r.eventually("the renewal is sent", func() bool { return r.Provider.TokenCalls("refresh_token") == 1 })
	_, err = r.Callback(t.Context(), "app", callback, v.browser())
	r.wantCode(err, runtime.CodeProviderRefused)
	r.ok(<-done)
	r.credentials(id)
	r.wantCalls("refresh_token", 1)
}

// An exchange's answer is stored before the extraction, so that a crash leaves a connection that can still be made.
func TestExchangeCutOff(t *testing.T) {
	for name, again := range map[string]bool{"a new connection": false, "a reconnection": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, profiled(), fakeprovider.Options{})
			v := visitor{}
			var id string
			var callback map[string][]string
			if again {
				id = r.connect()
				created, err := r.ReconnectConnection(t.Context(), admin, id, runtime.Reconnect{})
				r.ok(err)
				callback = r.visit(v, created)
			} else {
				id, callback = r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0)})
			}
			r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang, On: fakeprovider.API})
			go r.Callback(t.Context(), "app", callback, v.browser())
			r.eventually("the extraction has begun", func() bool {
				return r.Provider.LastRequest(fakeprovider.API).Path != "" && r.stored(id).Renewal.Answer != nil
			})
			old := r.stored(id).Token
			r.Provider.Misbehave()
			calls := r.Provider.TokenCalls("")

			r.restart() // the first engine still waits for the profile: it is as good as dead
			c, err := r.Connection(t.Context(), admin, id)
			r.ok(err)
			if c.Status != runtime.Connected || c.Renewal.Answer != nil || old != nil && c.Token.Access.Equal(old.Access) {
				t.Fatalf("not made of the answer that was there: %s, %+v", c.Status, c.LastError)
			}
			if c.Token.Credentials.Text("account") == "" {
				t.Error("not extracted")
			}
			r.credentials(id)
			if r.Provider.TokenCalls("") != calls {
				t.Error("something was sent")
			}
			r.Provider.Close()
		})
	}
}

// A crash between the request and its answer: the code may be spent and is not sent again.
func TestExchangeOfADeadProcess(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0)})
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang})
	go r.Callback(t.Context(), "app", callback, v.browser())
	r.eventually("the code is sent", func() bool { return r.Provider.TokenCalls("authorization_code") == 1 })
	r.restart()
	r.pass(3 * time.Minute)
	c, err := r.Connection(t.Context(), admin, id)
	r.ok(err)
	if c.Status != runtime.Failed || c.LastError == nil || c.LastError.Class != "unknown" {
		t.Errorf("%s, %+v", c.Status, c.LastError)
	}
	_, err = r.Callback(t.Context(), "app", callback, v.browser())
	r.wantCode(err, runtime.CodeFlowRefused)
	r.wantCalls("authorization_code", 1)
	r.Provider.Close()
}

// What tells the account is a further step too: it comes after the answer is stored.
func TestExchangeCutOffAtTheLabel(t *testing.T) {
	r := newRig(t, oauth(files{
		"spec.yml":                     oauth(nil)["spec.yml"] + "  getConnectionLabel: {implementationType: javascript}\n",
		"auth/get-connection-label.js": "exports.getConnectionLabel = async ({connectorParameters}) => (await (await fetch(connectorParameters.baseUrl + '/api/echo')).json()).method;",
	}), fakeprovider.Options{})
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0)})
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang, On: fakeprovider.API})
	go r.Callback(t.Context(), "app", callback, v.browser())
	r.eventually("the label is asked for", func() bool { return r.Provider.Calls(fakeprovider.API) == 1 })
	r.Provider.Misbehave()
	r.restart()
	c, err := r.Connection(t.Context(), admin, id)
	r.ok(err)
	if c.Status != runtime.Connected || c.Label != "GET" {
		t.Errorf("%s, labelled %q: %+v", c.Status, c.Label, c.LastError)
	}
	r.wantCalls("authorization_code", 1)
	r.Provider.Close()
}

// A connection whose answer cannot be used just now is shown as it is.
func TestExchangeCutOffAndTheConnectorIsGone(t *testing.T) {
	r := newRig(t, profiled(), fakeprovider.Options{})
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0)})
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang, On: fakeprovider.API})
	go r.Callback(t.Context(), "app", callback, v.browser())
	r.eventually("the extraction has begun", func() bool { return r.Provider.Calls(fakeprovider.API) == 1 })
	r.Provider.Misbehave()
	full := r.config.Connectors
	r.config.Connectors = loaded(t, fstest.MapFS{})
	r.restart()
	c, err := r.Connection(t.Context(), admin, id)
	r.ok(err)
	if c.Status != runtime.Pending {
		t.Errorf("%s: %+v", c.Status, c.LastError)
	}
	r.refused(id, runtime.CodeConnectorUnusable)
	r.config.Connectors = full
	r.restart()
	r.credentials(id)
	r.wantCalls("authorization_code", 1)
	r.Provider.Close()
}
