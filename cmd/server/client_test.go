package main

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"claviger/runtime/fakeprovider"
)

// runs is what a piece of a page's script comes to: "ok" and its value as JSON, or "no", an error's code and its message.
func (c *chrome) runs(script string) string {
	c.t.Helper()
	read(c, chromedp.Evaluate[int](`(`+noting(script)+`, 1)`))
	return c.outcome()
}

// noting is a script whose outcome is kept in the page.
func noting(script string) string {
	return `(window.outcome = "", (async () => {` + script + `})().then((v) => (window.outcome = "ok " + JSON.stringify(v)), (e) => (window.outcome = "no " + (e.code ?? e.name) + ": " + e.message)))`
}

func (c *chrome) outcome() string {
	c.t.Helper()
	out := ""
	eventually(c.t, 20*time.Second, "the script ends", func() bool {
		out, _ = chromedp.Run(c.ctx, chromedp.Evaluate[string](`window.outcome`))
		return out != ""
	})
	return out
}

func (c *chrome) wantRun(script, want string) string {
	c.t.Helper()
	got := c.runs(script)
	if !strings.HasPrefix(got, want) {
		c.t.Errorf("%s\ncame to %s, want %s", script, got, want)
	}
	return got
}

func TestTheBrowserModule(t *testing.T) {
	t.Parallel()
	x := openExample(t, "deskpro", "desk-code,desk-implicit", "docs/examples/deskpro/connectors")
	x.putDesk()
	x.put("desk-implicit", nil, map[string]any{"role": "admin"})
	for _, path := range []string{"/client.js", "/client.d.ts"} {
		r, err := http.NewRequest("GET", x.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := do(http.DefaultClient, r)
		if err != nil || a.Status != 200 || a.Header.Get("Access-Control-Allow-Origin") != "*" || a.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%v %d %v", err, a.Status, a.Header)
		}
		if strings.Contains(a.Body, "localStorage") || strings.Contains(a.Body, "sessionStorage") || strings.Contains(a.Body, "document.cookie") {
			t.Errorf("%s stores something", path)
		}
	}

	c := openChrome(t)
	x.agent(c, "alice")
	x.loadClient(c)

	// Without a click no window opens, and nothing is begun.
	c.wantRun(`window.open = () => null; return client.connect({ integration: "desk-code" })`, "no popup_blocked")
	c.wantRun(`return client.connections()`, "ok []")
	c.wantRun(`return client.connect({ integration: "none", mode: "redirect" })`, "no forbidden")
	c.wantRun(`return client.connect({ integration: "desk-implicit", mode: "redirect" })`, "no forbidden")
	c.wantRun(`return client.poll("con_none")`, "no not_found")
	c.wantRun(`return client.disconnect("con_none")`, "no not_found")

	// What to register at a provider is the same for everybody, and none is made of what is no key.
	c.wantRun(`return client.callbackUrl("desk-code")`, `ok "`+x.URL+`/oauth/callback/desk-code"`)
	c.wantRun(`return client.callbackUrl("../x")`, "no TypeError")

	// A connection that nobody finishes: the wait ends when it is told to.
	id, _ := x.Connect(map[string]any{"integration": "desk-code", "owner": "agent-alice"})
	c.wantRun(`return client.poll("`+id+`", { timeout: 50 })`, "no timeout")
	c.wantRun(`return client.poll("`+id+`", { signal: AbortSignal.timeout(100) })`, "no 23") // a DOMException's own code

	// No path leads out, and the credentials are not the page's to name.
	for _, path := range []string{"../credentials", "x/../../credentials", "a/../../../con_other/proxy/x", `..\\credentials`, "%2e%2e/credentials", ".%2E/credentials"} {
		c.wantRun(`return client.proxyFetch("`+id+`", "`+path+`")`, "no TypeError")
	}
	for _, call := range []string{`proxyFetch("../x", "y")`, `disconnect("..")`, `poll("")`, `poll("a/b")`} {
		c.wantRun(`return client.`+call, "no TypeError")
	}
	c.wantRun(`return client.proxyFetch("`+id+`", "x", { headers: { authorization: "Bearer mine" } })`, "no TypeError")

	// A session that has ended is replaced, once.
	before := c.runs(`return asked`)
	x.endSessions()
	c.wantRun(`return (await client.connections()).length`, "ok 1")
	if after := c.runs(`return asked`); before != "ok 1" && after == before {
		t.Errorf("asked for sessions: %s, then %s", before, after)
	}
	c.wantRun(`return m.createClient({ session: "cls_wrong" }).connections()`, "no unauthorized")

	// By redirect: the page leaves and comes back, and asks how it went whatever its address says.
	read(c, chromedp.Evaluate[int](`(client.connect({ integration: "desk-code", mode: "redirect", returnUrl: location.origin + "/?back" }), 1)`))
	address := ""
	eventually(t, 10*time.Second, "the browser is back", func() bool {
		address, _ = chromedp.Run(c.ctx, chromedp.Location())
		return strings.Contains(address, "status=connected")
	})
	if strings.Contains(address, "code=") {
		t.Error(address)
	}
	c.says("#status", "Signed in by desk-code as Account demo-user.")
	x.loadClient(c)
	got := c.runs(`const [connection] = await client.connections({ status: "connected" });
		const tested = await client.test(connection.id);
		return [tested.ok, (await client.disconnect(connection.id)).deleted, await client.connections({ status: "connected" })]`)
	if got != "ok [true,true,[]]" {
		t.Error(got)
	}
}

// loadClient gives the page a client of its own, beside the example's.
func (x *example) loadClient(c *chrome) {
	x.t.Helper()
	c.wantRun(`window.asked = 0;
		window.m = await import("`+x.URL+`/client.js");
		window.client = m.createClient({ session: async () => (asked++, (await fetch("/session", { method: "POST" })).json()) });`, "ok")
}

// clicks is runs, in a click: only then a browser opens a window.
func (c *chrome) clicks(script string) string {
	c.t.Helper()
	read(c, chromedp.Evaluate[int](`(document.body.insertAdjacentHTML("afterbegin", '<button id="go">Go</button>'), document.querySelector("#go").onclick = (event) => {
		event.target.remove();
		`+noting(script)+`;
	}, window.outcome = "", 1)`))
	c.do(chromedp.Click(chromedp.ID("go")))
	return c.outcome()
}

// Whatever way an account is connected, and whatever is called through it: the page, its window and their logs hold nothing of
// it.
func TestConnectingAndCallingFromAPage(t *testing.T) {
	t.Parallel()
	x := openExample(t, "deskpro", "desk-code,desk-implicit", "docs/examples/deskpro/connectors")
	x.putDesk()
	c := openChrome(t)
	c.logNetwork()
	x.agent(c, "alice")

	call := func() {
		t.Helper()
		x.loadClient(c)
		c.wantRun(`const [{ id }] = await client.connections({ status: "connected" });
			const answer = await client.proxyFetch(id, "me", { headers: { "Claviger-Placeholders": "on", "X-App-Key": "__appKey__" } });
			return [answer.status, answer.headers.get("Claviger-Upstream"), (await answer.json()).name]`, `ok [200,"1","Account demo-user"]`)
		sent := x.provider.LastRequest(fakeprovider.API)
		if key := sent.Header.Get("X-App-Key"); key != appKey || !strings.HasPrefix(sent.Header.Get("Authorization"), "Bearer fpat_") || sent.Header.Get("Cookie") != "" {
			t.Errorf("the API got the key %q and %v", key, sent.Header)
		}
		x.keepsNothing(c, appKey)
		c.wantRun(`for (const { id } of await client.connections()) await client.disconnect(id);
			return client.connections()`, "ok []")
	}
	for _, integration := range []string{"desk-code", "desk-implicit"} {
		x.loadClient(c)
		if got := c.clicks(`return (await client.connect({ integration: "` + integration + `" })).status`); got != `ok "connected"` {
			t.Fatalf("%s by a window: %s", integration, got)
		}
		call()
		read(c, chromedp.Evaluate[int](`(client.connect({ integration: "`+integration+`", mode: "redirect", returnUrl: location.origin + "/" }), 1)`))
		c.says("#status", "Signed in by "+integration+" as")
		call()
	}
}

// A placeholder is expanded for a page only where a rule says so, and the page is told what is not.
func TestPlaceholdersOfAPage(t *testing.T) {
	t.Parallel()
	x := openExample(t, "deskpro", "desk-code", "docs/examples/deskpro/connectors")
	x.putDesk()
	_, token := (&shop{testServer: x.testServer}).Session(map[string]any{"owner": "agent-alice"})
	id := x.connectWith(newBrowser(t), map[string]any{"integration": "desk-code", "owner": "agent-alice"})
	call := func(header string) answer {
		r, err := http.NewRequest("GET", x.URL+"/v1/connections/"+id+"/proxy/me", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Authorization": {"Bearer " + token}, "Origin": {pageOrigin}, "Claviger-Placeholders": {"on"}, "X-App-Key": {header}}
		a, err := do(http.DefaultClient, r)
		if err != nil {
			t.Fatal(err)
		}
		if a.Header.Get("Access-Control-Allow-Origin") != pageOrigin || a.Header.Get("Access-Control-Expose-Headers") != "*" || !strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Origin") {
			t.Errorf("the page may not read %d: %v", a.Status, a.Header)
		}
		return a
	}
	if a := call("__appKey__"); a.Status != 200 || x.provider.LastRequest(fakeprovider.API).Header.Get("X-App-Key") != appKey {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	before := x.provider.Calls(fakeprovider.API)
	for _, header := range []string{"__clientSecret__", "[user[credentials/access_token]]", "[user[credentials/refresh_token]]"} {
		refused(t, call(header), 403, "forbidden")
	}
	x.put("desk-code", nil, map[string]any{"placeholders": []any{map[string]any{
		"methods": []string{"GET"}, "url": `http://127\.0\.0\.1:[0-9]+/api/me`, "position": "header X-App-Key", "names": []string{"appKey"},
	}}})
	refused(t, call("__appKey__"), 403, "forbidden")
	if n := x.provider.Calls(fakeprovider.API); n != before {
		t.Errorf("%d calls were made with nothing expanded", n-before)
	}
}

// endSessions ends every session, as if their time were over.
func (x *example) endSessions() {
	x.t.Helper()
	x.Stop()
	db, err := sql.Open("sqlite", filepath.Join(x.Data, "claviger.db"))
	if err != nil {
		x.t.Fatal(err)
	}
	defer db.Close()
	for _, table := range []string{"sessions", "session_origins"} {
		if _, err := db.Exec(`UPDATE ` + table + ` SET expires_at = expires_at - 900000000`); err != nil {
			x.t.Fatal(err)
		}
	}
	x.Start()
}
