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

// flowOfState finds the flow that waits for this state on this integration's own callback.
func (e *Engine) flowOfState(ctx context.Context, integration string, query url.Values, address string) (*Flow, error) {
	states := query["state"]
	if len(states) > 1 {
		return nil, errFlow
	}
	err := error(errFlow)
	if len(states) == 1 && states[0] != "" {
		var f *Flow
		if f, err = e.flowWith(ctx, integration, states[0], ""); err == nil {
			return f, nil
		}
	}
	if !errors.Is(err, errFlow) {
		return nil, err
	}
	return e.flowOfPattern(ctx, integration, address)
}

// flowOfPattern is flowOfState for providers that bring the state back in their own way.
func (e *Engine) flowOfPattern(ctx context.Context, integration, address string) (*Flow, error) {
	i, err := e.callbackOf(ctx, integration)
	if err != nil {
		return nil, err
	}
	for _, pattern := range slices.Backward(i.StatePatterns) {
		if state := grant.InCallback(pattern, address); state != "" {
			return e.flowWith(ctx, integration, state, pattern)
		}
	}
	return nil, errFlow
}

// flowWith finds the flow of a state that was found by a pattern; "": as a parameter.
func (e *Engine) flowWith(ctx context.Context, integration, state, pattern string) (*Flow, error) {
	f, err := e.flow(ctx, ByState, state)
	if err == nil && (f.Integration != integration || f.Stage != FlowClaimed || f.Pinned.StatePattern != pattern) {
		return nil, errFlow
	}
	return f, err
}

// callbackOf is the integration of a callback; of one that there is not no more is told than of an unknown state.
func (e *Engine) callbackOf(ctx context.Context, key string) (*Integration, error) {
	if !integrationKey.MatchString(key) {
		return nil, errFlow
	}
	i, err := e.integration(ctx, key)
	if err != nil && AsError(err).Code == CodeNotFound {
		return nil, errFlow
	}
	return i, err
}

func (e *Engine) hasFragments(ctx context.Context, integration string) bool {
	i, err := e.callbackOf(ctx, integration)
	return err == nil && i.Fragments
}

// keptPatterns is how many state patterns an integration remembers: those of its auth options, and of flows from before a
// connector was reloaded.
const keptPatterns = 4

// noteCallback remembers of an integration, before a browser goes to its provider, how that answers: a callback has to be
// read before anybody knows which flow it belongs to.
func (e *Engine) noteCallback(ctx context.Context, key string, c *grant.Config) error {
	known := func(i *Integration) bool {
		return (i.Fragments || !c.AnswersInFragment()) && (c.StatePattern == "" || slices.Contains(i.StatePatterns, c.StatePattern))
	}
	if i, err := e.integration(ctx, key); err == nil && known(i) {
		return nil
	}
	_, err := e.changeIntegration(ctx, key, func(i *Integration) (bool, error) {
		if known(i) {
			return false, nil
		}
		i.Fragments = i.Fragments || c.AnswersInFragment()
		if c.StatePattern != "" && !slices.Contains(i.StatePatterns, c.StatePattern) {
			i.StatePatterns = append(i.StatePatterns, c.StatePattern)
			i.StatePatterns = i.StatePatterns[max(0, len(i.StatePatterns)-keptPatterns):]
		}
		return true, nil
	})
	return err
}

// carries is the callback's parameter that the flow waits for.
func (f *Flow) carries() string { return (&grant.Config{GrantType: f.Pinned.GrantType}).Carries() }

func (f *Flow) empty(query *value.Object) bool {
	return query.Text(f.carries()) == "" && query.Text("error") == ""
}

// read checks what came and puts what a pattern finds where methods look for it.
func (f *Flow) read(query url.Values, address string) (*value.Object, error) {
	q, err := callbackQuery(query)
	if err != nil || f.Pinned.CallbackPattern == "" {
		return q, err
	}
	found, err := callbackQuery(url.Values{f.carries(): {grant.InCallback(f.Pinned.CallbackPattern, address)}})
	if err != nil {
		return nil, err
	}
	if v := found.Text(f.carries()); v != "" {
		q.Set(f.carries(), v)
	}
	return q, nil
}

// cameAt is when a flow's callback came: just now, or before the platform confirmed it.
func (e *Engine) cameAt(ctx context.Context, f *Flow) (time.Time, error) {
	if f.Stage == FlowHeld {
		return f.ExpiresAt.Add(-flowLife), nil
	}
	return e.now(ctx)
}

// flow finds a flow by a handle; errFlow when there is none.
func (e *Engine) flow(ctx context.Context, by FlowHandle, handle string) (*Flow, error) {
	f, err := e.store.Flow(ctx, by, HashHandle(handle))
	if errors.Is(err, ErrNotFound) {
		return nil, errFlow
	}
	return f, storeError("flow", "", err)
}

// callbackQuery checks what came and gives it the form that methods see. A parameter that comes twice makes the whole
// thing ambiguous, so it is refused (RFC 6749 section 3.1).
func callbackQuery(query url.Values) (*value.Object, error) {
	o := value.NewObject(len(query))
	for _, name := range slices.Sorted(maps.Keys(query)) {
		values := query[name]
		bad := len(values) != 1 || len(values[0]) > maxCallbackValue || len(name) > 200 ||
			!utf8.ValidString(values[0]) || !utf8.ValidString(name) || strings.ContainsAny(name+values[0], "\x00\r\n")
		if bad {
			return nil, errorf(CodeInvalidRequest, "the provider sent an answer that cannot be read; go back and start again")
		}
		o.Set(name, values[0])
	}
	return o, nil
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
