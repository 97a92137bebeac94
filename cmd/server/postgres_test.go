package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
	"claviger/runtime/store/postgres/pgtest"
)

// newPostgresScene is newScene with records in db, whose URL stands in a configuration file.
func newPostgresScene(t *testing.T, db *pgtest.Database, o fakeprovider.Options, args ...string) *scene {
	t.Helper()
	o.AutoApprove, o.Clients = true, []fakeprovider.Client{{ID: fakeClient, Secret: fakeSecret}}
	c := &scene{Provider: fakeprovider.New(o)}
	c.Base = c.Provider.Start(t)
	config := filepath.Join(t.TempDir(), "claviger.yml")
	if err := os.WriteFile(config, []byte("database: '"+db.URL.Reveal()+"'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.testServer = startServer(t, append([]string{"--connectors", folder(t, "oauth-body"), "--egress-allow", "127.0.0.1", "--config", config}, args...)...)
	t.Cleanup(func() {
		c.wantNoLeak()
		written := append(db.Written(t), c.Log()...)
		for _, secret := range append(c.Provider.Secrets(), pgtest.Password, "p%40ss%2Fword") {
			if bytes.Contains(written, []byte(secret)) {
				t.Error("the database or the log holds a secret")
			}
		}
	})
	c.integrate("app", "oauth-body", nil)
	return c
}

// The standard flow with records in PostgreSQL: a link, consent, a token and its renewals, over a stop and a kill of the
// server, and a stop and a crash of the database in the middle of an authorization.
func TestFlowOnPostgres(t *testing.T) {
	t.Parallel()
	db := pgtest.Own(t).Create(t)
	c := newPostgresScene(t, db, fakeprovider.Options{Lifetime: time.Hour})
	id := c.connectWith(newBrowser(t), map[string]any{"integration": "app", "owner": "tenant-1"})
	first := c.token(id)
	if _, err := os.Stat(filepath.Join(c.Data, "claviger.db")); err == nil {
		t.Error("there is an embedded database, too")
	}
	for _, end := range []func(){c.Stop, c.Kill} {
		end()
		c.Start()
		if c.token(id) != first {
			t.Error("another token after a restart")
		}
	}

	b := newBrowser(t)
	pending, callback := c.begin(b, map[string]any{"owner": "tenant-1"})
	calls := c.Provider.TokenCalls("")
	db.Stop()
	eventually(t, 10*time.Second, "an outage that is told", func() bool {
		a := c.API(http.MethodPost, "/v1/connections/"+id+"/refresh", nil)
		return a.Status == http.StatusServiceUnavailable && a.Code() == "store_unavailable"
	})
	if r, err := http.Get(c.URL + "/readyz"); err != nil || r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("ready without a database: %v, %v", r, err)
	}
	if a, _ := b.Get(callback); a.Status != http.StatusServiceUnavailable {
		t.Errorf("a callback without a database: %d %s", a.Status, a.Body)
	}
	if c.Provider.TokenCalls("") != calls {
		t.Error("the provider was asked for what cannot be stored")
	}
	db.Start(t)
	c.awaitReady()
	db.Crash()
	db.Start(t)
	c.Kill()
	c.Start()

	if a, at := b.Follow(callback); a.Status != http.StatusOK {
		t.Errorf("the flow ended at %s with %d: %s", at, a.Status, a.Body)
	}
	c.wantStatus(pending, "connected")
	c.Want(http.StatusOK, http.MethodPost, "/v1/connections/"+id+"/refresh", nil)
	if c.token(id) == first {
		t.Error("no new token")
	}
	if page := c.Want(http.StatusOK, http.MethodGet, "/v1/connections?owner=tenant-1&status=connected", nil); len(page["connections"].([]any)) != 2 {
		t.Errorf("%v", page)
	}
	c.Want(http.StatusOK, http.MethodDelete, "/v1/connections/"+id, nil)
}

// Beside a server: commands, but no second server on its data folder.
func TestBesideAServerOnPostgres(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t).Create(t)
	c := newPostgresScene(t, db, fakeprovider.Options{})
	run := func(args ...string) (stdout, stderr string, err error) {
		var out, told bytes.Buffer
		cmd := c.program(append(args, "--data", c.Data)...)
		cmd.Env = append(cmd.Env, "CLAVIGER_DATABASE="+db.URL.Reveal())
		cmd.Stdout, cmd.Stderr = &out, &told
		err = cmd.Run()
		return out.String(), told.String(), err
	}
	key, told, err := run("keys", "create", "--scope", "admin")
	if err != nil {
		t.Fatal(err, told)
	}
	if a := c.APIAs(strings.TrimSpace(key), http.MethodGet, "/v1/integrations/app", nil); a.Status != http.StatusOK {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if list, _, err := run("keys", "list"); err != nil || !strings.Contains(list, "key_") {
		t.Errorf("%v: %s", err, list)
	}
	_, told, err = run("serve", "--listen", "127.0.0.1:0")
	if err == nil || !strings.Contains(told, "another claviger uses the data folder "+c.Data) {
		t.Errorf("a second server on the data folder: %v: %s", err, told)
	}

	other := pgtest.Shared(t).Create(t)
	cmd := c.program("keys", "list", "--data", t.TempDir(), "--database", other.URL.Reveal())
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "no claviger has used this database") {
		t.Errorf("%v: %s", err, out)
	}
}
