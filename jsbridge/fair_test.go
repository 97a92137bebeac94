package jsbridge_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claviger/jsbridge"
	"claviger/mapping/value"
)

// held is a hook whose fetch waits until it is let go.
type held struct {
	pool  *jsbridge.Pool
	now   atomic.Int64 // fetches that wait
	most  atomic.Int64
	letGo chan struct{}
	calls sync.WaitGroup
}

func (h *held) call(connector string) {
	h.calls.Go(func() {
		_, _ = h.pool.Call(context.Background(), jsbridge.Call{
			Connector: connector, Method: "go", Script: folder("a.js", "exports.go = async () => { await fetch('https://a.example') }"),
			Fetch: func(ctx context.Context, _ jsbridge.FetchRequest) (*jsbridge.FetchResponse, error) {
				if n := h.now.Add(1); n > h.most.Load() {
					h.most.Store(n)
				}
				defer h.now.Add(-1)
				select {
				case <-h.letGo:
				case <-ctx.Done():
				}
				return &jsbridge.FetchResponse{Status: 200}, nil
			},
		})
	})
}

func (h *held) waitFor(t *testing.T, n int64) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); h.now.Load() < n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d calls are under way, want %d", h.now.Load(), n)
		}
	}
}

// However many calls one connector makes, half of the workers are left to others.
func TestOneConnectorCannotTakeAllWorkers(t *testing.T) {
	h := &held{pool: newPool(t, 8), letGo: make(chan struct{})}
	for range 40 {
		h.call("greedy")
	}
	h.waitFor(t, 4)
	wantJSON(t, h.pool, folder("good.js", `exports.go = async ({n}) => n + 1`), "42")
	close(h.letGo)
	h.calls.Wait()
	if h.most.Load() != 4 {
		t.Errorf("%d calls of one connector at once, want 4 of 8 workers", h.most.Load())
	}
}

// However many connectors are slow at the same time, one that has shown to be quick does not wait for them.
func TestSlowConnectorsDoNotHoldUpQuickOnes(t *testing.T) {
	h := &held{pool: newPool(t, 8), letGo: make(chan struct{})}
	good := folder("good.js", `exports.go = async ({n}) => n + 1`)
	wantJSON(t, h.pool, good, "42")
	for i := range 40 {
		h.call(fmt.Sprint("slow-", i))
	}
	h.waitFor(t, 6)
	for range 10 {
		wantJSON(t, h.pool, good, "42")
	}
	if h.most.Load() != 6 {
		t.Errorf("%d slow calls at once, want 6 of 8 workers", h.most.Load())
	}
	close(h.letGo)
	h.calls.Wait()
}

// A queue that is full refuses at once, and says when to come back; so does one in which the time has run out.
func TestFullQueueRefuses(t *testing.T) {
	h := &held{pool: newPool(t, 1), letGo: make(chan struct{})}
	h.call("greedy")
	h.waitFor(t, 1)
	var atOnce atomic.Int64
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			begin := time.Now()
			_, err := h.pool.Call(context.Background(), jsbridge.Call{
				Connector: "greedy", Method: "go", Script: folder("a.js", "exports.go = () => 1"), Limits: jsbridge.Limits{Wall: 2 * time.Second},
			})
			if e := failed(t, err); !e.Overloaded || e.RetryAfter < time.Second {
				t.Errorf("got %+v", e)
			}
			if time.Since(begin) < time.Second {
				atOnce.Add(1)
			}
		})
	}
	all.Wait()
	if atOnce.Load() != 14 {
		t.Errorf("%d of 30 were refused at once, want all but 16", atOnce.Load())
	}
	close(h.letGo)
	h.calls.Wait()
}

// Workers that nobody needs any more go, down to those to spare.
func TestIdleWorkersRetire(t *testing.T) {
	p := jsbridge.NewPool(jsbridge.PoolConfig{Command: workerCommand(t), Size: 8, Linger: 200 * time.Millisecond})
	defer p.Close()
	h := &held{pool: p, letGo: make(chan struct{})}
	for i := range 6 {
		h.call(fmt.Sprint("c", i))
	}
	h.waitFor(t, 6)
	close(h.letGo)
	h.calls.Wait()
	for end := time.Now().Add(10 * time.Second); len(workers(t)) > 2; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d workers idle", len(workers(t)))
		}
	}
	got, err := call(p, folder("a.js", "exports.go = ({n}) => n"), value.Of("n", value.Int(1)))
	if err != nil || got != value.Int(1) {
		t.Errorf("got %v %v", got, err)
	}
}
