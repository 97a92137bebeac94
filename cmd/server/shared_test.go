package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
	"claviger/runtime/store/postgres/pgtest"
)

// nodes are servers on one PostgreSQL: the scene's, and others with data folders of their own.
type nodes struct {
	*scene
	db    *pgtest.Database
	other []*testServer
}

func newNodes(t *testing.T, db *pgtest.Database, o fakeprovider.Options, others int, args ...string) *nodes {
	t.Helper()
	n := &nodes{scene: newPostgresScene(t, db, o, args...), db: db}
	for range others {
		more := append([]string{"--keyset", filepath.Join(n.Data, "keyset.json")}, n.args...)
		n.other = append(n.other, startServer(t, more...))
	}
	return n
}

// terminate ends the sessions that follow.
func (n *nodes) terminate(t *testing.T) {
	t.Helper()
	n.db.Exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'claviger listening'`)
}

func credentials(s *testServer, key, id string) answer {
	return s.APIAs(key, http.MethodGet, "/v1/connections/"+id+"/credentials", nil)
}

// key creates an API key by the command, beside the servers.
func (n *nodes) key(t *testing.T) (text, id string) {
	t.Helper()
	text = strings.TrimSpace(n.command(t, "keys", "create", "--scope", "use"))
	for _, id = range n.keyIDs(t) {
	}
	return text, id
}

// keyIDs are the ids of all API keys, the oldest first.
func (n *nodes) keyIDs(t *testing.T) (ids []string) {
	t.Helper()
	for line := range strings.Lines(n.command(t, "keys", "list")) {
		if strings.HasPrefix(line, "key_") {
			ids = append(ids, strings.Fields(line)[0])
		}
	}
	return ids
}

func (n *nodes) command(t *testing.T, args ...string) string {
	t.Helper()
	cmd := n.program(append(args, "--data", n.Data)...)
	cmd.Env = append(cmd.Env, "CLAVIGER_DATABASE="+n.db.URL.Reveal())
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", args, err)
	}
	return string(out)
}

// soon wants f within the second in which a change counts everywhere, and returns how long it took.
func soon(t *testing.T, what string, f func() bool) {
	t.Helper()
	began := time.Now()
	for !f() {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
	took := time.Since(began)
	t.Logf("%s: after %s", what, took.Round(time.Millisecond))
	if took > time.Second {
		t.Errorf("%s: only after %s", what, took)
	}
}

// What one server deletes, revokes and reconnects counts on the others within a second, also where they have just lost
// the session that tells them.
func TestChangesReachEveryNode(t *testing.T) {
	t.Parallel()
	n := newNodes(t, pgtest.Shared(t).Create(t), fakeprovider.Options{Lifetime: time.Hour}, 2)
	for name, before := range map[string]func(){"listening": func() {}, "cut off": func() { n.terminate(t) }} {
		key, keyID := n.key(t)
		ids := []string{}
		for range 3 {
			ids = append(ids, n.connectWith(newBrowser(t), map[string]any{"integration": "app"}))
		}
		everywhere := func(f func(*testServer) bool) func() bool {
			return func() bool { return f(n.other[0]) && f(n.other[1]) }
		}
		for range 2 { // the second time from memory
			for _, id := range ids {
				if !everywhere(func(s *testServer) bool { return credentials(s, key, id).Status == http.StatusOK })() {
					t.Fatal("a connection of another node cannot be read")
				}
			}
		}
		before()
		n.Want(http.StatusOK, http.MethodDelete, "/v1/connections/"+ids[0], nil)
		soon(t, name+": deleted", everywhere(func(s *testServer) bool { return credentials(s, key, ids[0]).Status == http.StatusNotFound }))

		old := n.token(ids[1])
		link, _ := n.Want(http.StatusOK, http.MethodPost, "/v1/connections/"+ids[1]+"/reconnect", map[string]any{})["connectUrl"].(string)
		before()
		if a, at := newBrowser(t).Follow(link); a.Status != http.StatusOK {
			t.Fatalf("the reconnection ended at %s with %d", at, a.Status)
		}
		soon(t, name+": reconnected", everywhere(func(s *testServer) bool {
			a := credentials(s, key, ids[1])
			return a.Status == http.StatusOK && !strings.Contains(a.Body, old)
		}))

		before()
		n.Want(http.StatusOK, http.MethodPost, "/v1/connections/"+ids[2]+"/refresh", nil)
		renewed := n.token(ids[2])
		soon(t, name+": renewed", everywhere(func(s *testServer) bool { return strings.Contains(credentials(s, key, ids[2]).Body, renewed) }))

		before()
		n.command(t, "keys", "revoke", keyID)
		soon(t, name+": revoked", everywhere(func(s *testServer) bool { return credentials(s, key, ids[1]).Status == http.StatusUnauthorized }))
	}
}

// Who waits on one node learns at once what happens on another.
func TestWaitOnAnotherNode(t *testing.T) {
	t.Parallel()
	n := newNodes(t, pgtest.Shared(t).Create(t), fakeprovider.Options{}, 1)
	b := newBrowser(t)
	id, callback := n.begin(b, map[string]any{})
	done := make(chan time.Time, 1)
	go func() {
		n.other[0].Want(http.StatusOK, http.MethodGet, "/v1/connections/"+id+"?wait=30s", nil)
		done <- time.Now()
	}()
	time.Sleep(300 * time.Millisecond)
	if a, at := b.Follow(callback); a.Status != http.StatusOK {
		t.Fatalf("the flow ended at %s with %d: %s", at, a.Status, a.Body)
	}
	n.wantStatus(id, "connected")
	stored := time.Now()
	if late := (<-done).Sub(stored); late > 500*time.Millisecond {
		t.Errorf("the waiter learns it %s later", late)
	} else {
		t.Logf("the waiter learns it %s after the page is there", late)
	}
}

// Without the database a node goes on with what it has in memory, for as long as it may.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	n := newNodes(t, pgtest.Own(t).Create(t), fakeprovider.Options{Lifetime: time.Hour}, 1, "--offline-grace", "5s")
	key, _ := n.key(t)
	id := n.connectWith(newBrowser(t), map[string]any{"integration": "app"})
	unread := n.connectWith(newBrowser(t), map[string]any{"integration": "app"})
	n.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Set, Set: map[string]any{"expires_in": 4}})
	short := n.connectWith(newBrowser(t), map[string]any{"integration": "app"})
	both := append([]*testServer{n.testServer}, n.other...)
	for _, s := range both {
		for _, read := range []string{id, short} {
			if a := credentials(s, key, read); a.Status != http.StatusOK {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
		}
	}
	stopping := time.Now()
	n.db.Stop()
	stopped := time.Now()
	unavailable := func(s *testServer, key, id string) bool {
		a := credentials(s, key, id)
		return a.Status == http.StatusServiceUnavailable && a.Code() == "store_unavailable" && a.Header.Get("Retry-After") != ""
	}
	for time.Since(stopped) < 3*time.Second {
		for i, s := range both {
			began := time.Now()
			if a := credentials(s, key, id); a.Status != http.StatusOK {
				t.Fatalf("node %d, %s after the end: %d %s", i, time.Since(stopped), a.Status, a.Body)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("a read took %s", took)
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	if !unavailable(n.other[0], key, unread) {
		t.Error("a connection that is not in memory is served")
	}
	if !unavailable(n.other[0], "clv_unknown", id) {
		t.Error("an unknown key is told to be unknown, or known")
	}
	eventually(t, 5*time.Second, "a token that is dead is not served", func() bool { return unavailable(n.other[0], key, short) && time.Since(stopped) < 5*time.Second })
	for _, s := range both {
		eventually(t, 4*time.Second, "the grace is over", func() bool { return unavailable(s, key, id) })
	}
	if least, most := time.Since(stopping), time.Since(stopped); least < 4*time.Second || most > 7*time.Second {
		t.Errorf("served for %s to %s", most, least)
	}
	n.db.Start(t)
	for _, s := range both {
		eventually(t, 5*time.Second, "it works again", func() bool {
			return credentials(s, key, id).Status == http.StatusOK && credentials(s, key, unread).Status == http.StatusOK
		})
	}
}

// Two servers share what is due: each expiry is renewed once, and by the other one when one has gone.
func TestNodesShareWhatIsDue(t *testing.T) {
	t.Parallel()
	n := newNodes(t, pgtest.Shared(t).Create(t), fakeprovider.Options{Lifetime: 6 * time.Second}, 1)
	b := newBrowser(t)
	const connections = 8
	for range connections {
		n.connectWith(b, map[string]any{"integration": "app"})
	}
	background := func(s *testServer) bool {
		return strings.Contains(s.APIAs("", http.MethodGet, "/metrics", nil).Body, `claviger_background_renewals_total{integration="app",outcome="ok"}`)
	}
	eventually(t, 20*time.Second, "both renew", func() bool { return background(n.testServer) && background(n.other[0]) })
	if !strings.Contains(n.APIAs("", http.MethodGet, "/metrics", nil).Body, "claviger_due_connections ") {
		t.Error("what is due is not counted")
	}
	time.Sleep(1500 * time.Millisecond) // between two renewals: what is cut off is another test
	n.other[0].Kill()
	time.Sleep(12 * time.Second)
	if live := n.Provider.LiveGrants(); live != connections {
		t.Errorf("%d grants live", live)
	}
	page := n.Want(http.StatusOK, http.MethodGet, "/v1/connections?status=connected", nil)
	for _, c := range page["connections"].([]any) {
		c := c.(map[string]any)
		expires, err := time.Parse(time.RFC3339, c["expiresAt"].(string))
		if err != nil || time.Until(expires) < -time.Second {
			t.Errorf("%v has expired (%v)", c, err)
		}
	}
}

// A data folder is one server's, with an embedded database too.
func TestOneServerADataFolder(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--connectors", folder(t, "api-key"))
	out, err := s.program("serve", "--listen", "127.0.0.1:0", "--data", s.Data).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another claviger uses the data folder") {
		t.Errorf("%v: %s", err, out)
	}
	id, err := os.ReadFile(filepath.Join(s.Data, "node.id"))
	info, statErr := os.Stat(filepath.Join(s.Data, "node.id"))
	if err != nil || statErr != nil || info.Mode().Perm() != 0o600 || len(id) < 20 {
		t.Errorf("%q, %v, %v", id, err, statErr)
	}
	s.Kill()
	s.Start()
	if again, err := os.ReadFile(filepath.Join(s.Data, "node.id")); err != nil || string(again) != string(id) {
		t.Errorf("%q became %q (%v)", id, again, err)
	}
	a := s.API(http.MethodGet, "/v1/integrations", nil)
	if a.Status != http.StatusOK {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}
