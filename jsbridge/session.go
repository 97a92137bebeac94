package jsbridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"claviger/jsbridge/wire"
)

// maxFrameBody is how much a worker may send at once: a result or the body of a request, and room for what surrounds it.
const maxFrameBody = wire.MaxRequest + 1<<20

// session is one exchange with one worker: from the request to the frame that ends it.
type session struct {
	worker *process
	call   *Call
	limits Limits
	place  wire.Place // of the last At

	started time.Time
	ctx     context.Context
	cancel  context.CancelFunc

	mu       sync.Mutex
	over     bool
	exceeded string      // the limit for which the parent has stopped the call
	timer    *time.Timer // of watch
	deadline time.Time   // of the wall time; once stopped, of the worker's life
	cpuStart time.Duration
	fetching map[uint64]context.CancelFunc
	received int64 // bytes of bodies of answers, as they arrive
	sending  int   // bytes of bodies of requests that are under way
	slots    chan struct{}

	fetched, logged int  // counted by the reader alone
	heard           bool // a frame has come
}

// run sends the request and reads frames until one ends the exchange. Whatever the worker sends is checked here or by
// whoever uses it.
func (s *session) run(ctx context.Context, r request) (wire.Frame, error) {
	s.ctx, s.cancel = context.WithCancel(ctx)
	defer s.cancel()
	if err := s.prepare(); err != nil {
		return wire.Frame{}, err
	}
	defer s.end()
	defer context.AfterFunc(ctx, s.worker.kill)()
	if err := s.worker.write(r.kind, r.head, r.body); err != nil {
		return wire.Frame{}, unsent(err)
	}
	for {
		f, err := wire.Read(s.worker.reader, maxFrameBody)
		if err != nil {
			return wire.Frame{}, s.unread(err)
		}
		s.heard = true
		if ends(f.Kind) {
			return f, nil
		}
		if err := s.handle(f); err != nil {
			return wire.Frame{}, err
		}
	}
}

// deathGrace is how long a process takes at most to end after its pipe.
const deathGrace = 500 * time.Millisecond

// unread tells a worker that has ended from one that breaks the rules.
func (s *session) unread(err error) error {
	if errors.Is(err, wire.ErrTooLarge) {
		return &misbehaved{err.Error()}
	}
	if !s.worker.isGone(deathGrace) {
		return &misbehaved{"it has closed its pipe"}
	}
	if !s.heard && s.stoppedFor() == "" && s.worker.wasKilled() {
		return &notStarted{err} // somebody has killed it; nothing of the call has come out
	}
	return err
}

// unsent tells a request that fits no frame from a worker that was gone.
func unsent(err error) error {
	if errors.Is(err, wire.ErrTooLarge) {
		return err
	}
	return &notStarted{err}
}

// notStarted says that the worker was gone before the call reached it, or before anything of it came out.
type notStarted struct{ err error }

func (e *notStarted) Error() string { return e.err.Error() }

func ends(k wire.Kind) bool { return k == wire.Result || k == wire.Failed || k == wire.Checked }

// prepare starts the watch.
func (s *session) prepare() error {
	used, err := s.worker.cpuTime()
	if err != nil {
		return &notStarted{err}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = false // of an attempt on a worker that was gone
	s.cpuStart, s.started = used, time.Now()
	s.deadline = s.started.Add(s.limits.Wall)
	s.timer = time.AfterFunc(min(sampleEvery, s.limits.Wall), s.watch)
	return nil
}

// end makes sure that nothing of this exchange reaches the worker any more.
func (s *session) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	s.timer.Stop()
}

// handle acts on a frame in the middle of an exchange.
func (s *session) handle(f wire.Frame) error {
	switch f.Kind {
	case wire.Need:
		return s.sendSource()
	case wire.At:
		return f.Decode(&s.place)
	case wire.Fetch:
		return s.startFetch(f)
	case wire.Client:
		return s.startClient(f)
	case wire.Value:
		return s.startValue(f)
	case wire.Abort:
		return s.abortFetch(f)
	case wire.Log:
		return s.log(f)
	}
	return &misbehaved{fmt.Sprintf("unexpected frame %q", f.Kind)}
}

// misbehaved says that a worker broke the rules of the pipe, which only author code that has taken it over can do.
type misbehaved struct{ what string }

func (e *misbehaved) Error() string { return "the hook worker misbehaved: " + e.what }

func (s *session) log(f wire.Frame) error {
	var head wire.LogHead
	if err := f.Decode(&head); err != nil {
		return &misbehaved{err.Error()}
	}
	s.logged += len(f.Body) + wire.LineCost
	if s.logged > s.limits.Log {
		return &overLimit{"log", s.limits}
	}
	if s.call.Log != nil {
		s.call.Log(LogLine{Level: level(head.Level), Text: validText(f.Body)})
	}
	return nil
}

func level(name string) string {
	switch name {
	case "debug", "info", "warn", "error":
		return name
	}
	return "log"
}

// sendSource gives the worker the script that it lacks.
func (s *session) sendSource() error {
	script := s.call.Script
	body, err := json.Marshal(wire.SourceBody{
		Hash: script.hash, Entry: script.Entry, Files: script.Files, Line: script.Line, Col: script.Col,
	})
	if err != nil {
		return err
	}
	return s.worker.write(wire.Source, nil, body)
}
