package runtime_test

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// forwarded is a folder whose connector asks for a redirect URI of the platform's own.
func forwarded(lines string) files {
	f := oauth(files{"auth/get-oauth-config.map.yml": oauthConfig(lines)})
	f["spec.yml"] = strings.Replace(f["spec.yml"], "properties: {", "properties: {forward: {type: string}, ", 1)
	return f
}

func (r *rig) put(key, forward string) (*runtime.Integration, error) {
	parameters := value.Of("baseUrl", r.Base, "clientId", "client", "clientSecret", "client-secret-0123456789")
	if forward != "" {
		parameters.Set("forward", forward)
	}
	return r.PutIntegration(r.Context(), admin, runtime.NewIntegration{Key: key, Connector: "app", Parameters: parameters})
}

// A redirect URI of the platform's own goes to the provider in both requests; the platform forwards the query to ours.
func TestRedirectURIOfThePlatform(t *testing.T) {
	r := newRig(t, forwarded("redirectUri: {$var: connectorParameters.forward}\n"), fakeprovider.Options{})
	i, err := r.put("app", "https://platform.test/forward")
	r.ok(err)
	if i.RedirectURI != "https://platform.test/forward" {
		t.Fatalf("fixed %q", i.RedirectURI)
	}
	r.connect()
	for _, e := range []fakeprovider.Endpoint{fakeprovider.Authorize, fakeprovider.Token} {
		if got := r.Provider.LastRequest(e).Params.Get("redirect_uri"); got != "https://platform.test/forward" {
			t.Errorf("%s was sent %q", e, got)
		}
	}
	for _, bad := range []string{"http://platform.test/forward", "https://user@platform.test/forward", "https://platform.test/#x", "nonsense", "https:///x"} {
		_, err := r.put("bad", bad)
		r.wantCode(err, runtime.CodeInvalidParameters)
	}
}

// Two integrations never share one: a code meant for one could be redeemed by the other.
func TestRedirectURIIsNotShared(t *testing.T) {
	r := newRig(t, forwarded("redirectUri: {$var: connectorParameters.forward}\n"), fakeprovider.Options{})
	for round := range 10 {
		uri := fmt.Sprintf("https://platform.test/forward/%d", round)
		var done sync.WaitGroup
		var taken atomic.Int64
		for i := range 8 {
			done.Go(func() {
				_, err := r.put(fmt.Sprintf("app-%d-%d", round, i), uri)
				if err == nil {
					taken.Add(1)
					_, err = r.put(fmt.Sprintf("app-%d-%d", round, i), uri) // its own is no other's
					r.ok(err)
				} else if runtime.AsError(err).Code != runtime.CodeConflict {
					t.Error(err)
				}
			})
		}
		done.Wait()
		if taken.Load() != 1 {
			t.Fatalf("%d integrations have the same redirect URI", taken.Load())
		}
	}
}

// What cannot be evaluated is not taken for "none": the flow would be sent to another address than the one registered.
func TestRedirectURIThatCannotBeKnown(t *testing.T) {
	f := oauth(files{
		"spec.yml":                      strings.Replace(oauth(nil)["spec.yml"], "auth:\n", "auth:\n  getOAuthConfig: {implementationType: javascript}\n", 1),
		"auth/get-oauth-config.js":      "exports.getOAuthConfig = () => { for (;;) {} }",
		"auth/get-oauth-config.map.yml": "",
	})
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	r.config.HookLimits.Wall = 300_000_000
	r.restart()
	r.reload("app", f)
	_, err := r.put("other", "")
	r.wantCode(err, runtime.CodeConnectorFailed)
}

// Replacing without parameters keeps the stored ones; with parameters it replaces all of them.
func TestReplacingAnIntegration(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	i, err := r.PutIntegration(t.Context(), admin, runtime.NewIntegration{Key: "app", Connector: "app", ReturnURLs: []string{"https://other.test"}})
	r.ok(err)
	if i.Parameters.Text("clientSecret") == "" || i.ReturnURLs[0] != "https://other.test" {
		t.Errorf("%+v", i)
	}
	_, err = r.PutIntegration(t.Context(), admin, runtime.NewIntegration{Key: "app", Connector: "app", Parameters: value.Of("clientId", "client")})
	r.wantCode(err, runtime.CodeInvalidParameters)
	r.pass(hour)
	r.credentials(id)
}

// A flow is judged by what was fixed when it started, whatever has changed since.
func TestFlowIsFixedWhenItStarts(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0)})
	r.reload("app", oauth(files{"auth/get-oauth-config.map.yml": strings.Replace(oauthConfig(""), "/token]", "/elsewhere]", 1)}))
	_, err := r.PutIntegration(t.Context(), admin, runtime.NewIntegration{Key: "app", Connector: "app",
		Parameters: value.Of("baseUrl", "https://elsewhere.test", "clientId", "other", "clientSecret", "other-secret-0123456789")})
	r.ok(err)
	_, err = r.Callback(t.Context(), "app", callback, v.browser())
	r.ok(err)
	r.wantStatus(id, runtime.Connected)
	if got := r.Provider.LastRequest(fakeprovider.Token).Params; got.Get("client_id") != "client" || !sameQuery(got["redirect_uri"], r.CallbackURL("app")) {
		t.Errorf("sent %v", got["client_id"])
	}
}

func sameQuery(values []string, want string) bool { return len(values) == 1 && values[0] == want }

// An integration that began to require completion meanwhile gets it, or the flow ends: the code is not redeemed.
func TestCompletionThatIsRequiredMeanwhile(t *testing.T) {
	for _, returnURL := range []string{"", "https://platform.test/back"} {
		r := newRig(t, oauth(nil), fakeprovider.Options{})
		v := visitor{}
		_, callback := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0), ReturnURL: returnURL})
		_, err := r.PutIntegration(t.Context(), admin, runtime.NewIntegration{Key: "app", Connector: "app", RequireCompletion: true, ReturnURLs: []string{"https://platform.test"}})
		r.ok(err)
		step, err := r.Callback(t.Context(), "app", callback, v.browser())
		if returnURL == "" {
			r.wantCode(err, runtime.CodeInvalidReturnURL)
		} else if u, _ := url.Parse(step.Redirect); u.Query().Get("completion") == "" {
			t.Errorf("the browser goes to %q", step.Redirect)
		}
		r.wantCalls("authorization_code", 0)
	}
}
