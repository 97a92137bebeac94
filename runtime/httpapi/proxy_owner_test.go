package httpapi_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

// An owner with many connections does not take all that may go to an API: those of others get through.
func TestProxyBoundsOfAnOwner(t *testing.T) {
	r := newRig(t, makeClient)
	for n := 2; n <= 4; n++ {
		r.connect(fmt.Sprint("con_", n), "tenant")
	}
	r.connect("con_other", "other")
	hold, arrived := make(chan bool), make(chan bool, 300)
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/base/hold" {
			arrived <- true
			<-hold
		}
	})
	var wg sync.WaitGroup
	refused := make(chan answer, 300)
	for n := range 4 {
		for range 64 {
			wg.Go(func() {
				if a, err := r.try("GET", fmt.Sprint("/v1/connections/con_", n+1, "/proxy/hold"), nil, nil); err != nil || a.StatusCode != 200 {
					refused <- a
				}
			})
		}
	}
	for range 128 {
		<-arrived
	}
	for range 128 {
		select {
		case a := <-refused:
			r.problem(a, 503, "overloaded")
		case <-arrived:
			t.Error("more than 128 calls of one owner are under way")
		}
	}
	if a := r.do("GET", "/v1/connections/con_other/proxy/x", nil, nil); a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	close(hold)
	wg.Wait()
	if a := r.get("/x"); a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}
