package fakeprovider

import (
	"net"
	"net/http"
	"time"
)

// TB is the part of *testing.T and *testing.B that Start needs.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Start serves the provider on a free port of 127.0.0.1 until the test ends, and returns its base URL without a final
// slash. For HTTPS hand the provider to httptest.NewTLSServer, and call Close before that server's own.
func (p *Provider) Start(t TB) string {
	t.Helper()
	base := Serve(t, p)
	t.Cleanup(p.Close) // runs before the clean-up of Serve, which waits for requests that hang
	return base
}

// Serve serves any handler on a free port of 127.0.0.1 until the test ends, and returns its base URL without a final
// slash.
func Serve(t TB, h http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen on loopback: %v", err)
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.Serve(l) // always ErrServerClosed: the listener is ours
	}()
	t.Cleanup(func() {
		_ = s.Close()
		<-served
	})
	return "http://" + l.Addr().String()
}
