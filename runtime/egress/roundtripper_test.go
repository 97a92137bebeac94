package egress_test

import (
	"bufio"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"claviger/runtime/egress"
)

func TestRoundTripperStreamsAsIs(t *testing.T) {
	next := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Accept-Encoding"); got != "" {
			t.Errorf("Accept-Encoding %q was added", got)
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, "first")
		z.Flush()
		w.(http.Flusher).Flush()
		<-next
		z.Close()
	})
	g, p := local(t, s, egress.PerEndpoint(1))
	rt := g.RoundTripper(p.Hosts)
	response, err := rt.RoundTrip(get(t, s.URL))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(response.Body) // works only if nobody has decompressed
	if err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 5)
	if _, err := io.ReadFull(z, first); err != nil || string(first) != "first" {
		t.Errorf("got %q, %v", first, err)
	}
	close(next)
	response.Body.Close()
	response.Body.Close()
	if response, err = rt.RoundTrip(get(t, s.URL)); err != nil { // the slot is free again
		t.Fatal(err)
	}
	response.Body.Close()
}

func TestRoundTripperRefuses(t *testing.T) {
	s := echo(t)
	g, p := local(t, s)
	_, err := g.RoundTripper(hosts(t, "api.example.com")).RoundTrip(get(t, s.URL))
	wantReason(t, err, egress.HostNotAllowed, false)
	r := get(t, s.URL)
	r.Header["X"] = []string{"a\r\nb"}
	_, err = g.RoundTripper(p.Hosts).RoundTrip(r)
	wantReason(t, err, egress.InvalidRequest, false)
	response, err := g.RoundTripper(p.Hosts).RoundTrip(get(t, s.URL+"/to/302?l=https://evil.example"))
	if err != nil || response.StatusCode != 302 {
		t.Fatalf("a redirect is not handed back: %v", err)
	}
	response.Body.Close()
}

func TestRoundTripperUpgrade(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		line, _ := buffered.ReadString('\n')
		io.WriteString(c, line)
	}))
	defer s.Close()
	g, p := local(t, s)
	r := get(t, s.URL)
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "echo")
	response, err := g.RoundTripper(p.Hosts).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	c, ok := response.Body.(io.ReadWriteCloser)
	if !ok || response.StatusCode != 101 {
		t.Fatalf("status %d, body %T", response.StatusCode, response.Body)
	}
	defer c.Close()
	io.WriteString(c, "ping\n")
	if line, err := bufio.NewReader(c).ReadString('\n'); line != "ping\n" {
		t.Errorf("got %q, %v", line, err)
	}
}

// What switches protocols speaks HTTP/1.1, also to servers that prefer HTTP/2; other calls speak what both know best.
func TestRoundTripperUpgradeOverTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	g, p := local(t, s)
	for upgrade, want := range map[string]string{"": "HTTP/2.0", "websocket": "HTTP/1.1"} {
		r := get(t, s.URL)
		if upgrade != "" {
			r.Header.Set("Connection", "Upgrade")
			r.Header.Set("Upgrade", upgrade)
		}
		response, err := g.RoundTripper(p.Hosts).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if body, _ := io.ReadAll(response.Body); string(body) != want {
			t.Errorf("%q: %s", upgrade, body)
		}
		response.Body.Close()
	}
}

// Streams wait for nobody for long, and keep no other call from an endpoint.
func TestRoundTripperCrowded(t *testing.T) {
	release := make(chan bool)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hold" {
			w.WriteHeader(200)
			w.(http.Flusher).Flush()
			<-release
		}
	})
	g, p := local(t, s, egress.PerEndpoint(1))
	rt := g.RoundTripper(p.Hosts)
	for range 8 {
		response, err := rt.RoundTrip(get(t, s.URL+"/hold"))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
	}
	_, err := rt.RoundTrip(get(t, s.URL))
	wantReason(t, err, egress.Crowded, false)
	if _, err := g.Do(get(t, s.URL), p); err != nil {
		t.Error(err)
	}
	close(release)
}
