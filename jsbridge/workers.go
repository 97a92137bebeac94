package jsbridge

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"claviger/jsbridge/sandbox"
)

// spare is how many workers are kept ready.
const spare = 2

// grow starts workers until there is one for every call that could run and some to spare, or as many as there may be.
// Called with mu held.
func (p *Pool) grow() {
	for !p.closed && len(p.alive)+p.starting < p.config.Size+p.queue.reserve() && p.starting+len(p.idle) < p.queue.startable()+spare {
		p.starting++
		p.running.Add(1)
		go p.start()
	}
}

// start starts one worker and offers it.
func (p *Pool) start() {
	w, err := startProcess(p.starter, p.config.Command, sandbox.UserOf(int(p.started.Add(1))))
	if err == nil && p.config.RequireSandbox && !w.sandbox.IsComplete() {
		w.kill()
		<-w.done
		err = fmt.Errorf("its sandbox is incomplete: %s", w.sandbox)
	}
	p.first.Do(func() {
		if p.failure = err; err == nil {
			p.report = w.sandbox
		}
		close(p.known)
	})
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
	p.serve()
}

// refuse fails the call that waits longest, and tries again for the others. Called with mu held.
func (p *Pool) refuse(err error) {
	if len(p.queue.waiting) == 0 {
		return
	}
	p.queue.waiting[0].turn <- handover{err: err}
	p.queue.waiting = p.queue.waiting[1:]
	if len(p.queue.waiting) > 0 {
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
	if idle := slices.Index(p.idle, w); idle >= 0 {
		p.idle = slices.Delete(p.idle, idle, idle+1)
		w.hangUp()
	}
	if p.closed {
		return
	}
	level := slog.LevelWarn
	if w.retired {
		level = slog.LevelDebug
	}
	p.config.Log.Log(context.Background(), level, "hook worker ended", "pid", w.pid, "state", w.state(), "reason", w.lastWords())
	p.serve()
}

// retireLater has a look at the workers that idle, in a while. Called with mu held.
func (p *Pool) retireLater() {
	if p.retiring || len(p.idle) <= spare {
		return
	}
	p.retiring = true
	time.AfterFunc(p.config.Linger, p.retire)
}

// retire ends the workers that have idled long, those to spare excepted.
func (p *Pool) retire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retiring = false
	for len(p.idle) > spare && time.Since(p.idle[0].idleSince) >= p.config.Linger {
		p.idle[0].retired = true
		p.idle[0].kill()
		p.idle[0].hangUp()
		p.idle = p.idle[1:]
	}
	p.retireLater()
}
