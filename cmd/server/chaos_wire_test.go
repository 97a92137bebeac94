package main

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"claviger/runtime/fakeprovider"
)

// wire is the way to the provider. It notes each renewal: whose it is, when it came, when its answer had gone out, and
// whether the client had gone away by then. So it is known which calls a kill can have cut off.
type wire struct {
	provider *fakeprovider.Provider
	answered func(grant int) // nil: nothing; called when a renewal's answer has gone out

	mu    sync.Mutex
	calls []*call
}

// call is one renewal on the wire.
type call struct {
	Grant        int
	Began, Ended time.Time // Ended is zero while it is under way
	Cut          bool      // the client was gone before its answer
}

func (w *wire) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	grant := w.renews(r)
	if grant == 0 {
		w.provider.ServeHTTP(out, r)
		return
	}
	c := &call{Grant: grant, Began: time.Now()}
	w.mu.Lock()
	w.calls = append(w.calls, c)
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		c.Ended, c.Cut = time.Now(), r.Context().Err() != nil
		w.mu.Unlock()
		if w.answered != nil {
			w.answered(grant)
		}
	}()
	w.provider.ServeHTTP(out, r)
}

// renews is the grant that a request presents a refresh token of, 0 if it presents none.
func (w *wire) renews(r *http.Request) int {
	if r.URL.Path != "/token" {
		return 0
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, _ := url.ParseQuery(string(body))
	grant, _, ok := w.provider.Issued(form.Get("refresh_token"))
	if err != nil || !ok {
		return 0
	}
	return grant
}

// touched are the grants whose calls were cut off, or were under way at one of the moments, or had been answered so short
// a time before one.
func (w *wire) touched(moments []time.Time, before time.Duration) map[int]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	grants := map[int]bool{}
	for _, c := range w.calls {
		if c.Cut {
			grants[c.Grant] = true
		}
		for _, at := range moments {
			if c.Began.Before(at) && c.Ended.After(at.Add(-before)) {
				grants[c.Grant] = true
			}
		}
	}
	return grants
}

// sent is how many renewals of a grant were sent.
func (w *wire) sent(grant int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, c := range w.calls {
		if c.Grant == grant {
			n++
		}
	}
	return n
}
