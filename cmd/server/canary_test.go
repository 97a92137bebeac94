package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"claviger/runtime/fakeprovider"
)

// leakyFolder throws, logs and returns what it should not, in the method that connectorParameters.leak names.
var leakyFolder = map[string]string{
	"spec.yml": `
name: Leaky
parametersSchema:
  type: object
  required: [baseUrl, clientId, clientSecret, leak]
  additionalProperties: false
  properties:
    baseUrl: {type: string, format: uri}
    clientId: {type: string}
    clientSecret: {type: string, format: password}
    leak: {type: string}
auth:
  type: oauth2
  getOAuthConfig: {implementationType: javascript}
  getTokenData: {implementationType: javascript}
  getCredentialsFromTokenResponse: {implementationType: javascript}
  refreshCredentials: {implementationType: javascript}
  getConnectionLabel: {implementationType: javascript}
  getAccountId: {implementationType: javascript}
  makeApiClient: {implementationType: javascript}
  test: {implementationType: javascript}
  disconnect: {implementationType: javascript}
`,
	"auth/get-oauth-config.js": `
const {leak} = require('../lib/leak.js');
exports.getOAuthConfig = (all) => {
  leak('getOAuthConfig', all);
  const {baseUrl, clientId, clientSecret} = all.connectorParameters;
  return {clientId, clientSecret, authorizeUri: baseUrl + '/authorize', tokenUri: baseUrl + '/token', clientAuthLocation: 'body'};
};
`,
	"lib/leak.js": `
const print = (v) => {
  if (typeof v === 'object' && v !== null) return Object.values(v).forEach(print);
  const text = String(v), buffer = Buffer.from(text);
  if (text.length < 8) return;
  console.debug(text, text.toUpperCase() === text ? '' : [text], escape(text));
  console.info(encodeURI(text), encodeURIComponent(text), new URLSearchParams({a: text}).toString());
  console.warn(buffer.toString('base64'), Buffer.from('x' + text).toString('base64url'), Buffer.from('xy' + text + 'z').toString('base64'));
  console.error('%s %j %o', buffer.toString('hex'), {text}, new Error(text));
};
exports.leak = (here, all) => {
  console.log(here, all);
  print(all);
  if (all.connectorParameters.leak !== here) return;
  const text = JSON.stringify(all);
  throw new Error('failed with ' + text + encodeURIComponent(text) + btoa(unescape(encodeURIComponent(text))) + Buffer.from(text).toString('hex'));
};
exports.post = async (all, fields) => {
  const answer = await fetch(all.connectorParameters.baseUrl + '/token', {method: 'POST', body: new URLSearchParams({
    client_id: all.connectorParameters.clientId, client_secret: all.connectorParameters.clientSecret, ...fields})});
  return await answer.json();
};
`,
	"auth/get-token-data.js": `
const {leak, post} = require('../lib/leak.js');
exports.getTokenData = async (all) => {
  const answer = await post(all, {grant_type: 'authorization_code', code: all.queryParameters.code, redirect_uri: all.redirectUri, code_verifier: all.codeVerifier});
  leak('getTokenData', {...all, answer});
  if (all.connectorParameters.leak === 'noToken') return {oops: answer};
  return answer;
};
`,
	"auth/get-credentials-from-token-response.js": `
const {leak} = require('../lib/leak.js');
exports.getCredentialsFromTokenResponse = async (all) => {
  leak('getCredentialsFromTokenResponse', all);
  return all.tokenResponse;
};
`,
	"auth/refresh-credentials.js": `
const {leak, post} = require('../lib/leak.js');
exports.refreshCredentials = async (all) => {
  const answer = await post(all, {grant_type: 'refresh_token', refresh_token: all.credentials.refresh_token});
  leak('refreshCredentials', {...all, answer});
  return answer;
};
`,
	"auth/make-api-client.js": `
const {leak} = require('../lib/leak.js');
exports.makeApiClient = (all) => {
  leak('makeApiClient', all);
  return {baseUri: all.connectorParameters.baseUrl, auth: {username: 'canary', password: all.credentials.access_token}, query: {api_key: all.credentials.access_token}};
};
`,
	"auth/test.js": `
const {leak} = require('../lib/leak.js');
exports.test = async (all) => {
  leak('test', all);
  const {connectorParameters: {clientId, clientSecret}, credentials: {access_token, refresh_token}} = all;
  const sent = {grant_type: 'ping', access_token, refresh_token, client_id: clientId, client_secret: clientSecret};
  try {
    await all.apiClient.post('/token', new URLSearchParams(sent), {headers: {Authorization: null}});
  } catch (e) {
    if (e.code !== 'unsupported_grant_type') throw e; // the honest answer
  }
  return true;
};
`,
	"auth/disconnect.js":           "const {leak} = require('../lib/leak.js');\nexports.disconnect = async (all) => { leak('disconnect', all); await all.apiClient.delete('/nowhere', all.credentials); };\n",
	"auth/get-connection-label.js": "const {leak} = require('../lib/leak.js');\nexports.getConnectionLabel = async (all) => { leak('getConnectionLabel', all); return 'a label'; };\n",
	"auth/get-account-id.js":       "const {leak} = require('../lib/leak.js');\nexports.getAccountId = async (all) => { leak('getAccountId', all); return 'an account'; };\n",
}

// parrot is a provider whose token endpoint answers with what it was sent, in a form of its choice.
type parrot struct {
	*fakeprovider.Provider

	mu    sync.Mutex
	say   func(values []string) (status int, contentType, body string) // nil: it is honest
	heard []string                                                     // secrets that only requests hold: verifiers
}

func (p *parrot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/token" && r.URL.Path != "/revoke" {
		p.Provider.ServeHTTP(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body) // a short body is refused below
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, _ := url.ParseQuery(string(body))
	values := []string{form.Get("code"), form.Get("refresh_token"), form.Get("token"), form.Get("client_secret"), form.Get("code_verifier"), r.Header.Get("Authorization")}
	if id, secret, ok := r.BasicAuth(); ok {
		values = append(values, secret, id+":"+secret)
	}
	p.mu.Lock()
	if verifier := form.Get("code_verifier"); verifier != "" {
		p.heard = append(p.heard, verifier)
	}
	say := p.say
	p.mu.Unlock()
	if say == nil {
		p.Provider.ServeHTTP(w, r)
		return
	}
	status, contentType, text := say(slices.DeleteFunc(values, func(v string) bool { return v == "" }))
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	io.WriteString(w, text)
}

func (p *parrot) Say(f func([]string) (int, string, string)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.say = f
}

func (p *parrot) Secrets() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append(p.Provider.Secrets(), p.heard...)
}

// sayings are the ways of a provider that echoes.
func sayings() map[string]func([]string) (int, string, string) {
	failing := func(status int, code string, encode func(string) string) func([]string) (int, string, string) {
		return func(values []string) (int, string, string) {
			var said []string
			for _, v := range values {
				said = append(said, encode(v))
			}
			text, _ := json.Marshal(map[string]any{"error": code, "error_description": "you sent " + strings.Join(said, " and "), "request": said})
			return status, "application/json", string(text)
		}
	}
	plain := func(s string) string { return s }
	return map[string]func([]string) (int, string, string){
		"plain":           failing(400, "invalid_request", plain),
		"a second time":   failing(400, "invalid_grant", func(s string) string { return s + s }),
		"URL-encoded":     failing(400, "server_error", url.QueryEscape),
		"path-encoded":    failing(400, "temporarily_unavailable", url.PathEscape),
		"base64":          failing(400, "invalid_scope", func(s string) string { return base64.StdEncoding.EncodeToString([]byte("x" + s)) }),
		"base64url":       failing(400, "invalid_target", func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("xy" + s)) }),
		"hex":             failing(400, "invalid_request", func(s string) string { return hex.EncodeToString([]byte(s)) }),
		"HEX":             failing(429, "slow_down", func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) }),
		"JSON in JSON":    failing(400, "invalid_request", func(s string) string { text, _ := json.Marshal([]string{s}); return string(text) }),
		"HTML":            failing(400, "invalid_request", html.EscapeString),
		"with status 200": failing(200, "invalid_grant", plain),
		"as the error": func(values []string) (int, string, string) {
			text, _ := json.Marshal(map[string]any{"error": values[0], "error_description": strings.Join(values, " ")})
			return 400, "application/json", string(text)
		},
		"a page": func(values []string) (int, string, string) {
			return 502, "text/html", "<html><body><h1>Bad gateway</h1><pre>" + strings.Join(values, "\n") + "</pre></body></html>"
		},
		"no token": func(values []string) (int, string, string) {
			text, _ := json.Marshal(map[string]any{"echo": values, "ok": true})
			return 200, "application/json", string(text)
		},
		"a form": func(values []string) (int, string, string) {
			return 200, "application/x-www-form-urlencoded", url.Values{"error": {"bad_verification_code"}, "error_description": {strings.Join(values, " ")}}.Encode()
		},
		"at the cut": func(values []string) (int, string, string) {
			return 400, "text/plain", strings.Repeat("x", 470) + strings.Join(values, "") + strings.Repeat("y", 490) + strings.Join(values, "")
		},
	}
}

// canary collects everything that came out of the server, but the answers of /credentials.
type canary struct {
	*shop
	p *parrot

	mu     sync.Mutex
	out    bytes.Buffer
	events bytes.Buffer // answers of /events once more: what may stand in another answer, such as a state, may not stand there
	states []string
}

// RoundTrip records what the server answers. Answers of the provider are no concern of ours.
func (c *canary) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !strings.HasPrefix(r.URL.String(), c.URL) || strings.HasSuffix(r.URL.Path, "/credentials") && response.StatusCode == http.StatusOK ||
		strings.HasSuffix(r.URL.Path, "/sessions") && response.StatusCode == http.StatusCreated || response.Header.Get("Claviger-Upstream") == "1" {
		return response, err // who gets them is to have what is in them
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(&c.out, "\n%s %s: %s\n", r.Method, r.URL.Path, response.Status)
	for name, values := range response.Header {
		if name == "Set-Cookie" {
			continue // the browser's own
		}
		fmt.Fprintln(&c.out, name, values)
	}
	c.out.Write(body)
	if strings.HasSuffix(r.URL.Path, "/events") {
		c.events.Write(body)
	}
	return response, nil
}

// call uses the API and keeps the answer for the search.
func (c *canary) call(key, method, path string, body any) answer {
	c.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	if body == nil {
		text = nil
	}
	r, err := http.NewRequest(method, c.URL+path, bytes.NewReader(text))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	a, err := do(&http.Client{Transport: c}, r)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

func (c *canary) browser() *browser {
	b := newBrowser(c.t)
	b.c.Transport = c
	return b
}

// connect walks a flow whose end may be bad, and returns the connection.
func (c *canary) connect(key, integration string) string {
	c.t.Helper()
	m := c.call(key, "POST", "/v1/connections", map[string]any{"integration": integration, "owner": "canary"}).JSON(c.t)
	b := c.browser()
	_, authorize := b.Get(m["connectUrl"].(string))
	_, callback := b.Get(authorize + "&approve=1")
	b.Follow(callback)
	u, err := url.Parse(authorize)
	if err != nil {
		c.t.Fatal(err)
	}
	c.states = append(c.states, u.Query().Get("state"))
	return m["id"].(string)
}

// forms are the ways in which a secret could show.
func forms(secret string) [][]byte {
	quoted, _ := json.Marshal(secret)
	ascii := fmt.Sprintf("%+q", secret)
	texts := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret), hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))),
		strings.Trim(string(quoted), `"`), strings.Trim(ascii, `"`),
	}
	if len(secret) > 40 { // a part of a long one is too much
		texts = append(texts, secret[:20], secret[len(secret)-20:])
	}
	for offset := range 3 {
		padded := append(make([]byte, offset), secret...)
		for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := e.EncodeToString(padded)
			first := []int{0, 2, 3}[offset] // characters that the bytes before have a part in
			last := len(text)
			if len(padded)%3 != 0 {
				last-- // and those behind
			}
			texts = append(texts, text[first:last])
		}
	}
	var all [][]byte
	for _, text := range texts {
		all = append(all, []byte(text))
	}
	return all
}

// search looks for secrets in everything that somebody could read.
func search(t *testing.T, what string, text []byte, secrets []string) {
	t.Helper()
	for _, secret := range secrets {
		for _, form := range forms(secret) {
			if at := bytes.Index(text, form); at >= 0 {
				t.Errorf("%s holds %q:\n…%s…", what, form, text[max(0, at-300):min(len(text), at+len(form)+100)])
				break
			}
		}
	}
}

func openCanary(t *testing.T, args ...string) *canary {
	t.Helper()
	const secret = `canary+client/secret="ä€-0123456789`
	p := &parrot{Provider: fakeprovider.New(fakeprovider.Options{
		Clients: []fakeprovider.Client{{ID: clientID, Secret: secret}}, APIKey: apiKey, Username: "canary", Password: "canary password/+&\"4711", Implicit: true,
		TokenExtra: map[string]any{"id_token": "canary.id.token-0123456789", "nested": map[string]any{"id_token": "canary.nested.token-0123456789"}},
	})}
	t.Cleanup(p.Close)
	base := fakeprovider.Serve(t, p)
	dir := t.TempDir()
	writeFolder(t, filepath.Join(dir, "form"), formFolder)
	writeFolder(t, filepath.Join(dir, "leaky"), leakyFolder)
	s := startServer(t, append([]string{"--egress-allow", "127.0.0.1", "--connectors", folder(t, "."), "--connectors", dir}, args...)...)
	return &canary{shop: &shop{s, p.Provider, base}, p: p}
}

const typedPassword = `typed password/+&"<ä>4711`

// One run of everything, with a provider that echoes and hooks that tell all they know; then no secret is in anything
// that was written, and no handle in anything that lasts.
func TestCanary(t *testing.T) {
	t.Parallel()
	c := openCanary(t)
	secret := c.p.Provider.Secrets()[0]
	for _, s := range c.p.Provider.Secrets() {
		if strings.HasPrefix(s, "canary+client") {
			secret = s
		}
	}
	_, useKey := c.Key("--scope", "use", "--scope", "connect", "--owner", "canary")
	parameters := map[string]any{"baseUrl": c.base, "clientId": clientID, "clientSecret": secret}
	with := func(name string, v any) map[string]any {
		m := map[string]any{name: v}
		for k, v := range parameters {
			m[k] = v
		}
		return m
	}
	integrate := func(key, connector string, p map[string]any, more ...string) {
		t.Helper()
		body := map[string]any{"connector": connector, "parameters": p, "requireCompletion": len(more) > 0, "hookLogs": true}
		if len(more) > 0 {
			body["returnUrls"] = more
		}
		if a := c.call(adminKey, "PUT", "/v1/integrations/"+key, body); a.Status != http.StatusOK {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	integrate("headers", "oauth-headers", parameters)
	integrate("body", "oauth-body", parameters)
	hooks := with("tokenUri", c.base+"/token")
	hooks["profileUri"] = c.base + "/api/me"
	integrate("hooks", "oauth-hooks", hooks)
	integrate("grant", "oauth-client-credentials", parameters)
	integrate("held", "oauth-body", parameters, "https://app.example")
	integrate("key", "api-key", map[string]any{"baseUrl": c.base})
	integrate("form", "form", nil)
	leaks := []string{"none", "getTokenData", "noToken", "getCredentialsFromTokenResponse", "refreshCredentials", "getConnectionLabel", "getAccountId", "makeApiClient", "test", "disconnect"}
	for _, leak := range leaks {
		integrate("leaky-"+strings.ToLower(leak), "leaky", with("leak", leak))
	}

	// Good flows, renewals, a completion.
	var handles []string
	for _, integration := range []string{"headers", "body", "hooks"} {
		id := c.connect(useKey, integration)
		if a := c.call(useKey, "GET", "/v1/connections/"+id+"/credentials", nil); a.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", integration, a.Status, a.Body)
		}
		c.call(useKey, "POST", "/v1/connections/"+id+"/refresh", nil)
		c.call(useKey, "GET", "/v1/connections/"+id+"/credentials?include=refresh_token", nil)
		c.call(useKey, "POST", "/v1/connections/"+id+"/reconnect", nil)
	}
	c.call(useKey, "POST", "/v1/connections", map[string]any{"integration": "grant", "owner": "canary"})
	c.call(useKey, "POST", "/v1/connections", map[string]any{"integration": "key", "owner": "canary", "parameters": map[string]any{"apiKey": apiKey}})
	handles = append(handles, c.complete(useKey)...)

	// The provider echoes, at the exchange and at a renewal of each kind of connector.
	for name, say := range sayings() {
		t.Log("the provider echoes", name)
		for _, integration := range []string{"headers", "body", "hooks", "leaky-none"} {
			id := c.connect(useKey, integration)
			c.p.Say(say)
			c.call(useKey, "POST", "/v1/connections/"+id+"/refresh", nil)
			c.call(useKey, "POST", "/v1/connections/"+id+"/test", nil)
			c.call(useKey, "GET", "/v1/connections/"+id, nil)
			failed := c.connect(useKey, integration)
			c.call(useKey, "GET", "/v1/connections/"+failed, nil)
			c.call(useKey, "GET", "/v1/connections/"+failed+"/credentials", nil)
			c.call(useKey, "POST", "/v1/connections", map[string]any{"integration": "grant", "owner": "canary"})
			c.call(useKey, "GET", "/v1/connections/"+id+"/events", nil)
			c.call(useKey, "DELETE", "/v1/connections/"+id, nil)
			c.p.Say(nil)
			// What held renewals back goes with new parameters.
			integrate("headers", "oauth-headers", parameters)
			integrate("body", "oauth-body", parameters)
		}
	}

	// Hooks tell all they know.
	for _, leak := range leaks {
		id := c.connect(useKey, "leaky-"+strings.ToLower(leak))
		c.call(useKey, "GET", "/v1/connections/"+id, nil)
		c.call(useKey, "POST", "/v1/connections/"+id+"/refresh", nil)
		c.call(useKey, "POST", "/v1/connections/"+id+"/test", nil)
		c.call(useKey, "GET", "/v1/connections/"+id, nil)
		c.call(useKey, "DELETE", "/v1/connections/"+id, nil)
	}

	// What was typed, wrong and right; secrets in requests that are refused.
	m := c.call(useKey, "POST", "/v1/connections", map[string]any{"integration": "form", "owner": "canary"}).JSON(t)
	link := m["connectUrl"].(string)
	handles = append(handles, link[strings.LastIndex(link, "/")+1:])
	b := c.browser()
	b.Get(link)
	typed := url.Values{"domain": {"NOT GOOD"}, "region": {"eu"}, "apiKey": {typedPassword}}
	b.Post(link, typed)
	typed.Set("domain", "acme")
	b.Post(link, typed)
	c.call(useKey, "GET", "/v1/connections/"+m["id"].(string), nil)
	c.call(adminKey, "PUT", "/v1/integrations/refused", map[string]any{"connector": "oauth-body", "parameters": map[string]any{"baseUrl": secret, "clientSecret": secret, secret[:6]: 1}})
	c.call(adminKey, "PUT", "/v1/integrations/refused", map[string]any{"connector": "oauth-body", "parameters": secret})
	c.call(useKey, "POST", "/v1/connections", map[string]any{"integration": "key", "owner": "canary", "parameters": map[string]any{"apiKey": []string{typedPassword}}})
	c.call(useKey+"x", "GET", "/v1/connections", nil)

	// Everything that can be listed, before and after a restart.
	for range 2 {
		for _, path := range []string{"/v1/integrations", "/v1/connections?limit=1000", "/v1/connectors", "/metrics", "/openapi.json", "/readyz"} {
			c.call(adminKey, "GET", path, nil)
		}
		for _, one := range c.call(useKey, "GET", "/v1/connections?limit=1000", nil).JSON(t)["connections"].([]any) {
			c.call(useKey, "GET", "/v1/connections/"+one.(map[string]any)["id"].(string)+"/events?limit=200", nil)
		}
		if t.Failed() {
			break
		}
		c.Stop()
		c.Start()
	}
	c.Kill()

	secrets := append(c.p.Secrets(), adminKey, useKey, typedPassword, "canary.id.token-0123456789", "canary.nested.token-0123456789")
	c.mu.Lock()
	answers, events := c.out.Bytes(), c.events.Bytes()
	c.mu.Unlock()
	handles = append(handles, c.states...)
	printed := bytes.Count(events, []byte(`"kind":"console"`))
	if len(secrets) < 200 || len(answers) < 100_000 || len(c.Log()) < 10_000 || printed < 1000 || !strings.Contains(c.Log(), "msg=console") {
		t.Fatalf("not much happened: %d secrets, %d bytes of answers, %d of log, %d lines of hooks", len(secrets), len(answers), len(c.Log()), printed)
	}
	search(t, "an answer", answers, secrets)
	files := c.searchKept(append(secrets, handles...))
	t.Logf("%d secrets in none of %d bytes of answers, %d of log, %s", len(secrets), len(answers), len(c.Log()), files)

	// And the search finds one that is there.
	for _, form := range forms(secret) {
		if !bytes.Contains(form, []byte("canary")) && len(form) < 20 {
			t.Errorf("%q is too short to be looked for", form)
		}
	}
}

// searchKept looks for secrets in what lasts: timelines, the log, and every file of the data folder.
func (c *canary) searchKept(secrets []string) (files []string) {
	c.t.Helper()
	t := c.t.(*testing.T)
	search(t, "a timeline", c.events.Bytes(), secrets)
	search(t, "the log", []byte(c.Log()), secrets)
	files, err := filepath.Glob(filepath.Join(c.Data, "*"))
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		search(t, filepath.Base(name), text, secrets)
	}
	return files
}

// complete walks a flow with completion and returns its handles.
func (c *canary) complete(key string) (handles []string) {
	c.t.Helper()
	m := c.call(key, "POST", "/v1/connections", map[string]any{"integration": "held", "owner": "canary", "returnUrl": "https://app.example/back"}).JSON(c.t)
	link := m["connectUrl"].(string)
	b := newBrowser(c.t)
	_, authorize := b.Get(link)
	_, callback := b.Get(authorize + "&approve=1")
	_, back := b.Get(callback)
	u, err := url.Parse(back)
	if err != nil {
		c.t.Fatal(err)
	}
	completion := u.Query().Get("completion")
	path := "/v1/connections/" + m["id"].(string) + "/complete"
	refused(c.t, c.call(key, "POST", path, map[string]any{"completion": "wrong"}), 400, "flow_refused")
	if a := c.call(key, "POST", path, map[string]any{"completion": completion}); a.Status != http.StatusOK {
		c.t.Fatalf("%d %s", a.Status, a.Body)
	}
	state, err := url.Parse(authorize)
	if err != nil {
		c.t.Fatal(err)
	}
	return []string{link[strings.LastIndex(link, "/")+1:], completion, state.Query().Get("state")}
}
