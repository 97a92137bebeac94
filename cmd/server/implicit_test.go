package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"claviger/runtime/fakeprovider"
)

// implicitSpec is a connector whose provider answers in the fragment; more stands in its getOAuthConfig.
func implicitSpec(t testing.TB, name, more string) string {
	t.Helper()
	return madeFolder(t, name, map[string]string{"spec.yml": `
parametersSchema:
  type: object
  required: [baseUrl, clientId]
  properties: {baseUrl: {type: string}, clientId: {type: string}, clientSecret: {type: string, format: password}}
auth:
  type: oauth2
  getOAuthConfig:
    mapping:
      clientId: {$var: connectorParameters.clientId}
      authorizeUri: {$concat: [{$var: connectorParameters.baseUrl}, /authorize]}
      scopes: [read]
` + more})
}

const implicitGrant = "      grantType: implicit\n"

// carried opens a callback whose answer is in its fragment as a browser with scripts does, and returns the last answer, and
// where it leads.
func (b *browser) carried(callback string) (answer, string) {
	b.t.Helper()
	address, fragment, _ := strings.Cut(callback, "#")
	page, next := b.Get(address)
	if next != "" || page.Status != http.StatusOK || !strings.Contains(page.Body, "/oauth/fragment.js") {
		b.t.Fatalf("no page that carries: %d %q %s", page.Status, next, page.Body)
	}
	a, next := b.Post(address, url.Values{"claviger-fragment": {fragment}})
	if next == "" {
		return a, ""
	}
	if a.Status != http.StatusSeeOther || strings.Contains(next, "access_token") || strings.Contains(next, "fpat_") {
		b.t.Fatalf("%d %s", a.Status, next)
	}
	return b.Get(next)
}

func TestImplicit(t *testing.T) {
	t.Parallel()
	c := newScene(t, implicitSpec(t, "imp", implicitGrant), fakeprovider.Options{Implicit: true})
	c.integrate("other", "imp", nil)
	b := newBrowser(t)
	id, link := c.Connect(map[string]any{"integration": "app"})
	_, authorize := b.Get(link)
	if q := query(t, authorize); q.Get("response_type") != "token" || q.Has("code_challenge") || q.Get("state") == "" {
		t.Fatal(authorize)
	}
	_, callback := b.Get(authorize)
	if !strings.HasPrefix(callback, c.URL+"/oauth/callback/app#") {
		t.Fatal(callback)
	}
	fragment := strings.SplitN(callback, "#", 2)[1]
	values, err := url.ParseQuery(fragment)
	if err != nil {
		t.Fatal(err)
	}
	token := values.Get("access_token")

	page, _ := b.Get(c.URL + "/oauth/callback/app")
	policy := page.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.HasSuffix(policy, "; script-src "+c.URL+"/oauth/fragment.js") || strings.Contains(policy, "unsafe") ||
		page.Header.Get("Referrer-Policy") != "no-referrer" || page.Header.Get("Cache-Control") != "no-store" || strings.Contains(page.Body, "<script>") {
		t.Errorf("%v %s", page.Header, page.Body)
	}
	script, _ := b.Get(c.URL + "/oauth/fragment.js")
	if script.Header.Get("Content-Type") != "text/javascript; charset=utf-8" || script.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%v", script.Header)
	}

	at := c.URL + "/oauth/callback/app"
	post := func(b *browser, address, fragment, site string) (answer, string) {
		r, err := http.NewRequest("POST", address, strings.NewReader(url.Values{"claviger-fragment": {fragment}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", site)
		return b.send(r)
	}
	for name, spoil := range map[string]func() (answer, string){
		"no fragment":          func() (answer, string) { return post(b, at, "", "same-origin") },
		"another state":        func() (answer, string) { return post(b, at, "access_token=evil&state=x", "same-origin") },
		"no state":             func() (answer, string) { return post(b, at, "access_token=evil", "same-origin") },
		"two states":           func() (answer, string) { return post(b, at, fragment+"&state=x", "same-origin") },
		"a state more":         func() (answer, string) { return post(b, at+"?state=x", fragment, "same-origin") },
		"two tokens":           func() (answer, string) { return post(b, at, fragment+"&access_token=evil", "same-origin") },
		"bytes that are none":  func() (answer, string) { return post(b, at, fragment+"&x=%ff", "same-origin") },
		"another integration":  func() (answer, string) { return post(b, c.URL+"/oauth/callback/other", fragment, "same-origin") },
		"another site's page":  func() (answer, string) { return post(b, at, fragment, "cross-site") },
		"the whole as a query": func() (answer, string) { return newBrowser(t).Get(at + "?" + fragment) },
		"another browser": func() (answer, string) {
			_, next := post(newBrowser(t), at, fragment, "same-origin")
			return newBrowser(t).Get(next)
		},
	} {
		if a, next := spoil(); a.Status != http.StatusBadRequest || next != "" || strings.Contains(a.Body, token) || strings.Contains(a.Body, "evil") {
			t.Errorf("%s: %d %s %s", name, a.Status, next, a.Body)
		}
		c.wantStatus(id, "pending")
	}

	if a, next := b.carried(callback); a.Status != http.StatusSeeOther || next != c.URL+"/connect/done" {
		t.Fatalf("%d %s %s", a.Status, next, a.Body)
	}
	c.wantStatus(id, "connected")
	got := c.Want(200, "GET", "/v1/connections/"+id+"/credentials", nil)
	credentials := got["credentials"].(map[string]any)
	if credentials["access_token"] != token || credentials["state"] != nil || got["expiresAt"] == nil {
		t.Errorf("%v", got)
	}
	if a := c.API("POST", "/v1/connections/"+id+"/refresh", nil); a.Code() != "not_refreshable" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if c.Provider.TokenCalls("") != 0 {
		t.Error("a token request was sent")
	}
	if a, _ := post(b, at, fragment, "same-origin"); a.Status != http.StatusBadRequest {
		t.Errorf("a replay: %d", a.Status)
	}

	// No is told, from the fragment too.
	id, link = c.Connect(map[string]any{"integration": "app"})
	_, authorize = b.Get(link)
	_, callback = b.Get(authorize + "&approve=0")
	if a, _ := b.carried(callback); !strings.Contains(a.Body, "access_denied") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	c.wantStatus(id, "failed")
	if strings.Contains(c.Log(), token) || strings.Contains(c.Log(), "access_token=") {
		t.Error("the log holds the token")
	}
}

// With requireCompletion the token waits, sealed, until the platform says who its user is; its life began before.
func TestImplicitWithCompletion(t *testing.T) {
	t.Parallel()
	c := openScene(t, implicitSpec(t, "imp", implicitGrant), fakeprovider.Options{Implicit: true})
	c.integrate("app", "imp", map[string]any{"requireCompletion": true})
	b := newBrowser(t)
	id, link := c.Connect(map[string]any{"integration": "app", "returnUrl": "https://platform.test/back"})
	_, authorize := b.Get(link)
	_, callback := b.Get(authorize)
	_, next := b.carried(callback)
	completion := query(t, next).Get("completion")
	if !strings.HasPrefix(next, "https://platform.test/back?") || completion == "" || strings.Contains(next, "fpat_") {
		t.Fatal(next)
	}
	c.wantStatus(id, "pending")
	if m := c.Want(200, "POST", "/v1/connections/"+id+"/complete", map[string]any{"completion": completion}); m["status"] != "connected" || m["expiresAt"] == nil {
		t.Errorf("%v", m)
	}
	c.token(id)
}

// A provider that answers in its own way is read by patterns; what binds the flow stays.
func TestCallbackPatterns(t *testing.T) {
	t.Parallel()
	c := openScene(t, implicitSpec(t, "odd", `      tokenUri: {$concat: [{$var: connectorParameters.baseUrl}, /token]}
      clientSecret: {$var: connectorParameters.clientSecret}
      clientAuthLocation: body
      callbackPattern: '#code:(?<token>[^;]+);'
      statePattern: ';nonce:(?<key>[^;]+)'
`), fakeprovider.Options{})
	c.integrate("app", "odd", nil)
	c.integrate("other", "odd", nil)
	b := newBrowser(t)
	id, link := c.Connect(map[string]any{"integration": "app"})
	_, authorize := b.Get(link)
	_, standard := b.Get(authorize)
	code, state := query(t, standard).Get("code"), query(t, standard).Get("state")
	if a, next := b.Get(standard); a.Status != http.StatusBadRequest || next != "" { // a state where none is expected
		t.Errorf("%d %s", a.Status, next)
	}
	odd := "#code:" + url.PathEscape(code) + ";nonce:" + url.PathEscape(state)
	for _, wrong := range []string{"#code:x;nonce:x", "#nonce:" + state, "#code:" + code, "#code:" + code + ";nonce:%zz", "#;nonce:" + state} {
		if a, next := b.carried(c.URL + "/oauth/callback/app" + wrong); a.Status != http.StatusBadRequest || next != "" || strings.Contains(a.Body, code) {
			t.Errorf("%s: %d %s %s", wrong, a.Status, next, a.Body)
		}
	}
	if a, _ := b.Post(c.URL+"/oauth/callback/other", url.Values{"claviger-fragment": {odd[1:]}}); a.Status != http.StatusBadRequest {
		t.Errorf("another integration: %d", a.Status)
	}
	c.wantStatus(id, "pending")
	if a, next := b.carried(c.URL + "/oauth/callback/app" + odd); next != c.URL+"/connect/done" {
		t.Fatalf("%d %s %s", a.Status, next, a.Body)
	}
	c.wantStatus(id, "connected")
	c.token(id)
}

func TestImplicitInABrowser(t *testing.T) {
	t.Parallel()
	shop := openShop(t, fakeprovider.Options{Implicit: true}, "--connectors", implicitSpec(t, "imp", implicitGrant))
	shop.Want(200, "PUT", "/v1/integrations/imp", map[string]any{"connector": "imp", "parameters": shop.parameters(nil)})
	id, link := shop.Connect(map[string]any{"integration": "imp"})
	c := openChrome(t)
	c.do(chromedp.Navigate(link))
	c.heading("Demo provider")
	c.do(chromedp.Click(allow))
	if at := c.heading("Connected"); at != shop.URL+"/connect/done" {
		t.Errorf("at %s", at)
	}
	kept := c.remembers()
	for _, secret := range append(shop.provider.Secrets(), "fpat_", "access_token", "/oauth/callback/imp#") {
		if strings.Contains(kept, secret) {
			t.Errorf("the browser keeps %q: %s", secret, kept)
		}
	}
	if m := shop.Want(200, "GET", "/v1/connections/"+id, nil); m["status"] != "connected" {
		t.Errorf("%v", m)
	}
	// Without a fragment it says so.
	c.do(chromedp.Navigate(shop.URL + "/oauth/callback/imp"))
	c.heading("This did not work")
}
