package jsbridge

import (
	"context"
	"errors"
	"maps"
	"slices"

	"claviger/jsbridge/wire"
)

// startValue reads a value for the hook.
func (s *session) startValue(f wire.Frame) error {
	var head wire.ValueHead
	if err := f.Decode(&head); err != nil {
		return &misbehaved{err.Error()}
	}
	return s.begin(head.ID, 0, func(ctx context.Context) (wire.AnswerHead, []byte, error) {
		body, err := s.value(ctx, head)
		return wire.AnswerHead{}, body, err
	})
}

func (s *session) value(ctx context.Context, head wire.ValueHead) ([]byte, error) {
	read := s.call.Values[head.Whose]
	if read == nil {
		return nil, errors.New("this call has no such values")
	}
	v, err := read(ctx, head.Name)
	if err != nil {
		return nil, err
	}
	body, err := encoded(v)
	if err != nil {
		return nil, err
	}
	return body, s.receive(len(body))
}

// whose names what the argument values has.
func (c *Call) whose() []string { return slices.Sorted(maps.Keys(c.Values)) }
