package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	permissions "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"claviger/docs/examples/practice"
	"claviger/runtime/fakeprovider"
)

// example is an example of docs/examples with all that it needs: a provider, the server, the platform, a browser.
type example struct {
	*testServer
	t        *testing.T
	provider *fakeprovider.Provider
	base     string // of the provider
	page     string // the platform's origin
}

// openExample starts everything but the browser, with the connectors in a folder. The provider asks nobody.
func openExample(t *testing.T, name, integrations, connectors string) *example {
	t.Helper()
	x := &example{t: t, provider: fakeprovider.New(fakeprovider.Options{
		AutoApprove: true, Implicit: true, Clients: []fakeprovider.Client{{ID: clientID, Secret: clientSecret}},
	})}
	x.base = fakeprovider.Serve(t, practice.Handler(x.provider))
	x.testServer = startServer(t, "--egress-allow", "127.0.0.1", "--connectors", "../../"+connectors)
	x.startPlatform(name, integrations)
	return x
}

// put makes an integration of the connector of the same key; without parameters it keeps those that it has.
func (x *example) put(key string, parameters, more map[string]any) {
	x.t.Helper()
	body := map[string]any{"connector": key}
	if parameters != nil {
		body["parameters"] = parameters
	}
	maps.Copy(body, more)
	x.Want(http.StatusOK, http.MethodPut, "/v1/integrations/"+key, body)
}

func (x *example) startPlatform(name, integrations string) {
	t := x.t
	t.Helper()
	program := buildPlatform(t)
	parameters, err := json.Marshal(map[string]string{"webUrl": x.base, "apiUrl": x.base}) // of github, the one that is entered in its page
	if err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	x.page = "http://" + address
	cmd := exec.Command(program, "-listen", address, "-page", "../../docs/examples/"+name, "-integrations", integrations, "-claviger", x.URL, "-parameters", string(parameters))
	cmd.Env = []string{"CLAVIGER_API_KEY=" + adminKey}
	runBeside(t, cmd, x.page+"/me")
}

func buildPlatform(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "platform")
	if out, err := exec.Command("go", "build", "-o", program, "../../docs/examples/platform").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	return program
}

// runBeside runs a program until the test ends, or it is told to stop, and waits until it answers at an address.
func runBeside(t *testing.T, cmd *exec.Cmd, address string) (stop func()) {
	t.Helper()
	log := &lockedBuffer{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("%s:\n%s", cmd.Path, log)
		}
	})
	eventually(t, 20*time.Second, address+" answers", func() bool {
		r, err := http.Get(address)
		if err == nil {
			r.Body.Close()
		}
		return err == nil
	})
	return stop
}

// agent signs somebody in, who then sees the example's page.
func (x *example) agent(c *chrome, who string) {
	x.t.Helper()
	c.do(chromedp.Navigate(x.page+"/sign-in"), chromedp.SetValue(chromedp.CSS("input[name=as]"), who), chromedp.Click(chromedp.CSS("form button")))
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
	kept, sent := c.remembers(), c.network()
	windows, err := chromedp.Targets(c.ctx)
	if err != nil {
		x.t.Fatal(err)
	}
	for _, w := range windows {
		kept += "\n" + w.URL + " " + w.Title
	}
	secrets := append(append(x.provider.Secrets(), clientSecret, adminKey), more...)
	search(x.t, "the browser", []byte(kept), secrets)
	search(x.t, "the network log", []byte(strings.Join(sent, "\n")), secrets)
	for _, part := range []string{"fpc_", "fpat_", "fprt_", "code="} { // of secrets that were never told
		if all := kept + strings.Join(sent, "\n"); strings.Contains(all, part) {
			x.t.Errorf("the browser keeps %q: %s", part, all)
		}
	}
	if strings.Contains(kept, "cls_") {
		x.t.Errorf("the session's token is not in memory alone: %s", kept)
	}
}

const appKey = "the-app-key-that-no-page-sees-4711"

// putDesk makes the integrations of the example deskpro. Their API wants a key of the platform's, which pages write as a
// placeholder.
func (x *example) putDesk() {
	x.t.Helper()
	rules := []any{map[string]any{
		"methods": []string{"GET"}, "url": `http://127\.0\.0\.1:[0-9]+/api/me`, "position": "header X-App-Key", "names": []string{"appKey"}, "session": true,
	}}
	more := map[string]any{"placeholders": rules, "returnUrls": []string{x.page}}
	x.put("desk-code", map[string]any{"baseUrl": x.base, "clientId": clientID, "clientSecret": clientSecret, "appKey": appKey}, more)
	x.put("desk-implicit", map[string]any{"baseUrl": x.base, "clientId": clientID, "appKey": appKey}, more)
}

func TestTheDeskproExample(t *testing.T) {
	x := openExample(t, "deskpro", "desk-code,desk-implicit", "docs/examples/deskpro/connectors")
	x.putDesk()
	c := openChrome(t)
	c.logNetwork()
	x.agent(c, "alice")
	for _, way := range []string{"code", "implicit"} {
		c.do(chromedp.Click(chromedp.ID(way)))
		c.says("#status", "Signed in by desk-"+way+" as Account demo-user.")
		if key := x.provider.LastRequest(fakeprovider.API).Header.Get("X-App-Key"); key != appKey {
			t.Errorf("the API got the key %q", key)
		}
		x.keepsNothing(c, appKey)
		c.do(chromedp.Click(chromedp.ID("sign-out")))
		c.says("#status", "Not signed in.")
	}
	if n := x.provider.TokenCalls("authorization_code"); n != 1 || x.provider.Calls(fakeprovider.Revoke) == 0 {
		t.Errorf("%d exchanges, %d revocations", n, x.provider.Calls(fakeprovider.Revoke))
	}
	// The connection belongs to who made it.
	c.do(chromedp.Click(chromedp.ID("code")))
	c.says("#status", "Signed in")
	x.agent(c, "bob")
	c.says("#status", "Not signed in.")
}

func TestTheGitHubExample(t *testing.T) {
	x := openExample(t, "github", "github", "connectors/github")
	c := openChrome(t)
	c.logNetwork()
	x.agent(c, "admin")
	callback := x.URL + "/oauth/callback/github"
	if shown := read(c, chromedp.Text(chromedp.ID("callback"))); shown != callback {
		t.Error(shown)
	}
	c.mayUseClipboard(x.page)
	c.do(chromedp.Click(chromedp.ID("copy")))
	if copied := c.runs(`return navigator.clipboard.readText()`); copied != `ok "`+callback+`"` {
		t.Errorf("copied: %s", copied)
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
	if kept := c.remembers(); strings.Contains(kept, clientSecret) {
		t.Errorf("the page keeps the secret: %s", kept)
	}
	c.forgetNetwork() // the administrator's own words went to the platform

	for _, agent := range []string{"alice", "bob"} {
		x.agent(c, agent)
		if hidden := read(c, chromedp.Evaluate[bool](`document.querySelector("#settings").hidden`)); !hidden {
			t.Error("everybody sees the settings")
		}
		c.do(chromedp.Click(chromedp.ID("connect")))
		c.says("#status", "2 repositories of demo-user.")
		c.says("#repositories li:last-child", "demo-user/<b>x</b>")
		x.keepsNothing(c)
	}
	owners := map[string]bool{}
	for _, v := range x.Want(200, "GET", "/v1/connections?integration=github", nil)["connections"].([]any) {
		owners[v.(map[string]any)["owner"].(string)] = true
	}
	if fmt.Sprint(owners) != "map[agent-alice:true agent-bob:true]" || x.provider.LiveGrants() != 2 {
		t.Errorf("%v, %d grants", owners, x.provider.LiveGrants())
	}
	tokens := map[string]bool{}
	for _, r := range x.provider.Requests(fakeprovider.API) {
		tokens[r.Header.Get("Authorization")] = true
	}
	if len(tokens) != 2 {
		t.Errorf("%d tokens were used by two agents", len(tokens))
	}
	c.do(chromedp.Click(chromedp.ID("disconnect")))
	c.says("#status", "Not connected.")
	if n := x.provider.Calls(fakeprovider.Revoke); n != 1 {
		t.Errorf("%d revocations", n)
	}
}

// mayUseClipboard lets the page's scripts read what a click has copied.
func (c *chrome) mayUseClipboard(origin string) {
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		c.do(func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
			_, err := cdp.Call(ctx, tab, permissions.SetPermission, permissions.SetPermissionParams{
				Permission: &permissions.PermissionDescriptor{Name: name}, Setting: permissions.PermissionSettingGranted, Origin: origin,
			})
			return chromedp.Void{}, err
		})
	}
}

func TestTheFreshdeskExample(t *testing.T) {
	x := openExample(t, "freshdesk", "freshdesk-oauth", "docs/examples/freshdesk/connectors")
	x.put("freshdesk-oauth", map[string]any{"clientId": clientID, "clientSecret": clientSecret, "before": x.base + "/", "after": "/desk"}, nil)
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
	c.says("#tickets li", "It does not work, says demo-user")

	// 401, renewal, and the call again: the page sees nothing of it.
	x.provider.ExpireAccessTokens()
	c.do(chromedp.Click(chromedp.ID("load")))
	eventually(t, 10*time.Second, "the token is renewed", func() bool { return x.provider.TokenCalls("refresh_token") == 1 })
	c.says("#status", "1 tickets.")
	x.keepsNothing(c)

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

// Who follows the README comes to three pages that work.
func TestTheReadmeOfTheExamples(t *testing.T) {
	b := blocks(t, "docs/examples/README.md")
	if len(b) != 4 {
		t.Fatalf("%d blocks", len(b))
	}
	r := newReader(t)
	for name, to := range map[string]string{"connectors": "../../connectors", "docs": "../../docs"} {
		target, err := filepath.Abs(to)
		if err == nil {
			err = os.Symlink(target, filepath.Join(r.dir, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	platform, provider, program := freeAddress(t), freeAddress(t), buildPlatform(t)
	page := "http://" + platform
	_, port, _ := strings.Cut(provider, ":")
	block := func(n int) *exec.Cmd {
		text := strings.NewReplacer("go build -o claviger ./cmd/server", "", "./claviger", "exec ./claviger", ":9001", ":"+port,
			"go run ./docs/examples/platform", "exec "+program+" -listen "+platform+" -claviger http://"+r.address).Replace(b[n])
		return r.script(text)
	}
	runBeside(t, block(0), "http://"+r.address+"/readyz")
	c := openChrome(t)
	x := &example{testServer: &testServer{t: t, URL: "http://" + r.address}, t: t, page: page}

	stop := runBeside(t, block(1), page+"/me")
	x.agent(c, "admin")
	c.do(chromedp.SetValue(chromedp.CSS("input[name=clientId]"), practice.ClientID), chromedp.SetValue(chromedp.CSS("input[name=clientSecret]"), practice.ClientSecret),
		chromedp.Click(chromedp.CSS("form button")))
	c.says("#checked", "Saved: known")
	x.agent(c, "alice")
	c.do(chromedp.Click(chromedp.ID("connect")))
	c.allows("http://" + provider + "/login/oauth/authorize")
	c.says("#status", "2 repositories of demo-user.")
	stop()

	stop = runBeside(t, block(2), page+"/me")
	x.agent(c, "alice")
	for _, way := range []string{"code", "implicit"} {
		c.do(chromedp.Click(chromedp.ID(way)))
		c.allows("http://" + provider + "/authorize")
		c.says("#status", "Signed in by desk-"+way+" as Account demo-user.")
		c.do(chromedp.Click(chromedp.ID("sign-out")))
		c.says("#status", "Not signed in.")
	}
	stop()

	runBeside(t, block(3), page+"/me")
	x.agent(c, "alice")
	c.do(chromedp.SetValue(chromedp.CSS("input[name=domain]"), "acme"), chromedp.Click(chromedp.CSS("form button")))
	c.allows("http://" + provider + "/acme/desk/oauth/authorize")
	c.says("#status", "Connection: connected.")
	c.do(chromedp.Click(chromedp.ID("load")))
	c.says("#status", "1 tickets.")
}

// allows presses Allow in the window that shows the consent page of an address.
func (c *chrome) allows(address string) {
	c.t.Helper()
	var found *target.Info
	eventually(c.t, 20*time.Second, "a window shows "+address, func() bool {
		windows, err := chromedp.Targets(c.ctx)
		for _, w := range windows {
			if strings.HasPrefix(w.URL, address+"?") {
				found = w
			}
		}
		return err == nil && found != nil
	})
	ctx, done := chromedp.NewContext(c.ctx, chromedp.WithTargetID(found.TargetID))
	c.t.Cleanup(done) // it closes the window
	if err := chromedp.Do(ctx, chromedp.Click(allow)); err != nil {
		c.t.Fatal(err)
	}
}

func TestTheExamplesConnectorsAreValid(t *testing.T) {
	t.Parallel()
	s := &testServer{t: t}
	out, err := s.program("validate", "../../docs/examples/deskpro/connectors", "../../docs/examples/freshdesk/connectors").CombinedOutput()
	if err != nil || strings.Contains(string(out), "error") || strings.Contains(string(out), "warning") {
		t.Errorf("%v %s", err, out)
	}
}
