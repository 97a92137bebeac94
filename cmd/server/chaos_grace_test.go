package main

import (
	"net/http"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
	"claviger/runtime/store/postgres/pgtest"
)

// Without the database nodes serve living tokens to keys that they know for as long as --offline-grace says; then they
// refuse, and say when to come again. With the database back all is as before.
func TestChaosOfflineGrace(t *testing.T) {
	t.Parallel()
	const grace = 5 * time.Second
	db := pgtest.Own(t).Create(t)
	c := newCluster(t, clusterPlan{nodes: 2, db: db, provider: fakeprovider.Options{Lifetime: time.Hour}, args: []string{"--offline-grace", grace.String()}})
	a := c.connect("app", 1, 0)[0]
	key, _ := c.createKey(t, c.Nodes[0])
	reads := func(n *member) answer {
		return n.APIAs(key, http.MethodGet, "/v1/connections/"+a.ID+"/credentials", nil)
	}
	for _, n := range c.Nodes {
		if got := reads(n); got.Status != http.StatusOK {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
	}
	db.Stop()
	began := time.Now()
	for time.Since(began) < grace-2*time.Second { // it counts from when the database was heard last, on a busy machine a while ago
		for i, n := range c.Nodes {
			if got := reads(n); got.Status != http.StatusOK {
				t.Errorf("node %d, %s after the database went away: %d %s", i, time.Since(began), got.Status, got.Body)
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	time.Sleep(time.Until(began.Add(grace + 1500*time.Millisecond)))
	for i, n := range c.Nodes {
		if got := reads(n); got.Status != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
			t.Errorf("node %d, after the grace: %d %s", i, got.Status, got.Body)
		}
	}
	db.Start(t)
	for _, n := range c.Nodes {
		eventually(t, 10*time.Second, "tokens again", func() bool { return reads(n).Status == http.StatusOK })
	}
}
