package main

import (
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
	"claviger/runtime/store/postgres/pgtest"
)

// Three nodes, many readers, a provider that ends the grant when a refresh token comes twice: exactly one renewal for each
// expiry, and no reader notices any of them.
func TestChaosNodesRenewOnce(t *testing.T) {
	t.Parallel()
	lifetime := figure(4*time.Second, 20*time.Second)
	c := newCluster(t, clusterPlan{nodes: 3, db: pgtest.Shared(t).Create(t), provider: fakeprovider.Options{Lifetime: lifetime}})
	accounts := c.connect("app", figure(60, 300), figure(0, lifetime/2))
	load := c.load(accounts, figure(4, 16), figure(400*time.Millisecond, 4*time.Second), 0)
	began := time.Now()
	time.Sleep(figure[time.Duration](3, 6) * lifetime)
	reads := load.end(t, nil)
	took := time.Since(began)
	renewals := c.wantOncePerExpiry(t, accounts)
	if least := len(accounts) * int(took/lifetime); renewals < least {
		t.Errorf("%d renewals, expected %d at least", renewals, least)
	}
	c.wantWorking(t, accounts)
	t.Logf("%d connections, %d reads, %d renewals in %s", len(accounts), reads, renewals, took.Round(time.Millisecond))
}
