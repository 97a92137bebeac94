package main

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
)

const pageOrigin = "https://app.example"

// Session makes a session for a page of pageOrigin, for acme unless more says otherwise, and returns its id and token.
func (s *shop) Session(more map[string]any) (id, token string) {
	s.t.Helper()
	body := map[string]any{"owner": "acme", "origins": []string{pageOrigin}}
	maps.Copy(body, more)
	m := s.Want(http.StatusCreated, http.MethodPost, "/v1/sessions", body)
	return m["id"].(string), m["token"].(string)
}

// page sends a request as a browser does for a page of an origin; "" sends none.
func (s *testServer) page(token, origin, method, path, body string) answer {
	s.t.Helper()
	r, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	a, err := do(http.DefaultClient, r)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// keeps names a file of the data folder, or the log, that holds a text.
func (s *testServer) keeps(text string) (where string) {
	s.t.Helper()
	if strings.Contains(s.Log(), text) {
		return "the log"
	}
	err := filepath.WalkDir(s.Data, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		bytes, err := os.ReadFile(path)
		if strings.Contains(string(bytes), text) {
			where = entry.Name()
		}
		return err
	})
	if err != nil {
		s.t.Error(err)
	}
	return where
}

// What a page may do is a list; everything else is refused, by routes that exist and by those that are to come.
func TestASessionMayDoLittle(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	s.Integrate("oauth-body", map[string]any{"returnUrls": []string{"https://app.example"}})
	s.Integrate("oauth-headers", nil)
	mine, theirs := s.Connected("oauth-body", "acme"), s.Connected("oauth-body", "other")
	elsewhere := s.Connected("oauth-headers", "acme")
	_, token := s.Session(map[string]any{"integrations": []string{"oauth-body"}})
	page := func(method, path, body string) answer { return s.page(token, pageOrigin, method, path, body) }

	created := page("POST", "/v1/connections", `{"integration":"oauth-body"}`)
	if created.Status != http.StatusCreated {
		t.Fatalf("%d %s", created.Status, created.Body)
	}
	if m := s.Want(200, "GET", "/v1/connections/"+created.JSON(t)["id"].(string), nil); m["owner"] != "acme" {
		t.Errorf("%v", m)
	}
	for path, want := range map[string]int{
		"GET /v1/connections": 200, "GET /v1/connections?integration=oauth-body": 200, "GET /v1/connections/" + mine: 200,
		"GET /v1/connections/" + mine + "?wait=1s": 200, "POST /v1/connections/" + mine + "/reconnect": 200, "POST /v1/connections/" + mine + "/test": 200,
	} {
		method, path, _ := strings.Cut(path, " ")
		a := page(method, path, "")
		if a.Status != want || strings.Contains(a.Body, theirs) || strings.Contains(a.Body, elsewhere) || strings.Contains(a.Body, "fpat_") {
			t.Errorf("%s %s: %d %s", method, path, a.Status, a.Body)
		}
		if a.Header.Get("Access-Control-Allow-Origin") != pageOrigin || a.Header.Get("Access-Control-Allow-Credentials") != "" || a.Header.Get("Vary") != "Origin" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: %v", method, path, a.Header)
		}
	}
	for request, body := range map[string]string{
		"GET /v1/connections/" + mine + "/credentials": "", "GET /v1/connections/" + mine + "/credentials?include=refresh_token": "",
		"POST /v1/connections/" + mine + "/complete": `{"completion":"x"}`, "POST /v1/connections/" + mine + "/refresh": "",
		"GET /v1/connections/" + mine + "/events":       "",
		"POST /v1/connections/" + mine + "/reconnect":   `{"allowAccountChange":true}`,
		"GET /v1/integrations":                          "",
		"GET /v1/integrations/oauth-body":               "",
		"PUT /v1/integrations/new":                      `{"connector":"oauth-body","parameters":{}}`,
		"DELETE /v1/integrations/oauth-body":            "",
		"POST /v1/integrations/oauth-body/accept":       "",
		"POST /v1/sessions":                             `{"owner":"acme","origins":["https://app.example"]}`,
		"DELETE /v1/sessions/ses_other":                 "",
		"POST /v1/connections":                          `{"integration":"oauth-body","owner":"other"}`,
		"POST /v1/connections ":                         `{"integration":"oauth-headers"}`,
		"GET /v1/connectors":                            "",
		"GET /v1/connectors/oauth-body":                 "",
		"GET /v1/connections/" + mine + "/credentials ": "",
	} {
		method, path, _ := strings.Cut(strings.TrimSpace(request), " ")
		a := page(method, path, body)
		refused(t, a, 403, "forbidden")
		if strings.Contains(a.Body, "fpat_") {
			t.Errorf("%s: %s", request, a.Body)
		}
	}
	for _, id := range []string{theirs, elsewhere, "con_none"} {
		for _, request := range []string{"GET ", "POST /reconnect", "DELETE "} {
			method, path, _ := strings.Cut(request, " ")
			if a := page(method, "/v1/connections/"+id+path, ""); a.Status != 404 {
				t.Errorf("%s of %s: %d %s", request, id, a.Status, a.Body)
			}
		}
	}
	if a := page("DELETE", "/v1/connections/"+mine, ""); a.Status != 200 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if strings.Contains(s.Log(), token) {
		t.Error("the log holds a session's token")
	}
}

// A session is for pages of its origins: to the letter, and with an Origin.
func TestOriginsOfASession(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	s.Integrate("oauth-body", nil)
	_, token := s.Session(map[string]any{"origins": []string{pageOrigin, "http://localhost:3000", pageOrigin}})
	const path = "/v1/connections"
	for origin, want := range map[string]int{
		pageOrigin: 200, "http://localhost:3000": 200, "": 403, "null": 403, "https://evil.example": 403, "https://app.example.evil": 403,
		"https://app.example:443": 403, "http://app.example": 403, "https://APP.example": 403, "https://app.example/": 403, "http://localhost": 403,
	} {
		a := s.page(token, origin, "GET", path, "")
		if a.Status != want {
			t.Errorf("%q: %d %s", origin, a.Status, a.Body)
		}
		allowed := a.Header.Get("Access-Control-Allow-Origin")
		if want == 200 && allowed != origin || want != 200 && allowed != "" {
			t.Errorf("%q may read by %q", origin, allowed)
		}
		// Before a request the browser asks, without the token.
		r, err := http.NewRequest("OPTIONS", s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "GET")
		r.Header.Set("Access-Control-Request-Headers", "authorization")
		asked, err := do(http.DefaultClient, r)
		if err != nil {
			t.Fatal(err)
		}
		if allowed := asked.Header.Get("Access-Control-Allow-Origin"); want == 200 && (allowed != origin || !strings.Contains(asked.Header.Get("Access-Control-Allow-Headers"), "Authorization")) || want != 200 && allowed != "" {
			t.Errorf("%q is told %v", origin, asked.Header)
		}
		if asked.Header.Get("Access-Control-Allow-Credentials") != "" || asked.Body != "" {
			t.Errorf("%q: %v", origin, asked.Header)
		}
	}
	// A page may read why it is refused, and an address that is not for pages tells none.
	if a := s.page("cls_none", pageOrigin, "GET", path, ""); a.Status != 401 || a.Header.Get("Access-Control-Allow-Origin") != pageOrigin {
		t.Errorf("%d %v", a.Status, a.Header)
	}
	for _, at := range []string{"/v1/sessions", "/v1/integrations/x", "/v1/connections/x/credentials", "/v1/connections/x/values/y", "/v1/connections/x/complete", "/healthz"} {
		r, _ := http.NewRequest("OPTIONS", s.URL+at, nil)
		r.Header.Set("Origin", pageOrigin)
		r.Header.Set("Access-Control-Request-Method", "GET")
		if a, err := do(http.DefaultClient, r); err != nil || a.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v %v", at, err, a.Header)
		}
	}
	// A key is none of the browser's.
	if a := s.page(adminKey, "https://other.example", "GET", path, ""); a.Status != 200 || a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%d %v", a.Status, a.Header)
	}
}

// A session may do no more than the key behind it, and ends with it.
func TestSessionsOfAKey(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	s.Integrate("oauth-body", nil)
	s.Integrate("oauth-headers", nil)
	id, key := s.Key("--scope", "connect", "--scope", "use", "--owner", "acme", "--integration", "oauth-body")
	_, other := s.Key("--scope", "connect", "--scope", "use", "--owner", "other")
	_, connect := s.Key("--scope", "connect")
	_, use := s.Key("--scope", "use")
	body := map[string]any{"owner": "acme", "origins": []string{pageOrigin}}
	refused(t, s.APIAs(connect, "POST", "/v1/sessions", body), 403, "forbidden")
	refused(t, s.APIAs(use, "POST", "/v1/sessions", body), 403, "forbidden")
	refused(t, s.APIAs(other, "POST", "/v1/sessions", body), 403, "forbidden")
	refused(t, s.APIAs(key, "POST", "/v1/sessions", map[string]any{"owner": "acme", "origins": []string{pageOrigin}, "integrations": []string{"oauth-headers"}}), 403, "forbidden")
	made := s.APIAs(key, "POST", "/v1/sessions", body)
	if made.Status != http.StatusCreated {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	session, token := made.JSON(t)["id"].(string), made.JSON(t)["token"].(string)
	refused(t, s.page(token, pageOrigin, "POST", "/v1/connections", `{"integration":"oauth-headers"}`), 403, "forbidden") // the key's own limit
	if a := s.page(token, pageOrigin, "POST", "/v1/connections", `{"integration":"oauth-body"}`); a.Status != 201 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	refused(t, s.APIAs(other, "DELETE", "/v1/sessions/"+session, nil), 404, "not_found")
	s.command("keys", "revoke", id)
	eventually(t, time.Second+500*time.Millisecond, "the session ends with its key", func() bool {
		return s.page(token, pageOrigin, "GET", "/v1/connections", "").Status == 401
	})

	// One that is ended is ended, by whoever may; a page may end its own.
	first, token := s.Session(nil)
	second, own := s.Session(nil)
	for _, live := range []string{token, own} {
		if a := s.page(live, pageOrigin, "GET", "/v1/connections", ""); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	if a := s.API("DELETE", "/v1/sessions/"+first, nil); a.Status != 204 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	refused(t, s.page(token, pageOrigin, "GET", "/v1/connections", ""), 401, "unauthorized")
	if a := s.page(own, pageOrigin, "DELETE", "/v1/sessions/"+second, ""); a.Status != 204 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	refused(t, s.page(own, pageOrigin, "GET", "/v1/connections", ""), 401, "unauthorized")
	refused(t, s.API("DELETE", "/v1/sessions/"+second, nil), 404, "not_found")

	// It ends by itself, on the second.
	_, short := s.Session(map[string]any{"ttl": "1s"})
	if a := s.page(short, pageOrigin, "GET", "/v1/connections", ""); a.Status != 200 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	time.Sleep(1050 * time.Millisecond)
	refused(t, s.page(short, pageOrigin, "GET", "/v1/connections", ""), 401, "unauthorized")

	// Who waits is told.
	id, _ = s.Connect(map[string]any{"integration": "oauth-body", "owner": "acme"})
	waiting, waits := s.Session(nil)
	answers := make(chan answer, 1)
	go func() { answers <- s.page(waits, pageOrigin, "GET", "/v1/connections/"+id+"?wait=60s", "") }()
	time.Sleep(300 * time.Millisecond)
	s.API("DELETE", "/v1/sessions/"+waiting, nil)
	select {
	case a := <-answers:
		refused(t, a, 401, "unauthorized")
	case <-time.After(2 * time.Second):
		t.Error("a page waits on")
	}

	// A page whose session has ended may read that.
	if a := s.page(short, pageOrigin, "GET", "/v1/connections", ""); a.Header.Get("Access-Control-Allow-Origin") != pageOrigin {
		t.Errorf("%v", a.Header)
	}

	// A restart leaves what is stored.
	_, kept := s.Session(map[string]any{"ttl": 900})
	s.Stop()
	if found := s.keeps(kept); found != "" {
		t.Errorf("the token stands in %s", found)
	}
	s.Start()
	if a := s.page(kept, pageOrigin, "GET", "/v1/connections", ""); a.Status != 200 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

func TestSessionsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	for name, more := range map[string]map[string]any{
		"no owner": {"owner": ""}, "an owner with a line break": {"owner": "a\nb"}, "no origins": {"origins": []string{}}, "too long": {"ttl": "15m1s"},
		"no time": {"ttl": "0s"}, "less than nothing": {"ttl": "-1m"}, "no duration": {"ttl": "soon"}, "too many seconds": {"ttl": 901}, "a role of nobody": {"role": "root"},
		"any origin": {"origins": []string{"*"}}, "the null origin": {"origins": []string{"null"}}, "plain http": {"origins": []string{"http://app.example"}},
		"a path": {"origins": []string{"https://app.example/"}}, "the usual port": {"origins": []string{"https://app.example:443"}}, "capitals": {"origins": []string{"https://App.example"}},
		"any subdomain": {"origins": []string{"https://*.app.example"}}, "a user": {"origins": []string{"https://a@app.example"}}, "no scheme": {"origins": []string{"app.example"}},
		"an integration that is none": {"integrations": []string{"Not A Key"}}, "an unknown member": {"scope": "admin"},
	} {
		body := map[string]any{"owner": "acme", "origins": []string{pageOrigin}}
		maps.Copy(body, more)
		if a := s.API("POST", "/v1/sessions", body); a.Status != 400 || a.Code() != "invalid_request" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
}

// What an administrator connects is for the users' pages to use and not to make or to end.
func TestRoles(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	s.Integrate("oauth-body", map[string]any{"role": "admin"})
	if m := s.Want(200, "GET", "/v1/integrations/oauth-body", nil); m["role"] != "admin" {
		t.Errorf("%v", m)
	}
	_, user := s.Session(nil)
	_, admin := s.Session(map[string]any{"role": "admin"})
	const create = `{"integration":"oauth-body"}`
	refused(t, s.page(user, pageOrigin, "POST", "/v1/connections", create), 403, "forbidden")
	made := s.page(admin, pageOrigin, "POST", "/v1/connections", create)
	if made.Status != 201 {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	m := made.JSON(t)
	if a := s.Consent(m["connectUrl"].(string)); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	at := "/v1/connections/" + m["id"].(string)
	if a := s.page(user, pageOrigin, "GET", at, ""); a.Status != 200 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	refused(t, s.page(user, pageOrigin, "POST", at+"/reconnect", ""), 403, "forbidden")
	refused(t, s.page(user, pageOrigin, "DELETE", at, ""), 403, "forbidden")
	if a := s.page(admin, pageOrigin, "POST", at+"/reconnect", ""); a.Status != 200 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := s.page(admin, pageOrigin, "DELETE", at, ""); a.Status != 200 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	s.Connect(map[string]any{"integration": "oauth-body"}) // a key may
	s.Integrate("oauth-body", map[string]any{"role": "user"})
	if a := s.page(user, pageOrigin, "POST", "/v1/connections", create); a.Status != 201 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}
