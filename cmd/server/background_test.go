package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
)

// A connection that nobody reads is renewed before its token expires, once for each expiry, over a stop and a kill too.
func TestRenewedWithNobodyReading(t *testing.T) {
	t.Parallel()
	const lifetime = 4 * time.Second
	c := openScene(t, folder(t, "oauth-body"), fakeprovider.Options{Lifetime: lifetime})
	c.integrate("app", "oauth-body", nil)
	id := c.connectWith(newBrowser(t), map[string]any{"integration": "app"})
	calls := func() int { return c.Provider.TokenCalls("refresh_token") }
	began := time.Now()
	eventually(t, 15*time.Second, "three renewals", func() bool { return calls() == 3 })
	if took := time.Since(began); took < 3*lifetime/2-time.Second || took > 3*lifetime {
		t.Errorf("three renewals took %s", took)
	}
	eventually(t, 2*time.Second, "it is stored and counted", func() bool {
		line := fmt.Sprintf(`claviger_background_renewals_total{integration="app",outcome="ok"} %d`, calls())
		return strings.Contains(c.APIAs("", http.MethodGet, "/metrics", nil).Body, line)
	})
	var last time.Time
	for _, e := range c.Want(http.StatusOK, http.MethodGet, "/v1/connections/"+id+"/events", nil)["events"].([]any) {
		event := e.(map[string]any)
		if event["kind"] != "refreshed" {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, event["at"].(string))
		if err != nil || event["by"] != "background" || !last.IsZero() && last.Sub(at) < lifetime/2-time.Second {
			t.Errorf("%v, before one at %s (%v)", event, last, err)
		}
		last = at
	}
	for _, end := range []func(){c.Stop, c.Kill} {
		before := calls()
		eventually(t, lifetime, "one more renewal", func() bool { return calls() > before })
		time.Sleep(200 * time.Millisecond) // it is stored; what is under way when it is killed is another test
		end()
		before = calls()
		time.Sleep(lifetime) // it expires meanwhile
		c.Start()
		eventually(t, 5*time.Second, "a renewal after the start", func() bool { return calls() > before })
	}
	c.wantStatus(id, "connected")
	if n := c.Provider.LiveGrants(); n != 1 {
		t.Errorf("%d grants live", n)
	}
}
