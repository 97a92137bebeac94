package runtime

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"claviger/mapping/value"
	"claviger/runtime/grant"
)

// maxCallbackValue bounds one value of a callback's query; codes of real providers stay under 4 KiB.
const maxCallbackValue = 16 << 10

// HoldCallback keeps the parameters of a posted callback under a one-time handle: a cross-site POST does not carry the
// cookie, so the browser is answered with a GET of our own, where the cookie is checked. It returns that address.
func (e *Engine) HoldCallback(ctx context.Context, integration string, query url.Values) (string, error) {
	f, err := e.flowOfState(ctx, integration, query)
	if err != nil {
		return "", err
	}
	handle := newHandle()
	if f.Pinned.Query, err = callbackQuery(query); err != nil {
		return "", err
	}
	f.HandleHash = HashHandle(handle)
	if err := e.putFlow(ctx, f); err != nil {
		return "", err
	}
	return e.callbackURL(integration) + "?handle=" + handle, nil
}

// ResumeCallback goes on with a callback that HoldCallback kept, in the browser that started.
func (e *Engine) ResumeCallback(ctx context.Context, integration, handle string, b Browser) (*Step, error) {
	f, err := e.store.Flow(ctx, ByPosted, HashHandle(handle))
	if err != nil || f.Integration != integration || f.Stage != FlowClaimed || !e.holds(f, b) {
		return nil, errFlow
	}
	return e.answered(ctx, f, f.Pinned.Query)
}

// Callback is the provider sending a browser back. Nothing is called and nothing changes before the state is accepted:
// it must exist, belong to this integration, and come from the browser that started.
func (e *Engine) Callback(ctx context.Context, integration string, query url.Values, b Browser) (*Step, error) {
	f, err := e.flowOfState(ctx, integration, query)
	if err != nil {
		return nil, err
	}
	if !e.holds(f, b) {
		return nil, errFlow
	}
	q, err := callbackQuery(query)
	if err != nil {
		return nil, err
	}
	return e.answered(ctx, f, q)
}

// flowOfState finds the flow that waits for this state on this integration's own callback.
func (e *Engine) flowOfState(ctx context.Context, integration string, query url.Values) (*Flow, error) {
	states := query["state"]
	if len(states) != 1 || states[0] == "" {
		return nil, errFlow
	}
	f, err := e.store.Flow(ctx, ByState, HashHandle(states[0]))
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, errFlow
	case err != nil:
		return nil, storeError("flow", "", err)
	case f.Integration != integration || f.Stage != FlowClaimed:
		return nil, errFlow
	}
	return f, nil
}

// callbackQuery checks what came and gives it the form that methods see. A parameter that comes twice makes the whole
// thing ambiguous, so it is refused (RFC 6749 section 3.1).
func callbackQuery(query url.Values) (*value.Object, error) {
	o := value.NewObject(len(query))
	for _, name := range slices.Sorted(maps.Keys(query)) {
		values := query[name]
		bad := len(values) != 1 || len(values[0]) > maxCallbackValue || len(name) > 200 ||
			!utf8.ValidString(values[0]) || !utf8.ValidString(name) || strings.ContainsAny(values[0], "\x00\r\n")
		if bad {
			return nil, errorf(CodeInvalidRequest, "the provider sent an answer that cannot be read; go back and start again")
		}
		o.Set(name, values[0])
	}
	return o, nil
}

// answered goes on with an accepted state: the provider's error is stored and shown, a code is redeemed or held.
func (e *Engine) answered(ctx context.Context, f *Flow, query *value.Object) (*Step, error) {
	code, refusal := query.Text("code"), query.Text("error")
	if code == "" && refusal == "" {
		return nil, errorf(CodeInvalidRequest, "the provider sent neither a code nor an error; go back and start again")
	}
	s, err := e.pinned(ctx, f)
	if err != nil {
		return nil, err
	}
	if refusal != "" {
		err := grant.FailureOf(refusal, 0)
		err.Description, err.URI = query.Text("error_description"), query.Text("error_uri")
		err.Message = "the provider did not authorize"
		return e.refused(ctx, f, s, err)
	}
	s.redactor.Add(code)
	config, err := s.oauthConfig(ctx, "redirectUri", f.Pinned.RedirectURI, "state", f.Pinned.State.Reveal(), "queryParameters", query)
	if err != nil {
		return e.refused(ctx, f, s, err)
	}
	if err := config.CheckIssuer(query); err != nil {
		return e.refused(ctx, f, s, err)
	}
	if s.record.RequireCompletion {
		return e.holdCode(ctx, f, query)
	}
	if err := e.takeFlow(ctx, f); err != nil {
		return nil, err
	}
	f.Pinned.Query = query
	return e.redeem(ctx, f, s, config)
}

// holdCode keeps the code until the platform's own server says that the person is the right one.
func (e *Engine) holdCode(ctx context.Context, f *Flow, query *value.Object) (*Step, error) {
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	completion := newHandle()
	f.Stage, f.CompletionHash, f.Pinned.Query, f.ExpiresAt = FlowHeld, HashHandle(completion), query, at.Add(flowLife)
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
	f, err := e.store.Flow(ctx, ByCompletion, HashHandle(completion))
	if err != nil || f.Connection != id || f.Stage != FlowHeld {
		return nil, errorf(CodeFlowRefused, "the completion is unknown, used or expired, or belongs to another connection")
	}
	s, err := e.pinned(ctx, f)
	if err != nil {
		return nil, err
	}
	if err := e.takeFlow(ctx, f); err != nil {
		return nil, err
	}
	config, err := s.oauthConfig(ctx, "redirectUri", f.Pinned.RedirectURI, "state", f.Pinned.State.Reveal(), "queryParameters", f.Pinned.Query)
	if err != nil {
		_, err = e.ended(ctx, f, s, err)
		return nil, err
	}
	if _, err := e.redeem(ctx, f, s, config); err != nil {
		return nil, err
	}
	return e.Connection(ctx, by, id)
}

// redeem exchanges the code of a taken flow, in work that goes on when the browser leaves.
func (e *Engine) redeem(ctx context.Context, f *Flow, s *start, config *grant.Config) (*Step, error) {
	var step *Step
	err := e.work(ctx, flowWork, func(ctx context.Context) error {
		var err error
		step, err = e.finish(ctx, f, s, func(ctx context.Context) (*Token, []string, error) {
			request := grant.Request{Query: f.Pinned.Query, RedirectURI: f.Pinned.RedirectURI, Verifier: f.Pinned.Verifier, Scopes: f.Pinned.Scopes}
			return s.exchange(ctx, config, request, f)
		})
		return err
	})
	return step, err
}

// takeFlow makes this the one that ends the flow.
func (e *Engine) takeFlow(ctx context.Context, f *Flow) error {
	err := e.store.TakeFlow(ctx, f)
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound) {
		return errFlow
	}
	return storeError("flow", f.ID, err)
}

// refused ends a flow that a failure met before anything was redeemed.
func (e *Engine) refused(ctx context.Context, f *Flow, s *start, err error) (*Step, error) {
	if taken := e.takeFlow(ctx, f); taken != nil {
		return nil, taken
	}
	return e.ended(ctx, f, s, err)
}

// flowFailed is refused for a flow that cannot even begin; the browser is shown a page.
func (e *Engine) flowFailed(ctx context.Context, f *Flow, s *start, err error) error {
	if f.Version > 0 {
		if taken := e.takeFlow(ctx, f); taken != nil {
			return taken
		}
	}
	_, err = e.ended(ctx, f, s, err)
	return err
}

// ended stores why a flow failed. A reconnection leaves status and token as they are. The browser goes to the return URL,
// or is shown the error.
func (e *Engine) ended(ctx context.Context, f *Flow, s *start, cause error) (*Step, error) {
	problem := s.problem(ctx, cause)
	var status Status
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	_, err = e.change(ctx, f.Connection, func(c *Connection) error {
		if c.Token == nil {
			c.Status = Failed
		}
		c.LastError, status = AsError(problem).asFailure(at), c.Status
		return nil
	})
	e.observer.Authorization(f.Integration, string(Failed))
	if err != nil {
		return nil, err
	}
	e.log.Warn("authorization failed", "connection", f.Connection, "integration", f.Integration, "error", problem.Error())
	if f.ReturnURL == "" {
		return nil, problem
	}
	if status != Pending && status != Failed {
		status = Failed // of this attempt; the connection itself goes on as it was
	}
	return &Step{Redirect: withQuery(f.ReturnURL, "connection", f.Connection, "status", string(status))}, nil
}

// asFailure is the stored fact of an error that has none yet.
func (e *Error) asFailure(at time.Time) *Failure {
	if e.Failure != nil {
		return e.Failure
	}
	return &Failure{Class: grant.Internal, Message: oneLine(e.Message, 1_000), At: at}
}
