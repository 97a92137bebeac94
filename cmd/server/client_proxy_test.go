package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"claviger/runtime/fakeprovider"
)

// A page calls an API through a connection: a real browser lets it, with what it asks before, and lets no other page.
func TestProxyFetchInABrowser(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	s.Integrate("oauth-headers", nil)
	id := s.Connected("oauth-headers", "acme")
	html := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<!doctype html><title>A page</title><h1>A page</h1>")
	}))
	defer html.Close()
	_, token := s.Session(map[string]any{"origins": []string{html.URL}})
	c := openChrome(t)
	client := fmt.Sprintf(`const m = await import(%q); const client = m.createClient({ session: %q });`, s.URL+"/client.js", token)
	c.do(chromedp.Navigate(html.URL))
	c.heading("A page")
	got := c.wantRun(client+`
		const r = await client.proxyFetch("`+id+`", "me", { headers: { "X-Own": "x" } });
		const none = await client.proxyFetch("`+id+`", "nothing/here", { method: "PUT", body: "{}" });
		const broken = await client.proxyFetch("`+id+`", "..;/x");
		return [r.status, r.headers.get("Claviger-Upstream"), await r.json(), none.status, none.headers.get("Claviger-Upstream"), broken.status, broken.headers.get("Claviger-Upstream"), (await broken.json()).code]`, `ok [200,"1",{`)
	if !strings.HasSuffix(got, `},404,"1",400,null,"invalid_request"]`) || strings.Contains(got, "fpat_") {
		t.Error(got)
	}
	other := httptest.NewServer(html.Config.Handler)
	defer other.Close()
	c.do(chromedp.Navigate(other.URL))
	c.heading("A page")
	c.wantRun(client+`return (await client.proxyFetch("`+id+`", "me")).status`, "no TypeError")
}
