package worker

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"claviger/jsbridge/sandbox"
	"claviger/jsbridge/wire"
)

// worker is the state that outlives a call: the connection, compiled programs, and nothing of any call's data.
type worker struct {
	conn    *conn
	cache   *cache
	library *library
	idle    int64  // private writable memory before the first call, in bytes
	memory  int64  // the limit above that
	fetches uint64 // made so far, by all calls
	running atomic.Pointer[machine]
}

func newWorker(c *conn) *worker {
	return &worker{conn: c, cache: newCache(), library: newLibrary(environment())}
}

// stop interrupts the call under way, which then tells where it was.
func (w *worker) stop() {
	if m := w.running.Load(); m != nil {
		m.stop()
		w.conn.wake()
	}
}

func (w *worker) serve(report sandbox.Report) error {
	if err := w.conn.write(wire.Ready, report, nil); err != nil {
		return err
	}
	for {
		f, err := w.conn.read()
		if err != nil {
			return err
		}
		if err := w.handle(f); err != nil {
			return err
		}
	}
}

func (w *worker) handle(f wire.Frame) error {
	switch f.Kind {
	case wire.Run:
		var head wire.RunHead
		if err := f.Decode(&head); err != nil {
			return err
		}
		return w.run(head, f.Body)
	case wire.Check:
		var head wire.CheckHead
		if err := f.Decode(&head); err != nil {
			return err
		}
		return w.check(head)
	case wire.Answer: // of a fetch that the last call did not wait for
		return nil
	}
	return fmt.Errorf("unexpected frame %q", f.Kind)
}

// run carries out one call and writes how it ended.
func (w *worker) run(head wire.RunHead, args []byte) error {
	b, err := w.bundle(head.Hash)
	if err != nil {
		return err
	}
	if err := w.aim(head.Memory); err != nil {
		return err
	}
	m := newMachine(w, b, head)
	w.running.Store(m)
	result, failure := m.call(args)
	w.running.Store(nil)
	switch {
	case m.failed:
		return errRuntime // without an answer, after which the parent would have this worker for another call
	case m.broken != nil:
		return m.broken
	case failure != nil:
		return w.conn.write(wire.Failed, failure.Shortened(), nil)
	}
	return w.conn.write(wire.Result, nil, result)
}

// bundle returns the script with this hash, asking the parent for its source if need be.
func (w *worker) bundle(hash string) (*bundle, error) {
	if b := w.cache.get(hash); b != nil {
		return b, nil
	}
	if err := w.conn.write(wire.Need, nil, nil); err != nil {
		return nil, err
	}
	for {
		f, err := w.conn.read()
		if err != nil {
			return nil, err
		}
		if f.Kind == wire.Answer {
			continue
		}
		b, err := readBundle(f)
		if err != nil {
			return nil, err
		}
		b.announce = w.announce
		w.cache.put(b)
		return b, nil
	}
}

func readBundle(f wire.Frame) (*bundle, error) {
	if f.Kind != wire.Source {
		return nil, fmt.Errorf("expected a script, found frame %q", f.Kind)
	}
	var s wire.SourceBody
	if err := (wire.Frame{Kind: f.Kind, Head: f.Body}).Decode(&s); err != nil {
		return nil, err
	}
	return newBundle(s), nil
}

// announce tells the parent which file is being compiled.
func (w *worker) announce(p wire.Place) error { return w.conn.write(wire.At, p, nil) }

// aim makes the operating system refuse memory beyond the limit, and the garbage collector work harder before that.
func (w *worker) aim(memory int64) error {
	if memory == w.memory {
		return nil
	}
	w.memory = memory
	debug.SetMemoryLimit(memory - memory/8)
	return sandbox.LimitData(w.idle + memory)
}

// nextFetch is a number that no other fetch of this process has, so that a late answer settles nothing.
func (w *worker) nextFetch() uint64 {
	w.fetches++
	return w.fetches
}
