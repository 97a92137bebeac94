package main

import (
	"net/http"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
	"claviger/runtime/store/postgres/pgtest"
)

// paused is a cluster of two nodes with one connection, whose first node was frozen while its renewal was in flight. The
// provider has spent the refresh token, and its answer waits for the frozen node.
type paused struct {
	*cluster
	account
	frozen, other *member
}

func pausedInFlight(t *testing.T, r fakeprovider.Rotation) *paused {
	t.Helper()
	c := newCluster(t, clusterPlan{
		nodes: 2, db: pgtest.Shared(t).Create(t), provider: fakeprovider.Options{Lifetime: 10 * time.Second, Rotation: r},
		args: []string{"--token-timeout", "2s", "--journal-grace", "5s"},
	})
	p := &paused{c, c.connect("app", 1, 0)[0], c.Nodes[0], c.Nodes[1]}
	c.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, DelayMS: 500, Grant: "refresh_token"})
	go func() { _, _ = c.refresh(p.frozen, p.ID) }()
	eventually(t, 5*time.Second, "the renewal is sent", func() bool { return c.Watch.sent(p.Grant) == 1 })
	p.frozen.Pause()
	time.Sleep(600 * time.Millisecond)
	c.Provider.Misbehave()
	return p
}

// A node that was frozen for longer than its lease brings its answer home before anybody tries again: the token is used,
// and nothing is sent a second time.
func TestChaosPausedAndBackInTime(t *testing.T) {
	t.Parallel()
	for name, rotation := range rotations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := pausedInFlight(t, rotation)
			time.Sleep(8 * time.Second)
			p.other.API(http.MethodPost, "/v1/connections/"+p.ID+"/refresh", nil)
			if n := p.Watch.sent(p.Grant); n != 1 {
				t.Errorf("sent %d times while the answer may still come", n)
			}
			p.frozen.Resume()
			eventually(t, 10*time.Second, "a living token at both nodes", func() bool {
				return p.works(p.frozen, p.account) == nil && p.works(p.other, p.account) == nil
			})
			p.wantNothingLost(t, []account{p.account})
			p.other.wantStatus(p.ID, "connected")
		})
	}
}

// rotations are what providers make of a refresh token that comes twice.
var rotations = map[string]fakeprovider.Rotation{
	"reuse is refused":     fakeprovider.RotateSingleUse,
	"reuse ends the grant": fakeprovider.Rotate,
}

// The same, but the other node has made its one further attempt before the frozen one comes back, and was refused. The late
// answer is tried once: where the grant lives the connection does too, or else its user has to connect again, and is told
// that an answer was lost.
func TestChaosPausedAndBackTooLate(t *testing.T) {
	t.Parallel()
	for name, rotation := range rotations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := pausedInFlight(t, rotation)
			eventually(t, 60*time.Second, "the one further attempt", func() bool {
				_, _ = p.read(p.other, p.ID) // who needs a token asks for it
				return p.Watch.sent(p.Grant) == 2
			})
			time.Sleep(time.Second)
			p.frozen.Resume()
			if rotation == fakeprovider.RotateSingleUse {
				eventually(t, 15*time.Second, "the late answer is used", func() bool {
					return p.works(p.frozen, p.account) == nil && p.works(p.other, p.account) == nil
				})
				p.other.wantStatus(p.ID, "connected")
				return
			}
			eventually(t, 15*time.Second, "the late answer is tried", func() bool { return p.Watch.sent(p.Grant) == 3 })
			time.Sleep(time.Second)
			last, _ := p.other.wantStatus(p.ID, "reconnect_required")["lastError"].(map[string]any)
			if last["reason"] != "lost_response" {
				t.Errorf("the last error is %v", last)
			}
			if n := p.Watch.sent(p.Grant); n != 3 {
				t.Errorf("sent %d times", n)
			}
		})
	}
}
