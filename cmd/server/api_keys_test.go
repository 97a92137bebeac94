package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
)

// Every route of /v1 against every scope: who may not is told so, who may gets through to the thing itself.
func TestScopes(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	s.Integrate("oauth-body", nil)
	keys := map[string]string{}
	for _, scope := range []string{"admin", "connect", "use"} {
		_, keys[scope] = s.Key("--scope", scope)
	}
	var id string
	for _, c := range []struct {
		method, path string
		body         any
		may          []string
	}{
		{"PUT", "/v1/integrations/other", map[string]any{"connector": "oauth-body", "parameters": s.parameters(nil)}, []string{"admin"}},
		{"GET", "/v1/integrations/oauth-body", nil, []string{"admin"}},
		{"GET", "/v1/integrations", nil, []string{"admin"}},
		{"POST", "/v1/integrations/oauth-body/accept", nil, []string{"admin"}},
		{"DELETE", "/v1/integrations/none", nil, []string{"admin"}},
		{"GET", "/v1/connectors", nil, []string{"admin", "connect", "use"}},
		{"GET", "/v1/connectors/oauth-body", nil, []string{"admin", "connect", "use"}},
		{"POST", "/v1/connections", map[string]any{"integration": "oauth-body"}, []string{"admin", "connect"}},
		{"GET", "/v1/connections", nil, []string{"admin", "connect", "use"}},
		{"GET", "/v1/connections/ID", nil, []string{"admin", "connect", "use"}},
		{"GET", "/v1/connections/ID?wait=1ms", nil, []string{"admin", "connect", "use"}},
		{"POST", "/v1/connections/ID/reconnect", nil, []string{"admin", "connect"}},
		{"POST", "/v1/connections/ID/complete", map[string]any{"completion": "x"}, []string{"admin", "connect"}},
		{"GET", "/v1/connections/ID/credentials", nil, []string{"admin", "use"}},
		{"POST", "/v1/connections/ID/refresh", nil, []string{"admin", "use"}},
		{"DELETE", "/v1/connections/ID", nil, []string{"admin", "connect"}},
	} {
		for _, scope := range []string{"use", "connect", "admin"} {
			if id == "" {
				id = s.Connected("oauth-body", "acme")
			}
			a := s.APIAs(keys[scope], c.method, strings.Replace(c.path, "ID", id, 1), c.body)
			if may := slices.Contains(c.may, scope); may == (a.Status == http.StatusForbidden) || a.Status >= 500 {
				t.Errorf("%s %s with %s: %d %s", c.method, c.path, scope, a.Status, a.Body)
			}
			if a.Status == http.StatusForbidden {
				refused(t, a, 403, "forbidden")
			}
			if c.method == "DELETE" && strings.Contains(c.path, "ID") && a.Status == http.StatusOK {
				id = ""
			}
		}
		for _, wrong := range []string{"", "wrong", "clv_" + strings.Repeat("A", 43), strings.Repeat("x", 10_000), "Bearer"} {
			a := s.APIAs(wrong, c.method, c.path, c.body)
			refused(t, a, 401, "unauthorized")
			if !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%s %s: %v", c.method, c.path, a.Header)
			}
		}
	}
}

// What belongs to one owner is never reachable with a key limited to another, by no route; likewise integrations.
func TestLimits(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	s.Integrate("oauth-body", nil)
	s.Integrate("oauth-headers", map[string]any{"returnUrls": []string{"https://app.example"}, "requireCompletion": true})
	theirs := s.Connected("oauth-body", "theirs")
	ours := s.Connected("oauth-body", "ours")
	nobodys := s.Connected("oauth-body", "")
	held, completion := s.held("theirs")

	_, limited := s.Key("--scope", "connect", "--scope", "use", "--owner", "ours", "--owner", "ours too")
	_, elsewhere := s.Key("--scope", "connect", "--scope", "use", "--integration", "oauth-headers")
	before := s.API("GET", "/v1/connections/"+theirs+"/credentials", nil).Body
	for key, ids := range map[string][]string{limited: {theirs, nobodys, held}, elsewhere: {theirs, nobodys, ours}} {
		for _, id := range ids {
			for _, c := range []struct {
				method, path string
				body         any
			}{
				{"GET", "", nil}, {"GET", "?wait=1s", nil}, {"GET", "/credentials", nil}, {"GET", "/credentials?include=refresh_token", nil},
				{"POST", "/refresh", nil}, {"POST", "/reconnect", nil}, {"POST", "/complete", map[string]any{"completion": completion}}, {"DELETE", "", nil},
			} {
				a := s.APIAs(key, c.method, "/v1/connections/"+id+c.path, c.body)
				refused(t, a, 404, "not_found")
				b := s.APIAs(key, c.method, "/v1/connections/con_none"+c.path, c.body)
				if strings.ReplaceAll(a.Body, id, "con_none") != b.Body {
					t.Errorf("%s %s tells that the connection exists: %s, %s", c.method, c.path, a.Body, b.Body)
				}
			}
		}
	}
	for _, query := range []string{"", "?owner=theirs", "?owner=", "?integration=oauth-body", "?cursor=" + ours, "?status=connected&owner=theirs"} {
		a := s.APIAs(limited, "GET", "/v1/connections"+query, nil)
		if strings.Contains(a.Body, theirs) || strings.Contains(a.Body, nobodys) || strings.Contains(a.Body, held) || a.Status != http.StatusOK {
			t.Errorf("%s: %s", query, a.Body)
		}
	}
	if a := s.APIAs(elsewhere, "GET", "/v1/connections?integration=oauth-body", nil); strings.Contains(a.Body, "con_") {
		t.Errorf("%s", a.Body)
	}
	for _, body := range []map[string]any{{"integration": "oauth-body"}, {"integration": "oauth-body", "owner": "theirs"}, {"integration": "none", "owner": "theirs"}} {
		refused(t, s.APIAs(limited, "POST", "/v1/connections", body), 403, "forbidden")
	}
	refused(t, s.APIAs(elsewhere, "POST", "/v1/connections", map[string]any{"integration": "oauth-body"}), 403, "forbidden")
	refused(t, s.APIAs(elsewhere, "POST", "/v1/connections", map[string]any{"integration": "none"}), 403, "forbidden")

	// Nothing of that has changed anything, and what is within the limits works.
	if after := s.API("GET", "/v1/connections/"+theirs+"/credentials", nil).Body; after != before || s.provider.TokenCalls("refresh_token") != 0 {
		t.Error("a key without the right has changed a connection")
	}
	if a := s.APIAs(limited, "GET", "/v1/connections/"+ours+"/credentials", nil); a.Status != http.StatusOK {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := s.APIAs(limited, "POST", "/v1/connections", map[string]any{"integration": "oauth-body", "owner": "ours too"}); a.Status != http.StatusCreated {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := s.APIAs(elsewhere, "POST", "/v1/connections/"+held+"/complete", map[string]any{"completion": completion}); a.Status != http.StatusOK {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// held is a connection of oauth-headers whose code waits for its completion.
func (s *shop) held(owner string) (id, completion string) {
	s.t.Helper()
	id, link := s.Connect(map[string]any{"integration": "oauth-headers", "owner": owner, "returnUrl": "https://app.example/back"})
	b := newBrowser(s.t)
	_, authorize := b.Get(link)
	_, callback := b.Get(authorize + "&approve=1")
	_, back := b.Get(callback)
	_, completion, found := strings.Cut(back, "completion=")
	if !found || !strings.HasPrefix(back, "https://app.example/back?") {
		s.t.Fatalf("back at %s", back)
	}
	return id, strings.Split(completion, "&")[0]
}

func TestARevokedKeyIsRefusedWithinASecond(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	id, key := s.Key("--scope", "use", "--name", "short lived")
	if a := s.APIAs(key, "GET", "/v1/connections", nil); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	s.command("keys", "revoke", id)
	revoked := time.Now()
	for s.APIAs(key, "GET", "/v1/connections", nil).Status == http.StatusOK {
		if time.Since(revoked) > time.Second {
			t.Fatal("the key still opens")
		}
		time.Sleep(20 * time.Millisecond)
	}
	refused(t, s.APIAs(key, "GET", "/v1/connections", nil), 401, "unauthorized")
	list, _ := s.command("keys", "list")
	if strings.Contains(list, id) {
		t.Error(list)
	}
}

// The text of a key is stored nowhere: neither of those made nor of the one in the environment.
func TestKeysAreStoredAsHashes(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	_, key := s.Key("--scope", "admin")
	s.Stop()
	files, err := filepath.Glob(filepath.Join(s.Data, "*"))
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range []string{key, strings.TrimPrefix(key, "clv_"), adminKey} {
			if bytes.Contains(text, []byte(k)) {
				t.Errorf("%s holds a key", name)
			}
		}
	}
}

// Without a key in the environment the first start makes one, which only its owner can read, and prints its path alone.
func TestTheFirstAdminKeyIsMade(t *testing.T) {
	t.Parallel()
	s := &testServer{t: t, Data: filepath.Join(t.TempDir(), "data"), log: &lockedBuffer{}, URL: "http://" + freeAddress(t)}
	s.noKey = true
	s.Start()
	t.Cleanup(s.Stop)
	path := filepath.Join(s.Data, "admin.key")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSpace(string(text))
	if a := s.APIAs(key, "GET", "/v1/integrations", nil); a.Status != http.StatusOK {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	s.Stop()
	s.Start()
	if a := s.APIAs(key, "GET", "/v1/integrations", nil); a.Status != http.StatusOK {
		t.Errorf("after a restart: %d %s", a.Status, a.Body)
	}
	if log := s.Log(); strings.Contains(log, key) || !strings.Contains(log, path) {
		t.Errorf("%s", log)
	}
}
