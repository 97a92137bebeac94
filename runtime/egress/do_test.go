package egress_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claviger/runtime/egress"
)

// local opens loopback, trusts a server's certificate if it has one, and allows its host.
func local(t testing.TB, s *httptest.Server, options ...egress.Option) (*egress.Guard, egress.Policy) {
	t.Helper()
	if certificate := s.Certificate(); certificate != nil {
		pool := x509.NewCertPool()
		pool.AddCert(certificate)
		options = append(options, egress.Roots(pool))
	}
	return guard(t, []string{"127.0.0.0/8"}, options...), egress.Policy{Hosts: hosts(t, "127.0.0.1"), Timeout: 10 * time.Second}
}

func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func TestDoOverTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Proto", r.Proto)
		w.WriteHeader(http.StatusTeapot)
		w.Write(append([]byte(r.Method+" "+r.UserAgent()+" "), body...))
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	g, p := local(t, s, egress.Clock(func() time.Time { return at }))
	r, _ := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/token?x=1#part", strings.NewReader("grant"))
	r.Header.Set("Accept-Encoding", "br")
	a, err := g.Do(r, p)
	if err != nil {
		t.Fatal(err)
	}
	if a.Status != http.StatusTeapot || string(a.Body) != "POST Claviger grant" || a.Header.Get("X-Proto") != "HTTP/2.0" {
		t.Errorf("got %d %q over %s", a.Status, a.Body, a.Header.Get("X-Proto"))
	}
	if a.URL != s.URL+"/token?x=1" || a.Redirected || !a.ReceivedAt.Equal(at) {
		t.Errorf("got %+v", a)
	}
	if r.Header.Get("Accept-Encoding") != "br" || r.URL.Fragment != "part" || r.Host == "" {
		t.Error("the caller's request has changed")
	}
}

func TestDoUnknownAuthority(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	g := guard(t, []string{"127.0.0.1"})
	_, err := g.Do(get(t, s.URL), egress.Policy{Hosts: hosts(t, "127.0.0.1")})
	if e := wantReason(t, err, egress.TLS, false); !strings.Contains(e.Error(), "certificate") {
		t.Error(e)
	}
}

func TestDoPlainServerAskedForTLS(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	g, p := local(t, s)
	_, err := g.Do(get(t, strings.Replace(s.URL, "http:", "https:", 1)), p)
	wantReason(t, err, egress.TLS, false)
}

func TestDoHostNotAllowed(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the request arrived") })
	g, p := local(t, s)
	p.Hosts = hosts(t, "api.example.com")
	_, err := g.Do(get(t, s.URL+"?token=hunter2"), p)
	if e := wantReason(t, err, egress.HostNotAllowed, false); strings.Contains(e.Error(), "hunter2") || !strings.Contains(e.Error(), "api.example.com") {
		t.Error(e)
	}
	_, err = g.Do(get(t, s.URL), egress.Policy{})
	wantReason(t, err, egress.HostNotAllowed, false)
}

func TestDoHostHeaderIsTheURLs(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) })
	g, p := local(t, s)
	r := get(t, s.URL)
	r.Host = "tenant-b.example.com"
	a, err := g.Do(r, p)
	if err != nil || "http://"+string(a.Body) != s.URL {
		t.Errorf("got %v, %v", a, err)
	}
}

func TestDoRefusesControlCharacters(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the request arrived") })
	g, p := local(t, s)
	for name, change := range map[string]func(*http.Request){
		"CR in a value":   func(r *http.Request) { r.Header.Set("X-A", "hunter2\rb") },
		"LF in a value":   func(r *http.Request) { r.Header.Set("X-A", "hunter2\nSet: b") },
		"NUL in a value":  func(r *http.Request) { r.Header["X-A"] = []string{"ok", "hunter2\x00"} },
		"LF in a name":    func(r *http.Request) { r.Header["X-hunter2\nB"] = []string{"c"} },
		"colon in a name": func(r *http.Request) { r.Header["X-hunter2:"] = []string{"c"} },
		"empty name":      func(r *http.Request) { r.Header[""] = []string{"c"} },
		"trailer":         func(r *http.Request) { r.Trailer = http.Header{"X-T": {"hunter2\r\n"}} },
		"method":          func(r *http.Request) { r.Method = "GET /hunter2 HTTP/1.1\r\nX:" },
		"query":           func(r *http.Request) { r.URL.RawQuery = "hunter2\r\nX: y" },
		"space in query":  func(r *http.Request) { r.URL.RawQuery = "hunter2 HTTP/1.1" },
		"opaque":          func(r *http.Request) { r.URL.Opaque = "//evil.example/hunter2" },
		"userinfo":        func(r *http.Request) { r.URL.User = url.UserPassword("u", "hunter2") },
		"host":            func(r *http.Request) { r.URL.Host = "127.0.0.1\r\nhunter2" },
		"no URL":          func(r *http.Request) { r.URL = nil },
	} {
		r := get(t, s.URL)
		change(r)
		_, err := g.Do(r, p)
		if e := wantReason(t, err, egress.InvalidRequest, false); name != "host" && strings.Contains(e.Error(), "hunter2") {
			t.Errorf("%s: %v", name, e)
		}
	}
}

func TestDoBodyLimit(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(bytes.Repeat([]byte("x"), 1000)) })
	g, p := local(t, s)
	p.MaxBytes = 1000
	if a, err := g.Do(get(t, s.URL), p); err != nil || len(a.Body) != 1000 {
		t.Errorf("at the limit: %v", err)
	}
	p.MaxBytes = 999
	_, err := g.Do(get(t, s.URL), p)
	wantReason(t, err, egress.TooLarge, true)
}

func TestDoDecompressionBomb(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		io.Copy(gzip.NewWriter(w), zeros{}) // without end, until the other side hangs up
	})
	g, p := local(t, s)
	began := time.Now()
	_, err := g.Do(get(t, s.URL), p)
	wantReason(t, err, egress.TooLarge, true)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the bomb was unpacked for %s", took)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestDoDecompresses(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, "plain again")
		z.Close()
	})
	g, p := local(t, s)
	a, err := g.Do(get(t, s.URL), p)
	if err != nil || string(a.Body) != "plain again" || a.Header.Get("Content-Encoding") != "" {
		t.Errorf("got %v, %v", a, err)
	}
}

func TestDoDeadlineCoversTheBody(t *testing.T) {
	done := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		for r.Context().Err() == nil { // one byte at a time, for ever
			io.WriteString(w, "x")
			w.(http.Flusher).Flush()
			time.Sleep(10 * time.Millisecond)
		}
	})
	g, p := local(t, s)
	p.Timeout = 200 * time.Millisecond
	began := time.Now()
	_, err := g.Do(get(t, s.URL), p)
	wantReason(t, err, egress.Timeout, true)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("held for %s", took)
	}
	<-done // the server sees the connection go
}

func TestDoCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	g, p := local(t, s)
	_, err := g.Do(get(t, s.URL).WithContext(ctx), p)
	wantReason(t, err, egress.Canceled, true)
	_, err = g.Do(get(t, s.URL).WithContext(ctx), p)
	wantReason(t, err, egress.Canceled, false)
}

func TestDoLimitsCallsPerEndpoint(t *testing.T) {
	var under, most atomic.Int32
	handler := func(w http.ResponseWriter, r *http.Request) {
		for n := under.Add(1); ; {
			if m := most.Load(); n <= m || most.CompareAndSwap(m, n) {
				break
			}
		}
		time.Sleep(20 * time.Millisecond)
		under.Add(-1)
	}
	s := serve(t, handler)
	g, p := local(t, s, egress.PerEndpoint(2))
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			if _, err := g.Do(get(t, s.URL), p); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most.Load() != 2 {
		t.Errorf("%d calls at a time", most.Load())
	}
}

func TestDoWaitsForASlotWithinTheDeadline(t *testing.T) {
	release := make(chan struct{})
	arrived := make(chan struct{}, 2)
	hanging := serve(t, func(http.ResponseWriter, *http.Request) { arrived <- struct{}{}; <-release })
	other := serve(t, func(http.ResponseWriter, *http.Request) {})
	g, p := local(t, hanging, egress.PerEndpoint(1))
	finished := make(chan error, 1)
	go func() {
		_, err := g.Do(get(t, hanging.URL), p)
		finished <- err
	}()
	<-arrived
	short := p
	short.Timeout = 50 * time.Millisecond
	_, err := g.Do(get(t, hanging.URL), short)
	if e := wantReason(t, err, egress.Timeout, false); !strings.Contains(e.Error(), "under way") {
		t.Error(e)
	}
	if _, err := g.Do(get(t, other.URL), p); err != nil {
		t.Errorf("a hanging endpoint blocks another: %v", err)
	}
	close(release)
	if err := <-finished; err != nil {
		t.Error(err)
	}
	if _, err := g.Do(get(t, hanging.URL), p); err != nil {
		t.Errorf("the slot is not free again: %v", err)
	}
}

func TestDoKeepsConnections(t *testing.T) {
	var connections atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "x") }))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	g, p := local(t, s)
	for range 10 {
		if _, err := g.Do(get(t, s.URL), p); err != nil {
			t.Fatal(err)
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}
