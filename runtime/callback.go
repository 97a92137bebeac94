package runtime

import (
	"context"
	"errors"
	"net/url"
	"time"

	"claviger/mapping/value"
	"claviger/runtime/grant"
)

// HoldCallback keeps the parameters of a callback that came as a POST (a form, or a fragment that a page of ours sent up)
// under a one-time handle: a cross-site POST does not carry the cookie, so the browser is answered with a GET of our own,
// where the cookie is checked. address is the callback's, whole and escaped. It returns where the browser goes.
func (e *Engine) HoldCallback(ctx context.Context, integration string, query url.Values, address string) (string, error) {
	f, err := e.flowOfState(ctx, integration, query, address)
	if err != nil {
		return "", err
	}
	handle := newHandle()
	if f.Pinned.Query, err = f.read(query, address); err != nil {
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
	f, err := e.flow(ctx, ByPosted, handle)
	if err != nil {
		return nil, err
	}
	if f.Integration != integration || f.Stage != FlowClaimed || !e.holds(f, b) {
		return nil, errFlow
	}
	return e.answered(ctx, f, f.Pinned.Query)
}

// Callback is the provider sending a browser back. Nothing is called and nothing changes before the state is accepted:
// it must exist, belong to this integration, and come from the browser that started. What came without what is looked for may
// have the rest in its fragment.
func (e *Engine) Callback(ctx context.Context, integration string, query url.Values, b Browser) (*Step, error) {
	f, err := e.flowOfState(ctx, integration, query, b.Address)
	if errors.Is(err, errFlow) && !query.Has("state") && e.hasFragments(ctx, integration) {
		return &Step{Carry: true}, nil
	}
	if err != nil {
		return nil, err
	}
	if !e.holds(f, b) {
		return nil, errFlow
	}
	q, err := f.read(query, b.Address)
	if err != nil {
		return nil, err
	}
	if f.empty(q) && e.hasFragments(ctx, integration) {
		return &Step{Carry: true}, nil
	}
	return e.answered(ctx, f, q)
}

// cameAt is when a flow's callback came: just now, or before the platform confirmed it.
func (e *Engine) cameAt(ctx context.Context, f *Flow) (time.Time, error) {
	if f.Stage == FlowHeld {
		return f.ExpiresAt.Add(-flowLife), nil
	}
	return e.now(ctx)
}

// answered goes on with an accepted state: the provider's error is stored and shown, a code is redeemed or held.
func (e *Engine) answered(ctx context.Context, f *Flow, query *value.Object) (*Step, error) {
	refusal := query.Text("error")
	if f.empty(query) {
		return nil, errorf(CodeInvalidRequest, "the provider sent neither a code nor an error; go back and start again")
	}
	s, err := e.pinned(ctx, f)
	if err != nil {
		return nil, err
	}
	defer s.flush(ctx)
	s.redactor.Add(query.Text("code"), query.Text("access_token"))
	f.Pinned.Query = query
	config, err := s.configOf(ctx, f)
	if err == nil {
		err = config.CheckIssuer(query) // of an error too (RFC 9207 section 2.4)
	}
	switch {
	case s.passes(ctx, err): // nothing is decided, and the page can be loaded again
		return nil, forPeople(s.problem(ctx, err))
	case refusal != "" && !isIssuerError(err):
		return e.refused(ctx, f, s, refusalOf(query))
	case err != nil:
		return e.refused(ctx, f, s, err)
	case s.record.RequireCompletion && f.ReturnURL != "":
		return e.holdCode(ctx, f)
	case s.record.RequireCompletion:
		return e.refused(ctx, f, s, errorf(CodeInvalidReturnURL, "integration %q requires completion since, and this link has no return URL", f.Integration))
	}
	if err := e.takeFlow(ctx, f); err != nil {
		return nil, err
	}
	return e.leave(f, e.redeem(ctx, f, s, config))
}

// configOf evaluates getOAuthConfig on what the flow fixed, and on what the callback brought.
func (s *start) configOf(ctx context.Context, f *Flow) (*grant.Config, error) {
	redirect := f.Pinned.RedirectURI
	if redirect == s.record.RedirectURI {
		redirect = s.e.callbackURL(f.Integration) // what it was evaluated with when it asked for its own
	}
	return s.oauthConfig(ctx, redirect, f.Pinned.State.Reveal(), "queryParameters", f.Pinned.Query)
}

// passes tells whether a flow can go on later that could not be begun for this reason: no worker for getOAuthConfig, or an
// issuer that does not answer.
func (b *binding) passes(ctx context.Context, err error) bool {
	if err == nil {
		return false
	}
	code := AsError(b.problem(ctx, err)).Code
	return code == CodeOverloaded || code == CodeProviderUnavailable
}

func isIssuerError(err error) bool {
	var mixedUp *grant.IssuerError
	return errors.As(err, &mixedUp)
}

// refusalOf is the error that the provider's callback brings (RFC 6749 section 4.1.2.1).
func refusalOf(query *value.Object) error {
	f := grant.FailureOf(query.Text("error"), 0)
	f.Description, f.URI = query.Text("error_description"), query.Text("error_uri")
	f.Message = "the provider did not authorize"
	return f
}

// redeem exchanges the code of a taken flow.
func (e *Engine) redeem(ctx context.Context, f *Flow, s *start, config *grant.Config) error {
	return e.finish(ctx, f, s, func(ctx context.Context) (*Token, []string, error) { return s.exchange(ctx, config, f) })
}

// takeFlow makes this the one that ends the flow.
func (e *Engine) takeFlow(ctx context.Context, f *Flow) error {
	err := e.store.TakeFlow(ctx, f)
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound) {
		return errFlow
	}
	return storeError("flow", f.ID, err)
}

// refused ends a flow that a failure met before anything was sent.
func (e *Engine) refused(ctx context.Context, f *Flow, s *start, err error) (*Step, error) {
	if taken := e.takeFlow(ctx, f); taken != nil {
		return nil, taken
	}
	return e.leave(f, e.failed(ctx, f, s, err))
}
