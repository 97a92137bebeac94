package runtime_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

const (
	apiClientMap = `
baseUri: {$concat: [{$var: connectorParameters.baseUrl}, /api]}
headers:
  Authorization: {$concat: ['Bearer ', {$var: credentials.access_token}]}
`
	testMap  = "{path: /me, method: GET, responseMapping: {$eval: {$var: response.data.id}, isNotEmpty: true}}"
	labelMap = "{path: /me, method: GET, responseMapping: {$var: response.data.name}}"
	idMap    = "{path: /me, method: GET, responseMapping: {$var: response.data.id}}"
)

// withAPI is the folder of oauth with an API client, and more.
func withAPI(more files) files {
	f := files{"auth/make-api-client.map.yml": apiClientMap}
	maps.Copy(f, more)
	return oauth(f)
}

// keyed is a folder whose credential is typed: an API key of the fake provider.
func keyed(more files) files {
	f := files{
		"spec.yml": `
parametersSchema:
  type: object
  properties: {baseUrl: {type: string}, clientId: {type: string}, clientSecret: {type: string, format: password}}
auth:
  type: client-credentials
  inputSchema:
    type: object
    required: [apiKey]
    properties: {apiKey: {type: string, format: password}}
`,
		"auth/make-api-client.map.yml": `
baseUri: {$concat: [{$var: connectorParameters.baseUrl}, /api]}
headers: {X-Api-Key: {$var: credentials.apiKey}}
`,
		"auth/test.rest.yml": testMap,
	}
	maps.Copy(f, more)
	return f
}

// tested tries a connection out.
func (r *rig) tested(id string) *runtime.Tested {
	r.Helper()
	got, err := r.TestConnection(r.Context(), admin, id)
	r.ok(err)
	return got
}

func TestANewConnectionIsTestedAndNamed(t *testing.T) {
	r := newRig(t, withAPI(files{
		"auth/test.rest.yml": testMap, "auth/get-connection-label.rest.yml": labelMap, "auth/get-account-id.rest.yml": idMap,
	}), fakeprovider.Options{})
	c := r.wantStatus(r.connect(), runtime.Connected)
	if c.AccountID == "" || c.Label != "Account "+c.AccountID {
		t.Errorf("account %q, label %q", c.AccountID, c.Label)
	}
	if got := r.tested(c.ID); !got.OK || got.Label != c.Label || got.Message != "" {
		t.Errorf("%+v", got)
	}
}

// The message of a test that fails becomes the connection's; a reconnection leaves status and token as they are.
func TestATestThatFailsEndsTheAuthorization(t *testing.T) {
	for source, want := range map[string]string{
		"throw new Error('your plan has no API')": "your plan has no API",
		"return false":                                            "the connector's test says that the connection does not work",
		"await apiClient.get('/nowhere')":                         "GET /nowhere: the API answered 404 Not Found",
		"await apiClient.get('https://' + 'evil.example/x')":      `GET https://evil.example/x: host "evil.example" is not among the allowed hosts (127.0.0.1)`,
		"throw new Error('it is ' + credentials.access_token)":    "it is [secret]",
		"return (await externalApiClient.get('/me')).id.x.length": "TypeError: Cannot read property 'length' of undefined",
	} {
		works := withAPI(files{"auth/test.js": "exports.test = async () => true"})
		fails := withAPI(files{"auth/test.js": "exports.test = async ({apiClient, externalApiClient, credentials}) => {\n" + source + "\n}"})
		r := newRig(t, fails, fakeprovider.Options{})
		id, err := r.tryConnect()
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", source, err, want)
		}
		c := r.wantStatus(id, runtime.Failed)
		if c.LastError == nil || !strings.HasPrefix(c.LastError.Message, want) || c.LastError.Method != "test" || c.Token != nil {
			t.Errorf("%s: %+v", source, c.LastError)
		}
		r.reload("app", works)
		id = r.connect()
		r.reload("app", fails)
		v := visitor{}
		again, err := r.ReconnectConnection(t.Context(), admin, id, runtime.Reconnect{})
		r.ok(err)
		before := r.stored(id)
		if _, err := r.Callback(t.Context(), "app", r.visit(v, again), v.browser()); err == nil {
			t.Errorf("%s: the reconnection succeeded", source)
		}
		if after := r.wantStatus(id, runtime.Connected); !after.Token.Access.Equal(before.Token.Access) || after.LastError == nil {
			t.Errorf("%s: the token changed", source)
		}
	}
}

// Without an interactive step the answer is a problem, and nothing is kept.
func TestAKeyThatDoesNotWork(t *testing.T) {
	r := newRig(t, keyed(nil), fakeprovider.Options{APIKey: "the-right-key-0123"})
	create := func(key string) (*runtime.Created, error) {
		return r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app", Parameters: value.Of("apiKey", key)})
	}
	_, err := create("the-wrong-key-4567")
	e := r.wantCode(err, runtime.CodeProviderRefused)
	if !strings.HasPrefix(e.Message, "GET /me: the API answered 401 Unauthorized: invalid_token") || e.Failure.Status != 401 {
		t.Errorf("%+v", e)
	}
	list, err := r.Connections(t.Context(), admin, runtime.ConnectionFilter{})
	if err != nil || len(list) != 0 {
		t.Errorf("%d connections are kept, %v", len(list), err)
	}
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Unavailable, On: fakeprovider.API, RetryAfter: 7})
	_, err = create("the-right-key-0123")
	if e := r.wantCode(err, runtime.CodeProviderUnavailable); e.RetryAfter != 7*time.Second {
		t.Errorf("%+v", e)
	}
	r.Provider.Misbehave()
	created, err := create("the-right-key-0123")
	r.ok(err)
	r.wantStatus(created.Connection.ID, runtime.Connected)
}

// lifecycle.md 14: a 401 renews once and repeats; all calls of one hook share the renewal.
func TestACallRenewsTheToken(t *testing.T) {
	for name, f := range map[string]files{
		"mapping": {"auth/test.rest.yml": testMap},
		"hook": {"auth/test.js": `exports.test = async ({apiClient}) => {
			const all = await Promise.all([1, 2, 3].map(() => apiClient.get('/me')))
			return all.every((one) => one.id) && (await apiClient.get('/me')).id
		}`},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, withAPI(f), fakeprovider.Options{})
			id := r.connect()
			before := r.stored(id).Token
			r.Provider.ExpireAccessTokens()
			if got := r.tested(id); !got.OK {
				t.Fatalf("%+v", got)
			}
			r.wantCalls("refresh_token", 1)
			after := r.wantStatus(id, runtime.Connected).Token
			if after.Access.Equal(before.Access) {
				t.Error("the new token is not stored")
			}
			events, err := r.Events(t.Context(), admin, id, "", 10)
			r.ok(err)
			if events[0].Kind != runtime.EventRefreshed || events[0].By != runtime.ByCall {
				t.Errorf("%+v", events[0])
			}
			r.Provider.WithdrawConsent() // the first answer counts where the renewal fails
			if got := r.tested(id); got.OK || !strings.Contains(got.Message, "401") {
				t.Errorf("%+v", got)
			}
		})
	}
}

// A token that somebody else has renewed meanwhile is used, without another renewal.
func TestACallUsesATokenThatIsNewer(t *testing.T) {
	var meanwhile atomic.Pointer[func()]
	trigger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if f := meanwhile.Load(); f != nil {
			(*f)()
		}
	}))
	defer trigger.Close()
	r := newRig(t, withAPI(files{
		"auth/test.js": "exports.test = async ({apiClient}) => { await fetch('" + trigger.URL + "'); return (await apiClient.get('/me')).id }",
	}), fakeprovider.Options{})
	id := r.connect()
	refresh := func() {
		if _, err := r.Refresh(t.Context(), admin, id); err != nil {
			t.Error(err)
		}
	}
	meanwhile.Store(&refresh)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Answer, On: fakeprovider.API, Status: 401, Body: "{}", Times: 1})
	if got := r.tested(id); !got.OK {
		t.Fatalf("%+v", got)
	}
	r.wantCalls("refresh_token", 1)
	if got := r.Provider.LastRequest(fakeprovider.API).Header.Get("Authorization"); got != "Bearer "+r.stored(id).Token.Access.Reveal() {
		t.Error("the call was not repeated with the newer token")
	}
}

// connection_is_defunct: only the user can bring the connection back.
func TestAConnectionThatTheAPICallsDead(t *testing.T) {
	dead := "responseHandlers: [{match: {$eval: {$var: response.statusCode}, is: 410}, error: {key: connection_is_defunct, message: the account is closed}}]\n"
	for name, f := range map[string]files{
		"mapping": {"auth/test.rest.yml": testMap, "auth/make-api-client.map.yml": apiClientMap + dead},
		"hook":    {"auth/test.js": "exports.test = ({apiClient}) => apiClient.get('/me')", "auth/make-api-client.map.yml": apiClientMap + dead},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, withAPI(f), fakeprovider.Options{})
			id := r.connect()
			r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Answer, On: fakeprovider.API, Status: 410, Body: "{}"})
			if got := r.tested(id); got.OK || got.Message != "the account is closed" {
				t.Fatalf("%+v", got)
			}
			if c := r.wantStatus(id, runtime.ReconnectRequired); c.LastError.Message != "the account is closed" {
				t.Errorf("%+v", c.LastError)
			}
			r.pass(2 * time.Hour) // as long as it lives the token is handed out
			r.refused(id, runtime.CodeReconnectRequired)
			if got := r.tested(id); got.OK || !strings.Contains(got.Message, "the account is closed") {
				t.Errorf("%+v", got)
			}
			r.wantCalls("refresh_token", 0)
		})
	}
}

// A makeApiClient that returns nonsense says which field, and hooks still run without their client.
func TestAClientThatCannotBeMade(t *testing.T) {
	for made, want := range map[string]string{
		"return {baseUrl: 'https://x.example'}":         `makeApiClient returned: baseUrl: "baseUrl" is not known here (did you mean "baseUri"?)`,
		"throw new Error('no client today')":            "no client today",
		"return {headers: {A: 'x\\r\\nB: y'}}":          "headers.A: it holds a line break",
		"return {responseHandlers: [{match: {$x: 1}}]}": "responseHandlers[0].match: ",
	} {
		r := newRig(t, withAPI(files{
			"auth/make-api-client.map.yml": "", "auth/make-api-client.js": "exports.makeApiClient = () => { " + made + " }", "auth/test.rest.yml": testMap,
		}), fakeprovider.Options{})
		if _, err := r.tryConnect(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", made, err, want)
		}
	}
}

// Hostile values in the path of a call, and answers that lead elsewhere.
func TestHostileCalls(t *testing.T) {
	var elsewhere atomic.Pointer[http.Request]
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { elsewhere.Store(r); fmt.Fprint(w, `{}`) }))
	defer foreign.Close()
	r := newRig(t, withAPI(files{"auth/test.js": `exports.test = async ({apiClient, connectionParameters: {path}}) => {
		try { await apiClient.get(path); return true } catch (e) { throw new Error(e.message) }
	}`, "spec.yml": oauth(nil)["spec.yml"] + "  inputSchema: {type: object, properties: {path: {type: string}}}\n"}), fakeprovider.Options{})
	try := func(path string) string {
		v := visitor{}
		_, callback := r.begin(v, runtime.NewConnection{Parameters: value.Of("path", path)})
		if _, err := r.Callback(t.Context(), "app", callback, v.browser()); err != nil {
			return err.Error()
		}
		return ""
	}
	for path, want := range map[string]string{
		"//evil.example/me": "a path may not begin with //", `/\evil.example`: `a path may not hold a \`, "/../me": "the segments . and ..",
		"/me\r\nHost: evil.example": "control character", "http://169.254.169.254/latest": "not among the allowed hosts",
		"https://u:p@127.0.0.1/": "user name or password", "/me#x": "may not hold a #",
	} {
		if got := try(path); !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Redirect, On: fakeprovider.API, Status: 307, Location: foreign.URL + "/x"})
	if got := try("/me"); got != "" {
		t.Error(got)
	}
	if got := elsewhere.Load(); got == nil || got.Header.Get("Authorization") != "" {
		t.Errorf("the other port got %+v", got)
	}
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Redirect, On: fakeprovider.API, Status: 307, Location: "https://evil.example/x"})
	if got := try("/me"); !strings.Contains(got, "not among the allowed hosts") {
		t.Error(got)
	}
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Oversized, On: fakeprovider.API, Size: 40 << 20})
	if got := try("/me"); !strings.Contains(got, "more than") && !strings.Contains(got, "larger than") {
		t.Error(got)
	}
}
