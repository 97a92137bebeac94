package bench

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// endpoint is a token endpoint that answers every renewal after a while, and costs this machine as little as it can: it
// checks no client, and reads of a request only which connection the refresh token is of. (It shares the processors with
// what is measured.)
type endpoint struct {
	url     string
	latency time.Duration
	calls   []atomic.Int32 // by connection
}

func newEndpoint(b *testing.B, n int, latency time.Duration) *endpoint {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	e := &endpoint{url: "http://" + listener.Addr().String(), latency: latency, calls: make([]atomic.Int32, n)}
	server := &http.Server{Handler: e}
	go func() { _ = server.Serve(listener) }()
	b.Cleanup(func() { _ = server.Close() })
	return e
}

// refreshToken is the one with which connection i begins; its renewals bring others of the same form.
func refreshToken(i int) string { return fmt.Sprintf("refresh-%07d-", i) }

var accessToken = strings.Repeat("x", 900)

// ServeHTTP answers with a token that tells how many there have been.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var buffer [1024]byte
	n, _ := io.ReadFull(r.Body, buffer[:])
	_, rest, ok := bytes.Cut(buffer[:n], []byte("refresh-"))
	if !ok || len(rest) < 7 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	i, _ := strconv.Atoi(string(rest[:7]))
	call := e.calls[i].Add(1)
	time.Sleep(e.latency)
	w.Header()["Content-Type"] = []string{"application/json"}
	fmt.Fprintf(w, `{"access_token":"access-%d-%d-%s","refresh_token":"%s%d","token_type":"Bearer","expires_in":3600,"scope":"read write"}`,
		i, call, accessToken, refreshToken(i), call)
}
