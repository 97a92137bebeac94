package main

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
	"claviger/runtime/store/postgres/pgtest"
)

// calm is a second provider, whose tokens live for an hour: an integration of that name is of it.
func (c *cluster) calm() *fakeprovider.Provider {
	p := fakeprovider.New(fakeprovider.Options{
		AutoApprove: true, Clients: []fakeprovider.Client{{ID: fakeClient, Secret: fakeSecret}}, Lifetime: time.Hour, Keep: 100,
	})
	c.integrate("calm", p.Start(c.t))
	return p
}

// serving reads connections at every node until stop is closed, and counts. Every read must be served.
func (c *cluster) serving(t *testing.T, accounts []account, stop <-chan struct{}) *atomic.Int64 {
	var served atomic.Int64
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
			}
			n, a := c.Nodes[i%len(c.Nodes)], accounts[i/len(c.Nodes)%len(accounts)]
			got, err := c.read(n, a.ID)
			if err != nil || got.Status != http.StatusOK {
				t.Errorf("a token that lives and is in the node's memory is not served: %v %d %s", err, got.Status, got.Body)
				return
			}
			served.Add(1)
		}
	}()
	return &served
}

// The database is stopped in the middle of renewals, again and again. No token is lost, whatever was under way; who has a
// living token in memory serves it; and when the database is back all goes on.
func TestChaosDatabaseAway(t *testing.T) {
	t.Parallel()
	lifetime := figure(4*time.Second, 12*time.Second)
	db := pgtest.Own(t).Create(t)
	c := newCluster(t, clusterPlan{nodes: 3, db: db, provider: fakeprovider.Options{Lifetime: lifetime}})
	calm := c.calm()
	long := make([]account, 5)
	for i := range long {
		long[i] = account{ID: c.Nodes[0].connectWith(newBrowser(t), map[string]any{"integration": "calm"})}
	}
	accounts := c.connect("app", figure(60, 300), lifetime/2)
	c.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, DelayMS: 150, Grant: "refresh_token"})
	load := c.load(accounts, figure(2, 8), figure(400*time.Millisecond, 4*time.Second), 650*time.Millisecond)
	var outages []outage
	var servedAway int64
	random := c.random(1)
	for range figure(2, 10) {
		time.Sleep(jitter(random, lifetime/2))
		for _, n := range c.Nodes { // each has them in its memory
			for _, a := range long {
				n.token(a.ID)
			}
		}
		stop := make(chan struct{})
		o := outage{from: time.Now()}
		db.Stop()
		served := c.serving(t, long, stop)
		time.Sleep(figure(2*time.Second, 10*time.Second))
		servedAway += served.Load()
		close(stop)
		db.Start(t)
		for _, n := range c.Nodes {
			n.awaitReady()
		}
		o.to = time.Now()
		outages = append(outages, o)
	}
	time.Sleep(lifetime)
	reads := load.end(t, func(r refusal) bool {
		return slices.ContainsFunc(outages, func(o outage) bool { return o.excuses(r, lifetime) })
	})
	if servedAway == 0 {
		t.Error("nobody read while the database was away")
	}
	c.wantNothingLost(t, accounts)
	c.wantWorking(t, accounts)
	c.wantEmptyJournals(t)
	if calm.TokenCalls("refresh_token") != 0 {
		t.Error("tokens that live for an hour were renewed")
	}
	t.Logf("%d outages, %d reads served from memory meanwhile; %d reads and %d renewals in all", len(outages), servedAway, reads, c.Provider.TokenCalls("refresh_token"))
}

// wantEmptyJournals stops the nodes as an operator does: a journal that holds nothing is emptied then.
func (c *cluster) wantEmptyJournals(t *testing.T) {
	t.Helper()
	for i, n := range c.Nodes {
		n.Stop()
		info, err := os.Stat(filepath.Join(n.Data, "journal"))
		if err != nil || info.Size() > 0 {
			t.Errorf("node %d: its journal holds answers that were never stored (%v)", i, err)
		}
	}
}

type outage struct{ from, to time.Time }

// excuses tells whether a reader can have been refused for an outage: its token had died, and the database was away or had
// come back just before.
func (o outage) excuses(r refusal, lifetime time.Duration) bool {
	return !r.At.Before(o.from.Add(-time.Second)) && r.At.Before(o.to.Add(2*time.Second)) &&
		(r.Code == "store_unavailable" || r.Code == "provider_unavailable")
}

// wantNothingLost checks that every grant lives, that no spent refresh token came back, and that every connection is
// renewed when asked for it.
func (c *cluster) wantNothingLost(t *testing.T, accounts []account) {
	t.Helper()
	for i, a := range accounts {
		if got, err := c.refresh(c.Nodes[i%len(c.Nodes)], a.ID); err != nil || got.Status != http.StatusOK {
			t.Errorf("connection %s is not renewed: %v %d %s", a.ID, err, got.Status, got.Body)
		}
	}
	grants := c.grants()
	for _, a := range accounts {
		if g := grants[a.Grant]; g.Dead || g.Reused() > 0 {
			t.Errorf("grant %d: dead %v, spent tokens presented again %d times", g.ID, g.Dead, g.Reused())
		}
	}
}
