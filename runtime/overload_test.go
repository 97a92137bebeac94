package runtime_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// crowded is a rig with one hook worker, on which others wait for half a second at most.
func crowded(t *testing.T, f files) (*rig, *jsbridge.Pool) {
	t.Helper()
	r := newRig(t, f, fakeprovider.Options{})
	pool := jsbridge.NewPool(jsbridge.PoolConfig{Size: 1})
	t.Cleanup(pool.Close)
	crowd(t, pool)() // the worker has started, however long that takes here
	r.config.Hooks = pool
	r.config.HookLimits = jsbridge.Limits{Wall: 500 * time.Millisecond}
	r.restart()
	return r, pool
}

// crowd keeps the one worker busy until the returned function is called.
func crowd(t *testing.T, pool *jsbridge.Pool) (relieve func()) {
	t.Helper()
	script := jsbridge.NewScript("a.js", map[string]string{"a.js": "exports.go = () => fetch('https://a.example').catch(() => 1)"}, 0, 0)
	running, release, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := pool.Call(context.Background(), jsbridge.Call{
			Connector: "other", Method: "go", Script: script,
			Fetch: func(context.Context, jsbridge.FetchRequest) (*jsbridge.FetchResponse, error) {
				close(running)
				<-release
				return nil, errors.New("over")
			},
		})
		ended <- err
	}()
	<-running
	relieve = sync.OnceFunc(func() {
		close(release)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(relieve)
	return relieve
}

// wantOverloaded checks what callers are told: which method of which connector, and when to come again.
func (r *rig) wantOverloaded(err error, m connectors.Method) {
	r.Helper()
	e := r.wantCode(err, runtime.CodeOverloaded)
	if e.RetryAfter <= 0 || m != "" && !strings.Contains(e.Message, string(m)+" of connector app") {
		r.Errorf("%q, to be tried again in %s", e.Message, e.RetryAfter)
	}
}

// hooked is a folder with one method in JavaScript.
func hooked(m connectors.Method, file, source string) files {
	return oauth(files{
		"spec.yml":     oauth(nil)["spec.yml"] + "  " + string(m) + ": {implementationType: javascript}\n",
		"auth/" + file: source,
	})
}

const configHook = `exports.getOAuthConfig = ({connectorParameters: p}) => ({clientId: p.clientId, clientSecret: p.clientSecret, clientAuthLocation: 'body',
	authorizeUri: p.baseUrl + '/authorize', tokenUri: p.baseUrl + '/token', scopes: ['read', 'write']});`

func hookedConfig() files {
	f := hooked(connectors.GetOAuthConfig, "get-oauth-config.js", configHook)
	delete(f, "auth/get-oauth-config.map.yml")
	return f
}

const tokenDataHook = `exports.getTokenData = async ({connectorParameters: p, queryParameters, redirectUri, codeVerifier}) =>
	(await fetch(p.baseUrl + '/token', {method: 'POST', body: new URLSearchParams({grant_type: 'authorization_code', code: queryParameters.code,
		redirect_uri: redirectUri, code_verifier: codeVerifier, client_id: p.clientId, client_secret: p.clientSecret})})).json();`

// Where getOAuthConfig is a hook every step begins with one: each says so, changes nothing, and works afterwards.
func TestOverloadBeforeAnythingIsSent(t *testing.T) {
	r, pool := crowded(t, hookedConfig())
	relieve := crowd(t, pool)
	_, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app", Parameters: value.NewObject(0)})
	r.wantOverloaded(err, connectors.GetOAuthConfig)
	_, err = r.PutIntegration(t.Context(), admin, runtime.NewIntegration{Key: "another", Connector: "app", Parameters: value.Of("baseUrl", r.Base)})
	r.wantOverloaded(err, connectors.GetOAuthConfig)
	list, err := r.Connections(t.Context(), admin, runtime.ConnectionFilter{})
	r.ok(err)
	if len(list) != 0 {
		t.Errorf("%d connections were kept", len(list))
	}
	relieve()

	v := visitor{}
	created, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app", Parameters: value.NewObject(0)})
	r.ok(err)
	relieve = crowd(t, pool)
	_, err = r.OpenConnect(t.Context(), handleOf(created.ConnectURL), v.browser())
	r.wantOverloaded(err, "")
	relieve()
	callback := r.visit(v, created) // the same link
	relieve = crowd(t, pool)
	_, err = r.Callback(t.Context(), "app", callback, v.browser())
	r.wantOverloaded(err, "")
	r.wantCalls("authorization_code", 0)
	r.wantStatus(created.Connection.ID, runtime.Pending)
	relieve()
	_, err = r.Callback(t.Context(), "app", callback, v.browser())
	r.ok(err)
	r.wantStatus(created.Connection.ID, runtime.Connected)
	r.wantCalls("authorization_code", 1)
}

// A code that nobody has sent is as good as before, and is redeemed once.
func TestOverloadBeforeTheExchange(t *testing.T) {
	r, pool := crowded(t, hooked(connectors.GetTokenData, "get-token-data.js", tokenDataHook))
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0), ReturnURL: "https://platform.test/back"})
	relieve := crowd(t, pool)
	_, err := r.Callback(t.Context(), "app", callback, v.browser())
	r.wantOverloaded(err, "")
	if e := runtime.AsError(err); strings.Contains(e.Message, "worker") || !strings.Contains(e.Message, "load this page again") {
		t.Errorf("a person reads %q", e.Message)
	}
	if c := r.wantStatus(id, runtime.Pending); c.LastError != nil || c.Renewal != (runtime.Renewal{}) {
		t.Errorf("left behind: %+v %+v", c.LastError, c.Renewal)
	}
	_, err = r.Callback(t.Context(), "app", callback, visitor{}.browser())
	r.wantCode(err, runtime.CodeFlowRefused)
	relieve()
	step, err := r.Callback(t.Context(), "app", callback, v.browser())
	r.ok(err)
	if !strings.Contains(step.Redirect, "status=connected") {
		t.Errorf("the browser goes to %s", step.Redirect)
	}
	r.wantStatus(id, runtime.Connected)
	_, err = r.Callback(t.Context(), "app", callback, v.browser())
	r.wantCode(err, runtime.CodeFlowRefused)
	r.wantCalls("authorization_code", 1)
}

func TestOverloadOfACompletion(t *testing.T) {
	for _, f := range []files{hookedConfig(), hooked(connectors.GetTokenData, "get-token-data.js", tokenDataHook)} {
		r, pool := crowded(t, f)
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
		relieve := crowd(t, pool)
		_, err = r.Complete(t.Context(), admin, id, u.Query().Get("completion"))
		r.wantOverloaded(err, "")
		r.wantStatus(id, runtime.Pending)
		relieve()
		c, err := r.Complete(t.Context(), admin, id, u.Query().Get("completion"))
		r.ok(err)
		if c.Status != runtime.Connected {
			t.Errorf("%+v", c)
		}
		r.wantCalls("authorization_code", 1)
	}
}

const extractHook = `exports.getCredentialsFromTokenResponse = ({tokenResponse}) => ({...tokenResponse, by: 'hook'});`

// The answer to a redeemed code is kept, and made a connection of when there is time.
func TestOverloadAfterTheExchange(t *testing.T) {
	for _, f := range []files{
		hooked(connectors.GetCredentialsFromTokenResponse, "get-credentials-from-token-response.js", extractHook),
		hooked(connectors.GetAccountID, "get-account-id.js", "exports.getAccountId = () => 'an account'"),
	} {
		r, pool := crowded(t, f)
		v := visitor{}
		id, callback := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0), ReturnURL: "https://platform.test/back"})
		relieve := crowd(t, pool)
		step, err := r.Callback(t.Context(), "app", callback, v.browser())
		r.ok(err)
		if !strings.Contains(step.Redirect, "status=pending") {
			t.Errorf("the browser goes to %s", step.Redirect)
		}
		c, err := r.Connection(t.Context(), admin, id)
		r.ok(err)
		if c.Status != runtime.Pending || c.LastError != nil {
			t.Errorf("%+v", c)
		}
		relieve()
		c, err = r.WaitConnection(t.Context(), admin, id, 10*time.Second)
		r.ok(err)
		if c.Status != runtime.Connected || c.Renewal != (runtime.Renewal{}) {
			t.Errorf("%+v", c)
		}
		r.wantCalls("authorization_code", 1)
	}
}

// A reconnection that meets an overload is no other account, and the token that is there is served until it is made.
func TestOverloadOfAReconnection(t *testing.T) {
	r, pool := crowded(t, hooked(connectors.GetAccountID, "get-account-id.js", "exports.getAccountId = () => 'an account'"))
	id := r.connect()
	old := r.stored(id).Token.Access
	created, err := r.ReconnectConnection(t.Context(), admin, id, runtime.Reconnect{})
	r.ok(err)
	v := visitor{}
	callback := r.visit(v, created)
	relieve := crowd(t, pool)
	_, err = r.Callback(t.Context(), "app", callback, v.browser())
	r.wantOverloaded(err, "")
	if e := runtime.AsError(err); !strings.Contains(e.Message, "you have signed in") {
		t.Errorf("a person reads %q", e.Message)
	}
	if r.credentials(id).Credentials.Text("access_token") != old.Reveal() {
		t.Error("another token is served than the one that is stored")
	}
	relieve()
	r.eventually("the reconnection's token is served", func() bool {
		return r.credentials(id).Credentials.Text("access_token") != old.Reveal()
	})
	if c := r.wantStatus(id, runtime.Connected); c.AccountID != "an account" || c.LastError != nil {
		t.Errorf("%+v", c)
	}
	r.wantCalls("authorization_code", 2)
}

// The answer to a renewal that waits is worth more than that to a reconnection: where there is no place for both, the
// person has to start again, and is told so.
func TestOverloadOfAReconnectionBesideAWaitingRenewal(t *testing.T) {
	r, pool := crowded(t, hooked(connectors.GetCredentialsFromTokenResponse, "get-credentials-from-token-response.js", extractHook))
	id := r.connect()
	r.pass(hour)
	relieve := crowd(t, pool)
	r.refused(id, runtime.CodeOverloaded)
	created, err := r.ReconnectConnection(t.Context(), admin, id, runtime.Reconnect{})
	r.ok(err)
	v := visitor{}
	_, err = r.Callback(t.Context(), "app", r.visit(v, created), v.browser())
	r.wantOverloaded(err, "")
	if e := runtime.AsError(err); !strings.Contains(e.Message, "start again") {
		t.Errorf("a person reads %q", e.Message)
	}
	relieve()
	r.wantStatus(id, runtime.Connected)
	r.credentials(id)
	r.wantCalls("refresh_token", 1)
}

// What was put off is made by the sweep, whoever waits.
func TestSweepMakesWhatWasPutOff(t *testing.T) {
	r, pool := crowded(t, hooked(connectors.GetCredentialsFromTokenResponse, "get-credentials-from-token-response.js", extractHook))
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0), ReturnURL: "https://platform.test/back"})
	relieve := crowd(t, pool)
	_, err := r.Callback(t.Context(), "app", callback, v.browser())
	r.ok(err)
	relieve()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go r.Sweep(ctx)
	r.eventually("it is connected", func() bool { return r.stored(id).Status == runtime.Connected })
	r.wantCalls("authorization_code", 1)
}

func TestOverloadOfARenewal(t *testing.T) {
	hook := strings.Replace(seedStyle, "expires_at: answer.expires_in ? Date.now() + answer.expires_in * 1000 : undefined", "expires_in: answer.expires_in", 1)
	for _, f := range []files{refreshing(hook), hookedConfig()} {
		r, pool := crowded(t, f)
		id := r.connect()
		before := r.stored(id)
		relieve := crowd(t, pool)
		_, err := r.Refresh(t.Context(), admin, id)
		r.wantOverloaded(err, "")
		r.credentials(id)
		r.pass(hour - 5*time.Second) // a reader waits for a renewal now
		r.credentials(id)
		r.pass(time.Minute)
		r.wantOverloaded(r.refused(id, runtime.CodeOverloaded), "")
		c := r.wantStatus(id, runtime.Connected)
		if c.LastError != nil || c.Renewal != (runtime.Renewal{}) || !c.Token.Access.Equal(before.Token.Access) {
			t.Errorf("left behind: %+v %+v", c.LastError, c.Renewal)
		}
		relieve()
		r.credentials(id)
		r.wantCalls("refresh_token", 1)
	}
}

// An answer that has come is not asked for again because nobody had time to look at it.
func TestOverloadAfterARenewal(t *testing.T) {
	r, pool := crowded(t, hooked(connectors.GetCredentialsFromTokenResponse, "get-credentials-from-token-response.js", extractHook))
	id := r.connect()
	r.pass(hour)
	relieve := crowd(t, pool)
	r.wantOverloaded(r.refused(id, runtime.CodeOverloaded), connectors.GetCredentialsFromTokenResponse)
	r.wantOverloaded(r.refused(id, runtime.CodeOverloaded), connectors.GetCredentialsFromTokenResponse)
	if c := r.wantStatus(id, runtime.Connected); c.LastError != nil || c.Renewal.Attempts != 0 || c.Renewal.Unknown != 0 {
		t.Errorf("%+v", c)
	}
	relieve()
	if r.credentials(id).Credentials.Text("by") != "hook" {
		t.Error("the kept answer was not used")
	}
	r.wantCalls("refresh_token", 1)
}

// A deletion waits its turn. Where that does not come within its patience, what is here is erased all the same.
func TestOverloadOfADeletion(t *testing.T) {
	const hook = "exports.disconnect = () => true"
	r, pool := crowded(t, hooked(connectors.Disconnect, "disconnect.js", hook))
	waits, gone := r.connect(), r.connect()
	relieve := crowd(t, pool)
	time.AfterFunc(time.Second, relieve)
	done, err := r.DeleteConnection(t.Context(), admin, waits)
	r.ok(err)
	if !done.Revoked || done.Reason != "" {
		t.Errorf("it did not wait for its turn: %+v", done)
	}
	r.config.RevokePatience = time.Second
	r.restart()
	crowd(t, pool)
	done, err = r.DeleteConnection(t.Context(), admin, gone)
	r.ok(err)
	if done.Revoked || !strings.Contains(done.Reason, "no worker became free within 1s") {
		t.Errorf("%+v", done)
	}
	for _, id := range []string{waits, gone} {
		_, err := r.Connection(t.Context(), admin, id)
		r.wantCode(err, runtime.CodeNotFound)
	}
}

// typeable is a folder of the type client-credentials.
func typeable(source string) files {
	return files{
		"spec.yml": `
limits: {timeout: 1s}
auth:
  type: client-credentials
  inputSchema: {type: object, required: [apiKey], properties: {apiKey: {type: string, format: password}}}
  getCredentialsFromConnectionParameters: {implementationType: javascript}
`,
		"auth/get-credentials-from-connection-parameters.js": source,
	}
}

const typedHook = "exports.getCredentialsFromConnectionParameters = ({connectionParameters}) => ({key: connectionParameters.apiKey})"

func TestOverloadOfTypedCredentials(t *testing.T) {
	r, pool := crowded(t, typeable(typedHook))
	relieve := crowd(t, pool)
	typed := value.Of("apiKey", "an-api-key-0123456789")
	_, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app", Parameters: typed})
	r.wantOverloaded(err, connectors.GetCredentialsFromConnectionParameters)
	created, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app"})
	r.ok(err)
	v, enter := visitor{}, func([]connectors.Field) *value.Object { return typed }
	step, err := r.OpenConnect(t.Context(), handleOf(created.ConnectURL), v.browser())
	r.ok(err)
	v.take(step)
	_, err = r.SubmitConnect(t.Context(), handleOf(created.ConnectURL), v.browser(), enter)
	r.wantOverloaded(err, "")
	r.wantStatus(created.Connection.ID, runtime.Pending)
	relieve()
	_, err = r.SubmitConnect(t.Context(), handleOf(created.ConnectURL), v.browser(), enter)
	r.ok(err)
	r.wantStatus(created.Connection.ID, runtime.Connected)
	list, err := r.Connections(t.Context(), admin, runtime.ConnectionFilter{})
	r.ok(err)
	if len(list) != 1 {
		t.Errorf("%d connections were kept", len(list))
	}
}

// A hook over a limit is told with connector, method, place and limit.
func TestHookOverALimit(t *testing.T) {
	for source, want := range map[string]string{
		"\nexports.getCredentialsFromConnectionParameters = () => { while (true) {} }":                       "ran longer than 1s",
		"\nexports.getCredentialsFromConnectionParameters = () => { for (;;) console.log('x'.repeat(1e4)) }": "logged more than 256 KiB",
	} {
		r := newRig(t, typeable(source), fakeprovider.Options{})
		_, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app", Parameters: value.Of("apiKey", "an-api-key-0123456789")})
		e := r.wantCode(err, runtime.CodeConnectorFailed)
		for _, part := range []string{"getCredentialsFromConnectionParameters of connector app", "auth/get-credentials-from-connection-parameters.js:2:", want} {
			if !strings.Contains(e.Message, part) {
				t.Errorf("%q does not say %q", e.Message, part)
			}
		}
		if e.Failure == nil || e.Failure.Method != "getCredentialsFromConnectionParameters" || !strings.Contains(e.Failure.File, ":2:") {
			t.Errorf("%+v", e.Failure)
		}
	}
}
