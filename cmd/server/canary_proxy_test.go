package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// proxied calls the API and returns what comes, which may be broken; what is a problem of ours is kept for the search.
func (c *canary) proxied(token, method, path string, header http.Header, body string) (int, string) {
	c.t.Helper()
	r, err := http.NewRequest(method, c.URL+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	maps.Copy(r.Header, header)
	response, err := (&http.Client{Transport: c, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		return 0, ""
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body) // it may break off
	return response.StatusCode, string(text)
}

// What an API says of what it was sent comes to its caller as it is, and nowhere else; nor does anything that pages,
// placeholders and values are made of.
func TestProxyCanary(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, client := range echoClients {
		writeFolder(t, filepath.Join(dir, name), echoSpec(client))
	}
	writeFolder(t, filepath.Join(dir, "implicit"), map[string]string{"spec.yml": "auth:\n  type: oauth2\n  getOAuthConfig:\n    mapping:\n      clientId: {$var: connectorParameters.clientId}\n" +
		"      authorizeUri: {$concat: [{$var: connectorParameters.baseUrl}, /authorize]}\n      grantType: implicit\nparametersSchema: {type: object, required: [baseUrl, clientId], properties: {baseUrl: {type: string}, clientId: {type: string}}}\n"})
	c := openCanary(t, "--connectors", dir)
	api := openEchoAPI(t)
	const hidden, value, lines = `hidden+parameter/="4711`, `backend value/+&"<ä>0815`, "a value with\r\nlines-0123456789"
	var secret string
	for _, s := range c.p.Provider.Secrets() {
		if strings.HasPrefix(s, "canary+client") {
			secret = s
		}
	}
	parameters := map[string]any{"baseUrl": c.base, "apiUrl": api.URL, "clientId": clientID, "clientSecret": secret, "hidden": hidden}
	names := []string{"hidden", "[user[values/v]]", "[user[values/lines]]", "[[w]]", "[user[credentials/access_token]]", "clientSecret", "[user[credentials/refresh_token]]"}
	var rules []any
	for _, position := range []string{"header X-Key", "query q", "body"} {
		rules = append(rules, map[string]any{"methods": []string{"GET", "POST"}, "url": `http://127\.0\.0\.1:[0-9]+/.*`, "position": position, "names": names, "session": true})
	}
	integrate := func(name string) {
		t.Helper()
		a := c.call(adminKey, "PUT", "/v1/integrations/"+name, map[string]any{"connector": name, "parameters": parameters, "placeholders": rules, "hookLogs": true})
		if a.Status != http.StatusOK {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		c.call(adminKey, "PUT", "/v1/integrations/"+name+"/values/w", map[string]any{"value": value, "backend": true})
	}
	_, key := c.Key("--scope", "use", "--scope", "connect", "--owner", "canary")
	made := c.call(key, "POST", "/v1/sessions", map[string]any{"owner": "canary", "origins": []string{pageOrigin}})
	session := made.JSON(t)["token"].(string)
	page := http.Header{"Origin": {pageOrigin}}

	came := 0
	for name := range echoClients {
		integrate(name)
		id := c.connect(key, name)
		at := "/v1/connections/" + id + "/proxy/"
		for what, form := range echoing {
			c.call(key, "PUT", "/v1/connections/"+id+"/values/v", map[string]any{"value": value, "backend": true})
			c.call(key, "PUT", "/v1/connections/"+id+"/values/lines", map[string]any{"value": lines, "backend": true})
			api.says(form)
			for _, h := range []http.Header{nil, {"Claviger-Retry": {"1"}}, {"Claviger-Placeholders": {"on"}, "X-Key": {"[user[values/v]] __hidden.base64__"}}} {
				status, body := c.proxied(key, "GET", at+"x?q=1", h, "")
				if status == 200 && what == "as it is" && strings.Contains(body, "fpat_") {
					came++
				}
			}
			c.proxied(key, "POST", at+"x?q=__hidden__", http.Header{"Claviger-Placeholders": {"on"}, "Content-Type": {"application/json"}}, `{"a":"[[w]]"}`)
			as := page.Clone()
			as.Set("Claviger-Placeholders", "on")
			as.Set("X-Key", "[user[values/v]]")
			c.proxied(session, "GET", at+"x", as, "")
			c.proxied(session, "GET", at+"x", http.Header{"Origin": {"https://evil.example"}}, "")
			c.socket(key, at+"x")
			c.call(key, "GET", "/v1/connections/"+id, nil)
			if what == "and it is dead" {
				id = c.connect(key, name)
				at = "/v1/connections/" + id + "/proxy/"
			}
		}
		// Placeholders that are refused.
		api.says(echoing["as it is"])
		id = c.connect(key, name)
		at = "/v1/connections/" + id + "/proxy/"
		c.call(key, "PUT", "/v1/connections/"+id+"/values/lines", map[string]any{"value": lines, "backend": true})
		for _, text := range []string{"[user[values/lines]]", "__clientSecret__", "[user[credentials/refresh_token]]", `__hidden.json("[a]")__`, "__hidden.upper__", "__none__", "[[none]]"} {
			if status, body := c.proxied(key, "GET", at+"x", http.Header{"Claviger-Placeholders": {"on"}, "X-Key": {text}}, ""); status != 400 && status != 403 {
				t.Errorf("%s: %d %s", text, status, body)
			}
		}
		// A renewal that the provider refuses with an echo, and one that it lets be.
		api.says(echoing["with a 401"])
		for _, say := range []string{"plain", "HTML", "no token"} {
			c.p.Say(sayings()[say])
			c.proxied(key, "GET", at+"x", nil, "")
			c.p.Say(nil)
		}
		for _, path := range []string{"", "/events?limit=200", "/values/v", "/values/lines", "/credentials"} {
			c.call(key, "GET", "/v1/connections/"+id+path, nil)
		}
	}
	if came == 0 {
		t.Fatal("no token came to the API")
	}
	api.CloseClientConnections()
	api.Close()
	id := c.connect(key, "echo-query")
	if status, body := c.proxied(key, "GET", "/v1/connections/"+id+"/proxy/x", http.Header{"Claviger-Retry": {"1"}}, ""); status != 502 {
		t.Errorf("%d %s", status, body)
	}
	c.proxied(key, "PUT", "/v1/connections/"+id+"/values/v", http.Header{"Content-Type": {"application/json"}}, fmt.Sprintf(`{"value":%q,"expiresAt":%q}`, value, value))
	c.proxied(key, "PUT", "/v1/connections/"+id+"/values/v", http.Header{"Content-Type": {"application/json"}}, fmt.Sprintf(`{"value":%q,%q:1}`, value, "x"))

	// The implicit grant: the token stands in a fragment, which a form brings.
	parameters = map[string]any{"baseUrl": c.base, "clientId": clientID}
	integrate("implicit")
	m := c.call(key, "POST", "/v1/connections", map[string]any{"integration": "implicit", "owner": "canary"}).JSON(t)
	b := c.browser()
	_, authorize := b.Get(m["connectUrl"].(string))
	_, callback := b.Get(authorize + "&approve=1")
	_, fragment, _ := strings.Cut(callback, "#")
	post := func(fragment string) {
		b.Post(c.URL+"/oauth/callback/implicit", url.Values{"claviger-fragment": {fragment}})
	}
	post(fragment + "&access_token=x")
	post(strings.Replace(fragment, "state=", "stat=", 1))
	b.carried(callback)
	post(fragment)
	b.Get(c.URL + "/oauth/callback/implicit?" + fragment)
	if m = c.call(key, "GET", "/v1/connections/"+m["id"].(string), nil).JSON(t); m["status"] != "connected" {
		t.Errorf("%v", m)
	}

	c.call(adminKey, "DELETE", "/v1/sessions/"+made.JSON(t)["id"].(string), nil)
	c.proxied(session, "GET", "/v1/connections", page, "")
	for range 2 {
		for _, path := range []string{"/v1/integrations", "/v1/connections?limit=1000", "/metrics", "/readyz"} {
			c.call(adminKey, "GET", path, nil)
		}
		for _, one := range c.call(key, "GET", "/v1/connections?limit=1000", nil).JSON(t)["connections"].([]any) {
			c.call(key, "GET", "/v1/connections/"+one.(map[string]any)["id"].(string)+"/events?limit=200", nil)
		}
		c.Stop()
		c.Start()
	}
	c.Kill()
	secrets := append(c.p.Secrets(), adminKey, key, session, hidden, value, lines)
	if len(secrets) < 30 || c.out.Len() < 50_000 {
		t.Fatalf("not much happened: %d secrets, %d bytes", len(secrets), c.out.Len())
	}
	search(t, "an answer", c.out.Bytes(), secrets)
	files := c.searchKept(append(secrets, c.states...))
	t.Logf("%d secrets in none of %d bytes of answers, %d of log, %s", len(secrets), c.out.Len(), len(c.Log()), files)
}

// socket asks for another protocol.
func (c *canary) socket(key, path string) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.URL, "http://"))
	if err != nil {
		c.t.Error(err)
		return
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", path, key)
	b := bufio.NewReader(conn)
	response, err := http.ReadResponse(b, nil)
	for err == nil && response.StatusCode < 200 && response.StatusCode != http.StatusSwitchingProtocols { // the API's own, for its caller
		response, err = http.ReadResponse(b, nil)
	}
	if err != nil || response.Header.Get("Claviger-Upstream") == "1" {
		return
	}
	text, _ := io.ReadAll(response.Body) // a problem
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintln(&c.out, response.Header)
	c.out.Write(text)
}
