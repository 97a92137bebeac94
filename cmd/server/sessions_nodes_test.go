package main

import (
	"net/http"
	"testing"

	"claviger/runtime/fakeprovider"
	"claviger/runtime/store/postgres/pgtest"
)

// A session that one node made is known to the others at once, and ended everywhere within a second, though each has it in
// memory; so it is when its key is revoked.
func TestSessionsOnSeveralNodes(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t).Create(t)
	n := newNodes(t, db, fakeprovider.Options{}, 1)
	other := n.other[0]
	body := map[string]any{"owner": "acme", "origins": []string{pageOrigin}}
	status := func(s *testServer, token string) int {
		return s.page(token, pageOrigin, http.MethodGet, "/v1/connections", "").Status
	}
	hot := func(token string) {
		for range 3 {
			for _, s := range []*testServer{n.testServer, other} {
				if got := status(s, token); got != http.StatusOK {
					t.Fatalf("%d", got)
				}
			}
		}
	}
	m := n.Want(http.StatusCreated, http.MethodPost, "/v1/sessions", body)
	token := m["token"].(string)
	hot(token)
	if a := other.API(http.MethodDelete, "/v1/sessions/"+m["id"].(string), nil); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	soon(t, "the end of a session", func() bool { return status(n.testServer, token) == http.StatusUnauthorized })

	text := n.command(t, "keys", "create", "--scope", "use", "--scope", "connect")
	key := text[:len(text)-1]
	a := other.APIAs(key, http.MethodPost, "/v1/sessions", body)
	if a.Status != http.StatusCreated {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	token = a.JSON(t)["token"].(string)
	hot(token)
	n.command(t, "keys", "revoke", n.keyIDs(t)[0])
	for _, s := range []*testServer{n.testServer, other} {
		soon(t, "the end of its key", func() bool { return status(s, token) == http.StatusUnauthorized })
	}
}
