package runtime_test

import (
	"strings"
	"testing"
	"time"

	"claviger/runtime"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/grant"
)

const (
	exchangeMap = `
path: {$concat: [{$var: connectorParameters.baseUrl}, /token]}
method: post
requestMapping:
  form:
    grant_type: authorization_code
    code: {$var: queryParameters.code}
    redirect_uri: {$var: redirectUri}
    code_verifier: {$var: codeVerifier}
    client_id: {$var: connectorParameters.clientId}
    client_secret: {$var: connectorParameters.clientSecret}
`
	refreshMap = `
path: {$concat: [{$var: connectorParameters.baseUrl}, /token]}
method: POST
requestMapping:
  form:
    grant_type: refresh_token
    refresh_token: {$var: credentials.refresh_token}
    client_id: {$var: connectorParameters.clientId}
    client_secret: {$var: connectorParameters.clientSecret}
responseMapping:
  access_token: {$var: response.data.access_token}
  refresh_token: {$var: response.data.refresh_token}
  expires_in: {$var: response.data.expires_in}
`
	profileMap = `
path: {$concat: [{$var: connectorParameters.baseUrl}, /api/me]}
method: GET
requestMapping:
  headers: {Authorization: {$concat: ['Bearer ', {$var: tokenResponse.access_token}]}}
responseMapping:
  access_token: {$var: tokenResponse.access_token}
  account: {$var: response.data.id}
`
)

func restful(more files) files {
	f := files{
		"auth/get-token-data.rest.yml": exchangeMap, "auth/refresh-credentials.rest.yml": refreshMap,
		"auth/get-credentials-from-token-response.rest.yml": profileMap,
	}
	for path, content := range more {
		f[path] = content
	}
	return oauth(f)
}

// Every method that asks for tokens or makes credentials of them may be a rest-api-mapping.
func TestTokensByRESTMapping(t *testing.T) {
	r := newRig(t, restful(nil), fakeprovider.Options{})
	id := r.connect()
	first := r.credentials(id).Credentials
	if first.Text("account") == "" || first.Text("access_token") == "" {
		t.Fatalf("%v", first.Keys())
	}
	for range 2 {
		before := r.stored(id).Token
		r.pass(time.Hour)
		renewed := r.credentials(id).Credentials
		after := r.stored(id).Token
		if renewed.Text("access_token") == before.Access.Reveal() || renewed.Text("account") != first.Text("account") || after.Refresh.Equal(before.Refresh) || after.ExpiresAt.IsZero() {
			t.Fatal("not renewed")
		}
	}
	r.wantCalls("authorization_code", 1)
	r.wantCalls("refresh_token", 2)
}

// A refusal of the mapping's request has the class of the answer, as of a token endpoint's.
func TestRefusedTokensByRESTMapping(t *testing.T) {
	for name, test := range map[string]struct {
		fault fakeprovider.Fault
		code  runtime.Code
		class grant.Class
		calls int
	}{
		"invalid_grant": {fakeprovider.Fault{Mode: fakeprovider.InvalidGrant}, runtime.CodeReconnectRequired, grant.Reauth, 1},
		"unavailable":   {fakeprovider.Fault{Mode: fakeprovider.TemporarilyUnavailable}, runtime.CodeProviderUnavailable, grant.Transient, 1},
		"html":          {fakeprovider.Fault{Mode: fakeprovider.HTML}, runtime.CodeProviderMalformed, grant.Malformed, 2},
		"lost":          {fakeprovider.Fault{Mode: fakeprovider.Reset, Processed: true}, runtime.CodeUnknownOutcome, grant.Unknown, 1},
		"redirect":      {fakeprovider.Fault{Mode: fakeprovider.Redirect, Status: 307, Location: "/elsewhere"}, runtime.CodeProviderMalformed, grant.Malformed, 2},
		"no token":      {fakeprovider.Fault{Mode: fakeprovider.Set, Set: map[string]any{"access_token": nil}}, runtime.CodeProviderMalformed, grant.Malformed, 2},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, restful(nil), fakeprovider.Options{})
			id := r.connect()
			r.pass(time.Hour)
			test.fault.Grant = "refresh_token"
			r.Provider.Misbehave(test.fault)
			r.refused(id, test.code)
			c := r.stored(id)
			if f := c.LastError; f == nil || f.Class != test.class || f.Method != "refreshCredentials" || !strings.HasPrefix(f.File, "auth/refresh-credentials.rest.yml") {
				t.Errorf("%+v", f)
			}
			if calls := r.Provider.TokenCalls("refresh_token"); calls != test.calls && name != "no token" {
				t.Errorf("%d calls", calls)
			}
		})
	}
}

// A response handler's word counts in a refresh too.
func TestARefreshThatTheClientCallsDefunct(t *testing.T) {
	r := newRig(t, restful(files{"auth/make-api-client.map.yml": "responseHandlers: [{match: {$eval: {$var: response.data.state}, is: closed}, error: {key: connection_is_defunct, message: closed for good}}]"}), fakeprovider.Options{})
	id := r.connect()
	r.pass(time.Hour)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Answer, Grant: "refresh_token", Status: 200, Body: `{"state": "closed"}`, Header: map[string]string{"Content-Type": "application/json"}})
	if e := r.refused(id, runtime.CodeReconnectRequired); !strings.Contains(e.Message, "closed for good") {
		t.Error(e)
	}
}

// An answer that has come is not lost with what is made of it (lifecycle.md 2).
func TestARecordedAnswerOfARESTMapping(t *testing.T) {
	broken := strings.Replace(refreshMap, "responseMapping:", "responseMapping:\n  again: {$concat: [{$var: response.data.scope}, {$now: true}]}\n  x: {$hash: {algorithm: sha256, value: {$var: response.data}}}", 1)
	r := newRig(t, restful(files{"auth/refresh-credentials.rest.yml": broken}), fakeprovider.Options{})
	id := r.connect()
	r.pass(time.Hour)
	if _, err := r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{}); err == nil {
		t.Fatal("the mapping works, and so is no test of what is kept")
	}
	r.reload("app", restful(nil))
	r.pass(time.Minute)
	r.credentials(id)
	r.wantCalls("refresh_token", 1)
}

func TestDisconnectByRESTMapping(t *testing.T) {
	folder := withAPI(files{"auth/disconnect.rest.yml": "path: /echo\nmethod: POST\nrequestMapping: {data: {token: {$var: credentials.refresh_token}}}\n"})
	for name, test := range map[string]struct {
		fault   []fakeprovider.Fault
		revoked bool
		calls   int
		message string
	}{
		"works":   {nil, true, 1, ""},
		"passing": {[]fakeprovider.Fault{{Mode: fakeprovider.Unavailable, On: fakeprovider.API, Times: 1}}, true, 2, ""},
		"down":    {[]fakeprovider.Fault{{Mode: fakeprovider.Unavailable, On: fakeprovider.API}}, false, 3, "the API answered 503"},
		"refused": {[]fakeprovider.Fault{{Mode: fakeprovider.Answer, On: fakeprovider.API, Status: 403, Body: "no"}}, false, 1, "the API answered 403 Forbidden: no"},
	} {
		r := newRig(t, folder, fakeprovider.Options{})
		id := r.connect()
		refresh := r.stored(id).Token.Refresh.Reveal()
		r.Provider.Misbehave(test.fault...)
		gone, err := r.DeleteConnection(t.Context(), admin, id)
		r.ok(err)
		if gone.Revoked != test.revoked || !strings.Contains(gone.Reason, test.message) || gone.Revoked == (gone.Reason != "") {
			t.Errorf("%s: %+v", name, gone)
		}
		if calls := r.Provider.Calls(fakeprovider.API); calls != test.calls {
			t.Errorf("%s: %d calls", name, calls)
		}
		if body := string(r.Provider.LastRequest(fakeprovider.API).Body); body != `{"token":"`+refresh+`"}` {
			t.Errorf("%s: sent %s", name, body)
		}
		if _, err := r.Connection(t.Context(), admin, id); err == nil {
			t.Errorf("%s: it is still there", name)
		}
	}
}

// Canary: what the API echoes of secrets is in no message, event or stored failure.
func TestSecretsOfCallsAreNotTold(t *testing.T) {
	r := newRig(t, withAPI(files{
		"auth/make-api-client.map.yml": apiClientMap + "query: {api_key: {$var: credentials.refresh_token}}\n",
		"auth/test.js":                 "exports.test = ({apiClient, credentials}) => apiClient.get('/echo?session=' + credentials.access_token)",
	}), fakeprovider.Options{})
	id := r.connect()
	stored := r.stored(id)
	access, refresh := stored.Token.Access.Reveal(), stored.Token.Refresh.Reveal()
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Answer, On: fakeprovider.API, Status: 403, Header: map[string]string{"Content-Type": "application/json"},
		Body: `{"error": "bad", "error_description": "key ` + refresh + ` and token ` + access + `"}`})
	got := r.tested(id)
	if got.OK || strings.Contains(got.Message, access) || strings.Contains(got.Message, refresh) {
		t.Errorf("%+v", got)
	}
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Unavailable, On: fakeprovider.API})
	if got := r.tested(id); got.OK || strings.Contains(got.Message, access) || !strings.Contains(got.Message, "/echo: the API answered 503") {
		t.Errorf("%+v", got)
	}
}
