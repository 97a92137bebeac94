package runtime_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/egress"
	"claviger/runtime/fakeprovider"
)

// withHosts is a folder that declares its hosts.
func withHosts(hosts string, f files) files {
	f["spec.yml"] = "allowedHosts: [" + hosts + "]\n" + f["spec.yml"]
	return f
}

// evil is a server that must never hear anything. It stands on another address of this machine.
func (r *rig) evil() (base string, heard *atomic.Int64) {
	r.Helper()
	heard = new(atomic.Int64)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	listener, err := listen("127.0.0.2:0")
	r.ok(err)
	s.Listener = listener
	s.Start()
	r.Cleanup(s.Close)
	guard, err := egress.NewGuard([]string{"127.0.0.0/8"}, egress.Clock(r.Store.now))
	r.ok(err)
	r.config.Guard = guard
	r.restart()
	return s.URL, heard
}

// A callback's query never sends a code to a host outside the connector's list.
func TestCallbackChoosesNoHost(t *testing.T) {
	f := withHosts("127.0.0.1", oauth(files{"auth/get-oauth-config.map.yml": strings.Replace(oauthConfig(""),
		"tokenUri: {$concat: [{$var: connectorParameters.baseUrl}, /token]}", "tokenUri: {$concat: [{$var: queryParameters.accounts-server}, /token]}", 1)}))
	r := newRig(t, f, fakeprovider.Options{})
	evil, heard := r.evil()
	host := strings.TrimPrefix(evil, "http://")
	good := strings.TrimPrefix(r.Base, "http://")
	for _, server := range []string{
		evil, evil + "/#", evil + "/?", evil + "#@" + good, evil + "\\@" + good, "http://" + good + "@" + host, "http://" + good + "%40" + host,
		"http://" + host + "/" + good, "http:" + host, "//" + host, "http:\\\\" + host, "http://１２７.0.0.2:" + strings.Split(host, ":")[1],
		"http://127。0。0。2:" + strings.Split(host, ":")[1], "http://2130706434:" + strings.Split(host, ":")[1], "http://0x7f.0.0.2:" + strings.Split(host, ":")[1],
		"https://evil.example", "http://127.0.0.1.evil.example", "http://[::ffff:127.0.0.2]:" + strings.Split(host, ":")[1], "file:///etc/passwd", "", "http://",
		evil + "\t", " " + evil, "http://" + good + "\r\nHost: " + host,
	} {
		v := visitor{}
		id, callback := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0)})
		callback.Set("accounts-server", server)
		_, err := r.Callback(t.Context(), "app", callback, v.browser())
		if err == nil {
			t.Errorf("%q: connected", server)
		}
		if s := r.stored(id).Status; s == runtime.Connected {
			t.Errorf("%q: the status is %s", server, s)
		}
	}
	if heard.Load() != 0 || r.Provider.TokenCalls("") != 0 {
		t.Errorf("%d requests reached the evil server, %d the provider", heard.Load(), r.Provider.TokenCalls(""))
	}
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0)})
	callback.Set("accounts-server", r.Base)
	_, err := r.Callback(t.Context(), "app", callback, v.browser())
	r.ok(err)
	r.wantStatus(id, runtime.Connected)
}

// What the end user types never sends a secret to a host outside the connector's list.
func TestParameterChoosesNoHost(t *testing.T) {
	f := withHosts("127.0.0.1", oauth(files{
		"spec.yml": oauth(nil)["spec.yml"] + "  inputSchema: {type: object, required: [host], properties: {host: {type: string, pattern: '^[^/]*$'}}}\n",
		"auth/get-oauth-config.map.yml": strings.Replace(oauthConfig("grantType: client_credentials\n"),
			"tokenUri: {$concat: [{$var: connectorParameters.baseUrl}, /token]}", "tokenUri: {$concat: ['http://', {$var: connectionParameters.host}, /token]}", 1),
	}))
	set, findings := tryLoad(t, f)
	if set { // a pattern that lets a slash or an @ through is a mistake of the author's, and found when the folder loads
		t.Fatalf("loaded: %s", findings)
	}
	f["spec.yml"] = strings.Replace(f["spec.yml"], "^[^/]*$", "^[a-z0-9-]+$", 1)
	f["auth/get-oauth-config.map.yml"] = strings.Replace(f["auth/get-oauth-config.map.yml"], "{$var: connectionParameters.host}, /token]", "{$var: connectionParameters.host}, .freshdesk.test/token]", 1)
	f["spec.yml"] = strings.Replace(f["spec.yml"], "[127.0.0.1]", "['*.freshdesk.test']", 1)
	r := newRig(t, f, fakeprovider.Options{})
	evil, heard := r.evil()
	host := strings.TrimPrefix(evil, "http://")
	for _, typed := range []string{
		host + "/", host + "#", host + "?x=", "x@" + host + "/", host + "\\", "evil.com/", "a@b", "x#", "..", "a\r\nb", "１２７.0.0.2", "a%2fb", "a:80", "", "a.b",
	} {
		_, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app", Parameters: value.Of("host", typed)})
		if err == nil {
			t.Errorf("%q was taken", typed)
		}
	}
	if heard.Load() != 0 {
		t.Errorf("%d requests reached the evil server", heard.Load())
	}
}

// A reload that widens the hosts waits until somebody accepts them.
func TestPendingHosts(t *testing.T) {
	wide := withHosts("127.0.0.1, api.example.test", oauth(nil))
	r := newRig(t, withHosts("127.0.0.1", oauth(nil)), fakeprovider.Options{})
	id := r.connect()
	r.reload("app", wide)
	r.ok(r.ReviewHosts(t.Context()))
	i := r.wantHosts("127.0.0.1", "api.example.test")
	r.pass(2 * hour)
	r.credentials(id)
	r.connect()
	if i.Version == 0 {
		t.Error("not stored")
	}
	_, err := r.AcceptHosts(t.Context(), admin, "app")
	r.ok(err)
	r.wantHosts("127.0.0.1 api.example.test", "")
}

func (r *rig) wantHosts(pinned, pending string) *runtime.Integration {
	r.Helper()
	i, err := r.Integration(r.Context(), admin, "app")
	r.ok(err)
	if strings.Join(i.Hosts, " ") != pinned || strings.Join(i.PendingHosts, " ") != pending {
		r.Fatalf("pinned %q, pending %q", i.Hosts, i.PendingHosts)
	}
	return i
}

// Renewals that need a host which waits for somebody go on as soon as it is accepted.
func TestAcceptingHostsLetsRenewalsGoOn(t *testing.T) {
	r := newRig(t, withHosts("api.example.test, 127.0.0.1", oauth(nil)), fakeprovider.Options{})
	id := r.connect()
	r.reload("app", withHosts("localhost, 127.0.0.1", oauth(files{"auth/get-oauth-config.map.yml": oauthConfig(
		"refreshUri: 'http://localhost:" + strings.Split(r.Base, ":")[2] + "/token'\n")})))
	guard, err := egress.NewGuard([]string{"127.0.0.1", "::1"}, egress.Clock(r.Store.now))
	r.ok(err)
	r.config.Guard = guard
	r.restart()
	r.pass(hour)
	r.refused(id, runtime.CodeMisconfigured)
	r.wantHosts("127.0.0.1 api.example.test", "localhost")
	r.wantCalls("refresh_token", 0)
	r.wantStatus(id, runtime.Connected)
	_, err = r.AcceptHosts(t.Context(), admin, "app")
	r.ok(err)
	r.credentials(id)
}

// A host that the list covers already is no wider.
func TestNarrowerHostsAreNotPending(t *testing.T) {
	r := newRig(t, withHosts("127.0.0.1, '*.example.test'", oauth(nil)), fakeprovider.Options{})
	r.reload("app", withHosts("127.0.0.1, api.example.test", oauth(nil)))
	r.ok(r.ReviewHosts(t.Context()))
	r.wantHosts("*.example.test 127.0.0.1", "")
}

func TestDevAcceptsHosts(t *testing.T) {
	r := newRig(t, withHosts("127.0.0.1", oauth(nil)), fakeprovider.Options{})
	r.config.Dev = true
	r.restart()
	r.reload("app", withHosts("127.0.0.1, api.example.test", oauth(nil)))
	r.ok(r.ReviewHosts(t.Context()))
	r.wantHosts("127.0.0.1 api.example.test", "")
}

// The end user may name the host only where somebody has accepted that.
func TestHostsOfTheConnectionWaitToo(t *testing.T) {
	schema := `{type: object, required: [base, id, secret], properties: {base: {type: string, format: uri}, id: {type: string}, secret: {type: string, format: password}}}`
	open := withHosts("connection", files{
		"spec.yml": strings.Replace(oauth(nil)["spec.yml"], "  required: [baseUrl]\n", "", 1) + "  inputSchema: " + schema + "\n",
		"auth/get-oauth-config.map.yml": `
clientId: {$var: connectionParameters.id}
clientSecret: {$var: connectionParameters.secret}
authorizeUri: {$concat: [{$var: connectionParameters.base}, /authorize]}
tokenUri: {$concat: [{$var: connectionParameters.base}, /token]}
clientAuthLocation: body
`})
	r := newRig(t, withHosts("127.0.0.1", oauth(nil)), fakeprovider.Options{})
	_, heard := r.evil()
	evil, _ := r.evil()
	r.reload("app", open)
	v := visitor{}
	created, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app"})
	r.ok(err)
	step, err := r.OpenConnect(t.Context(), handleOf(created.ConnectURL), v.browser())
	r.ok(err)
	v.take(step)
	step, err = r.submit(created.ConnectURL, v, value.Of("base", evil, "id", "a", "secret", "b"))
	r.ok(err)
	u, err := url.Parse(step.Redirect)
	r.ok(err)
	_, err = r.Callback(t.Context(), "app", url.Values{"state": u.Query()["state"], "code": {"a-code"}}, v.browser())
	if err == nil || heard.Load() != 0 {
		t.Errorf("%d requests, %v", heard.Load(), err)
	}
	if e := runtime.AsError(err); e.Code != runtime.CodeMisconfigured {
		t.Errorf("%s: %v", e.Code, err)
	}
	r.wantHosts("127.0.0.1", "connection")
}

// A flow that began before a reload does not hide what the reload asks for.
func TestOldFlowLeavesPendingHosts(t *testing.T) {
	spec := asking(`{type: object, properties: {note: {type: string}}}`)
	r := newRig(t, withHosts("127.0.0.1", spec), fakeprovider.Options{})
	created, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app"})
	r.ok(err)
	v := visitor{}
	step, err := r.OpenConnect(t.Context(), handleOf(created.ConnectURL), v.browser())
	r.ok(err)
	v.take(step)
	r.reload("app", withHosts("127.0.0.1, api.example.test", oauth(nil)))
	r.ok(r.ReviewHosts(t.Context()))
	_, err = r.submit(created.ConnectURL, v, value.Of("note", "x"))
	r.ok(err)
	r.wantHosts("127.0.0.1", "api.example.test")
}
