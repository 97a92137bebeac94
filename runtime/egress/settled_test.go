package egress_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"claviger/runtime/egress"
)

// surplus is a server that sends more than each answer: a second one, or the beginning of one.
func surplus(t *testing.T, more string) string {
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
			go func() {
				defer c.Close()
				for b := bufio.NewReader(c); ; {
					if _, err := http.ReadRequest(b); err != nil {
						return
					}
					io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"+more)
				}
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// What a server sends after its answer is never the answer to another call, nor a part of it.
func TestSurplusIsNobodysAnswer(t *testing.T) {
	for name, more := range map[string]string{
		"a whole answer": "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "the head of one": "HTTP/1.1 200 OK\r\nX-Evil: 1\r\nX-Hidden: ", "a line end": "\r\n",
	} {
		at := surplus(t, more)
		g := guard(t, []string{"127.0.0.1"}, egress.PerEndpoint(16))
		p := egress.Policy{Hosts: hosts(t, "127.0.0.1")}
		rt := g.RoundTripper(p.Hosts)
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				for range 200 {
					if i%2 == 0 {
						if a, err := g.Do(get(t, at), p); err == nil && (string(a.Body) != "ok" || len(a.Header) != 1) {
							t.Errorf("%s: %q %q", name, a.Header, a.Body)
						}
						continue
					}
					a, err := rt.RoundTrip(get(t, at))
					if err != nil {
						continue
					}
					body, _ := io.ReadAll(a.Body) // what breaks off is seen below
					if a.Body.Close(); string(body) != "ok" || len(a.Header) != 1 {
						t.Errorf("%s: %q %q", name, a.Header, body)
					}
				}
			})
		}
		wg.Wait()
	}
}
