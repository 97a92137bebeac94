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
)

// However calls end, by whichever side, they leave nothing behind: neither a place among those that may be under way, nor
// anybody who waits.
func TestProxyLeavesNothingBehind(t *testing.T) {
	r := newRig(t, makeClient)
	reads := func(c net.Conn, b *bufio.ReadWriter) { io.Copy(io.Discard, b) } // until the proxy hangs up
	says := func(text string) func(net.Conn, *bufio.ReadWriter) {
		return func(c net.Conn, b *bufio.ReadWriter) {
			io.WriteString(c, text)
			reads(c, b)
		}
	}
	r.api.on(func(w http.ResponseWriter, _ *http.Request) {})
	r.get("/x")
	time.Sleep(100 * time.Millisecond)
	before := goruntime.NumGoroutine()
	leaves := func(request string) func() {
		return func() { // sends, reads a little, and goes
			c, err := net.Dial("tcp", r.Listener.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			io.WriteString(c, request)
			c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			c.Read(make([]byte, 10))
		}
	}
	upgrade := proxyRequest("GET", "/x", "Connection: Upgrade\r\nUpgrade: websocket\r\n")
	for name, c := range map[string]struct {
		answer func(net.Conn, *bufio.ReadWriter)
		call   func()
	}{
		"another protocol than asked for": {says("HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n"), leaves(upgrade)},
		"a protocol that goes on":         {says("HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nx"), leaves(upgrade)},
		"an API that never answers":       {reads, leaves(proxyRequest("GET", "/x", ""))},
		"1xx alone":                       {says("HTTP/1.1 103 X\r\n\r\n"), leaves(proxyRequest("GET", "/x", ""))},
		"1xx without end":                 {says(strings.Repeat("HTTP/1.1 103 X\r\n\r\n", 100)), leaves(proxyRequest("GET", "/x", ""))},
		"a head without end":              {says("HTTP/1.1 200 X\r\nA: " + strings.Repeat("x", 100_000)), leaves(proxyRequest("GET", "/x", ""))},
		"a body without end":              {says("HTTP/1.1 200 X\r\n\r\n" + strings.Repeat("x", 100_000)), leaves(proxyRequest("GET", "/x", ""))},
		"a bad head":                      {says("HTTP/1.1 200 X\r\nX A: b\r\nContent-Length: 100\r\n\r\nx"), leaves(proxyRequest("GET", "/x", ""))},
		"a caller whose body stops":       {reads, leaves(proxyRequest("POST", "/x", "Content-Length: 100\r\n") + "x")},
		"a caller whose large body stops": {reads, leaves(proxyRequest("POST", "/x", "Content-Length: 100000000\r\n") + "x")},
		"a caller whose chunks stop":      {reads, leaves(proxyRequest("POST", "/x", "Transfer-Encoding: chunked\r\n") + "5\r\nab")},
		"a refusal without end":           {says("HTTP/1.1 401 X\r\nContent-Length: 10\r\n\r\nx"), leaves(proxyRequest("GET", "/x", ""))},
		"a failure, again and again":      {says("HTTP/1.1 503 X\r\nRetry-After: 20\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"), leaves(proxyRequest("GET", "/x", "Claviger-Retry: 3\r\n"))},
	} {
		r.speaks(c.answer)
		for range 9 { // eight at once, so as to come to more than may be under way
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(c.call)
			}
			wg.Wait()
		}
		r.api.on(func(w http.ResponseWriter, _ *http.Request) {})
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			if a := r.get("/x"); a.StatusCode == 200 {
				break
			} else if time.Now().After(end) {
				t.Fatalf("%s: %d %s", name, a.StatusCode, a.body)
			}
		}
	}
	plainClient.CloseIdleConnections()
	var now int
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if now = goruntime.NumGoroutine(); now <= before+10 {
			return
		}
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("%d goroutines became %d\n%s", before, now, fmt.Sprintf("%.20000s", stacks[:goruntime.Stack(stacks, true)]))
}
