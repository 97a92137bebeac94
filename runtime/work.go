package runtime

import (
	"context"
	goruntime "runtime"
	"runtime/debug"
	"sync"
	"time"
)

// underWay counts the work that Close waits for. The zero value is ready.
type underWay struct {
	mu     sync.Mutex
	closed bool
	count  sync.WaitGroup
}

// begin tells whether work may still begin; then end must follow.
func (u *underWay) begin() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.closed {
		u.count.Add(1)
	}
	return !u.closed
}

func (u *underWay) end() { u.count.Done() }

// wait lets nothing begin any more and waits for the rest.
func (u *underWay) wait() {
	u.mu.Lock()
	u.closed = true
	u.mu.Unlock()
	u.count.Wait()
}

// Release answers those who wait for a connection to change, and begins no background work any more: the first step of
// stopping. It does not wait.
func (e *Engine) Release() { e.close() }

// Close ends background work and waits for token calls under way: their answers are stored first.
func (e *Engine) Close() {
	e.Release()
	e.underWay.wait()
}

// work runs f to its end even when the caller that asked for it has gone: a token answer must be stored whoever waits.
// The context that f gets ends after limit. A panic of f is an error of this work and of nothing else.
func (e *Engine) work(ctx context.Context, limit time.Duration, f func(context.Context) error) (err error) {
	if !e.underWay.begin() {
		return &Error{Code: CodeStoreUnavailable, Message: "the server is stopping", RetryAfter: time.Second}
	}
	defer e.underWay.end()
	defer func() {
		if p := recover(); p != nil {
			e.log.Error("panic", "cause", known(p), "stack", string(debug.Stack()))
			err = errorf(CodeInternal, "something went wrong on our side; the server's log says what")
		}
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	return f(ctx)
}

// growStack makes a new goroutine's stack as large as a renewal needs, while there is nothing on it: on the way down it
// would be copied three times, with all that is on it by then, which is a twentieth of what a renewal costs.
//
//go:noinline
func growStack() (sum byte) {
	var room [14 << 10]byte
	for i := 0; i < len(room); i += 4 << 10 {
		sum += room[i]
	}
	return sum
}

// known is the cause of a panic, if it is of a kind that cannot hold a secret.
func known(p any) string {
	if e, ok := p.(goruntime.Error); ok {
		return e.Error()
	}
	return "not shown"
}

// background runs f beside the caller, and tells whether it does; Close waits for it.
func (e *Engine) background(f func()) bool {
	if e.closing.Err() != nil || !e.underWay.begin() {
		return false
	}
	go func() {
		defer e.underWay.end()
		f()
	}()
	return true
}

// meanwhile is background for what many may ask for at the same time: while f runs for a key, it is not begun again.
func (e *Engine) meanwhile(key string, f func()) {
	if _, running := e.running.LoadOrStore(key, struct{}{}); running {
		return
	}
	begun := e.background(func() {
		defer e.running.Delete(key)
		f()
	})
	if !begun {
		e.running.Delete(key)
	}
}
