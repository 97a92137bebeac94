package jsbridge

import (
	"context"
	"errors"
	"time"

	"claviger/jsbridge/wire"
	"claviger/mapping/value"
)

// ClientRequest is a call of a hook's apiClient. Nothing of it has been checked.
type ClientRequest struct {
	Method      string        // get, post and their like, upper case
	Path        string        //
	Query       *value.Object // the second argument of get; nil: none
	Options     *value.Object // without returnFullResponse; nil: none
	Body        []byte        // nil: none
	ContentType string        // what the body brings; empty: nothing
	MaxBytes    int64         // as FetchRequest has it, all that the call receives included

	// Received is as FetchRequest has it.
	Received func(n int) error
}

// ClientResponse is what a call of apiClient gave.
type ClientResponse struct {
	Status int
	Header [][2]string
	Data   any    // a value; value.Undefined: undefined
	Bytes  []byte // in the place of Data, as an ArrayBuffer; nil: there are none
}

// ClientError is what a call of apiClient throws: an Error with these members.
type ClientError struct {
	Message    string
	Status     int           // 0: there was no answer
	Key        string        // empty: none
	Code       string        // empty: none
	Data       any           // value.Undefined: none
	RetryAfter time.Duration // 0: none
}

// Error is the message.
func (e *ClientError) Error() string { return e.Message }

// startClient carries out a call of the hook's apiClient.
func (s *session) startClient(f wire.Frame) error {
	var head wire.ClientHead
	err := f.Decode(&head)
	if err != nil {
		return &misbehaved{err.Error()}
	}
	r := ClientRequest{Method: head.Method, Path: head.Path, Body: bodyOf(f, head.HasBody), ContentType: head.ContentType}
	if r.Query, err = objectOf(head.Query); err == nil {
		r.Options, err = objectOf(head.Options)
	}
	if err != nil {
		return &misbehaved{err.Error()}
	}
	return s.begin(head.ID, len(r.Body), func(ctx context.Context) (wire.AnswerHead, []byte, error) { return s.callClient(ctx, r) })
}

// objectOf reads an object of a head; nil where there is none.
func objectOf(text []byte) (*value.Object, error) {
	if len(text) == 0 {
		return nil, nil
	}
	return value.DecodeObject(text)
}

// callClient calls the caller's Client.
func (s *session) callClient(ctx context.Context, r ClientRequest) (wire.AnswerHead, []byte, error) {
	if s.call.Client == nil {
		return wire.AnswerHead{}, nil, errors.New("this call has no API client")
	}
	s.mu.Lock()
	deadline := s.deadline
	s.mu.Unlock()
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	r.Received, r.MaxBytes = s.receive, s.receivable()
	answer, err := s.call.Client(ctx, r)
	var thrown *ClientError
	switch {
	case errors.Is(err, ErrMaxBytes):
		return wire.AnswerHead{}, nil, err
	case errors.As(err, &thrown):
		return thrown.answer()
	case err == nil && answer == nil:
		err = errors.New("no answer")
	}
	if err != nil {
		return wire.AnswerHead{}, nil, err
	}
	head := wire.AnswerHead{Status: answer.Status, Header: answer.Header}
	if answer.Bytes != nil {
		head.Raw = true
		return head, answer.Bytes, nil
	}
	body, err := encoded(answer.Data)
	return head, body, err
}

// answer is the error as the worker is told of it.
func (e *ClientError) answer() (wire.AnswerHead, []byte, error) {
	body, err := encoded(e.Data)
	if err != nil {
		body = nil
	}
	return wire.AnswerHead{
		Err: oneLine(e.Message, maxMessage), Status: e.Status, Key: oneLine(e.Key, maxCode), Code: oneLine(e.Code, maxCode),
		RetryAfter: e.RetryAfter.Seconds(),
	}, body, nil
}

// encoded is a value as JSON; nothing for undefined.
func encoded(v any) ([]byte, error) {
	if v == value.Undefined {
		return nil, nil
	}
	return value.Encode(v)
}
