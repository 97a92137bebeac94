package httpapi_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// An upload that is too large to be made again tells of an expired token all the same: the next one succeeds.
func TestProxyRenewsForTheNextUpload(t *testing.T) {
	r := newRig(t, makeClient)
	r.api.on(r.api.guarded(func(w http.ResponseWriter, q *http.Request) { io.Copy(io.Discard, q.Body) }))
	r.api.revoke()
	upload := func() answer {
		return r.do("POST", proxyPath+"/x", nil, strings.NewReader(strings.Repeat("x", 2<<20)))
	}
	if a := upload(); a.StatusCode != 401 || a.body != "the API says no" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	for end := time.Now().Add(10 * time.Second); r.stored("con_1").Token.Access.Reveal() == "at-0" && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	if a := upload(); a.StatusCode != 200 || r.api.count() != 1 {
		t.Errorf("%d %s, %d renewals", a.StatusCode, a.body, r.api.count())
	}
}

// An API that answers 401 to whatever it will not do does not make a caller renew with each call.
func TestProxyRefusalsWithoutEnd(t *testing.T) {
	r := newRig(t, makeClient)
	r.api.on(func(w http.ResponseWriter, q *http.Request) { w.WriteHeader(401); io.WriteString(w, "not for you") })
	for range 30 {
		if a := r.get("/x"); a.StatusCode != 401 || a.body != "not for you" {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
	}
	if n := r.api.count(); n < 5 || n > 11 {
		t.Errorf("%d renewals", n)
	}
	// A token that has run out is renewed as ever.
	r.store.MoveClock(2 * time.Hour)
	if a := r.do("GET", "/v1/connections/con_1/credentials", nil, nil); a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}
