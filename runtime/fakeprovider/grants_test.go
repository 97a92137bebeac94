package fakeprovider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
)

func TestClientAuthentication(t *testing.T) {
	const (
		good    = ""
		request = "invalid_request"
		client  = "invalid_client"
	)
	for name, c := range map[string]struct {
		auth                     fakeprovider.ClientAuth
		header, body, both, none string // what each way of the client leads to
	}{
		"any":     {fakeprovider.AuthAny, good, good, good, client},
		"headers": {fakeprovider.AuthHeaders, good, request, request, client},
		"body":    {fakeprovider.AuthBody, request, good, request, client},
		"both":    {fakeprovider.AuthBoth, client, client, good, client},
		"strict":  {fakeprovider.AuthStrict, good, good, request, client},
		"none":    {fakeprovider.AuthNone, request, request, request, good},
	} {
		t.Run(name, func(t *testing.T) {
			for _, way := range []struct {
				header, body bool
				want         string
			}{{true, false, c.header}, {false, true, c.body}, {true, true, c.both}, {false, false, c.none}} {
				a := start(t, fakeprovider.Options{Clients: []fakeprovider.Client{{ID: "app", Secret: secretText, Auth: c.auth}}})
				a.header, a.body = way.header, way.body
				if got := a.exchange(a.authorize().Get("code")); got.Error != way.want {
					t.Errorf("header %v, body %v: %q, want %q", way.header, way.body, got.Error, way.want)
				}
			}
		})
	}
}

func TestWrongSecret(t *testing.T) {
	a := start(t, fakeprovider.Options{Clients: []fakeprovider.Client{{ID: "app", Secret: "another"}}})
	a.header, a.body = true, false
	w, _, err := a.send("/token", url.Values{"grant_type": {"client_credentials"}})
	if err != nil || w.StatusCode != 401 || !strings.HasPrefix(w.Header.Get("WWW-Authenticate"), "Basic") {
		t.Errorf("%v %v", w, err)
	}
	a = start(t, fakeprovider.Options{Clients: []fakeprovider.Client{{ID: "app"}}})
	if a.body = false; a.token(url.Values{"grant_type": {"client_credentials"}}).Error != "invalid_client" {
		t.Error("an empty secret opens a client without one")
	}
}

func TestRotation(t *testing.T) {
	for name, c := range map[string]struct {
		rotation           fakeprovider.Rotation
		grace              time.Duration
		first              bool // the first answer has a refresh token
		next, same         bool // the second has one; it is the same
		again, alive, live bool // the spent one is taken again; the newest access token then lives
	}{
		"rotate":     {fakeprovider.Rotate, 0, true, true, false, false, false, false},
		"grace":      {fakeprovider.Rotate, time.Hour, true, true, false, true, true, true},
		"single use": {fakeprovider.RotateSingleUse, 0, true, true, false, false, true, true},
		"never":      {fakeprovider.RotateNever, 0, true, true, true, true, true, true},
		"silent":     {fakeprovider.RotateSilent, 0, true, false, false, true, true, true},
		"none":       {fakeprovider.NoRefreshToken, 0, false, false, false, false, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t, fakeprovider.Options{Rotation: c.rotation, RotationGrace: c.grace})
			first := a.connected()
			if (first.Refresh != "") != c.first {
				t.Fatalf("first: %+v", first)
			}
			second := first
			if c.first {
				second = a.renew(first.Refresh)
			}
			if second.Access == "" || (second.Refresh != "") != c.next || (second.Refresh == first.Refresh) != c.same && c.first {
				t.Fatalf("second: %+v", second)
			}
			third := a.renew(first.Refresh)
			if (third.Access != "") != c.again {
				t.Errorf("spent one: %+v", third)
			}
			if status, _ := a.me(second.Access); (status == 200) != c.alive || (a.p.LiveGrants() == 1) != c.live {
				t.Errorf("newest token: %d, %d grants", status, a.p.LiveGrants())
			}
		})
	}
}

func TestClientCredentials(t *testing.T) {
	a := start(t, fakeprovider.Options{})
	got := a.token(url.Values{"grant_type": {"client_credentials"}, "scope": {"x"}})
	if _, id := a.me(got.Access); got.Refresh != "" || got.Scope != "x" || id != "app" {
		t.Errorf("%+v of %s", got, id)
	}
	if got := a.token(url.Values{"grant_type": {"password"}}); got.Error != "unsupported_grant_type" {
		t.Errorf("%+v", got)
	}
	if got := a.token(url.Values{"grant_type": {"client_credentials"}, "scope": {"x", "y"}}); got.Error != "invalid_request" {
		t.Errorf("repeated: %+v", got)
	}
	a = start(t, fakeprovider.Options{Clients: []fakeprovider.Client{{ID: "app", Auth: fakeprovider.AuthNone}}})
	a.body = false
	if got := a.token(url.Values{"grant_type": {"client_credentials"}}); got.Error != "unauthorized_client" {
		t.Errorf("public: %+v", got)
	}
}

func TestRevoke(t *testing.T) {
	a := start(t, fakeprovider.Options{})
	got := a.connected()
	for _, c := range []struct {
		token string
		after int
	}{{"unknown", 200}, {got.Access, 401}} {
		if w, _, err := a.send("/revoke", url.Values{"token": {c.token}}); err != nil || w.StatusCode != 200 {
			t.Fatal(w, err)
		}
		if status, _ := a.me(got.Access); status != c.after {
			t.Errorf("after revoking: %d, want %d", status, c.after)
		}
	}
	next := a.renew(got.Refresh)
	if _, _, err := a.send("/revoke", url.Values{"token": {next.Refresh}, "token_type_hint": {"refresh_token"}}); err != nil {
		t.Fatal(err)
	}
	if status, _ := a.me(next.Access); status != 401 || a.p.LiveGrants() != 0 {
		t.Error("the grant outlives its refresh token's revocation")
	}
}

func TestSwitchesOfTokens(t *testing.T) {
	a := start(t, fakeprovider.Options{})
	got := a.connected()
	a.p.ExpireAccessTokens()
	if status, _ := a.me(got.Access); status != 401 {
		t.Error("not expired")
	}
	next := a.renew(got.Refresh)
	if status, _ := a.me(next.Access); status != 200 {
		t.Error("not renewed")
	}
	a.p.WithdrawConsent()
	if got := a.renew(next.Refresh); got.Error != "invalid_grant" {
		t.Errorf("%+v", got)
	}
	secrets := strings.Join(a.p.Secrets(), "\n")
	for _, s := range []string{got.Access, got.Refresh, next.Access, next.Refresh, secretText, "fpc_"} {
		if !strings.Contains(secrets, s) {
			t.Errorf("Secrets lacks %q", s)
		}
	}
}

func TestParamNamesAndJSON(t *testing.T) {
	a := start(t, fakeprovider.Options{AutoApprove: true, ParamNames: map[string]string{"client_id": "client_key"}})
	q := a.query("client_id", "", "client_key", "app", "approve", "")
	r := a.get("/authorize?" + q.Encode())
	r.Body.Close()
	to, err := r.Location()
	if err != nil {
		t.Fatal(err)
	}
	post := func(kind, body string) int {
		w, err := http.Post(a.base+"/token", kind, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		w.Body.Close()
		return w.StatusCode
	}
	const rest = `"client_secret":"s:e%c+r ét","grant_type":"authorization_code","redirect_uri":"` + redirectURI + `","code_verifier":"` + verifier + `"`
	code := `,"code":"` + to.Query().Get("code") + `"}`
	if status := post("application/json", `{"client_id":"app",`+rest+code); status != 401 {
		t.Errorf("standard name: %d", status)
	}
	if status := post("application/json", `{"client_key":"app",`+rest+code); status != 200 {
		t.Errorf("own name: %d", status)
	}
	if status := post("text/plain", `x`); status != 400 {
		t.Errorf("text: %d", status)
	}
}

func TestAPIKeyBasicAndEcho(t *testing.T) {
	a := start(t, fakeprovider.Options{APIKey: "key-1", Username: "u", Password: "p"})
	ask := func(change func(*http.Request)) int {
		r, _ := http.NewRequest("GET", a.base+"/api/me", nil)
		change(r)
		w, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		w.Body.Close()
		return w.StatusCode
	}
	for want, changes := range map[int][]func(*http.Request){
		200: {func(r *http.Request) { r.Header.Set("X-Api-Key", "key-1") }, func(r *http.Request) { r.SetBasicAuth("u", "p") }},
		401: {func(*http.Request) {}, func(r *http.Request) { r.Header.Set("X-Api-Key", "x") }, func(r *http.Request) { r.SetBasicAuth("u", "") }},
	} {
		for i, change := range changes {
			if got := ask(change); got != want {
				t.Errorf("%d: %d, want %d", i, got, want)
			}
		}
	}
	w, err := http.Post(a.base+"/api/echo/a%2Fb?x=1", "application/octet-stream", strings.NewReader("\xff"))
	if err != nil {
		t.Fatal(err)
	}
	w.Body.Close()
	if q := a.p.LastRequest(fakeprovider.API); w.StatusCode != 200 || q.Query.Get("x") != "1" || string(q.Body) != "\xff" {
		t.Errorf("%d %v", w.StatusCode, q)
	}
}
