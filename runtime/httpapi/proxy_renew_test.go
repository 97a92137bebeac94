package httpapi_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/secret"
)

// A token that the provider has ended between two calls: the second succeeds after one renewal, also where twenty come at once.
func TestProxyRenews(t *testing.T) {
	for _, calls := range []int{1, 20} {
		r := newRig(t, makeClient)
		r.api.slow = 50 * time.Millisecond
		r.api.on(r.api.guarded(func(w http.ResponseWriter, q *http.Request) { io.Copy(w, q.Body) }))
		if a := r.get("/x"); a.StatusCode != 200 {
			t.Fatal(a.body)
		}
		r.api.revoke()
		var wg sync.WaitGroup
		for i := range calls {
			wg.Go(func() {
				body := fmt.Sprint("body ", i)
				a, err := r.try("POST", proxyPath+"/x", nil, strings.NewReader(body))
				if err != nil || a.StatusCode != 200 || a.body != body || a.Header.Get("X-Refused") != "" {
					t.Errorf("%v %d %s", err, a.StatusCode, a.body)
				}
			})
		}
		wg.Wait()
		if n := r.api.count(); n != 1 {
			t.Errorf("%d renewals for %d calls", n, calls)
		}
		events, err := r.engine.Events(t.Context(), &runtime.Caller{Scopes: []runtime.Scope{runtime.ScopeAdmin}}, "con_1", "", 1)
		r.ok(err)
		if events[0].Kind != runtime.EventRefreshed || events[0].By != runtime.ByCall {
			t.Errorf("%+v", events)
		}
	}
}

// A renewal that is refused: the first answer comes back, and the user has to connect again.
func TestProxyRenewalRefused(t *testing.T) {
	r := newRig(t, makeClient)
	r.api.on(r.api.guarded(func(http.ResponseWriter, *http.Request) {}))
	r.api.revoke()
	r.api.refuses = true
	a := r.get("/x")
	if a.StatusCode != 401 || a.body != "the API says no" || a.Header.Get("X-Refused") != "yes" || a.Header.Get("Claviger-Upstream") != "1" {
		t.Errorf("%d %s %q", a.StatusCode, a.body, a.Header)
	}
	if c := r.stored("con_1"); c.Status != runtime.ReconnectRequired {
		t.Error(c.Status)
	}
	r.api.on(func(http.ResponseWriter, *http.Request) {}) // the token lives on as far as anybody knows
	if a := r.get("/x"); a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

// A 401 that a newer token would not meet is not answered by one more renewal; one that stays comes back after one.
func TestProxyRenewsOnce(t *testing.T) {
	r := newRig(t, makeClient)
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		if q.Header.Get("Authorization") == "Bearer at-0" { // somebody is quicker
			at := time.Now().UTC()
			c := r.stored("con_1")
			c.Token.Access, c.Token.Credentials, c.Token.IssuedAt = secret.New("at-other"), value.Of("access_token", "at-other"), at
			if err := r.store.PutConnection(context.Background(), c); err != nil {
				t.Error(err)
			}
			w.WriteHeader(401)
			return
		}
		fmt.Fprint(w, q.Header.Get("Authorization"))
	})
	// the engine's memory has the older version: the lease's compare-and-swap finds out, and the call is only repeated
	if a := r.get("/x"); a.body != "Bearer at-other" || r.api.count() != 0 {
		t.Errorf("%d %s, %d renewals", a.StatusCode, a.body, r.api.count())
	}
	calls := atomic.Int32{}
	r.api.on(func(w http.ResponseWriter, q *http.Request) { calls.Add(1); w.WriteHeader(401) })
	if a := r.get("/x"); a.StatusCode != 401 || calls.Load() != 2 || r.api.count() != 1 {
		t.Errorf("%d after %d calls and %d renewals", a.StatusCode, calls.Load(), r.api.count())
	}
}

// What can be repeated: small bodies of any kind, and no large ones.
func TestProxyBodies(t *testing.T) {
	small, large := bytes.Repeat([]byte("a"), 1<<20), bytes.Repeat([]byte("b"), 1<<20+1)
	for name, c := range map[string]struct {
		body     io.Reader
		size     int
		repeated bool
	}{
		"small": {bytes.NewReader(small), len(small), true}, "large": {bytes.NewReader(large), len(large), false},
		"small, of unknown length": {io.MultiReader(bytes.NewReader(small)), len(small), true},
		"large, of unknown length": {io.MultiReader(bytes.NewReader(large)), len(large), false},
	} {
		r := newRig(t, makeClient)
		var sizes []int64
		inner := r.api.guarded(func(w http.ResponseWriter, q *http.Request) {})
		r.api.on(func(w http.ResponseWriter, q *http.Request) {
			n, _ := io.Copy(io.Discard, q.Body)
			sizes = append(sizes, n)
			inner(w, q)
		})
		r.api.revoke()
		a := r.do("POST", proxyPath+"/x", nil, c.body)
		if (a.StatusCode == 200) != c.repeated || sizes[0] != int64(c.size) || c.repeated && (len(sizes) != 2 || sizes[1] != int64(c.size)) {
			t.Errorf("%s: %d, sizes %d", name, a.StatusCode, sizes)
		}
	}
}

// A refusal with a body that does not end is handed on as it is.
func TestProxyEndlessRefusal(t *testing.T) {
	r := newRig(t, makeClient)
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		w.WriteHeader(401)
		w.Write(bytes.Repeat([]byte("x"), 3<<20))
	})
	a := r.get("/x")
	if a.StatusCode != 401 || len(a.body) != 3<<20 || r.api.count() != 0 {
		t.Errorf("%d, %d bytes, %d renewals", a.StatusCode, len(a.body), r.api.count())
	}
}

// Repeats are for who asks, for methods that may be repeated, and wait as the API says.
func TestProxyRetries(t *testing.T) {
	for name, c := range map[string]struct {
		method, retry string
		status        int
		after         string
		calls         int
	}{
		"asked":          {"GET", "2", 503, "0", 3},
		"not asked":      {"GET", "", 503, "", 1},
		"POST":           {"POST", "3", 503, "0", 1},
		"PUT":            {"PUT", "1", 429, "0", 2},
		"not passing":    {"GET", "3", 404, "", 1},
		"later":          {"GET", "1", 429, "1", 2},
		"much later":     {"GET", "3", 429, "3600", 1},
		"not understood": {"DELETE", "1", 502, "soon", 2},
	} {
		r := newRig(t, makeClient)
		calls := 0
		var began, last time.Time
		r.api.on(func(w http.ResponseWriter, q *http.Request) {
			if calls++; calls == 1 {
				began = time.Now()
			}
			last = time.Now()
			if c.after != "" {
				w.Header().Set("Retry-After", c.after)
			}
			w.WriteHeader(c.status)
			fmt.Fprint(w, "answer ", calls)
		})
		h := http.Header{}
		if c.retry != "" {
			h.Set("Claviger-Retry", c.retry)
		}
		a := r.do(c.method, proxyPath+"/x", h, nil)
		if a.StatusCode != c.status || calls != c.calls || a.body != fmt.Sprint("answer ", calls) {
			t.Errorf("%s: %d %s after %d calls", name, a.StatusCode, a.body, calls)
		}
		if c.after == "1" && last.Sub(began) < time.Second {
			t.Errorf("%s: it waited %s", name, last.Sub(began))
		}
	}
	r := newRig(t, makeClient+"retry: {attempts: 5, statuses: [418], methods: [POST], delay: 0.01}\n")
	calls := 0
	r.api.on(func(w http.ResponseWriter, q *http.Request) { calls++; w.WriteHeader(418) })
	if r.do("POST", proxyPath+"/x", http.Header{"Claviger-Retry": {"10"}}, strings.NewReader("x")); calls != 5 {
		t.Errorf("%d calls", calls)
	}
}

// Response handlers that look at status or headers apply; others do not.
func TestProxyResponseHandlers(t *testing.T) {
	r := newRig(t, makeClient+`
responseHandlers:
  - match: {$eval: {$var: response.data.x}, is: 1}
    error: {key: connection_is_defunct}
  - match: {$eval: {$var: response.statusCode}, is: 403}
    error: {key: access_token_expired}
  - match: {$eval: {$var: response.headers.x-dead}, is: 'yes'}
    error: {key: connection_is_defunct, message: the account is closed}
`)
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		if q.Header.Get("Authorization") != "Bearer at-1" {
			w.WriteHeader(403)
		}
		io.WriteString(w, `{"x":1}`)
	})
	if a := r.get("/x"); a.StatusCode != 200 || a.body != `{"x":1}` || r.api.count() != 1 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	r.api.on(func(w http.ResponseWriter, q *http.Request) { w.Header().Set("X-Dead", "yes"); w.WriteHeader(410) })
	if a := r.get("/x"); a.StatusCode != 410 {
		t.Error(a.StatusCode)
	}
	if c := r.stored("con_1"); c.Status != runtime.ReconnectRequired || c.LastError.Message != "the account is closed" {
		t.Errorf("%s %+v", c.Status, c.LastError)
	}
}

// So many calls through one connection, and those of another are not kept from the API.
func TestProxyBounds(t *testing.T) {
	r := newRig(t, makeClient)
	r.connect("con_2", "other")
	hold, arrived := make(chan bool), make(chan bool, 100)
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/base/hold" {
			arrived <- true
			<-hold
		}
	})
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() { r.try("GET", proxyPath+"/hold", nil, nil) })
	}
	for range 64 {
		<-arrived
	}
	a := r.get("/x")
	r.problem(a, 503, "overloaded")
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if a := r.do("GET", "/v1/connections/con_2/proxy/x", nil, nil); a.StatusCode != 200 {
		t.Error(a.body)
	}
	close(hold)
	wg.Wait()
	if a := r.get("/x"); a.StatusCode != 200 {
		t.Error(a.body)
	}
}

// Calls are counted by what came of them, whoever made them and wherever they went.
func TestProxyMetrics(t *testing.T) {
	r := newRig(t, makeClient)
	for _, status := range []int{200, 204, 302, 404, 503, 599} {
		r.api.on(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		r.get("/secret-4711?key=4711")
	}
	r.do("GET", proxyPath+"/x", http.Header{"Claviger-Base": {"foreign"}}, nil)
	r.api.on(func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) })
	r.do("POST", proxyPath+"/x", nil, strings.NewReader("x"))
	text := r.do("GET", "/metrics", nil, nil).body
	for outcome, n := range map[string]int{"2xx": 2, "3xx": 1, "4xx": 1, "5xx": 2, "host_not_allowed": 1, "reset": 1} {
		if want := fmt.Sprintf(`claviger_api_calls_total{connector="app",outcome=%q,through="proxy"} %d`, outcome, n); !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, secret := range []string{"4711", "con_1", "tenant", "evil", r.api.URL, testKey} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in the metrics", secret)
		}
	}
}
