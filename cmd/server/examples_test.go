package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"claviger/runtime/fakeprovider"
)

// example is an example of docs/examples with all that it needs: a provider, the server, the platform, a browser.
type example struct {
	*testServer
	t        *testing.T
	provider *fakeprovider.Provider
	base     string // of the provider
	page     string // the platform's origin
	front    *httptest.Server
}

// openExample starts everything but the browser. The provider asks nobody, and answers at more paths than its own.
func openExample(t *testing.T, name, integrations string, paths map[string]string, parameters map[string]any, args ...string) *example {
	t.Helper()
	x := &example{t: t, provider: fakeprovider.New(fakeprovider.Options{
		AutoApprove: true, Implicit: true, Clients: []fakeprovider.Client{{ID: clientID, Secret: clientSecret}},
	})}
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { x.provide(w, r, paths) }))
	t.Cleanup(provider.Close)
	x.base = provider.URL
	x.front = httptest.NewServer(http.HandlerFunc(x.stand))
	t.Cleanup(x.front.Close)
	x.testServer = startServer(t, append([]string{"--egress-allow", "127.0.0.1", "--public-url", x.front.URL}, args...)...)
	for name, v := range parameters {
		if text, ok := v.(string); ok {
			parameters[name] = strings.ReplaceAll(text, "BASE", x.base)
		}
	}
	x.startPlatform(name, integrations, parameters)
	return x
}

func (x *example) provide(w http.ResponseWriter, r *http.Request, paths map[string]string) {
	to, ok := paths[r.URL.Path]
	switch {
	case !ok:
		x.provider.ServeHTTP(w, r)
	case strings.HasPrefix(to, "["): // what the API answers to a token that lives
		asked := httptest.NewRequest(http.MethodGet, "/api/me", nil)
		asked.Header = r.Header
		me := httptest.NewRecorder()
		if x.provider.ServeHTTP(me, asked); me.Code != http.StatusOK {
			w.WriteHeader(me.Code)
			return
		}
		_, _ = io.WriteString(w, to)
	default:
		r.URL.Path = to
		x.provider.ServeHTTP(w, r)
	}
}

func (x *example) startPlatform(name, integrations string, parameters map[string]any) {
	t := x.t
	t.Helper()
	program := filepath.Join(t.TempDir(), "platform")
	if out, err := exec.Command("go", "build", "-o", program, "../../docs/examples/platform").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	text, err := json.Marshal(parameters)
	if err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	x.page = "http://" + address
	cmd := exec.Command(program, "-listen", address, "-page", "../../docs/examples/"+name, "-integrations", integrations, "-claviger", x.front.URL, "-parameters", string(text))
	cmd.Env = []string{"CLAVIGER_API_KEY=" + adminKey}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	eventually(t, 10*time.Second, "the platform answers", func() bool {
		r, err := http.Get(x.page + "/me")
		if err == nil {
			r.Body.Close()
		}
		return err == nil
	})
}

var proxied = regexp.MustCompile(`^/v1/connections/([^/]+)/proxy/(.*)$`)

// stand is the server's public address. It stands in for the proxy, which this version does not have: the server itself judges
// the page.
func (x *example) stand(w http.ResponseWriter, r *http.Request) {
	m := proxied.FindStringSubmatch(r.URL.Path)
	if m == nil || r.Method == http.MethodOptions {
		to, err := url.Parse(x.URL)
		if err != nil {
			x.t.Error(err)
			return
		}
		httputil.NewSingleHostReverseProxy(to).ServeHTTP(w, r)
		return
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if a := x.testServer.page(token, r.Header.Get("Origin"), http.MethodGet, "/v1/connections/"+m[1], ""); a.Status != http.StatusOK {
		w.WriteHeader(a.Status)
		return
	}
	answer := x.upstream(m[1], m[2])
	if answer.Status == http.StatusUnauthorized {
		x.API(http.MethodPost, "/v1/connections/"+m[1]+"/refresh", nil)
		answer = x.upstream(m[1], m[2])
	}
	w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	w.Header().Set("Access-Control-Expose-Headers", "*")
	w.Header().Set("Claviger-Upstream", "1")
	w.WriteHeader(answer.Status)
	_, _ = io.WriteString(w, answer.Body)
}

func (x *example) upstream(id, path string) answer {
	r, err := http.NewRequest(http.MethodGet, x.base+"/"+path, nil)
	if err != nil {
		x.t.Error(err)
		return answer{}
	}
	var held struct {
		Credentials struct {
			AccessToken string `json:"access_token"`
		}
	}
	_ = json.Unmarshal([]byte(x.API(http.MethodGet, "/v1/connections/"+id+"/credentials", nil).Body), &held) // without: 401
	r.Header.Set("Authorization", "Bearer "+held.Credentials.AccessToken)
	a, err := do(http.DefaultClient, r)
	if err != nil {
		x.t.Error(err)
	}
	return a
}

// agent opens the example's page as somebody.
func (x *example) agent(c *chrome, who string) {
	x.t.Helper()
	c.do(chromedp.Navigate(x.page + "/me"))
	read(c, chromedp.Evaluate[int](`(fetch("/sign-in?as=`+who+`", {method: "POST"}).then(() => location.assign("/")), 1)`))
	c.says("#status", "Not")
}

// says waits until an element's text begins so. The page is then in front again, where the window of the connect page was:
// browsers are slow to answer for what nobody sees.
func (c *chrome) says(selector, want string) {
	c.t.Helper()
	found := ""
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		found, _ = chromedp.Run(c.ctx, chromedp.Evaluate[string](`document.querySelector('`+selector+`')?.textContent ?? ''`)) // fails between two pages
		if strings.HasPrefix(found, want) {
			c.do(func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
				_, err := cdp.Call(ctx, tab, page.BringToFront, cdp.Empty{})
				return chromedp.Void{}, err
			})
			return
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t.Fatalf("%s says %q, want %q; the console: %v", selector, found, want, c.said)
}

// logNetwork keeps what the page sends and gets from here on.
func (c *chrome) logNetwork() {
	c.do(func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, tab, network.Enable, network.EnableParams{})
		return chromedp.Void{}, err
	})
}

// keepsNothing searches what the browser keeps of the page, and the page's own log of its network, for what is not the page's
// to know.
func (x *example) keepsNothing(c *chrome, more ...string) {
	x.t.Helper()
	kept := c.remembers()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.sent) == 0 {
		x.t.Error("the network log is empty")
	}
	for _, secret := range append(append(x.provider.Secrets(), "fpc_", "fpat_", "fprt_", clientSecret, adminKey, "code="), more...) {
		if strings.Contains(kept, secret) {
			x.t.Errorf("the browser keeps %q: %s", secret, kept)
		}
		for _, event := range c.sent {
			if strings.Contains(event, secret) {
				x.t.Errorf("the network log holds %q: %s", secret, event)
			}
		}
	}
	if strings.Contains(kept, "cls_") {
		x.t.Errorf("the session's token is not in memory alone: %s", kept)
	}
}

// exampleConnector is a connector of an example whose provider is at an address of the test's.
func exampleConnector(t testing.TB, key, authorize, token, between string) string {
	t.Helper()
	input := ""
	if between != "" {
		input = "\n  inputSchema: {type: object, required: [domain], properties: {domain: {type: string, pattern: '^[a-z0-9-]{1,60}$'}}}"
	}
	return madeFolder(t, key, map[string]string{"spec.yml": `
parametersSchema:
  type: object
  required: [baseUrl, clientId, clientSecret]
  properties: {baseUrl: {type: string}, clientId: {type: string}, clientSecret: {type: string, format: password}}
auth:
  type: oauth2` + input + `
  getOAuthConfig:
    mapping:
      clientId: {$var: connectorParameters.clientId}
      clientSecret: {$var: connectorParameters.clientSecret}
      clientAuthLocation: body
      authorizeUri: {$concat: [{$var: connectorParameters.baseUrl}` + between + `, ` + authorize + `]}
      tokenUri: {$concat: [{$var: connectorParameters.baseUrl}` + between + `, ` + token + `]}
`})
}

func TestTheDeskproExample(t *testing.T) {
	x := openExample(t, "deskpro", "desk-code,desk-implicit", nil, map[string]any{}, "--connectors", "../../docs/examples/deskpro/connectors")
	for _, key := range []string{"desk-code", "desk-implicit"} {
		x.Want(200, "PUT", "/v1/integrations/"+key, map[string]any{
			"connector": key, "parameters": map[string]any{"baseUrl": x.base, "clientId": clientID, "clientSecret": clientSecret},
		})
	}
	c := openChrome(t)
	c.logNetwork()
	x.agent(c, "alice")
	for _, way := range []string{"code", "implicit"} {
		c.do(chromedp.Click(chromedp.ID(way)))
		c.says("#status", "Signed in by desk-"+way+".")
		x.keepsNothing(c)
		c.do(chromedp.Click(chromedp.ID("sign-out")))
		c.says("#status", "Not signed in.")
	}
	if n := x.provider.TokenCalls("authorization_code"); n != 1 {
		t.Errorf("%d exchanges", n)
	}
	// The connection belongs to who made it.
	c.do(chromedp.Click(chromedp.ID("code")))
	c.says("#status", "Signed in")
	x.agent(c, "bob")
	c.says("#status", "Not signed in.")
}

func TestTheGitHubExample(t *testing.T) {
	x := openExample(t, "github", "github", map[string]string{
		"/login/oauth/authorize": "/authorize", "/login/oauth/access_token": "/token", "/user/repos": `[{"full_name":"octocat/hello"},{"full_name":"octocat/<b>x</b>"}]`,
	}, map[string]any{"baseUrl": "BASE"}, "--connectors", exampleConnector(t, "github", "/login/oauth/authorize", "/login/oauth/access_token", ""))
	c := openChrome(t)
	c.logNetwork()
	x.agent(c, "admin")
	if shown := read(c, chromedp.Text(chromedp.ID("callback"))); shown != x.front.URL+"/oauth/callback/github" {
		t.Error(shown)
	}
	enter := func(secret string) {
		c.do(chromedp.SetValue(chromedp.CSS("input[name=clientId]"), clientID), chromedp.SetValue(chromedp.CSS("input[name=clientSecret]"), secret),
			chromedp.Click(chromedp.CSS("form button")))
	}
	enter("a-wrong-secret-0123456789")
	c.says("#checked", "Not saved: the provider refuses the client")
	refused(t, x.API("GET", "/v1/integrations/github", nil), 404, "not_found")
	enter(clientSecret)
	c.says("#checked", "Saved: known")
	if a := x.API("GET", "/v1/integrations/github", nil); a.Status != 200 || strings.Contains(a.Body, clientSecret) {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	c.forgetNetwork() // the administrator's own words went to the platform

	for _, agent := range []string{"alice", "bob"} {
		x.agent(c, agent)
		if hidden := read(c, chromedp.Evaluate[bool](`document.querySelector("#settings").hidden`)); !hidden {
			t.Error("everybody sees the settings")
		}
		c.do(chromedp.Click(chromedp.ID("connect")))
		c.says("#status", "2 repositories.")
		c.says("#repositories li:last-child", "octocat/<b>x</b>")
		x.keepsNothing(c)
	}
	owners := map[string]bool{}
	for _, v := range x.Want(200, "GET", "/v1/connections?integration=github", nil)["connections"].([]any) {
		owners[v.(map[string]any)["owner"].(string)] = true
	}
	if fmt.Sprint(owners) != "map[agent-alice:true agent-bob:true]" || x.provider.LiveGrants() != 2 {
		t.Errorf("%v, %d grants", owners, x.provider.LiveGrants())
	}
	c.do(chromedp.Click(chromedp.ID("disconnect")))
	c.says("#status", "Not connected.")
}

func TestTheFreshdeskExample(t *testing.T) {
	const domain = ", /, {$var: connectionParameters.domain}"
	desk := exampleConnector(t, "freshdesk-oauth", "/oauth/authorize", "/oauth/token", domain)
	x := openExample(t, "freshdesk", "freshdesk-oauth", map[string]string{
		"/acme/oauth/authorize": "/authorize", "/acme/oauth/token": "/token", "/api/v2/tickets": `[{"subject":"It does not work"}]`,
	}, map[string]any{}, "--connectors", desk)
	x.Want(200, "PUT", "/v1/integrations/freshdesk-oauth", map[string]any{
		"connector": "freshdesk-oauth", "parameters": map[string]any{"baseUrl": x.base, "clientId": clientID, "clientSecret": clientSecret},
	})
	c := openChrome(t)
	c.logNetwork()
	x.agent(c, "alice")
	connect := func() {
		c.do(chromedp.SetValue(chromedp.CSS("input[name=domain]"), "acme"), chromedp.Click(chromedp.CSS("form button")))
	}
	connect()
	c.says("#status", "Connection: connected.")
	c.do(chromedp.Click(chromedp.ID("load")))
	c.says("#status", "1 tickets.")
	c.says("#tickets li", "It does not work")

	// 401, renewal, and the call again: the page sees nothing of it.
	x.provider.ExpireAccessTokens()
	c.do(chromedp.Click(chromedp.ID("load")))
	eventually(t, 10*time.Second, "the token is renewed", func() bool { return x.provider.TokenCalls("refresh_token") == 1 })
	c.says("#status", "1 tickets.")

	// Withdrawn: the page is told, and connects again.
	x.provider.WithdrawConsent()
	c.do(chromedp.Click(chromedp.ID("load")))
	c.says("#status", "Connect again")
	x.keepsNothing(c)
	connect()
	c.says("#status", "Connection: connected.")
	c.do(chromedp.Click(chromedp.ID("load")))
	c.says("#status", "1 tickets.")
	x.keepsNothing(c)
}

func TestTheExamplesConnectorsAreValid(t *testing.T) {
	t.Parallel()
	s := &testServer{t: t}
	out, err := s.program("validate", "../../docs/examples/deskpro/connectors", "../../docs/examples/freshdesk/connectors").CombinedOutput()
	if err != nil || strings.Contains(string(out), "error") || strings.Contains(string(out), "warning") {
		t.Errorf("%v %s", err, out)
	}
}
