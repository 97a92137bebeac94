package main

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"claviger/runtime/fakeprovider"
)

// A page that connects an account again waits for its user, and does not take a renewal meanwhile for what it waits for.
func TestConnectingAgainIsNoRenewal(t *testing.T) {
	t.Parallel()
	x := openExample(t, "deskpro", "desk-code", "docs/examples/deskpro/connectors")
	x.putDesk()
	c := openChrome(t)
	x.agent(c, "alice")
	visit := func(link string) {
		t.Helper()
		b := newBrowser(t)
		_, authorize := b.Get(link)
		if a, _ := b.Follow(authorize); a.Status != 200 {
			t.Fatalf("not connected: %d %s", a.Status, a.Body)
		}
	}
	id, link := x.Connect(map[string]any{"integration": "desk-code", "owner": "agent-alice"})
	visit(link)
	x.loadClient(c)
	c.wantRun(`window.open = () => ({ location: { replace: (to) => (window.link = to) }, close() {} }); // a window in which nobody does anything
		window.ended = "not yet";
		client.connect({ connection: "`+id+`" }).then((now) => (window.ended = now.status), (error) => (window.ended = error.code));
		while (!window.link) await new Promise((resolve) => setTimeout(resolve, 10))`, "ok")
	x.Want(200, "POST", "/v1/connections/"+id+"/refresh", nil)
	x.provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Unavailable, On: fakeprovider.Token, Times: 1}) // nor one that fails
	if a := x.API("POST", "/v1/connections/"+id+"/refresh", nil); a.Status == 200 {
		t.Error(a.Body)
	}
	time.Sleep(2500 * time.Millisecond) // the page looks once a second
	if got := c.runs(`return window.ended`); got != `ok "not yet"` {
		t.Error(got)
	}
	visit(read(c, chromedp.Evaluate[string](`window.link`)))
	eventually(t, 10*time.Second, "the page knows", func() bool { return c.runs(`return window.ended`) == `ok "connected"` })
}
