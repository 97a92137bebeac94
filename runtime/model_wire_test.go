package runtime_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"claviger/runtime/fakeprovider"
)

// modelWire notes which answers of the token endpoint reached the engine that lives.
type modelWire struct {
	provider *fakeprovider.Provider
	life     atomic.Pointer[life] // of the engine that lives: what one gets after its end has not come

	mu   sync.Mutex
	came map[time.Time]bool // by the expiry of the access token

	unanswered map[int]int // by grant: see silent
}

// life counts what is under way of one engine.
type life struct{ busy atomic.Int64 }

// issued is an access token: its grant, its expiry, by which a grant's tokens are ordered, and whether it came.
type issued struct {
	grant     int
	expires   time.Time
	delivered bool
}

func (w *modelWire) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	l, copied, grant := w.life.Load(), &copying{ResponseWriter: out}, w.renews(r)
	l.busy.Add(1)
	defer l.busy.Add(-1)
	w.unheard(grant)
	whole := false
	defer func() { w.note(grant, copied.body.Bytes(), whole && !copied.taken && l == w.life.Load()) }()
	w.provider.ServeHTTP(copied, r) // a fault that cuts the answer off panics, or takes the connection
	whole = true
}

// note notes what came of a request.
func (w *modelWire) note(grant int, body []byte, came bool) {
	var answer struct {
		Access string `json:"access_token"`
	}
	_ = json.Unmarshal(body, &answer)
	_, expires, token := w.provider.Issued(answer.Access)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case came && token:
		w.came[expires] = true
		w.unanswered[grant] = 0
	case came:
		w.unanswered[grant]--
	}
}

// renews is the grant that a request presents a refresh token of, 0 if it presents none.
func (w *modelWire) renews(r *http.Request) int {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, _ := url.ParseQuery(string(body))
	grant, _, _ := w.provider.Issued(form.Get("refresh_token"))
	return grant
}

// silent is how many renewals of a grant have got no answer since the newest token that came.
func (w *modelWire) silent(grant int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.unanswered[grant]
}

// unheard notes a renewal that has no answer yet, or whose outcome cannot be stored.
func (w *modelWire) unheard(grant int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unanswered[grant]++
}

// token looks a token up that somebody was handed.
func (w *modelWire) token(access string) (issued, bool) {
	grant, expires, ok := w.provider.Issued(access)
	return issued{grant, expires, true}, ok
}

// newest is the newest token of a grant.
func (w *modelWire) newest(grant int) issued {
	tokens := w.of(grant)
	return tokens[len(tokens)-1]
}

// lost is how many answers of a grant did not come.
func (w *modelWire) lost(grant int) int {
	n := 0
	for _, t := range w.of(grant) {
		if !t.delivered {
			n++
		}
	}
	return n
}

func (w *modelWire) of(grant int) []issued {
	var tokens []issued
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, g := range w.provider.Ledger() {
		for _, t := range g.Access {
			if g.ID == grant {
				tokens = append(tokens, issued{grant, t.Expires, w.came[t.Expires]})
			}
		}
	}
	return tokens
}

// quiet waits until nothing is under way any more.
func (w *modelWire) quiet() {
	for calm := 0; calm < 10; calm++ {
		if w.life.Load().busy.Load() > 0 {
			calm = 0
		}
		time.Sleep(time.Millisecond)
	}
}

// copying keeps the body that is written.
type copying struct {
	http.ResponseWriter
	body  bytes.Buffer
	taken bool // the connection was hijacked
}

func (c *copying) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c.taken = true
	return http.NewResponseController(c.ResponseWriter).Hijack()
}

func (c *copying) Write(b []byte) (int, error) {
	c.body.Write(b)
	return c.ResponseWriter.Write(b)
}

func (c *copying) Unwrap() http.ResponseWriter { return c.ResponseWriter }
