package runtime

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"claviger/mapping/value"
	"claviger/runtime/grant"
)

// maxCallbackValue bounds one value of a callback's query; codes of real providers stay under 4 KiB.
const maxCallbackValue = 16 << 10

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
