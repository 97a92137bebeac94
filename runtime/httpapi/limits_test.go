package httpapi_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"claviger/runtime"
)

// storm sends a request n times, by some at once, and counts the answers by status. Those that are refused say how and how long.
func (r *rig) storm(n int, method, path string, header http.Header) map[int]int {
	r.Helper()
	var mu sync.Mutex
	counts := map[int]int{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range n / 8 {
				a, err := r.try(method, path, header, nil)
				if err != nil {
					r.Error(err)
					return
				}
				mu.Lock()
				counts[a.StatusCode]++
				mu.Unlock()
				if a.StatusCode != http.StatusTooManyRequests {
					continue
				}
				r.problem(a, 429, "rate_limited")
				if after, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || after < 1 || after > 60 {
					r.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
				}
			}
		})
	}
	wg.Wait()
	return counts
}

// Preflight requests, for which nothing has to be proved, are answered so often for one address, and whatever it says of
// others; who has a key notices nothing of it.
func TestPreflightsAreLimited(t *testing.T) {
	r := newRig(t, makeClient)
	r.session("tenant")
	asking := http.Header{"Authorization": nil, "Origin": {pageOrigin}, "Access-Control-Request-Method": {"GET"}, "X-Forwarded-For": {"203.0.113.7"}, "X-Real-Ip": {"203.0.113.7"}}
	if a := r.do("OPTIONS", proxyPath+"/x", asking, nil); a.StatusCode != 204 || a.Header.Get("Access-Control-Allow-Origin") != pageOrigin {
		t.Errorf("%d %q", a.StatusCode, a.Header)
	}
	began := time.Now()
	counts := r.storm(2000, "OPTIONS", proxyPath+"/x", asking)
	if most := 1000 + int(time.Since(began).Seconds()*100) + 1; counts[204] < 900 || counts[204] > most || counts[204]+counts[429] != 2000 {
		t.Errorf("%v in %s", counts, time.Since(began))
	}
	a := r.do("OPTIONS", proxyPath+"/x", asking, nil)
	for a.StatusCode == 204 {
		a = r.do("OPTIONS", proxyPath+"/x", asking, nil)
	}
	if a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%q", a.Header)
	}
	asking.Set("X-Forwarded-For", "203.0.113.8") // whoever says so
	r.storm(16, "OPTIONS", proxyPath+"/x", asking)
	if a := r.get("/x"); a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	time.Sleep(time.Second)
	if a := r.do("OPTIONS", proxyPath+"/x", asking, nil); a.StatusCode != 204 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

// Keys and tokens that nobody knows are looked up so often for one address. Those that are known work all the while.
func TestUnknownKeysAreLimited(t *testing.T) {
	r := newRig(t, makeClient)
	_, key, err := runtime.CreateKey(t.Context(), r.store, runtime.APIKey{Scopes: []runtime.Scope{runtime.ScopeUse}}, time.Now())
	r.ok(err)
	known, page := http.Header{"Authorization": {"Bearer " + key}}, http.Header{"Authorization": {"Bearer " + r.session("tenant")}, "Origin": {pageOrigin}}
	works := func() {
		t.Helper()
		for _, h := range []http.Header{nil, known, page} {
			if a := r.do("GET", proxyPath+"/x", h, nil); a.StatusCode != 200 {
				t.Errorf("%d %s", a.StatusCode, a.body)
			}
		}
	}
	works()
	for name, h := range map[string]http.Header{
		"a token": {"Authorization": {"Bearer cls_unknown"}, "Origin": {pageOrigin}}, "a key": {"Authorization": {"Bearer clv_unknown"}}, "no key": {"Authorization": nil, "Origin": {pageOrigin}},
	} {
		for _, path := range []string{proxyPath + "/x", "/v1/connections", "/v1/sessions/x"} {
			began := time.Now()
			counts := r.storm(240, "GET", path, h)
			if most := 110 + int(time.Since(began).Seconds()*10); path != "/v1/sessions/x" && (counts[401] > most || counts[401]+counts[429] != 240) {
				t.Errorf("%s, %s: %v in %s", name, path, counts, time.Since(began))
			}
			works()
		}
	}
	time.Sleep(keyMemory) // and when it is looked up again
	works()
	if counts := r.storm(80, "GET", "/v1/connections", http.Header{"Authorization": {"Bearer cls_unknown"}}); counts[429] < 40 {
		t.Errorf("%v", counts)
	}
}

const keyMemory = 600 * time.Millisecond

// A page that asks too often is told so, and may read it; nobody else is.
func TestSessionsAreLimited(t *testing.T) {
	r := newRig(t, makeClient)
	r.api.on(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "fine") })
	one, two := http.Header{"Authorization": {"Bearer " + r.session("tenant")}, "Origin": {pageOrigin}}, http.Header{"Authorization": {"Bearer " + r.session("tenant")}, "Origin": {pageOrigin}}
	began := time.Now()
	counts := r.storm(1200, "GET", proxyPath+"/x", one)
	if most := 500 + int(time.Since(began).Seconds()*50) + 1; counts[200] < 450 || counts[200] > most || counts[200]+counts[429] != 1200 {
		t.Errorf("%v in %s", counts, time.Since(began))
	}
	a := r.do("GET", "/v1/connections", one, nil)
	for a.StatusCode == 200 {
		a = r.do("GET", "/v1/connections", one, nil)
	}
	if r.problem(a, 429, "rate_limited"); a.Header.Get("Access-Control-Allow-Origin") != pageOrigin || !strings.Contains(a.body, "too many") {
		t.Errorf("%q %s", a.Header, a.body)
	}
	for _, h := range []http.Header{nil, two} {
		if a := r.do("GET", proxyPath+"/x", h, nil); a.StatusCode != 200 {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
	}
	// Requests from elsewhere with its token count, too.
	three := http.Header{"Authorization": {"Bearer " + r.session("tenant")}, "Origin": {"https://evil.example"}}
	if counts = r.storm(1200, "GET", proxyPath+"/x", three); counts[429] < 400 || counts[403]+counts[429] != 1200 {
		t.Errorf("%v", counts)
	}
	// What has ended is known no more, and counts as that.
	r.store.MoveClock(time.Hour)
	counts = r.storm(240, "GET", proxyPath+"/x", two)
	if counts[401] > 150 || counts[401]+counts[429] != 240 {
		t.Errorf("%v", counts)
	}
}

// Pages of one owner do not fill the database with connections that nobody finishes, however many sessions they have.
func TestPagesMakeFewConnections(t *testing.T) {
	r := newRig(t, makeClient)
	create := func(owner string) answer {
		h := http.Header{"Authorization": {"Bearer " + r.session(owner)}, "Origin": {pageOrigin}, "Content-Type": {"application/json"}}
		return r.do("POST", "/v1/connections", h, strings.NewReader(`{"integration": "app"}`))
	}
	began := time.Now()
	made := 0
	a := create("tenant")
	for ; a.StatusCode == http.StatusCreated && made < 100; a = create("tenant") {
		made++
	}
	if r.problem(a, 429, "rate_limited"); made < 60 || made > 61+int(time.Since(began).Seconds()/10) || a.Header.Get("Retry-After") == "" {
		t.Errorf("%d in %s, %v", made, time.Since(began), a.Header)
	}
	if a := create("other"); a.StatusCode != http.StatusCreated {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	key := http.Header{"Content-Type": {"application/json"}}
	if a := r.do("POST", "/v1/connections", key, strings.NewReader(`{"integration": "app", "owner": "tenant"}`)); a.StatusCode != http.StatusCreated {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}
