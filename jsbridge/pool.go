package jsbridge

import (
	"context"
	"errors"
	"log/slog"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"time"

	"claviger/jsbridge/sandbox"
)

// PoolConfig says how workers are started.
type PoolConfig struct {
	Command []string     // program and arguments of a worker; nil: this program with the argument "hook-worker"
	Size    int          // how many calls there are at a time; 0: four for each CPU, at least 8. A quarter more workers may run.
	Log     *slog.Logger // workers that die or do not start; nil: dropped
	Check   Limits       // of looking at one script, which takes 20 s at most; zero fields: those of a call

	RequireSandbox bool          // no worker is used in whose sandbox a part is missing
	Linger         time.Duration // how long workers idle beyond those to spare; 0: 30 s
}

// Pool is a set of worker processes, each of which carries out one call at a time. Two more than are in use are kept
// ready, further ones for a while. No connector can take all of it (queue.go). Safe for concurrent use. Close it.
type Pool struct {
	config  PoolConfig
	starter *starter
	started atomic.Int64 // workers so far

	mu       sync.Mutex
	idle     []*process // the last used at the end: its caches are warm
	queue    queue
	alive    map[*process]struct{} // started and not yet gone
	starting int
	retiring bool // a look at those that idle is due
	closed   bool
	running  sync.WaitGroup // starts under way and processes

	first   sync.Once
	known   chan struct{} // closed when the first start has gone well or not
	report  sandbox.Report
	failure error // of the first start
}

// handover is what a waiting call gets.
type handover struct {
	process *process
	err     error
}

// errClosed says that the pool is closed.
var errClosed = errors.New("the hook workers are shut down")

// NewPool returns a pool and begins to start its first workers. From then on this process can no longer be traced, and
// its memory not be read, by others of the same user.
func NewPool(c PoolConfig) *Pool {
	if c.Size <= 0 {
		c.Size = max(4*goruntime.NumCPU(), 8) // most of the time a hook waits for an answer
	}
	if c.Linger <= 0 {
		c.Linger = 30 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if !holdsAll {
		c.Log.Warn("on this system hooks run without limits of memory and CPU time")
	}
	if err := sandbox.Protect(); err != nil {
		c.Log.Warn("this process can be traced by others of its user", "error", err)
	}
	p := &Pool{
		config: c, starter: newStarter(), alive: map[*process]struct{}{}, known: make(chan struct{}), queue: newQueue(c.Size),
	}
	p.mu.Lock()
	p.grow()
	p.mu.Unlock()
	return p
}

// Sandbox waits for the first worker and tells what it is confined by. The error says why there is no worker.
func (p *Pool) Sandbox(ctx context.Context) (sandbox.Report, error) {
	select {
	case <-p.known:
		return p.report, p.failure
	case <-ctx.Done():
		return sandbox.Report{}, ctx.Err()
	}
}

// Close ends all workers and fails calls that are under way or waiting. It returns when the processes are gone.
func (p *Pool) Close() {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		for w := range p.alive {
			w.kill()
		}
		for _, t := range p.queue.waiting {
			t.turn <- handover{err: errClosed}
		}
		p.queue.waiting = nil
	}
	p.mu.Unlock()
	p.running.Wait()
	p.first.Do(func() { p.failure = errClosed; close(p.known) })
	p.starter.close()
}

// acquire takes a worker for a connector, waiting for one as long as ctx and the patience allow.
func (p *Pool) acquire(ctx context.Context, connector string, patience time.Duration) (*process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errClosed
	}
	t, err := p.queue.join(connector)
	if err == nil {
		p.serve()
	}
	p.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return p.await(ctx, t, patience)
}

func (p *Pool) await(ctx context.Context, t *ticket, patience time.Duration) (*process, error) {
	select { // mostly there is one at once
	case h := <-t.turn:
		return h.process, h.err
	default:
	}
	timer, began := time.NewTimer(patience), time.Now()
	defer timer.Stop()
	for {
		select {
		case h := <-t.turn:
			return h.process, h.err
		case <-ctx.Done():
			p.leave(t)
			return nil, ctx.Err()
		case <-timer.C:
			if time.Since(began) > startLimit || !p.hasPlace(t) {
				return nil, p.leave(t)
			}
			timer.Reset(patience)
		}
	}
}

// hasPlace tells whether a call that waits could run if there were a worker: then nobody is in its way, and it waits for one
// to start, which is not cut short by a short time of its own.
func (p *Pool) hasPlace(t *ticket) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.closed && p.queue.mayRun(t.connector)
}

// leave gives up a place in the queue, and the worker that may have come meanwhile. It tells how busy the pool is.
func (p *Pool) leave(t *ticket) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue.remove(t)
	select {
	case h := <-t.turn:
		if h.process != nil {
			p.queue.end(t.connector, 0)
			p.offer(h.process)
			p.serve()
		}
	default:
	}
	return p.queue.overloaded()
}

// release gives a worker back after a call that took so long; one that is not fit for another call is ended.
func (p *Pool) release(w *process, connector string, took time.Duration, fit bool) {
	if !fit {
		w.kill()
		w.hangUp()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue.end(connector, took)
	if fit {
		p.offer(w)
	}
	p.serve() // the connector may have one call more, whatever became of the worker
}

// offer keeps a worker for whoever may have it. Called with mu held.
func (p *Pool) offer(w *process) {
	if _, ok := p.alive[w]; !ok || p.closed {
		w.hangUp()
		return
	}
	w.idleSince = time.Now()
	p.idle = append(p.idle, w)
	p.retireLater()
}

// serve hands out what workers there are, and starts more where some could be used. Called with mu held.
func (p *Pool) serve() {
	p.dispatch()
	p.grow()
}

// dispatch hands workers that idle to the calls whose turn it is. Called with mu held.
func (p *Pool) dispatch() {
	for len(p.idle) > 0 {
		t := p.queue.next(len(p.idle))
		if t == nil {
			return
		}
		w := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		t.turn <- handover{process: w}
	}
}
