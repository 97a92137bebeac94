package jsbridge

import (
	"context"
	"errors"
	"fmt"

	"claviger/jsbridge/wire"
)

// parallelFetches is how many requests of one call are under way at once; further ones wait. It bounds what answers can
// take of this process's memory.
const parallelFetches = 8

// ErrMaxBytes is what a Fetch returns, possibly wrapped, when an answer has more than MaxBytes of body: the call is then
// over its limit of bytes received.
var ErrMaxBytes = errors.New("the answer is larger than the call may receive")

// startFetch carries out a request of the hook's fetch.
func (s *session) startFetch(f wire.Frame) error {
	var head wire.FetchHead
	if err := f.Decode(&head); err != nil {
		return &misbehaved{err.Error()}
	}
	r := FetchRequest{Method: head.Method, URL: head.URL, Header: head.Header, Redirect: head.Redirect, Body: bodyOf(f, head.HasBody)}
	return s.begin(head.ID, len(r.Body), func(ctx context.Context) (wire.AnswerHead, []byte, error) { return s.fetch(ctx, r) })
}

// bodyOf is the body of a request: the frame's own, read for it alone; nil where there is none.
func bodyOf(f wire.Frame, there bool) []byte {
	if there && f.Body == nil {
		return []byte{}
	}
	if !there {
		return nil
	}
	return f.Body
}

// begin carries out a request of the worker in a goroutine of its own: do gives the answer's head and body. size is that
// of the request's body.
func (s *session) begin(id uint64, size int, do func(context.Context) (wire.AnswerHead, []byte, error)) error {
	s.fetched++
	if s.fetched > s.limits.Fetches {
		return &overLimit{"fetches", s.limits}
	}
	ctx, cancel := context.WithCancel(s.ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fetching == nil {
		s.fetching = map[uint64]context.CancelFunc{}
		s.slots = make(chan struct{}, parallelFetches)
	}
	if _, ok := s.fetching[id]; ok {
		cancel()
		return &misbehaved{fmt.Sprintf("two fetches with the number %d", id)}
	}
	s.fetching[id] = cancel
	if s.sending+size > wire.MaxRequest {
		go s.answer(id, wire.AnswerHead{}, nil, errTooMuchAtOnce)
		return nil
	}
	s.sending += size
	go s.carry(ctx, id, size, do)
	return nil
}

var errTooMuchAtOnce = fmt.Errorf("the requests that are under way at once are larger than %s", size(wire.MaxRequest))

// abortFetch ends a request that the hook no longer waits for.
func (s *session) abortFetch(f wire.Frame) error {
	var head wire.AbortHead
	if err := f.Decode(&head); err != nil {
		return &misbehaved{err.Error()}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if cancel := s.fetching[head.ID]; cancel != nil {
		cancel()
	}
	return nil
}

// carry waits for a slot, carries one request out and answers it, unless the call is over by then.
func (s *session) carry(ctx context.Context, id uint64, size int, do func(context.Context) (wire.AnswerHead, []byte, error)) {
	var head wire.AnswerHead
	var body []byte
	var err error
	select {
	case s.slots <- struct{}{}:
		head, body, err = do(ctx)
		<-s.slots
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.mu.Lock()
	s.sending -= size
	s.mu.Unlock()
	s.answer(id, head, body, err)
}

// fetch calls the caller's Fetch.
func (s *session) fetch(ctx context.Context, r FetchRequest) (wire.AnswerHead, []byte, error) {
	if s.call.Fetch == nil {
		return wire.AnswerHead{}, nil, errors.New("this call has no network")
	}
	counted := 0
	r.Received = func(n int) error {
		counted += n
		return s.receive(n)
	}
	r.MaxBytes = s.receivable()
	answer, err := s.call.Fetch(ctx, r)
	if err == nil && answer == nil {
		err = errors.New("no answer")
	}
	if err == nil && len(answer.Body) > counted { // a Fetch that does not tell
		err = s.receive(len(answer.Body) - counted)
	}
	if err != nil {
		return wire.AnswerHead{}, nil, err
	}
	return wire.AnswerHead{
		Status: answer.Status, StatusText: answer.StatusText, URL: answer.URL, Redirected: answer.Redirected, Header: answer.Header,
	}, answer.Body, nil
}

// receivable is how many bytes of bodies the call may still receive.
func (s *session) receivable() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(s.limits.Bytes-s.received, 0)
}

// answer hands the worker what a request came to.
func (s *session) answer(id uint64, head wire.AnswerHead, body []byte, err error) {
	s.mu.Lock()
	s.fetching[id]()
	delete(s.fetching, id)
	head.ID = id
	switch {
	case errors.Is(err, ErrMaxBytes):
		head.Limit, head.Err = "bytes", (&overLimit{"bytes", s.limits}).Error()
	case err != nil:
		head.Err = oneLine(err.Error(), maxMessage)
	}
	over := s.over
	s.mu.Unlock()
	if over {
		return
	}
	// Should the call end at this moment, the worker drops the answer: it never uses the number of a fetch again.
	if err := s.worker.write(wire.Answer, head, body); errors.Is(err, wire.ErrTooLarge) {
		_ = s.worker.write(wire.Answer, wire.AnswerHead{ID: id, Err: "the header of the answer is too large"}, nil)
	}
}

// receive counts bytes of a body that have arrived.
func (s *session) receive(n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.received += int64(n); s.received > s.limits.Bytes {
		return ErrMaxBytes
	}
	return nil
}
