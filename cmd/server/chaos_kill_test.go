package main

import (
	"net/http"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
	"claviger/runtime/store/postgres/pgtest"
)

// cutOff is how short a time before a kill an answer can have gone out that the killed node had not made durable.
const cutOff = 300 * time.Millisecond

// Nodes are killed at random moments and started again on their data folders. At most the calls in flight in the killed
// node are of unknown outcome, and each is told of; nothing else is lost, and no refresh token is presented twice except in
// the one further attempt.
func TestChaosKill(t *testing.T) {
	t.Parallel()
	lifetime := figure(4*time.Second, 12*time.Second)
	c := newCluster(t, clusterPlan{
		nodes: 3, db: pgtest.Shared(t).Create(t), provider: fakeprovider.Options{Lifetime: lifetime}, args: []string{"--token-timeout", figure("2s", "10s")},
	})
	accounts := c.connect("app", figure(60, 300), lifetime/2)
	c.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, DelayMS: 150, Grant: "refresh_token"})
	load := c.load(accounts, figure(2, 8), figure(400*time.Millisecond, 4*time.Second), 650*time.Millisecond)
	random := c.random(1)
	var kills []time.Time
	for range figure(5, 50) {
		time.Sleep(jitter(random, 600*time.Millisecond))
		n := c.Nodes[random.IntN(len(c.Nodes))]
		kills = append(kills, time.Now())
		n.Kill()
		time.Sleep(jitter(random, 100*time.Millisecond))
		n.Start()
	}
	if chaosLong() { // until what is unknown has had its further attempt, journals their grace, and a circuit its pause
		time.Sleep(150 * time.Second)
	}
	time.Sleep(lifetime)
	touched := c.Watch.touched(kills, cutOff)
	unsent := 0
	reads := load.end(t, func(r refusal) bool { return touched[r.Grant] || r.Code == "unknown_outcome" })
	working, unknown, lost := 0, 0, 0
	grants := c.grants()
	for _, a := range accounts {
		g := grants[a.Grant]
		got, err := c.refresh(c.Nodes[random.IntN(len(c.Nodes))], a.ID)
		if err != nil {
			t.Fatal(err)
		}
		status := c.wantTold(t, a, got)
		switch {
		case status == "works":
			working++
			if g.Dead {
				t.Errorf("connection %s works, though its grant has ended", a.ID)
			}
		case touched[a.Grant]:
			if lost++; status == "unknown" {
				unknown++
			}
		case status == "unknown" && !g.Dead && g.Reused() == 0: // marked when its node was killed, and not sent yet
			unsent++
		default:
			t.Errorf("connection %s is %s, and was not in flight at a kill: %d %s", a.ID, status, got.Status, got.Body)
		}
		if g.Reused() > 1 || g.Reused() > 0 && !touched[a.Grant] {
			t.Errorf("grant %d: spent tokens came back %d times; in flight at a kill: %v", a.Grant, g.Reused(), touched[a.Grant])
		}
	}
	if unsent > 2*len(kills) {
		t.Errorf("%d connections are of unknown outcome that nothing was sent for", unsent)
	}
	if chaosLong() && unknown+unsent > 0 {
		t.Errorf("%d connections are of unknown outcome still", unknown+unsent)
	}
	t.Logf("%d kills, %d grants in flight at one; %d reads, %d renewals; %d connections work, %d answers were lost (%d of them unknown yet), %d were never sent",
		len(kills), len(touched), reads, c.Provider.TokenCalls("refresh_token"), working, lost, unknown, unsent)
}

// wantTold is how a connection stands after it was asked for a renewal: works, unknown, or lost. A refusal must say so in
// the connection too.
func (c *cluster) wantTold(t *testing.T, a account, got answer) string {
	t.Helper()
	if got.Status == http.StatusOK {
		return "works"
	}
	shown := c.shown(c.Nodes[0], a.ID)
	refresh, _ := shown["refresh"].(map[string]any)
	last, _ := shown["lastError"].(map[string]any)
	switch {
	case shown["status"] == "reconnect_required" && last["reason"] == "lost_response":
		return "lost"
	case got.Code() == "unknown_outcome" && refresh["state"] == "unknown_outcome":
		return "unknown"
	}
	t.Errorf("connection %s: %d %s; it shows %v", a.ID, got.Status, got.Body, shown)
	return "not told"
}
