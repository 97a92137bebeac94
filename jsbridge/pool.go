package jsbridge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	goruntime "runtime"
	"slices"
	"sync"
	"time"
)

// PoolConfig says how workers are started.
type PoolConfig struct {
	Command []string     // program and arguments of a worker; nil: this program with the argument "hook-worker"
	Size    int          // how many workers there are at most; 0: the number of CPUs, at least 2
	Log     *slog.Logger // workers that die or do not start; nil: dropped
	Check   Limits       // of looking at one script, which takes 20 s at most; zero fields: those of a call
}

// Pool is a set of worker processes, each of which carries out one call at a time. One more than are in use is kept ready.
// Safe for concurrent use. Close it.
type Pool struct {
	config  PoolConfig
	starter *starter

	mu       sync.Mutex
	idle     []*process // the last used at the end: its caches are warm
	waiting  []chan handover
	alive    map[*process]struct{} // started and not yet gone
	starting int
	closed   bool
	running  sync.WaitGroup // starts under way and processes
}

// handover is what a waiting call gets.
type handover struct {
	process *process
	err     error
}

// errClosed says that the pool is closed.
var errClosed = errors.New("the hook workers are shut down")

// NewPool returns a pool and begins to start its first worker.
func NewPool(c PoolConfig) *Pool {
	if c.Size <= 0 {
		c.Size = max(goruntime.NumCPU(), 2)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if !holdsAll {
		c.Log.Warn("on this system hooks run without limits of memory and CPU time")
	}
	p := &Pool{config: c, starter: newStarter(), alive: map[*process]struct{}{}}
	p.mu.Lock()
	p.grow()
	p.mu.Unlock()
	return p
}

// Close ends all workers and fails calls that are under way or waiting. It returns when the processes are gone.
func (p *Pool) Close() {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		for w := range p.alive {
			w.kill()
		}
		for _, waiter := range p.waiting {
			waiter <- handover{err: errClosed}
		}
		p.waiting = nil
	}
	p.mu.Unlock()
	p.running.Wait()
	p.starter.close()
}

// acquire takes a worker, waiting for one as long as ctx and the patience allow.
func (p *Pool) acquire(ctx context.Context, patience time.Duration) (*process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errClosed
	}
	if n := len(p.idle); n > 0 {
		w := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.grow()
		p.mu.Unlock()
		return w, nil
	}
	turn := make(chan handover, 1)
	p.waiting = append(p.waiting, turn)
	p.grow()
	p.mu.Unlock()
	return p.await(ctx, turn, patience)
}

// errOverloaded says that no worker became free in time.
var errOverloaded = errors.New("no hook worker became free in time")

func (p *Pool) await(ctx context.Context, turn chan handover, patience time.Duration) (*process, error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case h := <-turn:
		return h.process, h.err
	case <-ctx.Done():
		p.leave(turn)
		return nil, ctx.Err()
	case <-timer.C:
		p.leave(turn)
		return nil, errOverloaded
	}
}

// leave gives up a place in the queue, and the worker that may have come meanwhile.
func (p *Pool) leave(turn chan handover) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = slices.DeleteFunc(p.waiting, func(c chan handover) bool { return c == turn })
	select {
	case h := <-turn:
		if h.process != nil {
			p.offer(h.process)
		}
	default:
	}
}

// release gives a worker back after a call; one that is not fit for another call is ended.
func (p *Pool) release(w *process, fit bool) {
	if !fit {
		w.kill()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offer(w)
}

// offer hands a worker to the call that waits longest, or keeps it. Called with mu held.
func (p *Pool) offer(w *process) {
	if _, ok := p.alive[w]; !ok || p.closed {
		return
	}
	if len(p.waiting) > 0 {
		turn := p.waiting[0]
		p.waiting = p.waiting[1:]
		turn <- handover{process: w}
		return
	}
	p.idle = append(p.idle, w)
}

// grow starts workers until there is one for every waiting call and one to spare, or as many as there may be. Called
// with mu held.
func (p *Pool) grow() {
	for !p.closed && len(p.alive)+p.starting < p.config.Size && p.starting+len(p.idle) < len(p.waiting)+1 {
		p.starting++
		p.running.Add(1)
		go p.start()
	}
}

// start starts one worker and offers it.
func (p *Pool) start() {
	w, err := startProcess(p.starter, p.config.Command)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.starting--
	if err != nil {
		p.running.Done()
		p.config.Log.Error("hook worker does not start", "error", err)
		p.refuse(fmt.Errorf("cannot start a hook worker: %w", err))
		return
	}
	p.alive[w] = struct{}{}
	go p.mourn(w)
	if p.closed {
		w.kill()
		return
	}
	p.offer(w)
}

// refuse fails the call that waits longest, and tries again for the others. Called with mu held.
func (p *Pool) refuse(err error) {
	if len(p.waiting) == 0 {
		return
	}
	p.waiting[0] <- handover{err: err}
	p.waiting = p.waiting[1:]
	if len(p.waiting) > 0 {
		p.grow()
	}
}

// mourn waits for the end of a worker and starts another in its place.
func (p *Pool) mourn(w *process) {
	defer p.running.Done()
	<-w.done
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.alive, w)
	idle := slices.Index(p.idle, w)
	if idle >= 0 {
		p.idle = slices.Delete(p.idle, idle, idle+1)
	}
	if !p.closed {
		p.config.Log.Warn("hook worker ended", "pid", w.pid, "state", w.state(), "reason", w.lastWords())
		p.grow()
	}
}
