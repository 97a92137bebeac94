package jsbridge_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime/debug"
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

// However many connectors are slow at the same time, one that has been light lately does not wait for them.
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
				Connector: "greedy", Method: "go", Script: folder("a.js", "exports.go = () => 1"), Limits: jsbridge.Limits{Wall: 8 * time.Second},
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

// A connector that has been quick and then is not loses the reserve at once.
func TestTheReserveIsLostByOneSlowCall(t *testing.T) {
	p := newPool(t, 8)
	quick := folder("quick.js", `exports.go = async ({n}) => n + 1`)
	turncoat := func(i int) string { return fmt.Sprint("turncoat-", i) }
	for i := range 8 {
		for range 4 {
			as(t, p, turncoat(i), quick)
		}
		_, _ = p.Call(context.Background(), jsbridge.Call{
			Connector: turncoat(i), Method: "go", Script: folder("a.js", "exports.go = () => new Promise((r) => setTimeout(r, 600))"),
		})
		as(t, p, turncoat(i), quick)
	}
	as(t, p, "good", quick)
	h := &held{pool: p, letGo: make(chan struct{})}
	for i := range 8 {
		h.call(turncoat(i))
	}
	h.waitFor(t, 6)
	for range 10 {
		as(t, p, "good", quick)
	}
	if h.most.Load() != 6 {
		t.Errorf("%d slow calls at once, want 6 of 8 workers", h.most.Load())
	}
	close(h.letGo)
	h.calls.Wait()
}

// as calls for a connector and wants 42.
func as(t *testing.T, p *jsbridge.Pool, connector string, s *jsbridge.Script) {
	t.Helper()
	got, err := p.Call(context.Background(), jsbridge.Call{
		Connector: connector, Method: "go", Script: s, Args: value.Of("n", value.Int(41)), Limits: jsbridge.Limits{Wall: 4 * time.Second},
	})
	if err != nil || got != value.Int(42) {
		t.Errorf("%s: %v %v", connector, got, err)
	}
}

// A queue that others have filled turns nobody away who could run at once.
func TestFullQueueDoesNotTurnLightConnectorsAway(t *testing.T) {
	p := newPool(t, 8)
	quick := folder("quick.js", `exports.go = async ({n}) => n + 1`)
	as(t, p, "good", quick)
	h := &held{pool: p, letGo: make(chan struct{})}
	for i := range 5 * 128 {
		h.call(fmt.Sprint("greedy-", i%5))
	}
	h.waitFor(t, 6)
	for range 10 {
		as(t, p, "good", quick)
	}
	close(h.letGo)
	h.calls.Wait()
}

// A call that waits because its connector has enough under way gets a worker that idles as soon as one of those ends, also
// if that one has to be killed.
func TestAKilledCallMakesRoom(t *testing.T) {
	p := newPool(t, 8)
	h := &held{pool: p, letGo: make(chan struct{})}
	for i := range 6 {
		h.call(fmt.Sprint("other-", i))
	}
	h.waitFor(t, 6)
	close(h.letGo)
	h.calls.Wait() // now there are idle workers
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			_, _ = p.Call(context.Background(), jsbridge.Call{
				Connector: "greedy", Method: "go", Limits: jsbridge.Limits{Wall: 500 * time.Millisecond}, Script: folder("a.js", "exports.go = () => new Array(1e9).join('x')"),
			})
		})
	}
	time.Sleep(300 * time.Millisecond)
	begin := time.Now()
	as(t, p, "greedy", folder("quick.js", `exports.go = async ({n}) => n + 1`))
	if took := time.Since(begin); took > 900*time.Millisecond {
		t.Errorf("waited %s beside idle workers", took)
	}
	all.Wait()
}

// Workers that were killed leave no descriptor behind.
func TestKilledWorkersLeaveNothing(t *testing.T) {
	p := newPool(t, 1)
	open := func() int {
		names, err := filepath.Glob("/proc/self/fd/*")
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // what is collected is closed in any case
	good := folder("good.js", `exports.go = async ({n}) => n + 1`)
	wantJSON(t, p, good, "42")
	before := open()
	for range 20 {
		_, _ = call(p, folder("a.js", "exports.go = () => 'x'.repeat(2 ** 40)"), nil)
	}
	wantJSON(t, p, good, "42")
	if now := open(); now > before+6 {
		t.Errorf("%d descriptors are open, %d were", now, before)
	}
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
