package httpapi_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// What the API gets: the path and the query as they were sent, the connector's headers, and nothing of the caller's credentials.
func TestProxyRequest(t *testing.T) {
	r := newRig(t, makeClient)
	var got http.Request
	var raw string
	r.api.on(func(_ http.ResponseWriter, q *http.Request) { got, raw = *q, q.RequestURI })
	for path, want := range map[string]string{
		"": "/base", "/": "/base/", "/a/b?c=d&c=%20e+f&;x": "/base/a/b?c=d&c=%20e+f&;x", "/a%2Fb%20c%252e/%C3%BC": "/base/a%2Fb%20c%252e/%C3%BC",
		"/a//b/": "/base/a//b/", "/x:y@z/(1)[2]'*!$&,=~": "/base/x:y@z/(1)[2]'*!$&,=~", "/..a/b..?d=../..": "/base/..a/b..?d=../..",
	} {
		if a := r.get(path); a.StatusCode != 200 || raw != want {
			t.Errorf("%s: %d %s, want %s; %s", path, a.StatusCode, raw, want, a.body)
		}
	}
	a := r.do("POST", proxyPath+"/x", http.Header{
		"Cookie": {"a=b"}, "X-Forwarded-For": {"1.2.3.4"}, "X-Forwarded-Anything": {"1"}, "Forwarded": {"for=1"}, "Proxy-Authorization": {"Basic x"}, "Proxy-Connection": {"close"},
		"X_forwarded_for": {"1"}, "Proxy_authorization": {"1"}, "Content_length": {"9"}, "X_connector": {"no"}, "Transfer_encoding": {"chunked"}, "AUTHORIZATION_": {"z"},
		"Authorization": {"Bearer " + testKey}, "X-Connector": {"no"}, "Connection": {"X-Connector, X-Hop, Authorization"}, "X-Hop": {"1"}, "Te": {"trailers"},
		"Keep-Alive": {"5"}, "Accept": {"text/x"}, "X-Custom": {"a, b", "c"}, "User-Agent": {"me/1"}, "X_own": {"fine"}, "Claviger-Retry": {"0"},
	}, strings.NewReader("body"))
	if a.StatusCode != 200 {
		t.Fatal(a.body)
	}
	h := got.Header
	for _, gone := range []string{"Cookie", "X-Forwarded-For", "X-Forwarded-Anything", "Forwarded", "Proxy-Authorization", "Proxy-Connection", "X_forwarded_for", "Proxy_authorization",
		"Content_length", "X_connector", "Transfer_encoding", "X-Hop", "Keep-Alive", "Claviger-Retry", "Connection"} {
		if _, ok := h[http.CanonicalHeaderKey(gone)]; ok {
			t.Errorf("%s has passed: %q", gone, h)
		}
	}
	if h.Get("Authorization") != "Bearer at-0" || h.Get("X-Connector") != "yes" || h.Get("Accept") != "text/x" || !slices.Equal(h["X-Custom"], []string{"a, b", "c"}) ||
		h.Get("User-Agent") != "me/1" || h.Get("Te") != "trailers" || h.Get("X_own") != "fine" || got.ContentLength != 4 || "http://"+got.Host != r.api.URL {
		t.Errorf("%q %s", h, got.Host)
	}
	if strings.Contains(fmt.Sprint(h), testKey) {
		t.Error("our key has passed")
	}
}

// No caller chooses the host, and none leaves the base.
func TestProxyPaths(t *testing.T) {
	r := newRig(t, makeClient)
	called := false
	r.api.on(func(http.ResponseWriter, *http.Request) { called = true })
	for _, path := range []string{"//evil.example/x", "/../x", "/a/%2e%2e/x", "/a/%2E./x", "/.%2e", "/a%2f..%2fx", "/a%2f%2e%2e%2f", "/..%5cx", "/..;/x", "/a/..%3bb/x",
		`/a\..\x`, "/./x", "/..%00/x", "/%0d%0aHost:evil", "/a/..%2f"} {
		a, err := r.try("GET", proxyPath+path, nil, nil)
		if path == "/%0d%0aHost:evil" { // encoded it is a path like another
			if err != nil || a.StatusCode != 200 {
				t.Errorf("%s: %v %s", path, err, a.body)
			}
			called = false
			continue
		}
		if err == nil && a.StatusCode != 400 || called {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
		}
	}
	r.problem(r.do("GET", proxyPath+"/x", http.Header{"Claviger-Base": {"foreign"}}, nil), 502, "connector_failed")
	r.problem(r.do("GET", proxyPath+"/x", http.Header{"Claviger-Base": {"none"}}, nil), 400, "invalid_request")
	r.problem(r.do("GET", proxyPath+"/x", http.Header{"Claviger-Base": {"other", "other"}}, nil), 400, "invalid_request")
	r.problem(r.do("GET", proxyPath+"/x", http.Header{"Claviger-Host": {"evil"}}, nil), 400, "invalid_request")
	r.problem(r.do("GET", proxyPath+"/x", http.Header{"Claviger-Retry": {"11"}}, nil), 400, "invalid_request")
	r.problem(r.do("GET", proxyPath+"/x", http.Header{"Claviger-Retry": {"yes"}}, nil), 400, "invalid_request")
	r.problem(r.do("TRACE", proxyPath+"/x", nil, nil), 405, "invalid_request")
	r.problem(r.do("GET", "/v1/connections/none/proxy/x", nil, nil), 404, "not_found")
	r.problem(r.do("GET", proxyPath+"/x", http.Header{"Authorization": {"Bearer wrong"}}, nil), 401, "unauthorized")
	if called {
		t.Error("the API was called")
	}
	called = false
	if a := r.do("GET", proxyPath+"/x", http.Header{"Claviger-Base": {"other"}}, nil); a.StatusCode != 200 || !called {
		t.Error(a.body)
	}
}

// send writes a request as it stands and returns what comes back.
func (r *rig) send(request string) string {
	r.Helper()
	c, err := net.Dial("tcp", r.Listener.Addr().String())
	r.ok(err)
	defer c.Close()
	c.SetDeadline(time.Now().Add(3 * time.Second))
	io.WriteString(c, request)
	b := make([]byte, 1<<16)
	n, _ := io.ReadAtLeast(c, b, 12)
	return string(b[:n])
}

// Forms of requests that servers and proxies are known to disagree about.
func TestProxySmuggling(t *testing.T) {
	r := newRig(t, makeClient)
	var mu sync.Mutex
	var seen []string
	r.api.on(func(_ http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, q.Method+" "+q.Host+q.RequestURI+" "+string(body))
	})
	auth := "Authorization: Bearer " + testKey + "\r\n"
	for name, request := range map[string]string{
		"absolute form":      "GET http://evil.example" + proxyPath + "/abs HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n",
		"both lengths":       "POST " + proxyPath + "/both HTTP/1.1\r\nHost: x\r\n" + auth + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
		"two lengths":        "POST " + proxyPath + "/two HTTP/1.1\r\nHost: x\r\n" + auth + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
		"odd encoding":       "POST " + proxyPath + "/odd HTTP/1.1\r\nHost: x\r\n" + auth + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"space before colon": "GET " + proxyPath + "/space HTTP/1.1\r\nHost: x\r\n" + auth + "X-A : b\r\n\r\n",
		"bare LF in a value": "GET " + proxyPath + "/lf HTTP/1.1\r\nHost: x\r\n" + auth + "X-A: b\rX-B: c\r\n\r\n",
		"folded":             "GET " + proxyPath + "/fold HTTP/1.1\r\nHost: x\r\n" + auth + "X-A: b\r\n c\r\n\r\n",
		"control in path":    "GET " + proxyPath + "/a\x01b HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n",
	} {
		r.send(request)
		mu.Lock()
		for _, s := range seen {
			if strings.Contains(s, "smuggled") || strings.Contains(s, "evil") || strings.Contains(s, "/two") || strings.Contains(s, "/odd") ||
				strings.Contains(s, "/space") || strings.Contains(s, "/lf") || strings.Contains(s, "\x01") {
				t.Errorf("%s: the API got %q", name, s)
			}
		}
		seen = nil
		mu.Unlock()
	}
}

// What comes back: exact, without what would harm a browser, and marked.
func TestProxyAnswer(t *testing.T) {
	r := newRig(t, makeClient)
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		h := w.Header()
		for _, name := range []string{"Set-Cookie", "Set-Cookie2", "Clear-Site-Data", "Strict-Transport-Security", "Alt-Svc", "Service-Worker-Allowed", "Access-Control-Allow-Origin",
			"Access-Control-Allow-Credentials", "Content-Security-Policy-Report-Only", "Claviger-Secret", "Keep-Alive", "X-Hop"} {
			h.Set(name, "evil")
		}
		h.Set("Connection", "X-Hop, Claviger-Upstream")
		h.Set("Content-Security-Policy", "default-src *")
		h.Set("X-Content-Type-Options", "none")
		h["X-Exact"] = []string{"a, b", "ü"}
		h.Set("Etag", `W/"x"`)
		h["Content-Type"] = nil
		w.WriteHeader(418)
		io.WriteString(w, "<script>")
	})
	a := r.get("/x")
	h := a.Header
	for _, gone := range []string{"Set-Cookie", "Set-Cookie2", "Clear-Site-Data", "Strict-Transport-Security", "Alt-Svc", "Service-Worker-Allowed", "Access-Control-Allow-Origin",
		"Access-Control-Allow-Credentials", "Content-Security-Policy-Report-Only", "Claviger-Secret", "Keep-Alive", "X-Hop", "Content-Type"} {
		if h.Get(gone) != "" {
			t.Errorf("%s has passed", gone)
		}
	}
	if a.StatusCode != 418 || a.body != "<script>" || !slices.Equal(h["Content-Security-Policy"], []string{"sandbox"}) || !slices.Equal(h["X-Content-Type-Options"], []string{"nosniff"}) ||
		!slices.Equal(h["Claviger-Upstream"], []string{"1"}) || !slices.Equal(h["X-Exact"], []string{"a, b", "ü"}) || h.Get("Etag") != `W/"x"` || a.ContentLength != 8 {
		t.Errorf("%d %q", a.StatusCode, h)
	}
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		http.Redirect(w, q, "https://evil.example/x", http.StatusFound)
	})
	if a := r.get("/x"); a.StatusCode != 302 || a.Header.Get("Location") != "https://evil.example/x" {
		t.Errorf("%d %q", a.StatusCode, a.Header)
	}
	content := make([]byte, 100_000)
	rand.Read(content)
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Type", "application/x")
		http.ServeContent(w, q, "", time.Unix(1, 0), bytes.NewReader(content))
	})
	a = r.do("GET", proxyPath+"/x", http.Header{"Range": {"bytes=10-19"}}, nil)
	if a.StatusCode != 206 || a.body != string(content[10:20]) || a.Header.Get("Content-Range") != "bytes 10-19/100000" {
		t.Errorf("%d %q", a.StatusCode, a.Header)
	}
	if a = r.do("HEAD", proxyPath+"/x", nil, nil); a.StatusCode != 200 || a.ContentLength != 100_000 || a.body != "" {
		t.Errorf("%d %d", a.StatusCode, a.ContentLength)
	}
	if a = r.do("GET", proxyPath+"/x", http.Header{"If-Modified-Since": {time.Now().UTC().Format(http.TimeFormat)}}, nil); a.StatusCode != 304 {
		t.Error(a.StatusCode)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write(content[:50])
	z.Close()
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		if q.Header.Get("Accept-Encoding") != "gzip" {
			w.WriteHeader(500)
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(zipped.Bytes())
	})
	if a = r.do("GET", proxyPath+"/x", http.Header{"Accept-Encoding": {"gzip"}}, nil); a.StatusCode != 200 || a.body != zipped.String() || a.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%d %q", a.StatusCode, a.Header)
	}
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Trailer", "X-Sum, Set-Cookie")
		io.WriteString(w, "x")
		w.(http.Flusher).Flush()
		w.Header().Set("X-Sum", "7")
		w.Header().Set("Set-Cookie", "evil")
	})
	if a = r.get("/x"); a.Trailer.Get("X-Sum") != "7" || a.Trailer.Get("Set-Cookie") != "" {
		t.Errorf("%q", a.Trailer)
	}
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Link", "</x>; rel=preload")
		w.Header().Set("Set-Cookie", "evil")
		w.WriteHeader(103)
		w.Header().Del("Link")
		w.WriteHeader(200)
	})
	var early textproto.MIMEHeader
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(_ int, h textproto.MIMEHeader) error { early = h; return nil }})
	request, _ := http.NewRequestWithContext(ctx, "GET", r.URL+proxyPath+"/x", nil)
	request.Header.Set("Authorization", "Bearer "+testKey)
	response, err := plainClient.Do(request)
	r.ok(err)
	response.Body.Close()
	if early.Get("Link") == "" || early.Get("Set-Cookie") != "" || response.StatusCode != 200 || response.Header.Get("Link") != "" || response.Header.Get("Claviger-Upstream") != "1" {
		t.Errorf("%q, %d %q", early, response.StatusCode, response.Header)
	}
}

// A page of a session's may read what comes back, whatever the API says of pages.
func TestProxyAnswersPages(t *testing.T) {
	r := newRig(t, makeClient)
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "https://evil.example")
		w.Header().Set("Vary", "Accept")
	})
	made := r.do("POST", "/v1/sessions", http.Header{"Content-Type": {"application/json"}}, strings.NewReader(`{"owner": "tenant", "origins": ["https://app.example"]}`))
	var session struct{ Token string }
	r.ok(json.Unmarshal([]byte(made.body), &session))
	a := r.do("GET", proxyPath+"/x", http.Header{"Authorization": {"Bearer " + session.Token}, "Origin": {"https://app.example"}}, nil)
	if a.StatusCode != 200 || a.Header.Get("Claviger-Upstream") != "1" || !slices.Equal(a.Header["Access-Control-Allow-Origin"], []string{"https://app.example"}) ||
		!slices.Equal(a.Header["Vary"], []string{"Authorization", "Origin", "Accept"}) {
		t.Errorf("%d %q %s", a.StatusCode, a.Header, a.body)
	}
	if a = r.get("/x"); a.Header["Access-Control-Allow-Origin"] != nil || !slices.Equal(a.Header["Vary"], []string{"Authorization", "Origin", "Accept"}) {
		t.Errorf("%q", a.Header)
	}
}

// Both ways flow: events one by one, and an upload that is answered before it ends.
func TestProxyStreams(t *testing.T) {
	r := newRig(t, makeClient)
	next := make(chan bool)
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
			<-next
		}
	})
	request, _ := http.NewRequestWithContext(t.Context(), "GET", r.URL+proxyPath+"/events", nil)
	request.Header.Set("Authorization", "Bearer "+testKey)
	response, err := plainClient.Do(request)
	r.ok(err)
	lines := bufio.NewReader(response.Body)
	for i := range 3 {
		line, _ := lines.ReadString('\n')
		lines.ReadString('\n')
		if line != fmt.Sprintf("data: %d\n", i) {
			t.Errorf("%q", line)
		}
		next <- true
	}
	response.Body.Close()
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		w.WriteHeader(200)
		b := bufio.NewReader(q.Body)
		for {
			line, err := b.ReadString('\n')
			if err != nil {
				return
			}
			io.WriteString(w, "got "+line)
			w.(http.Flusher).Flush()
		}
	})
	read, write := io.Pipe()
	request, _ = http.NewRequestWithContext(t.Context(), "POST", r.URL+proxyPath+"/both", read)
	request.Header.Set("Authorization", "Bearer "+testKey)
	go io.WriteString(write, "one\n")
	if response, err = plainClient.Do(request); err != nil {
		t.Fatal(err)
	}
	write.Close()
	if all, _ := io.ReadAll(response.Body); string(all) != "got one\n" {
		t.Errorf("%q", all)
	}
	response.Body.Close()
}

func TestProxySwitchesProtocols(t *testing.T) {
	r := newRig(t, makeClient)
	r.api.on(r.api.guarded(func(w http.ResponseWriter, q *http.Request) {
		if q.Header.Get("Upgrade") != "websocket" || q.Header.Get("Connection") != "Upgrade" {
			t.Errorf("%q", q.Header)
		}
		c, b, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSet-Cookie: evil\r\n\r\n")
		line, _ := b.ReadString('\n')
		io.WriteString(c, "got "+line)
	}))
	r.api.revoke()
	c, err := net.Dial("tcp", r.Listener.Addr().String())
	r.ok(err)
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(c, "GET "+proxyPath+"/ws HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+testKey+"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n")
	b := bufio.NewReader(c)
	response, err := http.ReadResponse(b, nil)
	r.ok(err)
	if response.StatusCode != 101 || response.Header.Get("Set-Cookie") != "" || r.api.count() != 1 {
		t.Fatalf("%d %q", response.StatusCode, response.Header)
	}
	io.WriteString(c, "ping\n")
	if line, _ := b.ReadString('\n'); line != "got ping\n" {
		t.Errorf("%q", line)
	}
}

// A hostile API: endless bodies, silence, broken answers; whoever leaves ends the call.
func TestProxyHostileAPI(t *testing.T) {
	r := newRig(t, makeClient)
	gone := make(chan bool, 1)
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		defer func() { gone <- true }()
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	request, _ := http.NewRequestWithContext(ctx, "GET", r.URL+proxyPath+"/endless", nil)
	request.Header.Set("Authorization", "Bearer "+testKey)
	response, err := plainClient.Do(request)
	r.ok(err)
	io.CopyN(io.Discard, response.Body, 10<<20)
	cancel()
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Error("the call goes on without its caller")
	}
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "short")
	})
	if _, err := r.try("GET", proxyPath+"/short", nil, nil); err == nil {
		t.Errorf("an answer that broke off looks whole: %v", err)
	}
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		c, _, _ := http.NewResponseController(w).Hijack()
		io.WriteString(c, "nonsense\r\n\r\n")
		c.Close()
	})
	r.problem(r.do("POST", proxyPath+"/nonsense", nil, nil), 502, "upstream_unavailable")
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		c, _, _ := http.NewResponseController(w).Hijack()
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n")
		c.Close()
	})
	r.problem(r.get("/unasked"), 502, "upstream_unavailable")
	r.api.CloseClientConnections()
	r.api.Close()
	r.problem(r.get("/nobody"), 502, "upstream_unavailable")
}
