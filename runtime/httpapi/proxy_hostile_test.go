package httpapi_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"claviger/runtime"
)

// says lets the API answer with bytes as they stand, after it has read the request's head, and hang up.
func (r *rig) says(text string) {
	r.speaks(func(c net.Conn, _ *bufio.ReadWriter) { io.WriteString(c, text) })
}

// speaks hands the API's side of the connection over.
func (r *rig) speaks(f func(net.Conn, *bufio.ReadWriter)) {
	r.api.on(func(w http.ResponseWriter, _ *http.Request) {
		c, b, err := http.NewResponseController(w).Hijack()
		if err != nil {
			r.Error(err)
			return
		}
		defer c.Close()
		f(c, b)
	})
}

// hear sends a request and returns all that comes until the connection ends, or nothing comes for a while.
func (r *rig) hear(request string, patience time.Duration) string {
	r.Helper()
	c, err := net.Dial("tcp", r.Listener.Addr().String())
	r.ok(err)
	defer c.Close()
	io.WriteString(c, request)
	var all bytes.Buffer
	b := make([]byte, 1<<16)
	for {
		c.SetReadDeadline(time.Now().Add(patience))
		n, err := c.Read(b)
		all.Write(b[:n])
		if err != nil || all.Len() > 8<<20 {
			return all.String()
		}
	}
}

func proxyRequest(method, path, more string) string {
	return method + " " + proxyPath + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + testKey + "\r\n" + more + "\r\n"
}

// What an API must not say is no answer: 502, and nothing of what it said.
func TestProxyRefusesBrokenAnswers(t *testing.T) {
	r := newRig(t, makeClient)
	const good = "HTTP/1.1 200 OK\r\n"
	for name, text := range map[string]string{
		"NUL in a value":            good + "X-Evil: a\x00b\r\nContent-Length: 0\r\n\r\n",
		"CR in a value":             good + "X-Evil: a\rX-Split: b\r\nContent-Length: 0\r\n\r\n",
		"a control in a value":      good + "X-Evil: a\x07b\r\nContent-Length: 0\r\n\r\n",
		"DEL in a value":            good + "X-Evil: a\x7fb\r\nContent-Length: 0\r\n\r\n",
		"a space in a name":         good + "X Evil: a\r\nContent-Length: 0\r\n\r\n",
		"a space before the colon":  good + "X-Evil : a\r\nContent-Length: 0\r\n\r\n",
		"no name":                   good + ": evil\r\nContent-Length: 0\r\n\r\n",
		"no colon":                  good + "X-Evil\r\nContent-Length: 0\r\n\r\n",
		"two lengths":               good + "Content-Length: 1\r\nContent-Length: 4\r\n\r\nevil",
		"a length that is none":     good + "Content-Length: 4evil\r\n\r\nevil",
		"less than nothing":         good + "Content-Length: -4\r\n\r\nevil",
		"an unknown coding":         good + "Transfer-Encoding: evil\r\n\r\nevil",
		"another protocol":          "EVIL/1.0 200 OK\r\n\r\n",
		"a status that is none":     "HTTP/1.1 2x0 evil\r\n\r\n",
		"no status":                 "HTTP/1.1\r\n\r\nevil",
		"HTTP/0.9":                  "evil",
		"nothing":                   "",
		"a head that ends early":    good + "X-Evil: a",
		"a head that is too large":  good + "X-Evil: " + strings.Repeat("x", 300<<10) + "\r\n\r\n",
		"many lines":                good + strings.Repeat("X-Evil: a\r\n", 40_000) + "\r\n",
		"1xx alone":                 "HTTP/1.1 103 Evil\r\n\r\n",
		"101 that nobody asked for": "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: evil\r\n\r\nevil",
		"101 to nothing":            "HTTP/1.1 101 Switching Protocols\r\n\r\nevil",
		"101 to nothing, upgraded":  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\nevil",
	} {
		r.says(text)
		a, err := r.try("POST", proxyPath+"/x", nil, strings.NewReader("body"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.problem(a, 502, "upstream_unavailable"); a.StatusCode != 502 {
			t.Error(name)
		}
		if strings.Contains(strings.ToLower(fmt.Sprint(a.Header)+a.body), "evil") {
			t.Errorf("%s: %q %s", name, a.Header, a.body)
		}
	}
	if a := r.hear(proxyRequest("GET", "/x", "Connection: close\r\n"), 5*time.Second); strings.Contains(a, "evil") {
		t.Errorf("%q", a)
	}
}

// An answer that ends before its length, or in the middle of a chunk, ends the caller's too: it never looks whole.
func TestProxyAnswersThatBreakOff(t *testing.T) {
	r := newRig(t, makeClient)
	for name, text := range map[string]string{
		"less than the length":  "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
		"in a chunk":            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nshort",
		"before the last chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
		"a chunk that is none":  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\nevil\r\n",
		"a chunk without end":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("f", 17) + "\r\nshort",
		"trailers without end":  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nshort\r\n0\r\nX-Sum: 1",
	} {
		r.says(text)
		if a, err := r.try("GET", proxyPath+"/x", nil, nil); err == nil {
			t.Errorf("%s: it looks whole: %d %q", name, a.StatusCode, a.body)
		}
	}
	// More than the length is not the caller's, and not the next one's.
	for range 20 {
		r.speaks(func(c net.Conn, b *bufio.ReadWriter) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nshortHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
			time.Sleep(20 * time.Millisecond)
		})
		if a := r.get("/x"); a.body != "short" {
			t.Errorf("%q", a.body)
		}
	}
}

// What could mean something to a server or a browser on the way does not pass, in answers of any kind.
func TestProxyAnswerHeaders(t *testing.T) {
	r := newRig(t, makeClient)
	evil := "Set-Cookie: evil=1\r\nset-cookie: evil=2; HttpOnly\r\nSET-COOKIE2: evil=3\r\nSet-Cookie : evil\r\n"
	evil = strings.Replace(evil, "Set-Cookie : evil\r\n", "", 1) + // which is refused as a whole
		"access-control-allow-origin: evil\r\nAccess-Control-Allow-Credentials: evil\r\nAccess-Control-Evil: evil\r\nTiming-Allow-Origin: *\r\n" +
		"Clear-Site-Data: \"evil\"\r\nAlt-Svc: evil=\":443\"\r\nStrict-Transport-Security: max-age=evil\r\nService-Worker-Allowed: /evil\r\n" +
		"X-Accel-Redirect: /evil\r\nX-Accel-Expires: evil\r\nX-Sendfile: /evil\r\nX-Lighttpd-Send-File: /evil\r\nX-Reproxy-Url: http://evil\r\n" +
		"CDN-Cache-Control: public, max-age=evil\r\nSurrogate-Control: max-age=evil\r\nCloudflare-CDN-Cache-Control: max-age=evil\r\nX-LiteSpeed-Cache-Control: evil\r\nEdge-Control: evil\r\n" +
		"Claviger-Upstream: evil\r\nProxy-Authenticate: evil\r\nKeep-Alive: evil\r\nX-Hop: evil\r\nConnection: X-Hop, Claviger-Upstream, X-Content-Type-Options\r\n"
	for name, head := range map[string]string{
		"an answer": "HTTP/1.1 200 OK\r\n", "a refusal": "HTTP/1.1 401 No\r\n", "a redirect": "HTTP/1.1 302 Found\r\nLocation: //other.example/x\r\n", "a failure": "HTTP/1.1 500 Oh\r\n",
		"HTTP/1.0": "HTTP/1.0 200 OK\r\n",
	} {
		r.api.refuses = true
		r.says(head + evil + "Content-Length: 2\r\n\r\nok")
		heard := r.hear(proxyRequest("GET", "/x", "Connection: close\r\n"), 5*time.Second)
		if strings.Contains(heard, "evil") || !strings.HasSuffix(heard, "ok") || !strings.Contains(heard, "\r\nClaviger-Upstream: 1\r\n") || !strings.Contains(heard, "\r\nX-Content-Type-Options: nosniff\r\n") ||
			!strings.Contains(heard, "\r\nContent-Security-Policy: sandbox\r\n") || !strings.Contains(heard, "\r\nCdn-Cache-Control: no-store\r\n") {
			t.Errorf("%s: %q", name, heard)
		}
		if name == "a redirect" && !strings.Contains(heard, "\r\nLocation: //other.example/x\r\n") {
			t.Errorf("%q", heard)
		}
	}
	r.says("HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n" + evil + "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	if heard := r.hear(proxyRequest("GET", "/x", "Connection: close\r\n"), 5*time.Second); strings.Contains(heard, "evil") || !strings.HasPrefix(heard, "HTTP/1.1 103 ") || strings.Count(heard, "Link:") != 1 {
		t.Errorf("%q", heard)
	}
	r.says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, Set-Cookie, Access-Control-Allow-Origin\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n" + evil + "\r\n")
	if heard := r.hear(proxyRequest("GET", "/x", "Connection: close\r\n"), 5*time.Second); strings.Contains(heard, "evil") || !strings.Contains(heard, "X-Sum: 7") {
		t.Errorf("%q", heard)
	}
	r.says("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" + strings.Replace(evil, "Connection: X-Hop, ", "Connection: Upgrade, X-Hop, ", 1) + "\r\nok")
	heard := r.hear(proxyRequest("GET", "/x", "Connection: Upgrade\r\nUpgrade: websocket\r\n"), 5*time.Second)
	if strings.Contains(heard, "evil") || !strings.HasPrefix(heard, "HTTP/1.1 101 ") || !strings.HasSuffix(heard, "ok") {
		t.Errorf("%q", heard)
	}
}

// Answers 1xx without end are an answer that does not come, and are not handed on without end.
func TestProxyFloodOf1xx(t *testing.T) {
	r := newRig(t, makeClient)
	ended := make(chan bool, 1)
	r.speaks(func(c net.Conn, _ *bufio.ReadWriter) {
		defer func() { ended <- true }()
		for range 200_000 {
			if _, err := io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nLink: </"+strings.Repeat("x", 1000)+">; rel=preload\r\n\r\n"); err != nil {
				return
			}
		}
	})
	heard := r.hear(proxyRequest("GET", "/x", "Connection: close\r\n"), 5*time.Second)
	if n := strings.Count(heard, "HTTP/1.1 103 "); n > 100 || !strings.Contains(heard, "HTTP/1.1 502 ") || !strings.Contains(heard, `"code":"upstream_unavailable"`) {
		t.Errorf("%d times 1xx, then %q", n, heard[max(0, len(heard)-300):])
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the API goes on")
	}
	if a := r.get("/x"); a.StatusCode == 200 { // and the interface lives
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

// Bombs pass as they are: nobody here opens them.
func TestProxyPassesBombs(t *testing.T) {
	r := newRig(t, makeClient)
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 64 {
		z.Write(make([]byte, 1<<20))
	}
	z.Close()
	for _, status := range []int{200, 401, 503} {
		for _, coding := range []string{"gzip", "gzip, gzip", "br", "deflate"} {
			r.api.on(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", coding)
				w.WriteHeader(status)
				w.Write(bomb.Bytes())
			})
			r.api.refuses = true
			a := r.do("GET", proxyPath+"/x", http.Header{"Claviger-Retry": {"0"}}, nil)
			if a.StatusCode != status || a.body != bomb.String() || a.Header.Get("Content-Encoding") != coding || a.Header.Get(runtime.UpstreamHeader) != "1" {
				t.Errorf("%d %s: %d, %d bytes, %q", status, coding, a.StatusCode, len(a.body), a.Header)
			}
		}
	}
}

// A protocol that was not agreed on leaves no connection behind, and no caller in it.
func TestProxySwitchesToNothingElse(t *testing.T) {
	r := newRig(t, makeClient)
	for name, c := range map[string]struct{ asked, answered string }{
		"another":     {"Connection: Upgrade\r\nUpgrade: websocket\r\n", "Connection: Upgrade\r\nUpgrade: other\r\n"},
		"none at all": {"", "Connection: Upgrade\r\nUpgrade: websocket\r\n"},
		"h2c":         {"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n", "Connection: Upgrade\r\nUpgrade: h2c\r\n"},
		"unnamed":     {"Connection: Upgrade\r\nUpgrade: websocket\r\n", "Connection: Upgrade\r\n"},
	} {
		left := make(chan error, 1)
		r.speaks(func(conn net.Conn, b *bufio.ReadWriter) {
			io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n"+c.answered+"\r\nevil")
			conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			_, err := io.Copy(io.Discard, b)
			left <- err
		})
		heard := r.hear(proxyRequest("GET", "/x", c.asked), time.Second)
		if !strings.HasPrefix(heard, "HTTP/1.1 502 ") || strings.Contains(heard, "evil") || !strings.Contains(heard, `"code":"upstream_unavailable"`) {
			t.Errorf("%s: %q", name, heard)
		}
		if err := <-left; err != nil {
			t.Errorf("%s: the connection to the API stays open: %v", name, err)
		}
	}
}
