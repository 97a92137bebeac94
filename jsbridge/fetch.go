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

// startFetch carries out a request of the worker in a goroutine of its own.
func (s *session) startFetch(f wire.Frame) error {
	var head wire.FetchHead
	if err := f.Decode(&head); err != nil {
		return &misbehaved{err.Error()}
	}
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
	if _, ok := s.fetching[head.ID]; ok {
		cancel()
		return &misbehaved{fmt.Sprintf("two fetches with the number %d", head.ID)}
	}
	s.fetching[head.ID] = cancel
	r := FetchRequest{Method: head.Method, URL: head.URL, Header: head.Header, Redirect: head.Redirect}
	if head.HasBody {
		r.Body = f.Body // the frame's own, read for it alone
		if r.Body == nil {
			r.Body = []byte{}
		}
	}
	if s.sending+len(r.Body) > wire.MaxRequest {
		go s.answer(head.ID, nil, fmt.Errorf("the requests that are under way at once are larger than %s", size(wire.MaxRequest)))
		return nil
	}
	s.sending += len(r.Body)
	go s.fetch(ctx, head.ID, r)
	return nil
}

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

// fetch carries out one request and answers it, unless the call is over by then.
func (s *session) fetch(ctx context.Context, id uint64, r FetchRequest) {
	sent, counted := len(r.Body), 0
	r.Received = func(n int) error {
		counted += n
		return s.receive(n)
	}
	answer, err := s.send(ctx, &r)
	if err == nil && len(answer.Body) > counted { // a Fetch that does not tell
		err = s.receive(len(answer.Body) - counted)
	}
	s.mu.Lock()
	s.sending -= sent
	s.mu.Unlock()
	s.answer(id, answer, err)
}

// answer hands the worker what a request came to.
func (s *session) answer(id uint64, answer *FetchResponse, err error) {
	s.mu.Lock()
	s.fetching[id]()
	delete(s.fetching, id)
	head := wire.AnswerHead{ID: id}
	var body []byte
	switch {
	case err == nil:
		head.Status, head.StatusText, head.URL = answer.Status, answer.StatusText, answer.URL
		head.Redirected, head.Header, body = answer.Redirected, answer.Header, answer.Body
	case errors.Is(err, ErrMaxBytes):
		head.Limit, head.Err = "bytes", (&overLimit{"bytes", s.limits}).Error()
	default:
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

// send waits for a slot and calls the caller's Fetch.
func (s *session) send(ctx context.Context, r *FetchRequest) (*FetchResponse, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s.mu.Lock()
	r.MaxBytes = max(s.limits.Bytes-s.received, 0)
	s.mu.Unlock()
	if s.call.Fetch == nil {
		return nil, errors.New("this call has no network")
	}
	answer, err := s.call.Fetch(ctx, *r)
	if err == nil && answer == nil {
		err = errors.New("no answer")
	}
	return answer, err
}
