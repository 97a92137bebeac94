package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
)

// shop is the real server beside a provider: what most tests of the interface need.
type shop struct {
	*testServer
	provider *fakeprovider.Provider
	base     string // of the provider
}

const (
	clientID     = "shop-client"
	clientSecret = "shop-client-secret-0123456789"
	apiKey       = "shop-api-key-0123456789"
)

func openShop(t *testing.T, o fakeprovider.Options, args ...string) *shop {
	t.Helper()
	o.Clients = []fakeprovider.Client{{ID: clientID, Secret: clientSecret}}
	o.APIKey = apiKey
	p := fakeprovider.New(o)
	base := p.Start(t)
	args = append([]string{"--egress-allow", "127.0.0.1", "--connectors", folder(t, ".")}, args...)
	return &shop{startServer(t, args...), p, base}
}

// parameters are what the connectors of testdata want, with more laid over.
func (s *shop) parameters(more map[string]any) map[string]any {
	p := map[string]any{"baseUrl": s.base, "clientId": clientID, "clientSecret": clientSecret}
	maps.Copy(p, more)
	return p
}

// Integrate makes an integration named like its connector.
func (s *shop) Integrate(connector string, more map[string]any) {
	s.t.Helper()
	body := map[string]any{"connector": connector, "parameters": s.parameters(nil)}
	if connector == "api-key" || connector == "basic" {
		body["parameters"] = map[string]any{"baseUrl": s.base}
	}
	maps.Copy(body, more)
	s.Want(http.StatusOK, http.MethodPut, "/v1/integrations/"+connector, body)
}

// Key makes an API key beside the running server.
func (s *shop) Key(flags ...string) (id, key string) {
	s.t.Helper()
	out, told := s.command(append([]string{"keys", "create"}, flags...)...)
	return strings.TrimSpace(strings.TrimPrefix(told, "created")), strings.TrimSpace(out)
}

// Consent walks a connect link as a person who allows.
func (s *shop) Consent(link string) answer {
	s.t.Helper()
	b := newBrowser(s.t)
	_, authorize := b.Get(link)
	if authorize == "" {
		s.t.Fatal("the link leads nowhere")
	}
	a, _ := b.Follow(authorize + "&approve=1")
	return a
}

// Connected is the id of a connection that a person has made.
func (s *shop) Connected(connector, owner string) string {
	s.t.Helper()
	id, link := s.Connect(map[string]any{"integration": connector, "owner": owner})
	if a := s.Consent(link); a.Status != http.StatusOK {
		s.t.Fatalf("not connected: %d %s", a.Status, a.Body)
	}
	return id
}

// raw sends a request as it is, with the admin key.
func (s *shop) raw(method, path, contentType, body string) answer {
	s.t.Helper()
	r, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+adminKey)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	a, err := do(http.DefaultClient, r)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// refused wants a problem document with this status and code.
func refused(t testing.TB, a answer, status int, code string) {
	t.Helper()
	if a.Status != status || a.Code() != code || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("want %d %s, got %d %s %s", status, code, a.Status, a.Header.Get("Content-Type"), a.Body)
	}
}

func TestIntegrations(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	const path = "/v1/integrations/mine"
	body := map[string]any{"connector": "oauth-body", "parameters": s.parameters(nil), "returnUrls": []string{"https://app.example/back"}}
	shown := s.API(http.MethodPut, path, body)
	for _, a := range []answer{shown, s.API(http.MethodGet, path, nil), s.API(http.MethodGet, "/v1/integrations", nil)} {
		if a.Status != http.StatusOK || strings.Contains(a.Body, clientSecret) || !strings.Contains(a.Body, clientID) {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%v", a.Header)
		}
	}
	m := shown.JSON(t)
	if fmt.Sprint(m["secretParameters"]) != "[clientSecret]" || fmt.Sprint(m["hosts"]) != "[127.0.0.1]" || m["callbackUrl"] != s.URL+"/oauth/callback/mine" {
		t.Errorf("%v", m)
	}

	// A replacement without parameters keeps them; what is not said again goes.
	m = s.Want(http.StatusOK, http.MethodPut, path, map[string]any{"connector": "oauth-body"})
	if m["parameters"].(map[string]any)["clientId"] != clientID || len(m["returnUrls"].([]any)) != 0 {
		t.Errorf("%v", m)
	}
	refused(t, s.API(http.MethodPut, path, map[string]any{"connector": "oauth-none"}), 409, "conflict")

	_, _ = s.Connect(map[string]any{"integration": "mine"})
	refused(t, s.API(http.MethodDelete, path, nil), 409, "conflict")
	refused(t, s.API(http.MethodDelete, "/v1/integrations/other", nil), 404, "not_found")
	s.Integrate("api-key", nil)
	if a := s.API(http.MethodDelete, "/v1/integrations/api-key", nil); a.Status != http.StatusNoContent || a.Body != "" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	refused(t, s.API(http.MethodGet, "/v1/integrations/api-key", nil), 404, "not_found")
	refused(t, s.API(http.MethodPost, "/v1/integrations/other/accept", nil), 404, "not_found")
	s.Want(http.StatusOK, http.MethodPost, path+"/accept", nil)
}

// What this version does not honour is refused by name; what nobody promised is refused as a mistake. Nothing is ignored.
func TestNothingIsIgnored(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	s.Integrate("oauth-body", nil)
	s.Integrate("api-key", nil)
	good, err := json.Marshal(map[string]any{"connector": "oauth-body", "parameters": s.parameters(nil)})
	if err != nil {
		t.Fatal(err)
	}
	with := func(member string) string { return strings.TrimSuffix(string(good), "}") + "," + member + "}" }
	const put, integration = http.MethodPut, "/v1/integrations/new"
	const post, connections = http.MethodPost, "/v1/connections"
	const js = "application/json"
	deep := `{"connector":"oauth-body","parameters":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + "}"
	cases := map[string]struct {
		method, path, contentType, body string
		status                          int
		code                            string
	}{
		"placeholders":             {put, integration, js, with(`"placeholders":[{"methods":["GET"],"url":"(","position":"body","names":["a"]}]`), 422, "invalid_parameters"},
		"role":                     {put, integration, js, with(`"role":"x"`), 400, "invalid_request"},
		"mcpServer":                {put, integration, js, `{"mcpServer":"https://x.example"}`, 422, "not_supported"},
		"verify that is no bool":   {put, integration + "?verify=perhaps", js, string(good), 400, "invalid_request"},
		"unknown member":           {put, integration, js, with(`"returnUrl":"https://x.example"`), 400, "invalid_request"},
		"a member in capitals":     {put, integration, js, with(`"RequireCompletion":true`), 400, "invalid_request"},
		"a member twice":           {put, integration, js, with(`"connector":"oauth-none"`), 400, "invalid_request"},
		"unknown query":            {put, integration + "?dry=true", js, string(good), 400, "invalid_request"},
		"query twice":              {put, integration + "?verify=false&verify=false", js, string(good), 400, "invalid_request"},
		"query that is none":       {put, integration + "?%zz", js, string(good), 400, "invalid_request"},
		"no connector":             {put, integration, js, `{}`, 400, "invalid_request"},
		"unknown connector":        {put, integration, js, `{"connector":"none"}`, 503, "connector_unavailable"},
		"a key with capitals":      {put, "/v1/integrations/New", js, string(good), 400, "invalid_request"},
		"a long key":               {put, "/v1/integrations/" + strings.Repeat("a", 101), js, string(good), 400, "invalid_request"},
		"parameters missing":       {put, integration, js, `{"connector":"oauth-body","parameters":{}}`, 422, "invalid_parameters"},
		"parameters absent":        {put, integration, js, `{"connector":"oauth-body"}`, 422, "invalid_parameters"},
		"unknown parameter":        {put, integration, js, strings.Replace(string(good), `"baseUrl"`, `"more":1,"baseUrl"`, 1), 422, "invalid_parameters"},
		"parameters as a list":     {put, integration, js, `{"connector":"oauth-body","parameters":[]}`, 400, "invalid_request"},
		"a return URL with a user": {put, integration, js, with(`"returnUrls":["https://a@b.example"]`), 422, "invalid_return_url"},
		"completion to nowhere":    {put, integration, js, with(`"requireCompletion":true`), 400, "invalid_request"},
		"a form":                   {put, integration, "application/x-www-form-urlencoded", "connector=oauth-body", 415, "invalid_request"},
		"text":                     {put, integration, "text/plain", string(good), 415, "invalid_request"},
		"no JSON":                  {put, integration, js, `{"connector":`, 400, "invalid_request"},
		"no JSON inside":           {put, integration, js, `{"connector":[,]}`, 400, "invalid_request"},
		"two values":               {put, integration, js, string(good) + string(good), 400, "invalid_request"},
		"no body":                  {put, integration, js, "", 400, "invalid_request"},
		"a list":                   {put, integration, js, "[]", 400, "invalid_request"},
		"deep":                     {put, integration, js, deep, 400, "invalid_request"},
		"huge":                     {put, integration, js, with(`"x":"` + strings.Repeat("x", 2<<20) + `"`), 413, "invalid_request"},

		"connection with a body member": {post, connections, js, `{"integration":"oauth-body","ttl":5}`, 400, "invalid_request"},
		"unknown integration":           {post, connections, js, `{"integration":"none"}`, 404, "not_found"},
		"unknown option":                {post, connections, js, `{"integration":"oauth-body","authOption":"x"}`, 400, "invalid_request"},
		"unknown connection parameter":  {post, connections, js, `{"integration":"api-key","parameters":{"apiKey":"k","x":1}}`, 422, "invalid_parameters"},
		"unregistered return URL":       {post, connections, js, `{"integration":"oauth-body","returnUrl":"https://evil.example"}`, 422, "invalid_return_url"},
		"an owner with a line break":    {post, connections, js, `{"integration":"oauth-body","owner":"a\nb"}`, 400, "invalid_request"},
		"an empty scope":                {post, connections, js, `{"integration":"oauth-body","scopes":[""]}`, 400, "invalid_request"},
		"labels that are no texts":      {post, connections, js, `{"integration":"oauth-body","labels":{"a":1}}`, 400, "invalid_request"},
		"a status that is none":         {http.MethodGet, connections + "?status=gone", "", "", 400, "invalid_request"},
		"a limit of nothing":            {http.MethodGet, connections + "?limit=0", "", "", 400, "invalid_request"},
		"a limit of all":                {http.MethodGet, connections + "?limit=100000", "", "", 400, "invalid_request"},
		"sort":                          {http.MethodGet, connections + "?sort=owner", "", "", 400, "invalid_request"},
		"wait without unit":             {http.MethodGet, connections + "/con_x?wait=30", "", "", 400, "invalid_request"},
		"wait for a day":                {http.MethodGet, connections + "/con_x?wait=24h", "", "", 400, "invalid_request"},
		"include everything":            {http.MethodGet, connections + "/con_x/credentials?include=id_token", "", "", 400, "invalid_request"},
		"a negative minValidity":        {http.MethodGet, connections + "/con_x/credentials?minValidity=-5s", "", "", 400, "invalid_request"},
		"a body where none is asked":    {post, connections + "/con_x/refresh", js, `{"force":true}`, 400, "invalid_request"},
		"a body for a GET":              {http.MethodGet, connections + "/con_x/credentials", js, `{"minValidity":"5s"}`, 400, "invalid_request"},
		"complete without completion":   {post, connections + "/con_x/complete", js, `{}`, 400, "invalid_request"},
		"unknown address":               {http.MethodGet, "/v1/nothing", "", "", 404, "not_found"},
		"another method":                {http.MethodPatch, connections, js, `{}`, 405, "invalid_request"},
	}
	order := slices.Collect(maps.Keys(cases)) // any order: no request may change what the next on its connection means
	t.Logf("in this order: %q", order)
	for _, name := range order {
		c := cases[name]
		a := s.raw(c.method, c.path, c.contentType, c.body)
		if a.Status != c.status || a.Code() != c.code || a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: want %d %s, got %d %s", name, c.status, c.code, a.Status, a.Body)
		}
	}
	if a := s.raw(put, integration, "text/plain", string(good)); !strings.Contains(a.Body, "expected the header Content-Type: application/json") {
		t.Error(a.Body)
	}
	refused(t, s.API(http.MethodGet, integration, nil), 404, "not_found")
	if list := s.Want(http.StatusOK, http.MethodGet, connections, nil)["connections"].([]any); len(list) != 0 {
		t.Errorf("something was kept: %v", list)
	}
	// An empty object is no body, and clients that always send one are not refused for it.
	refused(t, s.raw(post, connections+"/con_x/refresh", js, "{}"), 404, "not_found")
}

func TestConnections(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	s.Integrate("oauth-body", map[string]any{"returnUrls": []string{"https://app.example"}})
	s.Integrate("api-key", nil)

	// Shown, and waited for.
	id, link := s.Connect(map[string]any{"integration": "oauth-body", "owner": "acme", "scopes": []string{"read"}, "labels": map[string]string{"a": "b"}})
	m := s.Want(http.StatusOK, http.MethodGet, "/v1/connections/"+id, nil)
	if m["status"] != "pending" || m["owner"] != "acme" || m["expiresAt"] != nil || m["labels"].(map[string]any)["a"] != "b" || fmt.Sprint(m["scopes"]) != "[read]" {
		t.Errorf("%v", m)
	}
	began := time.Now()
	if m = s.Want(http.StatusOK, http.MethodGet, "/v1/connections/"+id+"?wait=300ms", nil); m["status"] != "pending" || time.Since(began) < 300*time.Millisecond {
		t.Errorf("%v after %s", m["status"], time.Since(began))
	}
	waited := make(chan answer, 1)
	go func() { waited <- s.API(http.MethodGet, "/v1/connections/"+id+"?wait=30s", nil) }()
	time.Sleep(100 * time.Millisecond)
	s.Consent(link)
	select {
	case a := <-waited:
		if a.JSON(t)["status"] != "connected" {
			t.Errorf("%s", a.Body)
		}
	case <-time.After(5 * time.Second):
		t.Error("the wait goes on after the status has changed")
	}
	m = s.Want(http.StatusOK, http.MethodGet, "/v1/connections/"+id, nil)
	if m["expiresAt"] == nil || m["refresh"].(map[string]any)["state"] != "ok" {
		t.Errorf("%v", m)
	}

	// Without a person: at once, or not at all.
	m = s.Want(http.StatusCreated, http.MethodPost, "/v1/connections", map[string]any{"integration": "api-key", "owner": "acme", "parameters": map[string]any{"apiKey": apiKey}})
	if m["status"] != "connected" || m["connectUrl"] != nil {
		t.Errorf("%v", m)
	}
	key := m["id"].(string)
	refused(t, s.API(http.MethodPost, "/v1/connections", map[string]any{"integration": "api-key", "parameters": map[string]any{"apiKey": ""}}), 422, "invalid_parameters")
	refused(t, s.API(http.MethodPost, "/v1/connections/"+key+"/refresh", nil), 409, "not_refreshable")
	if m = s.Want(http.StatusOK, http.MethodGet, "/v1/connections/"+key, nil); m["status"] != "connected" || m["refresh"].(map[string]any)["state"] != "none" {
		t.Errorf("%v", m)
	}

	// Reconnect: the same id, and until it succeeds nothing changes.
	before := s.API(http.MethodGet, "/v1/connections/"+id+"/credentials", nil).Body
	for _, body := range []any{nil, map[string]any{}, map[string]any{"allowAccountChange": true, "returnUrl": "https://app.example/x"}} {
		m = s.Want(http.StatusOK, http.MethodPost, "/v1/connections/"+id+"/reconnect", body)
		if m["id"] != id || m["status"] != "connected" || !strings.HasPrefix(m["connectUrl"].(string), s.URL+"/connect/") {
			t.Errorf("%v", m)
		}
	}
	refused(t, s.API(http.MethodPost, "/v1/connections/"+id+"/reconnect", map[string]any{"returnUrl": "https://evil.example"}), 422, "invalid_return_url")
	if after := s.API(http.MethodGet, "/v1/connections/"+id+"/credentials", nil).Body; after != before {
		t.Error("opening a link changed the token")
	}

	// Deletion says what became of the grant.
	m = s.Want(http.StatusOK, http.MethodDelete, "/v1/connections/"+id, nil)
	if m["deleted"] != true || m["revoked"] != true || s.provider.Calls(fakeprovider.Revoke) == 0 || s.provider.LiveGrants() != 0 {
		t.Errorf("%v, %d grants live", m, s.provider.LiveGrants())
	}
	m = s.Want(http.StatusOK, http.MethodDelete, "/v1/connections/"+key, nil)
	if m["deleted"] != true || m["revoked"] != false || m["reason"] == nil {
		t.Errorf("%v", m)
	}
	for _, path := range []string{"", "?wait=10s", "/credentials"} {
		refused(t, s.API(http.MethodGet, "/v1/connections/"+id+path, nil), 404, "not_found")
	}
	refused(t, s.API(http.MethodDelete, "/v1/connections/"+id, nil), 404, "not_found")
}

func TestConnectionsAreListedInPages(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	s.Integrate("oauth-body", nil)
	s.Integrate("api-key", nil)
	made := map[string]string{}
	for i := range 7 {
		id, _ := s.Connect(map[string]any{"integration": "oauth-body", "owner": fmt.Sprint("owner", i%2)})
		made[id] = "pending"
	}
	for range 3 {
		id, _ := s.Connect(map[string]any{"integration": "api-key", "owner": "owner0", "parameters": map[string]any{"apiKey": apiKey}})
		made[id] = "connected"
	}
	pages := func(query string, limit int) (ids []string, n int) {
		for cursor := ""; ; n++ {
			m := s.Want(http.StatusOK, http.MethodGet, fmt.Sprintf("/v1/connections?%s&limit=%d&cursor=%s", query, limit, cursor), nil)
			list := m["connections"].([]any)
			if len(list) > limit {
				t.Fatalf("%d on a page of %d", len(list), limit)
			}
			for _, c := range list {
				ids = append(ids, c.(map[string]any)["id"].(string))
			}
			next, more := m["nextCursor"]
			if !more {
				return ids, n + 1
			}
			cursor = next.(string)
		}
	}
	all, n := pages("owner=", 3)
	slices.Sort(all)
	if want := slices.Sorted(maps.Keys(made)); !slices.Equal(all, want) || n != 4 {
		t.Errorf("%d pages: %v, want %v", n, all, want)
	}
	if _, n = pages("owner=", 5); n != 2 {
		t.Errorf("%d pages of 5 for 10: a full last page has no cursor", n)
	}
	for query, want := range map[string]int{
		"integration=oauth-body": 7, "owner=owner0": 7, "status=connected": 3, "status=failed": 0, "owner=nobody": 0,
		"integration=oauth-body&owner=owner0&status=pending": 4,
	} {
		if ids, _ := pages(query, 100); len(ids) != want {
			t.Errorf("%s: %d, want %d", query, len(ids), want)
		}
	}
}

func TestCredentialsHoldWhatACallerNeedsOnly(t *testing.T) {
	t.Parallel()
	nested := map[string]any{
		"id_token": "nested-id-token", "team": map[string]any{"name": "T", "refresh_token": "nested-refresh", "idToken": "x-id"},
		"list": []any{map[string]any{"refreshToken": "listed-refresh", "n": 1}, clientSecret}, "client_secret": clientSecret, "instance_url": "https://i.example",
	}
	s := openShop(t, fakeprovider.Options{TokenExtra: nested})
	s.Integrate("oauth-body", nil)
	pending, _ := s.Connect(map[string]any{"integration": "oauth-body"})
	refused(t, s.API(http.MethodGet, "/v1/connections/"+pending+"/credentials", nil), 409, "not_connected")
	refused(t, s.API(http.MethodPost, "/v1/connections/"+pending+"/refresh", nil), 409, "not_connected")

	id := s.Connected("oauth-body", "")
	a := s.API(http.MethodGet, "/v1/connections/"+id+"/credentials", nil)
	credentials := a.JSON(t)["credentials"].(map[string]any)
	if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%v", a.Header)
	}
	if credentials["instance_url"] != "https://i.example" || credentials["team"].(map[string]any)["name"] != "T" || credentials["access_token"] == nil {
		t.Errorf("%v", credentials)
	}
	if expires, err := time.Parse(time.RFC3339, a.JSON(t)["expiresAt"].(string)); err != nil || time.Until(expires) < 50*time.Minute {
		t.Errorf("%v %v", a.JSON(t)["expiresAt"], err)
	}
	for _, secret := range []string{"refresh_token", "refreshToken", "id_token", "idToken", "client_secret", "nested-", "listed-", "x-id", clientSecret} {
		if strings.Contains(a.Body, secret) {
			t.Errorf("%s is in %s", secret, a.Body)
		}
	}
	with := s.API(http.MethodGet, "/v1/connections/"+id+"/credentials?include=refresh_token", nil)
	if with.JSON(t)["credentials"].(map[string]any)["refresh_token"] == nil || strings.Contains(with.Body, "id_token") || strings.Contains(with.Body, clientSecret) {
		t.Errorf("%s", with.Body)
	}
	if again := s.API(http.MethodGet, "/v1/connections/"+id+"/credentials", nil); again.Body != a.Body {
		t.Errorf("what one caller may see is shown to another: %s", again.Body)
	}

	// Renewed on request; refused for good.
	s.Want(http.StatusOK, http.MethodPost, "/v1/connections/"+id+"/refresh", nil)
	renewed := s.API(http.MethodGet, "/v1/connections/"+id+"/credentials", nil)
	if renewed.Body == a.Body || s.provider.TokenCalls("refresh_token") != 1 {
		t.Errorf("%d calls: %s", s.provider.TokenCalls("refresh_token"), renewed.Body)
	}
	s.provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.InvalidGrant, Grant: "refresh_token"})
	a = s.API(http.MethodPost, "/v1/connections/"+id+"/refresh", nil)
	refused(t, a, 409, "reconnect_required")
	if failure := a.JSON(t)["failure"].(map[string]any); failure["code"] != "invalid_grant" || failure["class"] != "reauth" || failure["status"] != 400.0 {
		t.Errorf("%v", failure)
	}
	if m := s.Want(http.StatusOK, http.MethodGet, "/v1/connections/"+id, nil); m["status"] != "reconnect_required" || m["lastError"] == nil {
		t.Errorf("%v", m)
	}
}

// command runs the program beside the server, on its data, and returns what it printed on stdout and stderr.
func (s *testServer) command(args ...string) (stdout, stderr string) {
	s.t.Helper()
	var out, told bytes.Buffer
	c := s.program(append(args, "--data", s.Data)...)
	c.Stdout, c.Stderr = &out, &told
	if err := c.Run(); err != nil {
		s.t.Fatalf("%v: %v: %s", args, err, told.String())
	}
	return out.String(), told.String()
}

// writeFolder makes a connector folder.
func writeFolder(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func get(t testing.TB, address string) answer {
	t.Helper()
	r, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{r.StatusCode, r.Header, string(text)}
}
