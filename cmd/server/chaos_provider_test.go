package main

import (
	"net/http"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
	"claviger/runtime/store/postgres/pgtest"
)

// misbehaviour is how the token endpoint answers one renewal, and what every node must make of it.
type misbehaviour struct {
	name  string
	fault fakeprovider.Fault
	class string // of the connection's last error
	code  string // of the problem that who asks for a renewal gets
	sent  int    // how often the refresh token is sent, whichever nodes are asked
}

var misbehaviours = []misbehaviour{
	{"429 with Retry-After", fakeprovider.Fault{Mode: fakeprovider.RateLimited, RetryAfter: 30}, "transient", "provider_unavailable", 1},
	{"503 with an OAuth error", fakeprovider.Fault{Mode: fakeprovider.TemporarilyUnavailable, RetryAfter: 30}, "transient", "provider_unavailable", 1},
	{"503 of a gateway", fakeprovider.Fault{Mode: fakeprovider.Unavailable}, "unknown", "unknown_outcome", 1},
	{"hangs", fakeprovider.Fault{Mode: fakeprovider.Hang}, "unknown", "unknown_outcome", 1},
	{"reset after half an answer", fakeprovider.Fault{Mode: fakeprovider.ResetHalf}, "unknown", "unknown_outcome", 1},
	{"HTML", fakeprovider.Fault{Mode: fakeprovider.HTML}, "malformed", "provider_malformed", 2},
	{"invalid_grant", fakeprovider.Fault{Mode: fakeprovider.InvalidGrant}, "reauth", "reconnect_required", 1},
	{"invalid_client", fakeprovider.Fault{Mode: fakeprovider.InvalidClient}, "misconfigured", "integration_misconfigured", 1},
}

// eager asks a reader's way for a token that is newer than a tenth of its life: not the way of /refresh, which overrides a
// backoff.
const eager = "/credentials?minValidity=1h"

// Whatever the token endpoint answers one node, all nodes draw the same conclusion: the class as promised, the living token
// served, and not one call more, whichever node is asked next.
func TestChaosProviderMisbehaves(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]func(*testing.T) clusterPlan{
		"embedded": func(*testing.T) clusterPlan { return clusterPlan{} },
		"postgres": func(t *testing.T) clusterPlan { return clusterPlan{nodes: 3, db: pgtest.Shared(t).Create(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := plan(t)
			p.provider, p.args = fakeprovider.Options{Lifetime: time.Minute}, []string{"--token-timeout", "1s"}
			c := newCluster(t, p)
			accounts := map[string]account{}
			for _, m := range misbehaviours {
				c.integrate(integrationOf(m), c.Base)
				accounts[m.name] = c.connect(integrationOf(m), 1, 0)[0]
			}
			time.Sleep(c.Lifetime/10 + time.Second)
			for _, m := range misbehaviours {
				t.Run(m.name, func(t *testing.T) { c.misbehaves(t, m, accounts[m.name]) })
			}
		})
	}
}

// integrationOf is an integration of its own for what concerns the whole of one.
func integrationOf(m misbehaviour) string {
	if m.class == "misconfigured" {
		return "refused"
	}
	return "app"
}

func (c *cluster) misbehaves(t *testing.T, m misbehaviour, a account) {
	before := c.Nodes[0].token(a.ID)
	m.fault.Grant = "refresh_token"
	c.Provider.Misbehave(m.fault)
	defer c.Provider.Misbehave()
	for range 2 {
		for i, n := range c.Nodes {
			got, err := c.ask(n, http.MethodGet, "/v1/connections/"+a.ID+eager)
			if err != nil {
				t.Fatal(err)
			}
			if token, err := tokenIn(got); err != nil || token != before {
				t.Errorf("node %d does not hand out the token that lives: %v", i, err)
			}
			last, _ := c.shown(n, a.ID)["lastError"].(map[string]any)
			if last["class"] != m.class {
				t.Errorf("node %d shows %v", i, last)
			}
		}
	}
	sent := c.Watch.sent(a.Grant)
	if sent != m.sent {
		t.Errorf("sent %d times, expected %d", sent, m.sent)
	}
	if m.class == "transient" || m.class == "malformed" { // then who wishes may ask again
		c.Provider.Misbehave()
		got, err := c.refresh(c.Nodes[len(c.Nodes)-1], a.ID)
		if err != nil || got.Status != http.StatusOK {
			t.Errorf("a renewal that is asked for: %v %d %s", err, got.Status, got.Body)
		}
		return
	}
	for i, n := range c.Nodes {
		if got, err := c.refresh(n, a.ID); err != nil || got.Code() != m.code {
			t.Errorf("node %d: %v %d %s", i, err, got.Status, got.Body)
		}
	}
	if c.Watch.sent(a.Grant) != sent {
		t.Error("sent once more")
	}
}

// A renewal loses a race: while it is under way the user connects again at another node, and then the provider answers it
// with invalid_grant. The newer token stays, and nobody asks the user a third time.
func TestChaosLoserOfARace(t *testing.T) {
	t.Parallel()
	c := newCluster(t, clusterPlan{nodes: 2, db: pgtest.Shared(t).Create(t), provider: fakeprovider.Options{Lifetime: time.Hour}})
	for range figure(1, 20) {
		a := c.connect("app", 1, 0)[0]
		c.Provider.Misbehave(
			fakeprovider.Fault{Mode: fakeprovider.InvalidGrant, Grant: "refresh_token"},
			fakeprovider.Fault{Mode: fakeprovider.Latency, DelayMS: 1000, Grant: "refresh_token"},
		)
		again := c.Nodes[0].Want(http.StatusOK, http.MethodPost, "/v1/connections/"+a.ID+"/reconnect", nil)
		answered := make(chan answer)
		go func() {
			got, _ := c.refresh(c.Nodes[len(c.Nodes)-1], a.ID)
			answered <- got
		}()
		eventually(t, 5*time.Second, "the renewal is sent", func() bool { return c.Watch.sent(a.Grant) == 1 })
		if got, _ := newBrowser(t).Follow(again["connectUrl"].(string)); got.Status != http.StatusOK {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		newer := c.Nodes[0].token(a.ID)
		if got := <-answered; got.Status != http.StatusOK {
			t.Errorf("who asked for the renewal is told %d %s", got.Status, got.Body)
		}
		c.Provider.Misbehave()
		for _, n := range c.Nodes {
			n.wantStatus(a.ID, "connected")
			if n.token(a.ID) != newer {
				t.Error("another token than the one that the user has brought")
			}
			n.Want(http.StatusOK, http.MethodPost, "/v1/connections/"+a.ID+"/refresh", nil)
			newer = n.token(a.ID)
			eventually(t, newsLimit, "the renewal at every node", func() bool { return c.Nodes[0].token(a.ID) == newer })
		}
	}
}
