package runtime_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// An answer whose extraction finds no worker stays in the journal where it is not written to the store at once, and is used
// when there is time.
func TestOverloadAfterARenewalWithAJournal(t *testing.T) {
	r, pool := crowded(t, hooked(connectors.GetCredentialsFromRefreshTokenResponse, "get-credentials-from-refresh-token-response.js",
		`exports.getCredentialsFromRefreshTokenResponse = ({tokenResponse}) => ({access_token: tokenResponse.access_token, by: 'hook'});`))
	d := newDiary(t)
	r.config.LocalStore, r.config.Journal = false, d.begin(t)
	r.restart()
	id := r.connect()
	r.pass(time.Hour)
	relieve := crowd(t, pool)
	r.wantOverloaded(r.refused(id, runtime.CodeOverloaded), connectors.GetCredentialsFromRefreshTokenResponse)
	c := r.wantStatus(id, runtime.Connected)
	if c.LastError != nil || c.Renewal.Unknown != 0 || c.Renewal.Answer == nil && d.open.Live() == 0 {
		t.Errorf("in the journal: %d; %+v, %+v", d.open.Live(), c.Renewal, c.LastError)
	}
	relieve()
	if r.credentials(id).Credentials.Text("by") != "hook" {
		t.Error("the kept answer was not used")
	}
	r.wantCalls("refresh_token", 1)
	r.eventually("the journal is empty", func() bool { return d.open.Live() == 0 })
}

// unlucky is hooks whose first call fails when it has done everything, and whose second finds no worker.
type unlucky struct {
	runtime.Hooks
	calls atomic.Int32
}

func (h *unlucky) Call(ctx context.Context, c jsbridge.Call) (any, error) {
	n := h.calls.Add(1)
	if n == 2 {
		return nil, &jsbridge.Error{Overloaded: true, Message: "busy"}
	}
	made, err := h.Hooks.Call(ctx, c)
	if n == 1 && err == nil {
		return nil, &jsbridge.Error{Message: "a mistake"}
	}
	return made, err
}

// A hook that finds no worker when it is run again keeps what its first run was answered: the refresh token is spent once.
func TestOverloadOfAHookThatIsRunAgain(t *testing.T) {
	for name, local := range map[string]bool{"a local store": true, "another store": false} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, askingItself(""), fakeprovider.Options{Rotation: fakeprovider.Rotate})
			d := newDiary(t)
			hooks := &unlucky{Hooks: r.config.Hooks}
			r.config.Hooks, r.config.LocalStore, r.config.Journal = hooks, local, d.begin(t)
			r.restart()
			id := r.connect()
			r.pass(time.Hour)
			r.wantOverloaded(r.refused(id, runtime.CodeOverloaded), connectors.RefreshCredentials)
			r.wantStatus(id, runtime.Connected)
			r.credentials(id)
			r.wantCalls("refresh_token", 1)
			if n := hooks.calls.Load(); n != 3 {
				t.Errorf("the hook was called %d times", n)
			}
			r.eventually("the journal is empty", func() bool { return d.open.Live() == 0 })
		})
	}
}

// The same at the exchange: the code is redeemed once, and the connection is made of its answer.
func TestOverloadOfAnExchangeHookThatIsRunAgain(t *testing.T) {
	r := newRig(t, hooked(connectors.GetTokenData, "get-token-data.js", tokenDataHook), fakeprovider.Options{})
	d := newDiary(t)
	hooks := &unlucky{Hooks: r.config.Hooks}
	r.config.Hooks, r.config.Journal = hooks, d.begin(t)
	r.restart()
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0)})
	_, err := r.Callback(t.Context(), "app", callback, v.browser())
	r.wantOverloaded(err, "")
	if c := r.wantStatus(id, runtime.Pending); c.Renewal.Answer == nil || len(c.Renewal.Answer.Recorded) != 1 {
		t.Fatalf("%+v", c.Renewal)
	}
	_, err = r.Callback(t.Context(), "app", callback, v.browser())
	r.wantCode(err, runtime.CodeFlowRefused)
	c, err := r.WaitConnection(t.Context(), admin, id, 10*time.Second)
	r.ok(err)
	if c.Status != runtime.Connected {
		t.Errorf("%s: %+v", c.Status, c.LastError)
	}
	r.wantCalls("authorization_code", 1)
	if n := hooks.calls.Load(); n != 3 {
		t.Errorf("the hook was called %d times", n)
	}
}

// A hook whose requests carry the time in their query is answered again all the same.
func TestHookThatSignsItsRequestsIsAnsweredAgain(t *testing.T) {
	r := newRig(t, oauth(files{
		"spec.yml": oauth(nil)["spec.yml"] + "  refreshCredentials: {implementationType: javascript}\n",
		"auth/refresh-credentials.js": `exports.refreshCredentials = async ({connectorParameters, credentials}) => {
  const answer = await fetch(connectorParameters.baseUrl + '/token?signature=' + Math.random(), {method: 'POST', body: new URLSearchParams({
    grant_type: 'refresh_token', refresh_token: credentials.refresh_token, client_id: connectorParameters.clientId, client_secret: connectorParameters.clientSecret})});
  const token = await answer.json();
  if (!answer.ok) { const e = new Error(token.error); e.code = token.error; throw e; }
` + profile + `
  return token;
};`}), fakeprovider.Options{Rotation: fakeprovider.Rotate})
	id := r.connect()
	r.pass(time.Hour)
	r.Provider.Misbehave(apiDown)
	if _, err := r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{}); err == nil {
		t.Fatal("expected a failure")
	}
	if a := r.wantStatus(id, runtime.Connected).Renewal.Answer; a == nil || len(a.Recorded) != 1 {
		t.Fatalf("%+v", a)
	}
	r.Provider.Misbehave()
	r.pass(10 * time.Minute)
	r.credentials(id)
	r.wantCalls("refresh_token", 1)
}

// Where the answer to a renewal waits, that to a reconnection is in the journal until the connection is made of it.
func TestExchangeBesideAWaitingRenewal(t *testing.T) {
	r := newRig(t, hooked(connectors.GetCredentialsFromRefreshTokenResponse, "get-credentials-from-refresh-token-response.js",
		`exports.getCredentialsFromRefreshTokenResponse = () => { throw new Error('a mistake'); };`), fakeprovider.Options{})
	d := newDiary(t)
	r.config.Journal = d.begin(t)
	r.restart()
	id := r.connect()
	r.pass(time.Hour)
	r.refused(id, runtime.CodeConnectorFailed)
	if r.stored(id).Renewal.Answer == nil {
		t.Fatal("the answer to the renewal does not wait")
	}
	var made atomic.Bool
	r.Store.whenStoring(func(c *runtime.Connection) error {
		if c.Renewal.Answer == nil { // the outcome of the reconnection
			made.Store(true)
			if a := r.stored(id).Renewal.Answer; d.open.Live() == 0 && (a == nil || a.Exchange == nil) {
				t.Error("the answer to the exchange is neither in the store nor in the journal")
			}
		}
		return nil
	})
	r.ok(r.reconnect(id, runtime.Reconnect{}, nil))
	if c := r.wantStatus(id, runtime.Connected); !made.Load() || c.Renewal != (runtime.Renewal{}) {
		t.Errorf("%+v", c.Renewal)
	}
	r.eventually("the journal is empty", func() bool { return d.open.Live() == 0 })
}
