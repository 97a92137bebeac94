package runtime_test

import (
	"testing"
	"time"

	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// askingItself is a folder whose refreshCredentials asks for a token and then for the account.
func askingItself(then string) files {
	return oauth(files{
		"spec.yml": oauth(nil)["spec.yml"] + "  refreshCredentials: {implementationType: javascript}\n",
		"auth/refresh-credentials.js": `exports.refreshCredentials = async ({connectorParameters, credentials}) => {
  const answer = await fetch(connectorParameters.baseUrl + '/token', {method: 'POST', body: new URLSearchParams({
    grant_type: 'refresh_token', refresh_token: credentials.refresh_token, client_id: connectorParameters.clientId, client_secret: connectorParameters.clientSecret})});
  const token = await answer.json();
  if (!answer.ok) { const e = new Error(token.error); e.code = token.error; throw e; }
` + then + `
  return token;
};`,
	})
}

const profile = `  const me = await fetch(connectorParameters.baseUrl + '/api/me', {headers: {Authorization: 'Bearer ' + token.access_token}});
  if (!me.ok) throw new Error('no profile: ' + me.status);`

// A hook that fails behind the token answer is run again with that answer: the refresh token is spent once.
func TestHookIsAnsweredAgain(t *testing.T) {
	r := newRig(t, askingItself(profile), fakeprovider.Options{Rotation: fakeprovider.Rotate})
	id := r.connect()
	r.pass(time.Hour)
	r.Provider.Misbehave(apiDown)
	if _, err := r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{}); err == nil {
		t.Fatal("expected a failure")
	}
	r.wantCalls("refresh_token", 1)
	if a := r.wantStatus(id, runtime.Connected).Renewal.Answer; a == nil || len(a.Recorded) != 1 {
		t.Fatalf("%+v", a)
	}
	r.restart()
	r.Provider.Misbehave()
	r.pass(10 * time.Minute)
	r.credentials(id)
	r.wantCalls("refresh_token", 1)
	r.pass(time.Hour)
	r.credentials(id)
	r.wantCalls("refresh_token", 2)
}

// A hook's own mistake is mended by its author while the answer waits.
func TestHookIsMendedWhileItsAnswerWaits(t *testing.T) {
	r := newRig(t, askingItself(`throw new TypeError('a mistake');`), fakeprovider.Options{Rotation: fakeprovider.Rotate})
	id := r.connect()
	r.pass(time.Hour)
	for range 3 {
		r.refused(id, runtime.CodeConnectorFailed)
		r.pass(time.Minute)
	}
	r.wantCalls("refresh_token", 1)
	r.reload("app", askingItself(""))
	r.credentials(id)
	r.wantCalls("refresh_token", 1)
}

// Recordings do not keep a connection from being renewed for ever.
func TestRecordingsAreGivenUp(t *testing.T) {
	r := newRig(t, askingItself(`throw new TypeError('a mistake');`), fakeprovider.Options{Rotation: fakeprovider.RotateNever})
	id := r.connect()
	r.pass(time.Hour)
	for range 8 {
		r.refused(id, runtime.CodeConnectorFailed)
		r.pass(time.Hour)
	}
	r.wantCalls("refresh_token", 2)
}

// A provider's refusal is no answer to keep.
func TestRefusalOfAHookIsNotRecorded(t *testing.T) {
	r := newRig(t, askingItself(""), fakeprovider.Options{})
	id := r.connect()
	r.pass(time.Hour)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.InvalidGrant})
	r.refused(id, runtime.CodeReconnectRequired)
	r.wantCalls("refresh_token", 1)
	if c := r.stored(id); c.Renewal.Answer != nil || c.LastError.Reason != "refused" {
		t.Errorf("%+v, %+v", c.Renewal, c.LastError)
	}
}

// A hook that is killed while its request is under way has an unknown outcome: the refresh token is not sent again at once.
func TestKilledHookIsOfUnknownOutcome(t *testing.T) {
	r := newRig(t, askingItself(""), fakeprovider.Options{})
	r.config.HookLimits.Wall = time.Second
	r.restart()
	id := r.connect()
	r.pass(time.Hour)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang})
	r.refused(id, runtime.CodeUnknownOutcome)
	r.Provider.Misbehave()
	r.pass(20 * time.Second)
	r.refused(id, runtime.CodeUnknownOutcome)
	r.wantCalls("refresh_token", 1)
	r.pass(20 * time.Second)
	r.credentials(id)
	r.wantCalls("refresh_token", 2)
}

// A process that dies between the answers that its hook waits for leaves the first in its journal; the next process of the
// node runs the hook again with it.
func TestHookOfADeadProcess(t *testing.T) {
	r := newRig(t, askingItself(profile), fakeprovider.Options{Rotation: fakeprovider.Rotate})
	d := newDiary(t)
	r.config.HookLimits.Wall = 4 * time.Second
	r.config.Journal = d.begin(t)
	r.restart()
	id := r.connect()
	r.pass(time.Hour)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang, On: fakeprovider.API})
	go r.Refresh(r.Context(), admin, id)
	r.eventually("the hook waits for its second answer", func() bool { return r.Provider.Calls(fakeprovider.API) == 1 })
	r.die(d)
	r.credentials(id)
	r.wantCalls("refresh_token", 1)
}

// die replaces the engine as if its process had been killed: whatever it still does reaches neither store nor journal.
func (r *rig) die(d *diary) {
	r.Helper()
	dead := r.Store
	r.Store = &weakStore{Store: dead.Store}
	dead.whenStoring(func(*runtime.Connection) error { return runtime.ErrNotFound }) // for good: nobody waits for it
	r.config.Store = r.Store
	r.config.Journal = d.kill(r.T)
	r.Provider.Misbehave()
	r.restart()
}

// The same at the exchange: the code is redeemed once.
func TestExchangeHookOfADeadProcess(t *testing.T) {
	r := newRig(t, oauth(files{
		"spec.yml": oauth(nil)["spec.yml"] + "  getTokenData: {implementationType: javascript}\n",
		"auth/get-token-data.js": `exports.getTokenData = async ({connectorParameters, queryParameters, redirectUri, codeVerifier}) => {
  const answer = await fetch(connectorParameters.baseUrl + '/token', {method: 'POST', body: new URLSearchParams({
    grant_type: 'authorization_code', code: queryParameters.code, redirect_uri: redirectUri, code_verifier: codeVerifier,
    client_id: connectorParameters.clientId, client_secret: connectorParameters.clientSecret})});
  const token = await answer.json();
` + profile + `
  return token;
};`}), fakeprovider.Options{})
	d := newDiary(t)
	r.config.HookLimits.Wall = 4 * time.Second
	r.config.Journal = d.begin(t)
	r.restart()
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{})
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang, On: fakeprovider.API})
	go r.Callback(r.Context(), "app", callback, v.browser())
	r.eventually("the hook waits for its second answer", func() bool { return r.Provider.Calls(fakeprovider.API) == 1 })
	r.die(d)
	go r.Deliver(r.Context())
	r.eventually("it is connected", func() bool {
		c, err := r.Connection(r.Context(), admin, id)
		return err == nil && c.Status == runtime.Connected
	})
	r.wantCalls("authorization_code", 1)
	r.credentials(id)
}

// A hook that asks for tokens twice is answered both when it is run again, though its process died behind the second, in the
// attempt after that which kept the first.
func TestHookOfADeadProcessThatWasAnsweredBefore(t *testing.T) {
	r := newRig(t, askingItself("{"+profile+"}"+`
  const again = await fetch(connectorParameters.baseUrl + '/token', {method: 'POST', body: new URLSearchParams({
    grant_type: 'refresh_token', refresh_token: token.refresh_token, client_id: connectorParameters.clientId, client_secret: connectorParameters.clientSecret})});
  Object.assign(token, await again.json());
  if (!again.ok) { const e = new Error(token.error); e.code = token.error; throw e; }
`+profile), fakeprovider.Options{Rotation: fakeprovider.Rotate})
	d := newDiary(t)
	r.config.HookLimits.Wall = 4 * time.Second
	r.config.Journal = d.begin(t)
	r.restart()
	id := r.connect()
	r.pass(time.Hour)
	r.Provider.Misbehave(apiDown)
	if _, err := r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{}); err == nil {
		t.Fatal("expected a failure")
	}
	if a := r.stored(id).Renewal.Answer; a == nil || len(a.Recorded) != 1 {
		t.Fatalf("%+v", a)
	}
	r.pass(10 * time.Minute)
	calls := r.Provider.Calls(fakeprovider.API)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, On: fakeprovider.API, DelayMS: 1000})
	go r.Refresh(r.Context(), admin, id)
	r.eventually("the hook waits behind its second token", func() bool { return r.Provider.Calls(fakeprovider.API) == calls+2 })
	r.die(d)
	r.wantCalls("refresh_token", 2)
	r.credentials(id)
	r.wantCalls("refresh_token", 2)
	r.wantStatus(id, runtime.Connected)
	if n := d.open.Live(); n != 0 {
		t.Errorf("%d entries are left in the journal", n)
	}
}
