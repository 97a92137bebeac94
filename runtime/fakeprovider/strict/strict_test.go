package strict_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"claviger/runtime/fakeprovider/strict"
)

const (
	redirectURI = "https://app.example/oauth/callback/x"
	verifier    = "a-verifier-of-at-least-forty-three-characters-long"
)

type app struct {
	t            *testing.T
	s            *strict.Server
	base, id     string
	header, body bool
}

func start(t *testing.T, o strict.Options) app {
	t.Helper()
	o.RedirectURIs = append(o.RedirectURIs, redirectURI)
	s, err := strict.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return app{t: t, s: s, base: s.Start(t), id: strict.BasicClient, header: true}
}

// authorize returns the callback's query; change holds names and values laid over a complete request, "" removes.
func (a app) authorize(change ...string) url.Values {
	a.t.Helper()
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{"client_id": {a.id}, "response_type": {"code"}, "redirect_uri": {redirectURI}, "state": {"state-1-long"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}, "scope": {"read"}}
	for i := 0; i < len(change); i += 2 {
		if q.Del(change[i]); change[i+1] != "" {
			q.Set(change[i], change[i+1])
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.Get(a.base + "/authorize?" + q.Encode())
	if err != nil {
		a.t.Fatal(err)
	}
	r.Body.Close()
	to, err := r.Location()
	if err != nil {
		return url.Values{"error": {"shown"}, "status": {r.Status}}
	}
	return to.Query()
}

type answer struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	In      int    `json:"expires_in"`
	Error   string `json:"error"`
	Active  bool   `json:"active"`
	ID      string `json:"id"`
	status  int
}

func (a app) post(path string, form url.Values) answer {
	a.t.Helper()
	if !a.header || a.body {
		form.Set("client_id", a.id)
	}
	if a.body {
		form.Set("client_secret", strict.Secret)
	}
	r, _ := http.NewRequest("POST", a.base+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a.header {
		r.SetBasicAuth(url.QueryEscape(a.id), url.QueryEscape(strict.Secret))
	}
	return a.do(r)
}

func (a app) do(r *http.Request) answer {
	a.t.Helper()
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer w.Body.Close()
	got := answer{status: w.StatusCode}
	_ = json.NewDecoder(w.Body).Decode(&got) // an empty body is an empty answer
	return got
}

func (a app) exchange(code, verifier string) answer {
	a.t.Helper()
	return a.post("/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectURI}, "code_verifier": {verifier}})
}

func (a app) renew(token string) answer {
	a.t.Helper()
	return a.post("/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

func (a app) me(token string) answer {
	a.t.Helper()
	r, _ := http.NewRequest("GET", a.base+"/api/me", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return a.do(r)
}

func TestFlowWithEachClientAuthentication(t *testing.T) {
	for _, c := range []struct {
		id           string
		header, body bool
		refused      string
	}{
		{strict.BasicClient, true, false, ""}, {strict.PostClient, false, true, ""}, {strict.BothClient, true, true, ""},
		{strict.BothClient, true, false, ""}, {strict.BothClient, false, true, ""}, {strict.Public, false, false, ""},
		{strict.BasicClient, false, true, "invalid_client"}, {strict.BasicClient, true, true, "invalid_client"},
		{strict.PostClient, true, false, "invalid_client"}, {strict.PostClient, true, true, "invalid_client"},
		{strict.BothClient, false, false, "invalid_client"},
	} {
		a := start(t, strict.Options{Lifetime: time.Minute})
		a.id, a.header, a.body = c.id, c.header, c.body
		got := a.exchange(a.authorize().Get("code"), verifier)
		if got.Error != c.refused {
			t.Errorf("%+v: %+v", c, got)
		}
		if c.refused != "" {
			continue
		}
		if got.In < 50 || got.In > 60 || got.Refresh == "" || a.me(got.Access).ID != strict.Account {
			t.Errorf("%+v: %+v", c, got)
		}
		next := a.renew(got.Refresh)
		if next.Access == "" || next.Refresh == got.Refresh || a.me(next.Access).status != 200 || a.me(got.Access).status != 401 {
			t.Errorf("%+v: renewed %+v", c, next)
		}
	}
}

func TestRules(t *testing.T) {
	a := start(t, strict.Options{})
	for want, change := range map[string][]string{
		"invalid_request":           {"code_challenge", ""},
		"invalid_state":             {"state", "short"},
		"invalid_scope":             {"scope", "admin"},
		"unsupported_response_type": {"response_type", "token"},
		"access_denied":             {"approve", "0"},
		"shown":                     {"redirect_uri", "https://evil.example/"},
	} {
		if back := a.authorize(change...); back.Get("error") != want || back.Has("code") {
			t.Errorf("%v: %v", change, back)
		}
	}
	back := a.authorize()
	if back.Get("iss") != a.base || back.Get("state") != "state-1-long" {
		t.Errorf("%v", back)
	}
	if got := a.exchange(back.Get("code"), "another-verifier-of-at-least-forty-three-chars"); got.Error != "invalid_grant" {
		t.Errorf("wrong verifier: %+v", got)
	}
	a.s.AllowRedirect("https://other.example/cb")
	if back := a.authorize("redirect_uri", "https://other.example/cb"); !back.Has("code") {
		t.Errorf("AllowRedirect: %v", back)
	}
}

func TestReplaysEndTheGrant(t *testing.T) {
	a := start(t, strict.Options{})
	code := a.authorize().Get("code")
	got := a.exchange(code, verifier)
	if again := a.exchange(code, verifier); again.Error != "invalid_grant" || a.s.Active(got.Access) || a.s.Active(got.Refresh) {
		t.Errorf("code twice: %+v, %v %v", again, a.s.Active(got.Access), a.s.Active(got.Refresh))
	}
	got = a.exchange(a.authorize().Get("code"), verifier)
	next := a.renew(got.Refresh)
	if !a.s.Active(next.Access) || !a.s.Active(next.Refresh) {
		t.Error("the new tokens are not active")
	}
	if again := a.renew(got.Refresh); again.Error != "invalid_grant" || a.s.Active(next.Access) || a.s.Active(next.Refresh) {
		t.Errorf("refresh token twice: %+v, %v %v", again, a.s.Active(next.Access), a.s.Active(next.Refresh))
	}
}

func TestOnlyOneOfManyRefreshesWins(t *testing.T) {
	a := start(t, strict.Options{})
	token := a.exchange(a.authorize().Get("code"), verifier).Refresh
	var wg sync.WaitGroup
	won := make(chan answer, 20)
	for range 20 {
		wg.Go(func() {
			if got := a.renew(token); got.Access != "" {
				won <- got
			}
		})
	}
	wg.Wait()
	if len(won) != 1 || a.s.Active((<-won).Access) || a.s.TokenCalls("refresh_token") != 20 || a.s.TokenCalls("") != 21 {
		t.Errorf("%d winners, %d calls", len(won)+1, a.s.TokenCalls("refresh_token"))
	}
}

func TestExpiryRevocationIntrospection(t *testing.T) {
	a := start(t, strict.Options{Lifetime: time.Second})
	got := a.exchange(a.authorize().Get("code"), verifier)
	if a.post("/introspect", url.Values{"token": {got.Refresh}}).Active != true {
		t.Error("introspection of a good token")
	}
	for deadline := time.Now().Add(4 * time.Second); a.me(got.Access).status != 401; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the access token does not expire")
		}
	}
	next := a.renew(got.Refresh)
	if a.post("/revoke", url.Values{"token": {next.Refresh}}).status != 200 || a.s.Active(next.Refresh) || a.s.Active(next.Access) {
		t.Error("revoked tokens are active")
	}
	if a.post("/introspect", url.Values{"token": {next.Access}}).Active {
		t.Error("introspection of a revoked token")
	}
	if got := a.post("/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"read"}}); a.me(got.Access).status != 200 || got.Refresh != "" {
		t.Errorf("client_credentials: %+v", got)
	}
	r, err := http.Get(a.base + "/.well-known/oauth-authorization-server")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var meta struct{ Issuer string }
	if err := json.NewDecoder(r.Body).Decode(&meta); err != nil || meta.Issuer != a.base {
		t.Errorf("%+v %v", meta, err)
	}
}
