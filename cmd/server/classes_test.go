package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
)

// What a failed renewal means is told apart by the connection that is shown, by the problem that is answered and by the
// metrics; a token that works is handed out whatever it was.
func TestClassesAreShown(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-body"), fakeprovider.Options{Lifetime: time.Hour})
	for _, e := range []struct {
		fault       fakeprovider.Fault
		code        string
		class       string
		state, kept string
	}{
		{fakeprovider.Fault{Mode: fakeprovider.InvalidGrant}, "reconnect_required", "reauth", "refused", "reconnect_required"},
		{fakeprovider.Fault{Mode: fakeprovider.InvalidClient}, "integration_misconfigured", "misconfigured", "failing", "connected"},
		{fakeprovider.Fault{Mode: fakeprovider.RateLimited, RetryAfter: 90}, "provider_unavailable", "transient", "failing", "connected"},
		{fakeprovider.Fault{Mode: fakeprovider.HTML}, "provider_malformed", "malformed", "failing", "connected"},
		{fakeprovider.Fault{Mode: fakeprovider.Reset}, "unknown_outcome", "unknown", "unknown_outcome", "connected"},
	} {
		t.Run(e.class, func(t *testing.T) {
			c.integrate("app", "oauth-body", nil)
			c.Provider.Misbehave()
			id := c.connectWith(newBrowser(t), map[string]any{"integration": "app"})
			e.fault.Grant = "refresh_token"
			c.Provider.Misbehave(e.fault)
			a := c.API(http.MethodPost, "/v1/connections/"+id+"/refresh", nil)
			if a.Code() != e.code {
				t.Errorf("%d %s", a.Status, a.Body)
			}
			if retry := a.Header.Get("Retry-After"); e.fault.RetryAfter > 0 && retry != fmt.Sprint(e.fault.RetryAfter) {
				t.Errorf("Retry-After: %q", retry)
			}
			for _, query := range []string{"", "?minValidity=59m59s"} {
				c.Want(http.StatusOK, http.MethodGet, "/v1/connections/"+id+"/credentials"+query, nil)
			}
			m := c.wantStatus(id, e.kept)
			if m["refresh"].(map[string]any)["state"] != e.state || m["lastError"].(map[string]any)["class"] != e.class {
				t.Errorf("%v", m)
			}
			i := c.Want(http.StatusOK, http.MethodGet, "/v1/integrations/app", nil)
			if (i["misconfigured"] != nil) != (e.class == "misconfigured") {
				t.Errorf("%v", i)
			}
			counted := fmt.Sprintf(`claviger_token_call_seconds_count{integration="app",operation="refresh",outcome="%s"}`, e.class)
			if metrics := c.API(http.MethodGet, "/metrics", nil).Body; !strings.Contains(metrics, counted) {
				t.Errorf("the metrics have no %s", counted)
			}
		})
	}
}
