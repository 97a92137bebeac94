package runtime

import (
	"context"
	"errors"
)

// holdCode keeps the code until the platform's own server says that the person is the right one.
func (e *Engine) holdCode(ctx context.Context, f *Flow) (*Step, error) {
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	completion := newHandle()
	f.Stage, f.CompletionHash, f.ExpiresAt = FlowHeld, HashHandle(completion), at.Add(flowLife)
	f.StateHash, f.ConnectHash, f.HandleHash = nil, nil, nil
	if err := e.putFlow(ctx, f); err != nil {
		return nil, err
	}
	return &Step{Redirect: withQuery(f.ReturnURL, "connection", f.Connection, "completion", completion)}, nil
}

// Complete redeems a held code. It is for the platform's own server, which knows its signed-in user.
func (e *Engine) Complete(ctx context.Context, by *Caller, id, completion string) (*Connection, error) {
	c, err := e.store.Connection(ctx, id)
	if err != nil {
		return nil, storeError("connection", id, err)
	}
	if err := e.reachable(by, c, ScopeConnect); err != nil {
		return nil, err
	}
	f, err := e.flow(ctx, ByCompletion, completion)
	if errors.Is(err, errFlow) || err == nil && (f.Connection != id || f.Stage != FlowHeld) {
		return nil, errorf(CodeFlowRefused, "the completion is unknown, used or expired, or belongs to another connection")
	}
	if err != nil {
		return nil, err
	}
	s, err := e.pinned(ctx, f)
	if err != nil {
		return nil, err
	}
	defer s.flush(ctx)
	config, err := s.configOf(ctx, f)
	if s.passes(ctx, err) {
		return nil, s.problem(ctx, err) // the completion is as good as before
	}
	if err := e.takeFlow(ctx, f); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, e.failed(ctx, f, s, err)
	}
	if err := e.redeem(ctx, f, s, config); err != nil {
		return nil, err
	}
	return e.Connection(ctx, by, id)
}
