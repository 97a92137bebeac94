package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
	"claviger/runtime/store/postgres/pgtest"
)

// newsLimit is how long it may take until every node knows of what happened at another.
const newsLimit = time.Second

// wantNews waits until f holds at every node, and fails the test where that takes longer than it may. It returns how long
// the last one took.
func (c *cluster) wantNews(t *testing.T, what string, f func(n *member) error) time.Duration {
	t.Helper()
	began := time.Now()
	for i, n := range c.Nodes {
		err := f(n)
		for err != nil && time.Since(began) < 2*newsLimit {
			time.Sleep(5 * time.Millisecond)
			err = f(n)
		}
		if took := time.Since(began); err != nil || took > newsLimit {
			t.Errorf("%s reaches node %d after %s: %v", what, i, took, err)
		}
	}
	return time.Since(began)
}

// wantStatus is what a node must answer to a reader with a key.
func (c *cluster) wantStatus(id, key string, status int) func(*member) error {
	return func(n *member) error {
		if got := n.APIAs(key, http.MethodGet, "/v1/connections/"+id+"/credentials", nil); got.Status != status {
			return fmt.Errorf("%d, expected %d: %s", got.Status, status, got.Code())
		}
		return nil
	}
}

// A deletion, a reconnection and a revoked key are known to every node within a second, though each has the
// connection and the key in its memory.
func TestChaosNewsReachesEveryNode(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t).Create(t)
	c := newCluster(t, clusterPlan{nodes: 3, db: db, provider: fakeprovider.Options{Lifetime: time.Hour}})
	worst := map[string]time.Duration{}
	for round := range figure(5, 50) {
		at := c.Nodes[round%len(c.Nodes)]
		a := c.connect("app", 1, 0)[0]
		key, id := c.createKey(t, at)
		hot := func() {
			for _, n := range c.Nodes {
				for range 3 {
					if err := c.wantStatus(a.ID, key, http.StatusOK)(n); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		note := func(what string, took time.Duration) { worst[what] = max(worst[what], took) }

		hot()
		again := at.Want(http.StatusOK, http.MethodPost, "/v1/connections/"+a.ID+"/reconnect", nil)
		if got, _ := newBrowser(t).Follow(again["connectUrl"].(string)); got.Status != http.StatusOK {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		first := c.Nodes[0] // where the public URL leads
		note("a reconnection", c.wantNews(t, "a reconnection", c.wantToken(a.ID, first.token(a.ID))))

		hot()
		c.keys(t, at, "revoke", id)
		note("a revoked key", c.wantNews(t, "a revoked key", c.wantStatus(a.ID, key, http.StatusUnauthorized)))

		at.Want(http.StatusOK, http.MethodDelete, "/v1/connections/"+a.ID, nil)
		note("a deletion", c.wantNews(t, "a deletion", c.wantStatus(a.ID, adminKey, http.StatusNotFound)))
	}
	t.Logf("at the most: %v", worst)
}

// wantToken is the token that a node must hand out.
func (c *cluster) wantToken(id, token string) func(*member) error {
	return func(n *member) error {
		got, err := tokenIn(n.API(http.MethodGet, "/v1/connections/"+id+"/credentials", nil))
		if err == nil && got != token {
			err = fmt.Errorf("another token")
		}
		return err
	}
}

// createKey makes a key that may use connections, by the command beside a node.
func (c *cluster) createKey(t *testing.T, n *member) (key, id string) {
	t.Helper()
	out := c.keys(t, n, "create", "--scope", "use")
	key, rest, _ := strings.Cut(out, "\n")
	return key, strings.TrimSpace(strings.TrimPrefix(rest, "created "))
}

// keys runs `claviger keys` on a node's database and returns what it prints.
func (c *cluster) keys(t *testing.T, n *member, args ...string) string {
	t.Helper()
	all := append([]string{"keys"}, args...)
	for i, a := range n.args {
		if a == "--config" || a == "--keyset" {
			all = append(all, a, n.args[i+1])
		}
	}
	out, err := n.program(append(all, "--data", n.Data)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}
