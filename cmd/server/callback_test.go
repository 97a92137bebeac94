package main

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"claviger/runtime/fakeprovider"
)

// scene is a server with an integration of the fake provider, and the provider.
type scene struct {
	*testServer
	Provider *fakeprovider.Provider
	Base     string // of the provider
}

const (
	fakeClient = "client"
	fakeSecret = "client-secret-0123456789"
)

// newScene starts a server with the connector folder and an integration "app" of it.
func newScene(t *testing.T, connector string, o fakeprovider.Options) *scene {
	t.Helper()
	c := openScene(t, connector, o)
	c.integrate("app", filepath.Base(connector), nil)
	return c
}

// openScene is newScene without the integration. At the test's end everything that the server wrote is searched for secrets.
func openScene(t *testing.T, connector string, o fakeprovider.Options) *scene {
	t.Helper()
	o.AutoApprove, o.Clients = true, []fakeprovider.Client{{ID: fakeClient, Secret: fakeSecret}}
	c := &scene{Provider: fakeprovider.New(o)}
	c.Base = c.Provider.Start(t)
	c.testServer = startServer(t, "--connectors", connector, "--egress-allow", "127.0.0.1")
	t.Cleanup(c.wantNoLeak)
	return c
}

// integrate puts an integration of a connector, with the client that the provider knows.
func (c *scene) integrate(key, connector string, more map[string]any) {
	c.t.Helper()
	body := map[string]any{
		"connector": connector, "returnUrls": []string{"https://platform.test"},
		"parameters": map[string]any{"baseUrl": c.Base, "clientId": fakeClient, "clientSecret": fakeSecret},
	}
	for name, v := range more {
		body[name] = v
	}
	c.Want(http.StatusOK, http.MethodPut, "/v1/integrations/"+key, body)
}

// begin creates a connection and goes as far as the callback, which it returns without opening it.
func (c *scene) begin(b *browser, body map[string]any) (id, callback string) {
	c.t.Helper()
	body["integration"] = "app"
	id, link := c.Connect(body)
	_, authorize := b.Get(link)
	_, callback = b.Get(authorize)
	if !strings.HasPrefix(callback, c.URL+"/oauth/callback/app?") {
		c.t.Fatalf("the provider sends the browser to %q", callback)
	}
	return id, callback
}

// with is an address with parameters of its query replaced; an empty list removes one.
func with(t testing.TB, address string, params url.Values) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, values := range params {
		q[name] = values
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// madeFolder is a connector folder of the test's own.
func madeFolder(t testing.TB, name string, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	writeFolder(t, dir, files)
	return dir
}

// A callback that is refused before its state is accepted changes nothing: nothing is sent, and the good one still works.
func TestRefusedCallbacksChangeNothing(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-body"), fakeprovider.Options{})
	c.integrate("other", "oauth-body", nil)
	script := "<script>alert(1)</script>"
	for name, spoil := range map[string]func(callback string) string{
		"a wrong state":                 func(at string) string { return with(t, at, url.Values{"state": {"x" + script}}) },
		"no state":                      func(at string) string { return with(t, at, url.Values{"state": nil}) },
		"two states":                    func(at string) string { return at + "&state=x" },
		"two codes":                     func(at string) string { return at + "&code=x" },
		"two parameters of no interest": func(at string) string { return at + "&a=1&a=" + url.QueryEscape(script) },
		"neither code nor error":        func(at string) string { return with(t, at, url.Values{"code": nil}) },
		"an empty code":                 func(at string) string { return with(t, at, url.Values{"code": {""}}) },
		"another integration's URL": func(at string) string {
			return strings.Replace(at, "/oauth/callback/app", "/oauth/callback/other", 1)
		},
		"an unknown integration's URL": func(at string) string { return strings.Replace(at, "/callback/app", "/callback/none", 1) },
		"a long value":                 func(at string) string { return at + "&x=" + strings.Repeat("a", 60<<10) },
		"a megabyte":                   func(at string) string { return at + "&x=" + strings.Repeat("a", 1<<20) },
		"bytes that are not UTF-8":     func(at string) string { return at + "&x=%ff%fe" },
		"a broken escape":              func(at string) string { return at + "&x=%zz" },
		"a NUL":                        func(at string) string { return at + "&x=a%00b" },
		"a line break":                 func(at string) string { return at + "&x=a%0d%0ab" },
		"a handle that is none":        func(at string) string { return c.URL + "/oauth/callback/app?handle=" + strings.Repeat("a", 43) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t)
			calls := c.Provider.TokenCalls("")
			id, callback := c.begin(b, map[string]any{})
			a, next := b.Get(spoil(callback))
			if a.Status != http.StatusBadRequest && a.Status != http.StatusRequestHeaderFieldsTooLarge || next != "" {
				t.Errorf("answered with %d to %q", a.Status, next)
			}
			if strings.Contains(a.Body, script) {
				t.Error("the page repeats what came")
			}
			if c.Provider.TokenCalls("") != calls {
				t.Error("a token request was sent")
			}
			c.wantStatus(id, "pending")
			if a, at := b.Follow(callback); a.Status != http.StatusOK {
				t.Errorf("the good callback ended at %s with %d", at, a.Status)
			}
			c.wantStatus(id, "connected")
		})
	}
	t.Run("another browser", func(t *testing.T) {
		b := newBrowser(t)
		id, callback := c.begin(b, map[string]any{})
		if a, _ := newBrowser(t).Get(callback); a.Status != http.StatusBadRequest {
			t.Errorf("answered with %d", a.Status)
		}
		c.wantStatus(id, "pending")
		b.Follow(callback)
		c.wantStatus(id, "connected")
	})
}

// A code that an honest provider's page sent to another integration's callback reaches nobody: neither the honest token
// endpoint nor the one that waits for it.
func TestCodeForAnotherIntegration(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-body"), fakeprovider.Options{})
	malicious := fakeprovider.New(fakeprovider.Options{AutoApprove: true, Clients: []fakeprovider.Client{{ID: fakeClient, Secret: fakeSecret}}})
	c.Want(http.StatusOK, http.MethodPut, "/v1/integrations/evil", map[string]any{
		"connector": "oauth-body", "parameters": map[string]any{"baseUrl": malicious.Start(t), "clientId": fakeClient, "clientSecret": fakeSecret},
	})
	b := newBrowser(t)
	evilID, link := c.Connect(map[string]any{"integration": "evil"})
	_, authorize := b.Get(link)
	evilState := query(t, authorize).Get("state")
	id, callback := c.begin(b, map[string]any{}) // where the malicious authorize page bounces the browser to
	code := query(t, callback).Get("code")

	for _, at := range []string{
		with(t, c.URL+"/oauth/callback/evil", url.Values{"code": {code}, "state": query(t, callback)["state"]}),
		with(t, c.URL+"/oauth/callback/app", url.Values{"code": {code}, "state": {evilState}}),
	} {
		if a, _ := b.Get(at); a.Status != http.StatusBadRequest {
			t.Errorf("answered with %d", a.Status)
		}
	}
	if c.Provider.TokenCalls("") != 0 || malicious.TokenCalls("") != 0 {
		t.Errorf("%d requests to the honest endpoint, %d to the malicious", c.Provider.TokenCalls(""), malicious.TokenCalls(""))
	}
	c.wantStatus(evilID, "pending")
	b.Follow(callback)
	c.wantStatus(id, "connected")
}

func query(t testing.TB, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

func TestTenCallbacksAtOnce(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-body"), fakeprovider.Options{})
	c.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, DelayMS: 200})
	b := newBrowser(t)
	id, callback := c.begin(b, map[string]any{})
	statuses := make([]int, 10)
	if err := parallel(len(statuses), func(i int) error {
		a, _ := b.Get(callback)
		statuses[i] = a.Status
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, status := range statuses {
		if status == http.StatusBadRequest {
			refused++
		}
	}
	if refused != 9 || c.Provider.TokenCalls("authorization_code") != 1 {
		t.Errorf("answers %v, %d exchanges", statuses, c.Provider.TokenCalls("authorization_code"))
	}
	c.wantStatus(id, "connected")
	if a, _ := b.Get(callback); a.Status != http.StatusBadRequest {
		t.Errorf("a replay is answered with %d", a.Status)
	}
	c.wantStatus(id, "connected")
	c.token(id)
}
