package runtime_test

import (
	"testing"
	"time"

	"claviger/runtime"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/grant"
)

// refreshing is a folder whose refreshCredentials is the given function body.
func refreshing(body string) files {
	return oauth(files{
		"spec.yml":                    oauth(nil)["spec.yml"] + "  refreshCredentials: {implementationType: javascript}\n",
		"auth/refresh-credentials.js": "exports.refreshCredentials = async ({connectorParameters, connectionParameters, credentials}) => {\n" + body + "\n}\n",
	})
}

// seedStyle is what the format's documentation shows: it looks at no status, so that where the provider refuses the access
// token is undefined.
const seedStyle = `
  const response = await fetch(connectorParameters.baseUrl + '/token', {
    method: 'POST',
    headers: {'Content-Type': 'application/x-www-form-urlencoded'},
    body: new URLSearchParams({
      grant_type: 'refresh_token', refresh_token: credentials.refresh_token,
      client_id: connectorParameters.clientId, client_secret: connectorParameters.clientSecret
    })
  });
  const answer = await response.json().catch(() => ({}));
  return {
    access_token: answer.access_token,
    refresh_token: answer.refresh_token || credentials.refresh_token,
    expires_at: answer.expires_in ? Date.now() + answer.expires_in * 1000 : undefined
  };`

func TestRefreshCredentialsMerges(t *testing.T) {
	r := newRig(t, refreshing(`return {access_token: 'new-access-token', team: null, shown: undefined, realm: 'r', expires_in: 60}`), fakeprovider.Options{})
	r.Provider.Misbehave(answered("", map[string]any{"team": "t", "shown": "s", "expires_at": time.Now().Add(time.Hour).Unix()}))
	id := r.connect()
	refresh := r.stored(id).Token.Refresh
	r.pass(time.Hour)
	c := r.credentials(id).Credentials
	if c.Text("access_token") != "new-access-token" || c.Has("team") || c.Text("shown") != "s" || c.Text("realm") != "r" || c.Has("expires_at") {
		t.Errorf("merged to %s", r.credentials(id).JSON)
	}
	if !r.stored(id).Token.Refresh.Equal(refresh) {
		t.Error("the refresh token that the hook left alone is gone")
	}
	r.wantExpiry(id, time.Minute)
}

func TestRefreshCredentialsOfARenamedToken(t *testing.T) {
	r := newRig(t, files{
		"spec.yml": oauth(nil)["spec.yml"] + `
  getCredentialsFromTokenResponse: {implementationType: mapping}
  refreshCredentials: {implementationType: javascript}
`,
		"auth/get-oauth-config.map.yml":                    oauthConfig(""),
		"auth/get-credentials-from-token-response.map.yml": "token: {$var: tokenResponse.access_token}\n",
		"auth/refresh-credentials.js": `exports.refreshCredentials = ({credentials}) =>
			({token: credentials.access_token + ' after ' + credentials.token.length, expires_in: 60})`,
	}, fakeprovider.Options{})
	id := r.connect()
	r.pass(time.Hour)
	if c := r.credentials(id).Credentials; len(c.Text("token")) < 50 || c.Has("access_token") {
		t.Errorf("%s", r.credentials(id).JSON)
	}
}

// A result without a fresh token is a failure whatever else it holds; its class comes from what is known (format.md 3).
func TestResultWithoutAToken(t *testing.T) {
	fault := func(mode fakeprovider.Mode) fakeprovider.Fault {
		return fakeprovider.Fault{Mode: mode, Grant: "refresh_token"}
	}
	for name, c := range map[string]struct {
		body  string
		fault fakeprovider.Fault
		class grant.Class
		code  runtime.Code
	}{
		"the last answer says invalid_grant":    {seedStyle, fault(fakeprovider.InvalidGrant), grant.Reauth, runtime.CodeReconnectRequired},
		"the last answer says invalid_client":   {seedStyle, fault(fakeprovider.InvalidClient), grant.Misconfigured, runtime.CodeMisconfigured},
		"the last answer asks to come later":    {seedStyle, fault(fakeprovider.RateLimited), grant.Transient, runtime.CodeProviderUnavailable},
		"the last answer is HTML":               {seedStyle, fault(fakeprovider.HTML), grant.Malformed, runtime.CodeProviderMalformed},
		"the last answer is a gateway's 503":    {seedStyle, fault(fakeprovider.Unavailable), grant.Unknown, runtime.CodeUnknownOutcome},
		"error in the result":                   {`return {error: 'invalid_grant'}`, fakeprovider.Fault{}, grant.Reauth, runtime.CodeReconnectRequired},
		"error in the result beats the answer":  {seedStyle[:len(seedStyle)-3] + ", error: 'temporarily_unavailable'};", fault(fakeprovider.InvalidGrant), grant.Transient, runtime.CodeProviderUnavailable},
		"no fetch and no error":                 {`return {expires_in: 60, team: 'x'}`, fakeprovider.Fault{}, grant.Malformed, runtime.CodeProviderMalformed},
		"an empty token":                        {`return {access_token: ''}`, fakeprovider.Fault{}, grant.Malformed, runtime.CodeProviderMalformed},
		"the old token":                         {`return {access_token: credentials.access_token}`, fakeprovider.Fault{}, grant.Malformed, runtime.CodeProviderMalformed},
		"nothing":                               {`return undefined`, fakeprovider.Fault{}, grant.Malformed, runtime.CodeProviderMalformed},
		"NaN in it":                             {`return {access_token: 'a-new-token', expires_in: NaN}`, fakeprovider.Fault{}, grant.Internal, runtime.CodeConnectorFailed},
		"a thrown error":                        {`throw new Error('no')`, fakeprovider.Fault{}, grant.Internal, runtime.CodeConnectorFailed},
		"a thrown code":                         {`throw Object.assign(new Error('no'), {code: 'invalid_grant'})`, fakeprovider.Fault{}, grant.Reauth, runtime.CodeReconnectRequired},
		"a thrown code of one who may retry":    {`throw Object.assign(new Error('no'), {code: 'busy', retryAfter: 7})`, fakeprovider.Fault{}, grant.Transient, runtime.CodeProviderUnavailable},
		"thrown after the provider has refused": {seedStyle + "\n  throw new Error('no')", fault(fakeprovider.InvalidGrant), grant.Reauth, runtime.CodeReconnectRequired},
		"a reset that the hook swallows":        {`try {` + seedStyle + `} catch { return {} }`, fault(fakeprovider.Reset), grant.Unknown, runtime.CodeUnknownOutcome},
		"a host that is not allowed":            {`await fetch('https://elsewhere.example/token'); return {}`, fakeprovider.Fault{}, grant.Misconfigured, runtime.CodeMisconfigured},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := c.body
			if name == "thrown after the provider has refused" {
				body = `const answer = await fetch(connectorParameters.baseUrl + '/token', {method: 'POST', body: new URLSearchParams({grant_type: 'refresh_token'})}); if (!answer.ok) throw new Error('no')`
			}
			f := refreshing(body)
			if name == "a host that is not allowed" {
				f["spec.yml"] = "allowedHosts: ['127.0.0.1']\n" + f["spec.yml"]
			}
			r := newRig(t, f, fakeprovider.Options{})
			id := r.connect()
			before := r.stored(id).Token
			if c.fault.Mode != "" {
				r.Provider.Misbehave(c.fault)
			}
			r.pass(time.Hour)
			e := r.refused(id, c.code)
			if e.Failure == nil || e.Failure.Class != c.class || e.Failure.Method != "refreshCredentials" || e.Failure.File == "" {
				t.Errorf("the failure is %+v", e.Failure)
			}
			after := r.stored(id)
			if !after.Token.Access.Equal(before.Access) || !after.Token.Refresh.Equal(before.Refresh) || after.LastError.Class != c.class {
				t.Errorf("stored %+v", after.LastError)
			}
		})
	}
}

func TestGetTokenDataWithoutAToken(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		code runtime.Code
	}{
		"an undefined token":    {`return {access_token: undefined}`, runtime.CodeProviderMalformed},
		"an error in it":        {`return {error: 'invalid_grant', access_token: 'never-looked-at'}`, runtime.CodeProviderRefused},
		"a thrown code":         {`throw Object.assign(new Error('no'), {code: 'invalid_client'})`, runtime.CodeMisconfigured},
		"nothing":               {``, runtime.CodeProviderMalformed},
		"a token that is a map": {`return {access_token: {}}`, runtime.CodeProviderMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, oauth(files{
				"spec.yml":               oauth(nil)["spec.yml"] + "  getTokenData: {implementationType: javascript}\n",
				"auth/get-token-data.js": "exports.getTokenData = async () => {" + c.body + "}",
			}), fakeprovider.Options{})
			id, err := r.tryConnect()
			r.wantCode(err, c.code)
			if f := r.wantStatus(id, runtime.Failed).LastError; f == nil || f.Method != "getTokenData" {
				t.Errorf("%+v", f)
			}
		})
	}
}
