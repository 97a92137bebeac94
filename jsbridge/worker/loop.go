package worker

import (
	"errors"
	"fmt"
	"time"

	"github.com/dop251/goja"

	"claviger/jsbridge/wire"
)

// rejection is a promise that was rejected and has no handler yet.
type rejection struct {
	promise *goja.Promise
	place   wire.Place // where it was rejected, as far as the stack tells
}

// trackRejection keeps waiting up to date, so that no rejected promise is lost.
func (m *machine) trackRejection(p *goja.Promise, op goja.PromiseRejectionOperation) {
	if op == goja.PromiseRejectionReject {
		place := m.bundle.placeOf(m.vm.CaptureCallStack(0, nil))
		m.waiting = append(m.waiting, &rejection{p, place})
		return
	}
	for i, r := range m.waiting {
		if r.promise == p {
			m.waiting = append(m.waiting[:i], m.waiting[i+1:]...)
			return
		}
	}
}

// rejected is the error that a promise was rejected with.
type rejected struct {
	reason goja.Value
	place  wire.Place
}

func (e *rejected) Error() string { return "promise rejected" }

// settle waits for a value that may be a promise, while timers fire and answers arrive. As in Node, a rejected promise
// that nobody handles ends the call, even if the hook itself goes on.
func (m *machine) settle(v goja.Value) (goja.Value, error) {
	p, err := m.promised(v)
	if err != nil {
		return nil, err
	}
	for {
		if err := m.unhandled(p); err != nil {
			return nil, err
		}
		if p == nil {
			return v, nil
		}
		switch p.State() {
		case goja.PromiseStateFulfilled:
			return p.Result(), nil
		case goja.PromiseStateRejected:
			return nil, &rejected{p.Result(), m.placeOfRejection(p)}
		}
		if err := m.step(); err != nil {
			return nil, err
		}
	}
}

// promised is v as a promise; nil where v is a plain value. Any object with a method `then` counts, as for await.
func (m *machine) promised(v goja.Value) (*goja.Promise, error) {
	object, ok := v.(*goja.Object)
	if !ok {
		return nil, nil
	}
	if object.ExportType() == promiseType {
		return object.Export().(*goja.Promise), nil
	}
	var then goja.Value
	if err := m.try(func() { then = object.Get("then") }); err != nil {
		return nil, err
	}
	if _, ok := goja.AssertFunction(then); !ok {
		return nil, nil
	}
	p, resolve, _ := m.vm.NewPromise()
	return p, resolve(v)
}

// unhandled is the first rejection that nobody has handled by now, other than that of the hook's own promise.
func (m *machine) unhandled(own *goja.Promise) error {
	for _, r := range m.waiting {
		if r.promise != own {
			return &rejected{r.promise.Result(), r.place}
		}
	}
	return nil
}

func (m *machine) placeOfRejection(p *goja.Promise) wire.Place {
	for _, r := range m.waiting {
		if r.promise == p {
			return r.place
		}
	}
	return wire.Place{}
}

var errNeverSettles = errors.New("never settles")

// step lets one thing happen: a timer that is due, or an answer that arrives.
func (m *machine) step() error {
	next, ok := m.timers.next()
	if !ok && len(m.fetches) == 0 {
		return errNeverSettles
	}
	if len(m.fetches) == 0 && !next.After(time.Now()) {
		return m.timers.fire(time.Now())
	}
	if ok && next.Before(time.Now().Add(minWait)) {
		next = time.Now().Add(minWait) // so that an endless run of timers does not keep answers out
	}
	arrived, err := m.worker.conn.wait(next, m.isHalted)
	switch {
	case err != nil:
		m.broken = err
		return err
	case m.isHalted():
		return m.haltedAt()
	case arrived:
		return m.receive()
	}
	return m.timers.fire(time.Now())
}

const minWait = 50 * time.Microsecond

func (m *machine) isHalted() bool { return m.halted.Load() != nil }

// haltedAt is why the call was halted while it waited, with the place of a fetch that it waited for.
func (m *machine) haltedAt() error {
	e := *m.halted.Load()
	var oldest uint64
	for id, f := range m.fetches {
		if oldest == 0 || id < oldest {
			oldest, e.place = id, f.place
		}
	}
	return &e
}

// receive reads one frame and settles the fetch that it answers.
func (m *machine) receive() error {
	f, err := m.worker.conn.read()
	if err == nil && f.Kind != wire.Answer {
		err = fmt.Errorf("unexpected frame %q", f.Kind)
	}
	var head wire.AnswerHead
	if err == nil {
		err = f.Decode(&head)
	}
	if err != nil {
		m.broken = err
		return err
	}
	return m.answer(head, f.Body)
}

// try runs Go code that touches author values: what they throw, and an interrupt, comes back as an error.
func (m *machine) try(f func()) (err error) {
	defer func() {
		x := recover()
		if e, ok := x.(error); ok && isUncatchable(e) {
			err = e
		} else if x != nil {
			panic(x)
		}
	}()
	if ex := m.vm.Try(f); ex != nil {
		return ex
	}
	return nil
}

func isUncatchable(err error) bool {
	var interrupted *goja.InterruptedError
	var overflow *goja.StackOverflowError
	return errors.As(err, &interrupted) || errors.As(err, &overflow)
}
