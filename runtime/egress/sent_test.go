package egress_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"claviger/runtime/egress"
)

// raw is a server below HTTP: serve gets each connection.
func raw(t *testing.T, serve func(net.Conn)) (rawURL string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); serve(c) }()
		}
	}()
	return "http://" + l.Addr().String()
}

func readRequest(c net.Conn) { http.ReadRequest(bufio.NewReader(c)) }

func reset(c net.Conn) { c.(*net.TCPConn).SetLinger(0); c.Close() }

func TestSentOrNot(t *testing.T) {
	closed := raw(t, func(net.Conn) {})
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	nobody := "http://" + l.Addr().String()
	l.Close()
	for name, c := range map[string]struct {
		url    string
		reason egress.Reason
		sent   bool
	}{
		"nobody listens":       {nobody, egress.Connect, false},
		"no such name":         {"http://nowhere.test", egress.Resolve, false},
		"silent on TLS":        {"https" + raw(t, func(c net.Conn) { io.Copy(io.Discard, c) })[4:], egress.Timeout, false},
		"hangs up on TLS":      {"https" + closed[4:], egress.TLS, false},
		"hangs up at once":     {closed, egress.Reset, true},
		"hangs up, no answer":  {raw(t, readRequest), egress.Reset, true},
		"resets, no answer":    {raw(t, func(c net.Conn) { readRequest(c); reset(c) }), egress.Reset, true},
		"silent":               {raw(t, func(c net.Conn) { io.Copy(io.Discard, c) }), egress.Timeout, true},
		"not HTTP":             {raw(t, func(c net.Conn) { readRequest(c); io.WriteString(c, "hunter2 is not HTTP\r\n\r\n") }), egress.Reset, true},
		"resets in the body":   {raw(t, partial(reset)), egress.Reset, true},
		"hangs up in the body": {raw(t, partial(func(net.Conn) {})), egress.Reset, true},
		"stops in the body":    {raw(t, partial(func(c net.Conn) { io.Copy(io.Discard, c) })), egress.Timeout, true},
		"stops in the head": {raw(t, func(c net.Conn) {
			readRequest(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nX-A: b\r\n")
			io.Copy(io.Discard, c)
		}), egress.Timeout, true},
		"endless head": {raw(t, func(c net.Conn) {
			readRequest(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for {
				if _, err := io.WriteString(c, "X-A: "+strings.Repeat("b", 1000)+"\r\n"); err != nil {
					return
				}
			}
		}), egress.Reset, true},
		"bad chunk": {raw(t, func(c net.Conn) {
			readRequest(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhunter2\r\n")
		}), egress.Reset, true},
		"bad gzip": {raw(t, func(c net.Conn) {
			readRequest(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nhunter2")
		}), egress.Reset, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := guard(t, []string{"127.0.0.1", "nowhere.test"}, egress.Resolver(resolver(nil)))
			r, _ := http.NewRequestWithContext(t.Context(), "POST", c.url+"/token?code=hunter2", strings.NewReader("x"))
			_, err := g.Do(r, egress.Policy{Hosts: hosts(t, "127.0.0.1", "nowhere.test"), Timeout: time.Second})
			e := wantReason(t, err, c.reason, c.sent)
			if strings.Contains(e.Error(), "hunter2") || !strings.Contains(e.Error(), e.Host) || e.Host == "" {
				t.Errorf("message: %v", e)
			}
		})
	}
}

// partial answers with half a body and then does end.
func partial(end func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		readRequest(c)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access_token\":")
		time.Sleep(20 * time.Millisecond)
		end(c)
	}
}

// A kept connection that the server has closed must not turn a token call into an unknown outcome or send it twice.
func TestStaleConnection(t *testing.T) {
	served := make(chan string, 10)
	rawURL := raw(t, func(c net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		body, _ := io.ReadAll(r.Body)
		served <- string(body)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	}) // and hangs up, without saying so first
	g := guard(t, []string{"127.0.0.1"})
	for _, body := range []string{"one", "two", "three"} {
		r, _ := http.NewRequestWithContext(t.Context(), "POST", rawURL, strings.NewReader(body))
		if _, err := g.Do(r, egress.Policy{Hosts: hosts(t, "127.0.0.1")}); err != nil {
			t.Fatal(err)
		}
		if got := <-served; got != body {
			t.Errorf("got %q", got)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if len(served) > 0 {
		t.Error("a request was sent twice")
	}
}
