package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
	"claviger/runtime/store/postgres/pgtest"
)

// Without the database nodes serve living tokens to keys that they know for as long as --offline-grace says; then they
// refuse, and say when to come again. With the database back all is as before.
//
// It runs alone: a node that has not heard the database for a second, because others keep the processors from it, believes
// nothing that it remembers, and rightly so.
func TestChaosOfflineGrace(t *testing.T) {
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
	for i, n := range c.Nodes {
		eventually(t, 30*time.Second, fmt.Sprintf("node %d serves from memory", i), func() bool {
			before := n.readsFromMemory(t)
			for range 5 {
				reads(n)
				time.Sleep(200 * time.Millisecond)
			}
			return n.readsFromMemory(t) == before+5
		})
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

var memoryReads = regexp.MustCompile(`claviger_credentials_reads_total\{source="memory"\} (\d+)`)

// readsFromMemory is how many readers a node has served from memory.
func (n *member) readsFromMemory(t *testing.T) int {
	t.Helper()
	a := n.API(http.MethodGet, "/metrics", nil)
	found := memoryReads.FindStringSubmatch(a.Body)
	if found == nil {
		return 0
	}
	reads, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return reads
}
