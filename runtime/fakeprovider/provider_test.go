package fakeprovider_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
)

const (
	verifier    = "a-verifier-of-at-least-forty-three-characters-long"
	redirectURI = "https://app.example/oauth/callback/x"
	secretText  = "s:e%c+r ét"
)

// app is a plain OAuth client of one provider.
type app struct {
	t      *testing.T
	p      *fakeprovider.Provider
	base   string
	id     string
	header bool // secret in the Authorization header
	body   bool // secret in the body
}

func start(t *testing.T, o fakeprovider.Options) app {
	t.Helper()
	if o.Clients == nil {
		o.Clients = []fakeprovider.Client{{ID: "app", Secret: secretText}}
	}
	p := fakeprovider.New(o)
	return app{t: t, p: p, base: p.Start(t), id: "app", body: true}
}

func challengeOf(v string) string {
	sum := sha256.Sum256([]byte(v))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// authorize asks for a code and returns the parameters of the callback.
func (a app) authorize(change ...string) url.Values {
	a.t.Helper()
	q := a.query(change...)
	r := a.get("/authorize?" + q.Encode())
	defer r.Body.Close()
	to, err := r.Location()
	if err != nil {
		a.t.Fatalf("no redirect: %s", r.Status)
	}
	if !strings.HasPrefix(to.String(), redirectURI) {
		a.t.Fatalf("redirected to %s", to)
	}
	return to.Query()
}

// query is a complete authorize request with the given names and values laid over it; "" removes.
func (a app) query(change ...string) url.Values {
	q := url.Values{
		"client_id": {a.id}, "response_type": {"code"}, "redirect_uri": {redirectURI}, "state": {"state-1"},
		"code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"}, "approve": {"1"}, "scope": {"read write"},
	}
	return laid(q, change)
}

func laid(q url.Values, change []string) url.Values {
	for i := 0; i < len(change); i += 2 {
		if q.Del(change[i]); change[i+1] != "" {
			q.Set(change[i], change[i+1])
		}
	}
	return q
}

func (a app) get(path string) *http.Response {
	a.t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.Get(a.base + path)
	if err != nil {
		a.t.Fatal(err)
	}
	return r
}

// send posts a form as the client; the body is read whole.
func (a app) send(path string, form url.Values) (*http.Response, []byte, error) {
	if a.body {
		form.Set("client_secret", secretText)
	}
	if !a.header {
		form.Set("client_id", a.id)
	}
	r, err := http.NewRequestWithContext(context.Background(), "POST", a.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a.header {
		r.SetBasicAuth(url.QueryEscape(a.id), url.QueryEscape(secretText))
	}
	client := http.Client{Timeout: 2 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w, err := client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer w.Body.Close()
	b, err := io.ReadAll(w.Body)
	return w, b, err
}

type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Type    string `json:"token_type"`
	In      int    `json:"expires_in"`
	Scope   string `json:"scope"`
	Error   string `json:"error"`
	status  int
}

func (a app) token(form url.Values) tokens {
	a.t.Helper()
	w, b, err := a.send("/token", form)
	if err != nil {
		a.t.Fatal(err)
	}
	var got tokens
	if err := json.Unmarshal(b, &got); err != nil {
		a.t.Fatalf("%s: %s: %v", w.Status, b, err)
	}
	got.status = w.StatusCode
	return got
}

func (a app) exchange(code string, change ...string) tokens {
	a.t.Helper()
	return a.token(laid(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectURI},
		"code_verifier": {verifier}}, change))
}

func (a app) renew(refresh string) tokens {
	a.t.Helper()
	return a.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})
}

func (a app) me(bearer string) (int, string) {
	a.t.Helper()
	r, _ := http.NewRequest("GET", a.base+"/api/me", nil)
	r.Header.Set("Authorization", "Bearer "+bearer)
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer w.Body.Close()
	var got struct{ ID string }
	_ = json.NewDecoder(w.Body).Decode(&got)
	return w.StatusCode, got.ID
}

func (a app) connected() tokens {
	a.t.Helper()
	got := a.exchange(a.authorize().Get("code"))
	if got.Access == "" || got.status != 200 {
		a.t.Fatalf("no token: %+v", got)
	}
	return got
}

func TestCodeFlow(t *testing.T) {
	clock := time.Unix(1_800_000_000, 0)
	var mu sync.Mutex
	a := start(t, fakeprovider.Options{
		Lifetime: 60 * time.Second, SendIss: true, CallbackParams: url.Values{"realmId": {"42"}},
		TokenExtra: map[string]any{"instance_url": "https://eu.example"},
		Now:        func() time.Time { mu.Lock(); defer mu.Unlock(); return clock },
	})
	back := a.authorize()
	if back.Get("state") != "state-1" || back.Get("realmId") != "42" || back.Get("iss") != a.base {
		t.Errorf("callback: %v", back)
	}
	got := a.exchange(back.Get("code"))
	if got.status != 200 || got.In != 60 || got.Type != "Bearer" || got.Scope != "read write" || got.Refresh == "" {
		t.Fatalf("tokens: %+v", got)
	}
	if !bytes.Contains(a.p.LastRequest(fakeprovider.Token).Body, []byte("code_verifier="+verifier)) {
		t.Error("the request is not in the log")
	}
	if status, id := a.me(got.Access); status != 200 || id != "demo-user" {
		t.Errorf("me: %d %s", status, id)
	}
	mu.Lock()
	clock = clock.Add(61 * time.Second)
	mu.Unlock()
	if status, _ := a.me(got.Access); status != 401 {
		t.Errorf("expired token: %d", status)
	}
	next := a.renew(got.Refresh)
	if status, _ := a.me(next.Access); status != 200 || next.Refresh == got.Refresh {
		t.Errorf("renewed: %+v, me %d", next, status)
	}
	if a.p.TokenCalls("refresh_token") != 1 || a.p.TokenCalls("authorization_code") != 1 || a.p.TokenCalls("") != 2 {
		t.Errorf("counted %d, %d, %d", a.p.TokenCalls("refresh_token"), a.p.TokenCalls("authorization_code"), a.p.TokenCalls(""))
	}
	if a.p.Calls(fakeprovider.API) != 3 || a.p.Calls("") != 6 {
		t.Errorf("counted %d, %d", a.p.Calls(fakeprovider.API), a.p.Calls(""))
	}
}

func TestCodeIsSpentOnce(t *testing.T) {
	a := start(t, fakeprovider.Options{})
	code := a.authorize().Get("code")
	got := a.exchange(code)
	if again := a.exchange(code); again.Error != "invalid_grant" || again.status != 400 {
		t.Errorf("second use: %+v", again)
	}
	if status, _ := a.me(got.Access); status != 401 {
		t.Error("the tokens of a replayed code live on")
	}
	if again := a.renew(got.Refresh); again.Error != "invalid_grant" {
		t.Error("the refresh token of a replayed code lives on")
	}
}

func TestCodeIsBound(t *testing.T) {
	for name, c := range map[string]struct{ authorize, exchange []string }{
		"wrong verifier":             {nil, []string{"code_verifier", "another-verifier-of-at-least-forty-three-chars"}},
		"no verifier":                {nil, []string{"code_verifier", ""}},
		"verifier without challenge": {[]string{"code_challenge", "", "code_challenge_method", ""}, nil},
		"other redirect_uri":         {nil, []string{"redirect_uri", redirectURI + "y"}},
		"unknown code":               {nil, []string{"code", "guess"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t, fakeprovider.Options{})
			if got := a.exchange(a.authorize(c.authorize...).Get("code"), c.exchange...); got.Error != "invalid_grant" {
				t.Errorf("%+v", got)
			}
		})
	}
	a := start(t, fakeprovider.Options{})
	code := a.authorize("code_challenge", "", "code_challenge_method", "").Get("code")
	if got := a.exchange(code, "code_verifier", ""); got.Access == "" {
		t.Errorf("without PKCE: %+v", got)
	}
}

func TestAuthorizeErrors(t *testing.T) {
	a := start(t, fakeprovider.Options{RequirePKCE: true, Clients: []fakeprovider.Client{
		{ID: "app", Secret: secretText, RedirectURIs: []string{redirectURI}}}})
	for _, c := range [][]string{
		{"client_id", "stranger"}, {"redirect_uri", ""}, {"redirect_uri", "/relative"}, {"redirect_uri", "https://evil.example/"},
	} {
		r := a.get("/authorize?" + a.query(c...).Encode())
		if r.Body.Close(); r.StatusCode != 400 || r.Header.Get("Location") != "" {
			t.Errorf("%v: %s", c, r.Status)
		}
	}
	for want, c := range map[string][]string{
		"unsupported_response_type": {"response_type", "token"},
		"invalid_request":           {"code_challenge", ""},
		"access_denied":             {"approve", "0"},
	} {
		if back := a.authorize(c...); back.Get("error") != want || back.Get("state") != "state-1" || back.Has("code") {
			t.Errorf("%v: %v", c, back)
		}
	}
	if back := a.authorize("code_challenge_method", "plain"); back.Get("error") != "invalid_request" {
		t.Errorf("plain: %v", back)
	}
}

func TestConsentPage(t *testing.T) {
	a := start(t, fakeprovider.Options{})
	r := a.get("/authorize?" + a.query("approve", "", "state", `"><script>`).Encode())
	page, _ := io.ReadAll(r.Body)
	r.Body.Close()
	for _, want := range []string{"Allow", "Deny", "<li>read</li>", "app", `name="state" value="&#34;&gt;&lt;script&gt;"`} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
	if a.p.LastRequest("").Query.Get("state") != `"><script>` {
		t.Error("not logged")
	}
	form := a.query("account", "user-2")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.PostForm(a.base+"/authorize", form)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	to, err := r.Location()
	if err != nil {
		t.Fatal(err)
	}
	if _, id := a.me(a.exchange(to.Query().Get("code")).Access); id != "user-2" {
		t.Errorf("account %q", id)
	}
}

func TestResponseModes(t *testing.T) {
	a := start(t, fakeprovider.Options{AutoApprove: true})
	r := a.get("/authorize?" + a.query("approve", "", "response_mode", "fragment").Encode())
	r.Body.Close()
	if to := r.Header.Get("Location"); !strings.HasPrefix(to, redirectURI+"#code=") {
		t.Errorf("fragment: %s", to)
	}
	r = a.get("/authorize?" + a.query("response_mode", "form_post").Encode())
	page, _ := io.ReadAll(r.Body)
	r.Body.Close()
	if !bytes.Contains(page, []byte(`action="`+redirectURI)) || !bytes.Contains(page, []byte(`name="code" value="fpc_`)) {
		t.Errorf("form_post:\n%s", page)
	}
}

func TestTLS(t *testing.T) {
	p := fakeprovider.New(fakeprovider.Options{})
	s := httptest.NewTLSServer(p)
	defer s.Close()
	r, err := s.Client().Get(s.URL + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var got struct{ Issuer, Token_endpoint string }
	if err := json.NewDecoder(r.Body).Decode(&got); err != nil || got.Issuer != s.URL || got.Token_endpoint != s.URL+"/token" {
		t.Errorf("%+v %v", got, err)
	}
}

func TestConcurrentUse(t *testing.T) {
	a := start(t, fakeprovider.Options{})
	got := a.connected()
	var wg sync.WaitGroup
	won := make(chan string, 20)
	for range 20 {
		wg.Go(func() {
			_, b, err := a.send("/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.Refresh}})
			if err == nil && bytes.Contains(b, []byte("access_token")) {
				won <- string(b)
			}
		})
	}
	wg.Wait()
	if len(won) != 1 || a.p.TokenCalls("refresh_token") != 20 || a.p.LiveGrants() != 0 {
		t.Errorf("%d winners of %d, %d grants live", len(won), a.p.TokenCalls("refresh_token"), a.p.LiveGrants())
	}
}

func TestLog(t *testing.T) {
	a := start(t, fakeprovider.Options{Keep: 3})
	a.connected()
	for i := range 10 {
		a.me(fmt.Sprint(i))
	}
	kept := a.p.Requests("")
	if len(kept) != 3 || kept[2].Header.Get("Authorization") != "Bearer 9" || a.p.Calls("") != 12 {
		t.Errorf("kept %v of %d", kept, a.p.Calls(""))
	}
	j, _ := json.Marshal(kept[2])
	if s := fmt.Sprintf("%+v %#v %s %s", kept[2], kept, j, &kept[2]); strings.Contains(s, "Bearer") {
		t.Errorf("printed: %s", s)
	}
	a.p.ResetLog()
	if a.p.Calls("") != 0 || a.p.LastRequest("").Method != "" {
		t.Error("ResetLog leaves something")
	}
}
