package httpapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"claviger/runtime"
)

// A page that waits in many requests at once does not have the store asked for each of them.
func TestAPageWaitsInFewRequests(t *testing.T) {
	r := newRig(t, makeClient)
	at := time.Now().UTC()
	r.ok(r.store.PutConnection(t.Context(), &runtime.Connection{ID: "con_2", Integration: "app", Owner: "tenant", Status: runtime.Pending, CreatedAt: at, UpdatedAt: at}))
	made := r.do("POST", "/v1/sessions", http.Header{"Content-Type": {"application/json"}}, strings.NewReader(`{"owner":"tenant","origins":["https://app.example"]}`))
	var s struct{ Token string }
	r.ok(json.Unmarshal([]byte(made.body), &s))
	page := http.Header{"Authorization": {"Bearer " + s.Token}, "Origin": {"https://app.example"}}
	answers := make(chan answer, 60)
	for range 60 {
		go func() {
			a, _ := r.try("GET", "/v1/connections/con_2?wait=2s", page, nil)
			answers <- a
		}()
	}
	waited := 0
	for range 60 {
		if a := <-answers; a.Response != nil && a.StatusCode == 200 {
			waited++
		} else {
			r.problem(a, 503, "overloaded")
		}
	}
	if waited != 50 {
		t.Errorf("%d requests have waited", waited)
	}
	if a := r.do("GET", "/v1/connections/con_2?wait=1s", page, nil); a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

// A page that waits does not wait longer than its session lives.
func TestWaitingEndsWithTheSession(t *testing.T) {
	r := newRig(t, makeClient)
	at := time.Now().UTC()
	r.ok(r.store.PutConnection(t.Context(), &runtime.Connection{ID: "con_2", Integration: "app", Owner: "tenant", Status: runtime.Pending, CreatedAt: at, UpdatedAt: at}))
	made := r.do("POST", "/v1/sessions", http.Header{"Content-Type": {"application/json"}}, strings.NewReader(`{"owner":"tenant","origins":["https://app.example"],"ttl":"1m"}`))
	var s struct{ Token string }
	r.ok(json.Unmarshal([]byte(made.body), &s))
	answers := make(chan answer, 1)
	go func() {
		a, _ := r.try("GET", "/v1/connections/con_2?wait=20s", http.Header{"Authorization": {"Bearer " + s.Token}, "Origin": {"https://app.example"}}, nil)
		answers <- a
	}()
	time.Sleep(300 * time.Millisecond)
	r.store.MoveClock(2 * time.Minute)
	select {
	case a := <-answers:
		r.problem(a, 401, "unauthorized")
	case <-time.After(10 * time.Second):
		t.Fatal("it waits on")
	}
}
