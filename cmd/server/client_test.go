package main

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// runs is what a piece of a page's script comes to: "ok" and its value as JSON, or "no", an error's code and its message.
func (c *chrome) runs(script string) string {
	c.t.Helper()
	read(c, chromedp.Evaluate[int](`(window.outcome = "", (async () => {`+script+`})().then((v) => (window.outcome = "ok " + JSON.stringify(v)), (e) => (window.outcome = "no " + (e.code ?? e.name) + ": " + e.message)), 1)`))
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
	x := openExample(t, "deskpro", "desk-code,desk-implicit", nil, map[string]any{}, "--connectors", "../../docs/examples/deskpro/connectors")
	x.Want(200, "PUT", "/v1/integrations/desk-code", map[string]any{"connector": "desk-code", "returnUrls": []string{x.page},
		"parameters": map[string]any{"baseUrl": x.base, "clientId": clientID, "clientSecret": clientSecret}})
	x.Want(200, "PUT", "/v1/integrations/desk-implicit", map[string]any{"connector": "desk-implicit", "role": "admin",
		"parameters": map[string]any{"baseUrl": x.base, "clientId": clientID}})
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
	read(c, chromedp.Evaluate[int](`(import("`+x.front.URL+`/client.js").then((m) => {
		window.asked = 0;
		window.m = m;
		window.client = m.createClient({ session: async () => (asked++, (await fetch("/session", { method: "POST" })).json()) });
	}), 1)`))
	eventually(t, 10*time.Second, "the module is there", func() bool {
		ready, _ := chromedp.Run(c.ctx, chromedp.Evaluate[bool](`!!window.client`))
		return ready
	})

	// Without a click no window opens, and nothing is begun.
	c.wantRun(`window.open = () => null; return client.connect({ integration: "desk-code" })`, "no popup_blocked")
	c.wantRun(`return client.connections()`, "ok []")
	c.wantRun(`return client.connect({ integration: "none", mode: "redirect" })`, "no forbidden")
	c.wantRun(`return client.connect({ integration: "desk-implicit", mode: "redirect" })`, "no forbidden")
	c.wantRun(`return client.poll("con_none")`, "no not_found")
	c.wantRun(`return client.disconnect("con_none")`, "no not_found")

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
	c.says("#status", "Signed in by desk-code.")
	got := c.runs(`const m = await import("` + x.front.URL + `/client.js");
		const client = m.createClient({ session: async () => (await fetch("/session", { method: "POST" })).json() });
		const [connection] = await client.connections({ status: "connected" });
		const tested = await client.test(connection.id);
		return [tested.ok, (await client.disconnect(connection.id)).deleted, await client.connections({ status: "connected" })]`)
	if got != "ok [true,true,[]]" {
		t.Error(got)
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
