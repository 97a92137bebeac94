package httpapi_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// What an API sends after its answer is the answer to nobody's next call, also where many share its connections.
func TestProxySurplusIsNobodysAnswer(t *testing.T) {
	r := newRig(t, makeClient)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	r.ok(err)
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for b := bufio.NewReader(c); ; {
					q, err := http.ReadRequest(b)
					if err != nil {
						return
					}
					io.Copy(io.Discard, q.Body)
					io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
				}
			}()
		}
	}()
	p := r.parameters()
	p["baseUrl"] = "http://" + l.Addr().String()
	r.put("/v1/integrations/app", map[string]any{"connector": "app", "parameters": p})
	evil, failed := r.race("ok")
	t.Logf("%d evil, %d failed", evil, failed)
	if evil > 0 || failed > 100 {
		t.Errorf("%d answers of another call, %d failed", evil, failed)
	}
}

// race makes many calls at once and counts those that get another answer, and those that get none.
func (r *rig) race(want string) (evil, failed int32) {
	var wrong, none atomic.Int32
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for range 100 {
				a, err := r.try("GET", proxyPath+"/x", nil, strings.NewReader(""))
				switch {
				case err != nil || a.StatusCode != 200:
					none.Add(1)
				case a.body != want:
					wrong.Add(1)
				}
			}
		})
	}
	wg.Wait()
	return wrong.Load(), none.Load()
}

// An API that keeps to the rules is never taken for one that does not, however busy everybody is.
func TestProxyConnectionsThatAreSettled(t *testing.T) {
	r := newRig(t, makeClient)
	var from sync.Map
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		from.Store(q.RemoteAddr, true)
		io.WriteString(w, "fine")
	})
	evil, failed := r.race("fine")
	made := 0
	from.Range(func(any, any) bool { made++; return true })
	if evil+failed > 0 || made > 64 {
		t.Errorf("%d wrong, %d failed, %d connections", evil, failed, made)
	}
}
