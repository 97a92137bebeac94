package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/egress"
	"claviger/runtime/httpapi"
	"claviger/runtime/seal"
	"claviger/runtime/secret"
	"claviger/runtime/store/sqlite"
)

const testKey = "clv_test-admin-key-0123456789"

// api is an API with a token endpoint: what is called anywhere but at /token reaches answer.
type api struct {
	*httptest.Server
	answer atomic.Pointer[http.HandlerFunc]

	mu       sync.Mutex
	live     string // the access token that counts
	renewals int
	refuses  bool // the refresh token is not good any more
	slow     time.Duration
	tokens   []http.Request
}

func newAPI(t testing.TB) *api {
	a := &api{live: "at-0"}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/token" {
		a.token(w, r)
		return
	}
	if f := a.answer.Load(); f != nil {
		(*f)(w, r)
	}
}

func (a *api) token(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tokens = append(a.tokens, *r)
	if a.refuses {
		w.WriteHeader(400)
		io.WriteString(w, `{"error":"invalid_grant"}`)
		return
	}
	if a.slow > 0 {
		time.Sleep(a.slow)
	}
	a.renewals++
	a.live = fmt.Sprint("at-", a.renewals)
	fmt.Fprintf(w, `{"access_token":%q,"refresh_token":"rt-%d-long-enough","expires_in":3600,"token_type":"Bearer"}`, a.live, a.renewals)
}

// revoke ends the access token.
func (a *api) revoke() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.live = "none"
}

func (a *api) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.renewals
}

// on sets what the API answers.
func (a *api) on(f http.HandlerFunc) { a.answer.Store(&f) }

// guarded answers 401 to whoever has not the token that counts.
func (a *api) guarded(f http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		good := r.Header.Get("Authorization") == "Bearer "+a.live
		a.mu.Unlock()
		if !good {
			w.Header().Set("X-Refused", "yes")
			w.WriteHeader(401)
			io.WriteString(w, "the API says no")
			return
		}
		f(w, r)
	}
}

// rig is the HTTP interface over a real engine, with a connection con_1 to the API.
type rig struct {
	testing.TB
	*httptest.Server
	api    *api
	engine *runtime.Engine
	store  *sqlite.Store
}

const makeClient = `
baseUri: {$concat: [{$var: connectorParameters.baseUrl}, /base]}
bases:
  other: {$concat: [{$var: connectorParameters.baseUrl}, /other]}
  auth: {$var: connectorParameters.baseUrl}
  foreign: {$concat: ['https://', {$var: connectorParameters.foreign}]}
headers:
  Authorization: {$concat: ['Bearer ', {$var: credentials.access_token}]}
  X-Connector: 'yes'
`

func newRig(t testing.TB, client string, options ...egress.Option) *rig {
	t.Helper()
	r := &rig{TB: t, api: newAPI(t)}
	files := map[string]string{
		"spec.yml": `
parametersSchema:
  type: object
  required: [baseUrl]
  properties: {baseUrl: {type: string}, clientId: {type: string}, clientSecret: {type: string, format: password}, apiKey: {type: string, format: password}, config: {type: string}, foreign: {type: string, pattern: '^[a-z.]+$'}}
allowedHosts: [127.0.0.1, '*.api.example', named.example]
auth:
  type: oauth2
  inputSchema:
    type: object
    properties: {domain: {type: string, pattern: '^[a-z0-9-]+$'}, account: {type: string}}
`,
		"auth/get-oauth-config.map.yml": `
clientId: {$var: connectorParameters.clientId}
clientSecret: {$var: connectorParameters.clientSecret}
authorizeUri: {$concat: [{$var: connectorParameters.baseUrl}, /authorize]}
tokenUri: {$concat: [{$var: connectorParameters.baseUrl}, /token]}
clientAuthLocation: body
`,
		"auth/make-api-client.map.yml": client,
	}
	dir := t.TempDir()
	ring, err := seal.Open(filepath.Join(dir, "keyset.json"), func() (bool, error) { return false, nil })
	r.ok(err)
	r.store, err = sqlite.Open(t.Context(), filepath.Join(dir, "claviger.db"), ring)
	r.ok(err)
	t.Cleanup(func() { r.store.Close() })
	fsys := fstest.MapFS{}
	for path, content := range files {
		fsys["app/"+path] = &fstest.MapFile{Data: []byte(content)}
	}
	set, err := connectors.NewSet(t.Context(), connectors.SetConfig{Sources: []connectors.Source{connectors.FromFS("test", fsys)}})
	r.ok(err)
	for _, f := range set.Folders() {
		if f.Connector == nil {
			t.Fatal(f.Located())
		}
	}
	pool := jsbridge.NewPool(jsbridge.PoolConfig{})
	t.Cleanup(pool.Close)
	guard, err := egress.NewGuard([]string{"127.0.0.1"}, options...)
	r.ok(err)
	t.Cleanup(guard.CloseIdle)
	written := &locked{}
	log := slog.New(slog.NewTextHandler(written, &slog.HandlerOptions{Level: slog.LevelDebug}))
	t.Cleanup(func() {
		for _, s := range []string{"api-key-9876543210", "client-secret-0123456789", "rt-0-long-enough", "rt-1-long-enough", "s3cret-value", testKey} {
			if strings.Contains(written.String(), s) {
				t.Errorf("the log has %s:\n%s", s, written)
			}
		}
	})
	metrics := httpapi.NewMetrics()
	r.engine, err = runtime.New(runtime.Config{Store: r.store, Connectors: set, Hooks: pool, Guard: guard, PublicURL: "https://claviger.test", LocalStore: true, Log: log, Observer: metrics})
	r.ok(err)
	t.Cleanup(r.engine.Close)
	keys, err := runtime.NewKeyRing(r.engine, testKey)
	r.ok(err)
	r.Server = httptest.NewServer(httpapi.New(httpapi.Config{
		Engine: r.engine, Keys: keys, Catalogue: set, Metrics: metrics, Log: log, PublicURL: "https://claviger.test", Version: "test",
	}))
	t.Cleanup(r.Server.Close)
	r.put("/v1/integrations/app", map[string]any{"connector": "app", "parameters": r.parameters()})
	r.connect("con_1", "tenant")
	return r
}

func (r *rig) parameters() map[string]any {
	return map[string]any{"baseUrl": r.api.URL, "clientId": "client", "clientSecret": "client-secret-0123456789", "apiKey": "api-key-9876543210", "config": `{"k":{"n":7}}`, "foreign": "evil.example"}
}

// connect stores a connection with a token.
func (r *rig) connect(id, owner string) {
	r.Helper()
	at := time.Now().UTC()
	r.ok(r.store.PutConnection(r.Context(), &runtime.Connection{
		ID: id, Integration: "app", Owner: owner, Status: runtime.Connected, CreatedAt: at, UpdatedAt: at,
		Token: &runtime.Token{
			Access: secret.New("at-0"), Refresh: secret.New("rt-0-long-enough"), IssuedAt: at, ExpiresAt: at.Add(time.Hour), Grant: "authorization_code",
			Credentials: value.Of("access_token", "at-0", "token_type", "Bearer"),
		},
	}))
}

func (r *rig) ok(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// answer is a whole answer.
type answer struct {
	*http.Response
	body string
}

var plainClient = &http.Client{
	Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func (r *rig) do(method, path string, header http.Header, body io.Reader) answer {
	r.Helper()
	a, err := r.try(method, path, header, body)
	r.ok(err)
	return a
}

func (r *rig) try(method, path string, header http.Header, body io.Reader) (answer, error) {
	request, err := http.NewRequestWithContext(r.Context(), method, r.URL+path, body)
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Authorization", "Bearer "+testKey)
	maps.Copy(request.Header, header)
	response, err := plainClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response, string(text)}, err
}

func (r *rig) put(path string, body any) answer {
	r.Helper()
	text, err := json.Marshal(body)
	r.ok(err)
	a := r.do("PUT", path, http.Header{"Content-Type": {"application/json"}}, strings.NewReader(string(text)))
	if a.StatusCode != 200 {
		r.Fatalf("%d %s", a.StatusCode, a.body)
	}
	return a
}

const proxyPath = "/v1/connections/con_1/proxy"

func (r *rig) get(path string) answer {
	r.Helper()
	return r.do("GET", proxyPath+path, nil, nil)
}

// problem checks an answer of ours.
func (r *rig) problem(a answer, status int, code string) {
	r.Helper()
	var p struct{ Code string }
	if a.StatusCode != status || json.Unmarshal([]byte(a.body), &p) != nil || p.Code != code || a.Header.Get(runtime.UpstreamHeader) != "" {
		r.Errorf("want %d %s, got %d %s %v", status, code, a.StatusCode, a.body, a.Header)
	}
}

func (r *rig) stored(id string) *runtime.Connection {
	r.Helper()
	c, err := r.store.Connection(context.Background(), id)
	r.ok(err)
	return c
}

func mustJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// locked is a buffer for several writers.
type locked struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
