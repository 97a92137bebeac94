package runtime_test

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/jsbridge/worker"
	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/egress"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/seal"
	"claviger/runtime/store/sqlite"
)

// TestMain lets the test binary be a hook worker, as the server is.
func TestMain(m *testing.M) {
	worker.MaybeRun()
	os.Exit(m.Run())
}

// files is a connector folder: path → content.
type files map[string]string

// oauth is a connector folder for the fake provider: its client in the body, two scopes. more is laid over it; an empty
// content removes the file.
func oauth(more files) files {
	f := files{
		"spec.yml": `
parametersSchema:
  type: object
  required: [baseUrl]
  properties: {baseUrl: {type: string}, clientId: {type: string}, clientSecret: {type: string, format: password}}
auth:
  type: oauth2
`,
		"auth/get-oauth-config.map.yml": oauthConfig(""),
	}
	maps.Copy(f, more)
	maps.DeleteFunc(f, func(_, content string) bool { return content == "" })
	return f
}

// oauthConfig is a getOAuthConfig for the fake provider with further lines.
func oauthConfig(more string) string {
	return `
clientId: {$var: connectorParameters.clientId}
clientSecret: {$var: connectorParameters.clientSecret}
authorizeUri: {$concat: [{$var: connectorParameters.baseUrl}, /authorize]}
tokenUri: {$concat: [{$var: connectorParameters.baseUrl}, /token]}
scopes: [read, write]
clientAuthLocation: body
` + more
}

// rig is an engine on a real store, in process, with a provider beside it. Time can be moved.
type rig struct {
	*testing.T
	*runtime.Engine
	Store    *weakStore
	Provider *fakeprovider.Provider
	Base     string // of the provider
	Set      *connectors.Set
	files    fstest.MapFS
	config   runtime.Config
}

var admin = &runtime.Caller{Scopes: []runtime.Scope{runtime.ScopeAdmin}}

// newRig makes a rig whose connector "app" has the given files, with an integration of it, "app".
func newRig(t *testing.T, f files, o fakeprovider.Options) *rig {
	t.Helper()
	o.Clients = []fakeprovider.Client{{ID: "client", Secret: "client-secret-0123456789"}}
	o.AutoApprove, o.Lifetime = true, cmp.Or(o.Lifetime, time.Hour)
	r := &rig{T: t, Store: openStore(t), files: fstest.MapFS{}}
	o.Now = r.Store.now
	r.Provider = fakeprovider.New(o)
	r.Base = r.Provider.Start(t)
	r.write("app", f)
	r.Set = loaded(t, r.files)
	pool := jsbridge.NewPool(jsbridge.PoolConfig{})
	t.Cleanup(pool.Close)
	guard, err := egress.NewGuard([]string{"127.0.0.1"}, egress.Clock(r.Store.now))
	r.ok(err)
	r.config = runtime.Config{Node: "node_of_rig", LocalStore: true, Store: r.Store, Connectors: r.Set, Hooks: pool, Guard: guard, PublicURL: "https://claviger.test"}
	r.start()
	r.integrate("app")
	return r
}

func (r *rig) start() {
	r.Helper()
	e, err := runtime.New(r.config)
	r.ok(err)
	r.Engine = e
	r.Cleanup(e.Close)
}

// restart replaces the engine by a new one on the same store, as a new process would.
func (r *rig) restart() {
	r.Helper()
	r.start()
}

func loaded(t *testing.T, f fstest.MapFS) *connectors.Set {
	t.Helper()
	set, err := connectors.NewSet(t.Context(), connectors.SetConfig{Sources: []connectors.Source{connectors.FromFS("test", f)}})
	if err != nil {
		t.Fatal(err)
	}
	mustBeGood(t, set)
	return set
}

func mustBeGood(t *testing.T, set *connectors.Set) {
	t.Helper()
	for _, folder := range set.Folders() {
		if folder.Connector == nil {
			t.Fatalf("the test's connector has mistakes:\n%s", folder.Located())
		}
	}
}

// write puts the files of a connector where the set finds them.
func (r *rig) write(connector string, f files) {
	maps.DeleteFunc(r.files, func(path string, _ *fstest.MapFile) bool { return strings.HasPrefix(path, connector+"/") })
	for path, content := range f {
		r.files[connector+"/"+path] = &fstest.MapFile{Data: []byte(content)}
	}
}

// reload replaces a connector's files, as an author who saves them does.
func (r *rig) reload(connector string, f files) {
	r.Helper()
	r.write(connector, f)
	r.ok(r.Set.Reload(r.Context(), 0, []string{connector}))
	mustBeGood(r.T, r.Set)
}

func (r *rig) integrate(key string) *runtime.Integration {
	r.Helper()
	i, err := r.PutIntegration(r.Context(), admin, runtime.NewIntegration{
		Key: key, Connector: "app", ReturnURLs: []string{"https://platform.test"},
		Parameters: value.Of("baseUrl", r.Base, "clientId", "client", "clientSecret", "client-secret-0123456789"),
	})
	r.ok(err)
	return i
}

func (r *rig) ok(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// pass lets time pass, for the engine and the provider.
func (r *rig) pass(d time.Duration) { r.Store.MoveClock(d) }

// weakStore is a store whose writes of connections can be made to fail.
type weakStore struct {
	*sqlite.Store
	refuse atomic.Pointer[func(*runtime.Connection) error] // nil: nothing is refused

	afterLease atomic.Bool // a lease is taken, and whoever took it does not hear of it
}

func openStore(t *testing.T) *weakStore {
	t.Helper()
	dir := t.TempDir()
	ring, err := seal.Open(filepath.Join(dir, "keyset.json"), func() (bool, error) { return false, nil })
	if err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), filepath.Join(dir, "claviger.db"), ring)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &weakStore{Store: s}
}

// now is the store's clock, for the provider too.
func (s *weakStore) now() time.Time { at, _ := s.Now(context.Background()); return at }

func (s *weakStore) PutConnection(ctx context.Context, c *runtime.Connection, events ...runtime.Event) error {
	if f := s.refuse.Load(); f != nil {
		if err := (*f)(c); err != nil {
			return err
		}
	}
	return s.Store.PutConnection(ctx, c, events...)
}

func (s *weakStore) TakeLease(ctx context.Context, c *runtime.Connection, owner string, life time.Duration) error {
	if f := s.refuse.Load(); f != nil {
		leased := *c
		leased.Renewal.Lease = &runtime.Lease{Owner: owner}
		if err := (*f)(&leased); err != nil {
			return err
		}
	}
	if s.afterLease.Load() {
		unheard := *c
		return errors.Join(s.Store.TakeLease(ctx, &unheard, owner, life), errors.New("the connection to the database is broken"))
	}
	return s.Store.TakeLease(ctx, c, owner, life)
}

// whenStoring calls f before every write of a connection; its error is the store's.
func (s *weakStore) whenStoring(f func(*runtime.Connection) error) { s.refuse.Store(&f) }

// visitor is a browser: the cookies that the engine gave it.
type visitor map[string]string

func (v visitor) browser() runtime.Browser {
	return runtime.Browser{Navigation: true, Cookie: func(name string) string { return v[name] }}
}

func (v visitor) take(s *runtime.Step) {
	if s != nil && s.Cookie != nil {
		v[s.Cookie.Name] = s.Cookie.Value
	}
}

// begin creates a connection and opens its link; it returns the connection's id and the provider's callback.
func (r *rig) begin(v visitor, n runtime.NewConnection) (id string, callback url.Values) {
	r.Helper()
	n.Integration = cmp.Or(n.Integration, "app")
	created, err := r.CreateConnection(r.Context(), admin, n)
	r.ok(err)
	return created.Connection.ID, r.visit(v, created)
}

// visit opens a connect link and lets the provider approve.
func (r *rig) visit(v visitor, c *runtime.Created) url.Values {
	r.Helper()
	step, err := r.OpenConnect(r.Context(), handleOf(c.ConnectURL), v.browser())
	r.ok(err)
	v.take(step)
	return r.approve(step.Redirect)
}

func handleOf(connectURL string) string { return connectURL[strings.LastIndex(connectURL, "/")+1:] }

// approve opens an authorize URL and returns the query of the callback that the provider redirects to.
func (r *rig) approve(authorizeURL string) url.Values {
	r.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(authorizeURL)
	r.ok(err)
	answer.Body.Close()
	u, err := answer.Location()
	r.ok(err)
	return u.Query()
}

// connect makes a connection by the whole flow.
func (r *rig) connect() string {
	r.Helper()
	id, err := r.tryConnect()
	r.ok(err)
	return id
}

func (r *rig) tryConnect() (string, error) {
	r.Helper()
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0)})
	_, err := r.Callback(r.Context(), "app", callback, v.browser())
	return id, err
}

// credentials reads credentials, which must succeed.
func (r *rig) credentials(id string) *runtime.CredentialsAnswer {
	r.Helper()
	a, err := r.Credentials(r.Context(), admin, id, runtime.CredentialsQuery{})
	r.ok(err)
	return a
}

// refused reads credentials, which must fail with the code.
func (r *rig) refused(id string, code runtime.Code) *runtime.Error {
	r.Helper()
	a, err := r.Credentials(r.Context(), admin, id, runtime.CredentialsQuery{})
	if err == nil {
		r.Fatalf("expected %s, got credentials %s", code, a.JSON)
	}
	return r.wantCode(err, code)
}

func (r *rig) wantCode(err error, code runtime.Code) *runtime.Error {
	r.Helper()
	var e *runtime.Error
	if !errors.As(err, &e) || e.Code != code {
		r.Fatalf("expected %s, got %v (%+v)", code, err, e)
	}
	return e
}

// stored is a connection as the store has it.
func (r *rig) stored(id string) *runtime.Connection {
	r.Helper()
	c, err := r.Store.Connection(r.Context(), id)
	r.ok(err)
	return c
}

// wantStatus checks the stored status.
func (r *rig) wantStatus(id string, s runtime.Status) *runtime.Connection {
	r.Helper()
	c := r.stored(id)
	if c.Status != s {
		r.Fatalf("expected the status %s, got %s (%+v)", s, c.Status, c.LastError)
	}
	return c
}

// wantCalls checks how many token requests of a grant the provider has seen.
func (r *rig) wantCalls(grant string, n int) {
	r.Helper()
	if got := r.Provider.TokenCalls(grant); got != n {
		r.Fatalf("expected %d token requests (%s), got %d", n, grant, got)
	}
}

const hour = time.Hour

func listen(address string) (net.Listener, error) { return net.Listen("tcp", address) }

// tryLoad tells whether a folder loads, and what is wrong with it.
func tryLoad(t *testing.T, f files) (ok bool, findings string) {
	t.Helper()
	fsys := fstest.MapFS{}
	for path, content := range f {
		fsys["app/"+path] = &fstest.MapFile{Data: []byte(content)}
	}
	folders, err := connectors.Load(t.Context(), []connectors.Source{connectors.FromFS("test", fsys)}, nil)
	if err != nil || len(folders) != 1 {
		t.Fatal(err)
	}
	return folders[0].Connector != nil, folders[0].Located().Error()
}
