package main

import (
	"net/http"
	"strings"
	"testing"

	"claviger/runtime/fakeprovider"
)

// Behind a server that is named, each client has limits of its own; a name that is none is refused.
func TestTrustProxy(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{}, "--trust-proxy", "127.0.0.1", "--trust-proxy", "10.0.0.0/8")
	ask := func(from string) answer {
		r, err := http.NewRequest("GET", s.URL+"/v1/connections", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer clv_unknown")
		r.Header.Set("X-Forwarded-For", from)
		a, err := do(http.DefaultClient, r)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	limited := 0
	for range 300 {
		if a := ask("198.51.100.1, 203.0.113.7, 10.1.1.1"); a.Status == http.StatusTooManyRequests {
			refused(t, a, 429, "rate_limited")
			limited++
		} else {
			refused(t, a, 401, "unauthorized")
		}
	}
	if limited < 100 {
		t.Errorf("%d are refused", limited)
	}
	limited = 0
	for range 20 { // what a client says itself
		if ask("198.51.100.2, 203.0.113.7").Status == http.StatusTooManyRequests {
			limited++
		}
	}
	if limited == 0 {
		t.Error("who says that he is another is another")
	}
	refused(t, ask("203.0.113.8"), 401, "unauthorized")
	for _, wrong := range []string{"evil", "10.0.0.0/33", "*", "proxy.example"} {
		out, err := s.program("serve", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--trust-proxy", wrong).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "--trust-proxy: expected an address or a CIDR") {
			t.Errorf("%s: %v %s", wrong, err, out)
		}
	}
}
