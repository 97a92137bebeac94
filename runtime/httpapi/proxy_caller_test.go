package httpapi_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/secret"
)

// overheard is an API that keeps the bytes of every request as they come, and answers each with 200.
type overheard struct {
	net.Listener
	mu    sync.Mutex
	bytes string
}

func overhear(t *testing.T) *overheard {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	o := &overheard{Listener: l}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go o.serve(c)
		}
	}()
	return o
}

func (o *overheard) serve(c net.Conn) {
	defer c.Close()
	b := bufio.NewReader(io.TeeReader(c, o))
	for {
		q, err := http.ReadRequest(b)
		if err != nil {
			return
		}
		io.Copy(io.Discard, q.Body)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	}
}

func (o *overheard) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bytes += string(p)
	return len(p), nil
}

// take is what came since the last time.
func (o *overheard) take() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer func() { o.bytes = "" }()
	return o.bytes
}

// hearing lets the rig's connector call an API that keeps the bytes.
func hearing(t *testing.T, client string) (*rig, *overheard) {
	r, o := newRig(t, client), overhear(t)
	p := r.parameters()
	p["baseUrl"] = "http://" + o.Addr().String()
	r.put("/v1/integrations/app", map[string]any{"connector": "app", "parameters": p})
	return r, o
}

// Whatever a caller writes into the headers: the credentials are ours, the rest is clean, and there is one request.
func TestProxyHostileHeaders(t *testing.T) {
	r, o := hearing(t, makeClient)
	for name, more := range map[string]string{
		"connection names ours":       "Connection: authorization, x-connector, host, content-length, user-agent, claviger-retry\r\nX-Connector: evil\r\nClaviger-Retry: 0\r\n",
		"connection names anything":   "Connection: x-evil, close\r\nConnection: X-EVIL2\r\nX-Evil: evil\r\nx-evil2: evil\r\n",
		"connection of odd form":      "Connection: ,,x-evil;q=1,\"x\", x-evil ,\r\nX-Evil: evil\r\n",
		"TE":                          "TE: trailers, evil;q=0.5\r\nTE: evil\r\n",
		"trailers of a plain request": "Trailer: Authorization, evil\r\n",
		"to h2c":                      "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: evil\r\n",
		"to h2c among others":         "Connection: upgrade, HTTP2-Settings\r\nUpgrade: websocket, H2C\r\nHTTP2-Settings: evil\r\n",
		"to another HTTP":             "Connection: Upgrade\r\nUpgrade: HTTP/2.0-evil\r\n",
		"to TLS":                      "Connection: Upgrade\r\nUpgrade: TLS/1.0-evil\r\n",
		"upgrade unsaid":              "Upgrade: evil\r\n",
		"underscore twins":            "X_Forwarded_For: evil\r\nx_forwarded-host: evil\r\nX-Forwarded_Proto: evil\r\nX_Real_IP: evil\r\nProxy_Authorization: evil\r\nCONTENT_LENGTH: 99evil\r\nTransfer_Encoding: evil\r\nX_CONNECTOR: evil\r\nx_Connector: evil\r\nContent_Type: evil\r\nKeep_Alive: evil\r\nClaviger_Base: evil\r\nX_HTTP_Method_Override: evil\r\n",
		"what others say":             "Forwarded: for=evil\r\nX-Forwarded-For: evil\r\nX-Forwarded-Evil: evil\r\nX-Real-IP: evil\r\nProxy-Authorization: evil\r\nProxy: evil\r\nProxy-Connection: evil\r\n",
		"credentials":                 "Cookie: evil=1\r\ncookie: evil=2\r\nCookie2: evil\r\n",
		"hop-by-hop":                  "Keep-Alive: evil\r\nTrailer: evil\r\n",
	} {
		more = strings.Replace(more, "Proxy: evil\r\n", "", 1)
		heard := r.hear(proxyRequest("GET", "/x", more), 300*time.Millisecond)
		got := o.take()
		if !strings.HasPrefix(heard, "HTTP/1.1 200 ") || strings.Contains(strings.ToLower(got), "evil") || strings.Count(got, "HTTP/1.1\r\n") != 1 || strings.Contains(got, testKey) ||
			strings.Count(got, "Authorization: Bearer at-0\r\n") != 1 || strings.Count(got, "X-Connector: yes\r\n") != 1 || strings.Count(got, "\r\nHost: ") != 1 {
			t.Errorf("%s: %q led to\n%q", name, got, heard)
		}
	}
	// Two Authorization headers, and an Authorization of another kind, are for nobody.
	for _, more := range []string{"Authorization: Bearer evil\r\n", "authorization: Basic evil\r\n"} {
		r.hear(proxyRequest("GET", "/x", more), 300*time.Millisecond)
		if got := o.take(); strings.Contains(got, "evil") || strings.Count(got, "Authorization:") > 1 {
			t.Errorf("%q", got)
		}
	}
}

// Requests that two servers could read in two ways: refused, or sent on in one way.
func TestProxyHostileRequests(t *testing.T) {
	r, o := hearing(t, makeClient)
	const inner = "GET /evil HTTP/1.1\r\nHost: evil\r\n\r\n"
	chunked := func(te string) string { return te + "\r\n\r\n0\r\n\r\n" + inner }
	for name, more := range map[string]string{
		"both lengths":         "Content-Length: 5\r\n" + chunked("Transfer-Encoding: chunked"),
		"both, the other way":  "Transfer-Encoding: chunked\r\n" + chunked("Content-Length: 5"),
		"a coding in a list":   chunked("Transfer-Encoding: identity, chunked"),
		"codings twice":        chunked("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
		"a coding with a tab":  chunked("Transfer-Encoding:\tchunked"),
		"a coding in quotes":   chunked("Transfer-Encoding: \"chunked\""),
		"a coding and a NUL":   chunked("Transfer-Encoding: chunked\x00"),
		"a coding folded":      chunked("Transfer-Encoding:\r\n chunked"),
		"a name with a space":  chunked("Transfer-Encoding : chunked"),
		"two lengths":          "Content-Length: 0\r\nContent-Length: 40\r\n\r\n" + inner,
		"two lengths in one":   "Content-Length: 0, 40\r\n\r\n" + inner,
		"a length with a sign": "Content-Length: +0\r\n\r\n" + inner,
		"a length in hex":      "Content-Length: 0x0\r\n\r\n" + inner,
		"bare LF":              "X-A: b\n\n" + inner,
		"bare CR":              "X-A: b\r\rX-Evil: c\r\n\r\n",
		"NUL in a value":       "X-A: evil\x00\r\n\r\n",
		"a control in a value": "X-A: evil\x08\r\n\r\n",
		"folded":               "X-A: b\r\n X-Evil: c\r\n\r\n",
		"no colon":             "X-Evil\r\n\r\n",
		"two hosts":            "Host: evil\r\n\r\n",
		"a large head":         "X-Evil: " + strings.Repeat("x", 2<<20) + "\r\n\r\n",
	} {
		head := strings.TrimSuffix(proxyRequest("POST", "/x", ""), "\r\n")
		r.hear(head+more, 200*time.Millisecond)
		got := o.take()
		if strings.Contains(got, "/evil") || strings.Contains(got, "evil\r\n") || strings.Contains(got, "\nX-Evil") || strings.Count(got, " HTTP/1.1\r\n") > 1 || strings.Contains(got, testKey) {
			t.Errorf("%s: the API got %q", name, got)
		}
	}
	if a := r.do("GET", proxyPath+"/x", nil, nil); a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	o.take()

	// Trailers of a request are not sent on: they could be anything.
	heard := r.hear(proxyRequest("POST", "/x", "Transfer-Encoding: chunked\r\nTrailer: Authorization, Cookie, X-Evil\r\n")+"1\r\na\r\n0\r\nAuthorization: evil\r\nCookie: evil\r\nX-Evil: evil\r\nX-Forwarded-For: evil\r\n\r\n", 300*time.Millisecond)
	if got := strings.ToLower(o.take()); !strings.HasPrefix(heard, "HTTP/1.1 200 ") || strings.Contains(got, "evil") || strings.Contains(got, "trailer") {
		t.Errorf("%q led to %q", got, heard)
	}
}

// Targets: what is not below the base is refused before anything is sent, in the form of a path or in any other.
func TestProxyHostileTargets(t *testing.T) {
	r, o := hearing(t, makeClient)
	host := o.Addr().String()
	for _, target := range []string{
		"*", "evil.com:80", "http://evil.com/", "//evil.com/", "http://" + host + "/token", "/v1/connections/con_1/proxy//evil.com", proxyPath + "/%2e%2e/x", proxyPath + "/%2E%2e%2fx", proxyPath + "/..;/x",
		proxyPath + "/..%3b/x", proxyPath + "/%2e%2e;a=b/x", proxyPath + "/a/..%5c..%5cx", proxyPath + `/..\x`, proxyPath + "/x#/../", proxyPath + "/..%00/", proxyPath + "/.%00./x", "/v1/connections/con_1/../con_1/proxy/x",
		"/v1/connections/con_1%2fproxy/x", "/v1/connections/con_1%2f..%2fcon_1/proxy/x", "/v1/connections/%2e%2e/proxy/x", "/v1//connections/con_1/proxy/x", "//v1/connections/con_1/proxy/x", "/v1/connections/con_1;x/proxy/x",
		"/v1/connections//proxy/x", proxyPath + "x", "/V1/connections/con_1/proxy/x", "/v1/connections/con_1/proxy%2fx", proxyPath + "/%", proxyPath + "/%zz", proxyPath + "/a b HTTP/1.1 x",
	} {
		heard := r.hear("GET "+target+" HTTP/1.1\r\nHost: evil.com\r\nAuthorization: Bearer "+testKey+"\r\nConnection: close\r\n\r\n", 2*time.Second)
		if got := o.take(); got != "" || strings.HasPrefix(heard, "HTTP/1.1 2") || strings.HasPrefix(heard, "HTTP/1.1 3") || strings.HasPrefix(heard, "HTTP/1.1 5") {
			t.Errorf("%s: the API got %q, and the caller %q", target, got, heard)
		}
	}
	for target, want := range map[string]string{
		proxyPath:                                 "/base",
		proxyPath + "/%252e%252e/x":               "/base/%252e%252e/x", // decoded once it is no dots yet
		proxyPath + "/%25252e":                    "/base/%25252e",
		proxyPath + "?//evil.com/../":             "/base?//evil.com/../",
		proxyPath + "/x?a=%0d%0aX-Evil:1":         "/base/x?a=%0d%0aX-Evil:1",
		proxyPath + "/@evil.com":                  "/base/@evil.com",
		"javascript:" + proxyPath + "/x":          "/base/x",
		"http://evil.com" + proxyPath + "/x":      "/base/x",
		"HTTP://u:p@evil.com" + proxyPath + "/x?": "/base/x",
	} {
		heard := r.hear("GET "+target+" HTTP/1.1\r\nHost: evil.com\r\nAuthorization: Bearer "+testKey+"\r\nConnection: close\r\n\r\n", 2*time.Second)
		if got := o.take(); !strings.HasPrefix(got, "GET "+want+" HTTP/1.1\r\n") && !strings.HasPrefix(got, "GET "+want+"? HTTP/1.1\r\n") || !strings.Contains(got, "\r\nHost: "+host+"\r\n") || !strings.HasPrefix(heard, "HTTP/1.1 200 ") {
			t.Errorf("%s: the API got %q, and the caller %q", target, got, heard)
		}
	}
}

// A token, or a parameter, with CR, LF or NUL in it is sent nowhere, and is not repaired (statement 16).
func TestProxyTokensWithControls(t *testing.T) {
	for name, client := range map[string]string{
		"header":     makeClient,
		"basic auth": strings.Split(makeClient, "headers:")[0] + "auth: {username: u, password: {$var: credentials.access_token}}\n",
		"own header": strings.Split(makeClient, "headers:")[0] + "headers: {X-Key: {$var: credentials.access_token}}\n",
	} {
		r, o := hearing(t, client)
		for _, token := range []string{"at\r\nX-Evil: 1", "at\nX-Evil: 1", "at\rX-Evil", "at\x00evil", "\r\nevil", "evil\n"} {
			c := r.stored("con_1")
			c.Token.Access, c.Token.Credentials = secret.New(token), value.Of("access_token", token)
			r.ok(r.store.PutConnection(t.Context(), c))
			a, err := r.try("GET", proxyPath+"/x", nil, nil)
			got := o.take()
			r.ok(err)
			if name == "basic auth" && a.StatusCode == 200 { // which is base64
				if strings.Count(got, "\r\n") > 8 || strings.Contains(got, "evil") {
					t.Errorf("%q led to %q", token, got)
				}
				continue
			}
			if a.StatusCode < 400 || got != "" || strings.Contains(strings.ToLower(a.body), "evil") || a.Header.Get(runtime.UpstreamHeader) != "" {
				t.Errorf("%s: %q led to %q, %d %s", name, token, got, a.StatusCode, a.body)
			}
		}
	}
}

// A body that is announced costs what has come of it, not what was announced.
func TestProxyBodiesThatDoNotCome(t *testing.T) {
	r := newRig(t, makeClient)
	for i := range 4 {
		r.connect(fmt.Sprint("con_slow", i), fmt.Sprint("slow", i%2))
	}
	var before, after goruntime.MemStats
	goruntime.GC()
	goruntime.ReadMemStats(&before)
	for i := range 4 * 50 {
		c, err := net.Dial("tcp", r.Listener.Addr().String())
		r.ok(err)
		defer c.Close()
		fmt.Fprintf(c, "POST /v1/connections/con_slow%d/proxy/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 1048576\r\n\r\na", i%4, testKey)
	}
	time.Sleep(300 * time.Millisecond)
	goruntime.GC()
	goruntime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 60<<20 {
		t.Errorf("200 bodies of a byte each hold %d MiB", grown>>20)
	}
	if a := r.get("/x"); a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}
