package runtime

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"claviger/connectors"
	"claviger/mapping/value"
)

// Browser is what a request of a user's browser tells about the browser.
type Browser struct {
	Cookie     func(name string) string // "" when there is none
	Navigation bool                     // a person's top-level navigation, as far as can be told: no prefetch, no scanner
	Address    string                   // of a callback: whole and escaped, as far as browsers send it
}

// Step is what a browser gets: one of Redirect, Form and Carry, or none: it is done.
type Step struct {
	Redirect string
	Form     *Form
	Carry    bool    // a page that sends up the fragment of its address, which browsers keep to themselves
	Cookie   *Cookie // to be set; nil: none
}

// Cookie binds a flow to a browser.
type Cookie struct {
	Name, Value string
	Secure      bool
	Life        time.Duration
}

// Form asks for connection parameters.
type Form struct {
	Connector   string // its name, for people
	Description string
	HelpURL     string
	Fields      []connectors.Field
	Values      *value.Object // what is known already; secrets are not in it
	Errors      []FieldError  // of the last attempt
}

// errFlow is the one answer to every link, state, cookie or handle that opens nothing: which of them it was is not told.
var errFlow = errorf(CodeFlowRefused, "this link has been used, has expired, or belongs to another browser; go back and start again")

// OpenConnect is a browser's visit to a connect link. The first navigation claims the link for its browser, which may
// come again; every other browser is refused.
func (e *Engine) OpenConnect(ctx context.Context, token string, b Browser) (*Step, error) {
	f, s, err := e.visit(ctx, token)
	if err != nil {
		return nil, err
	}
	defer s.flush(ctx)
	cookie, err := e.claim(f, b)
	if err != nil {
		return nil, err
	}
	if s.asks() {
		if err := e.putFlow(ctx, f); err != nil {
			return nil, err
		}
		return &Step{Form: s.form(nil), Cookie: cookie}, nil
	}
	step, err := e.proceed(ctx, f, s)
	if step != nil {
		step.Cookie = cookie
	}
	return step, err
}

// SubmitConnect is the connect page's form coming back, from the browser that claimed the link. typed reads it by the
// schema's fields.
func (e *Engine) SubmitConnect(ctx context.Context, token string, b Browser, typed func([]connectors.Field) *value.Object) (*Step, error) {
	f, s, err := e.visit(ctx, token)
	if err != nil {
		return nil, err
	}
	defer s.flush(ctx)
	if f.CookieHash == nil || !e.holds(f, b) {
		return nil, errFlow
	}
	merged := orEmpty(s.given).Clone()
	merged.Merge(typed(s.asked()))
	s.input = s.auth.Input.Apply(merged)
	if fields := checkValues(s.auth.Input, s.input, "parameters"); len(fields) > 0 {
		return &Step{Form: s.form(fields)}, nil
	}
	f.Pinned.ConnectionParameters, s.new.Parameters = s.input, s.input
	s.hosts = within(f.Pinned.Hosts, s.connector, s.parameters, s.input)
	return e.proceed(ctx, f, s)
}

// visit finds the flow of a connect link and what it pinned.
func (e *Engine) visit(ctx context.Context, token string) (*Flow, *start, error) {
	f, err := e.store.Flow(ctx, ByConnect, HashHandle(token))
	if errors.Is(err, ErrNotFound) {
		return nil, nil, errFlow
	}
	if err != nil {
		return nil, nil, storeError("flow", "", err)
	}
	if f.Stage == FlowHeld {
		return nil, nil, errFlow
	}
	s, err := e.pinned(ctx, f)
	return f, s, err
}

// pinned restores what a flow, as it was read, fixed when it started: connector version, parameters and hosts, whatever has
// changed since.
func (e *Engine) pinned(ctx context.Context, f *Flow) (*start, error) {
	i, err := e.store.Integration(ctx, f.Integration)
	if err != nil {
		return nil, storeError("integration", f.Integration, err)
	}
	c, ok := e.connectors.Version(i.Connector, f.Pinned.ConnectorVersion)
	if !ok {
		return nil, errorf(CodeConnectorUnusable, "the connector changed while you were signing in; go back and start again")
	}
	asPinned := *i
	asPinned.Parameters, asPinned.Hosts = f.Pinned.ConnectorParameters, f.Pinned.Hosts
	hosts := within(f.Pinned.Hosts, c, f.Pinned.ConnectorParameters, f.Pinned.ConnectionParameters)
	b, err := e.bind(&asPinned, f.Connection, c, f.Pinned.AuthOption, f.Pinned.ConnectionParameters, hosts)
	if err != nil {
		return nil, err
	}
	return &start{binding: b, record: &asPinned, new: NewConnection{
		Integration: f.Integration, Parameters: f.Pinned.ConnectionParameters, Scopes: f.Pinned.Scopes,
		ReturnURL: f.ReturnURL, AuthOption: f.Pinned.AuthOption,
	}, given: f.Pinned.Given, flow: *f}, nil
}

// claim binds an open flow to the browser, or checks that a claimed one belongs to it.
func (e *Engine) claim(f *Flow, b Browser) (*Cookie, error) {
	if f.CookieHash != nil {
		if !e.holds(f, b) {
			return nil, errFlow
		}
		return nil, nil
	}
	if !b.Navigation {
		return nil, errorf(CodeFlowRefused, "open this link in a browser")
	}
	secret := newHandle()
	f.CookieHash, f.Stage = HashHandle(secret), FlowClaimed
	return &Cookie{Name: e.cookieName(f.ID), Value: secret, Secure: e.secure, Life: 3 * flowLife}, nil
}

// cookieName is the name of a flow's cookie: one each, so that two flows in one browser do not disturb each other.
func (e *Engine) cookieName(flow string) string {
	if e.secure {
		return "__Host-claviger_" + flow
	}
	return "claviger_" + flow
}

// holds tells whether a browser has the cookie of a flow.
func (e *Engine) holds(f *Flow, b Browser) bool {
	held := b.Cookie(e.cookieName(f.ID))
	return held != "" && subtle.ConstantTimeCompare(HashHandle(held), f.CookieHash) == 1
}

func (e *Engine) putFlow(ctx context.Context, f *Flow) error {
	err := e.store.PutFlow(ctx, f)
	if errors.Is(err, ErrConflict) {
		return errFlow
	}
	return storeError("flow", f.ID, err)
}

// form is the page that asks, with what is known already.
func (s *start) form(wrong []FieldError) *Form {
	known := s.input.Clone()
	for _, name := range s.auth.SecretInput() {
		known.Delete(name)
	}
	return &Form{
		Connector: s.connector.Name, Description: s.auth.Description, HelpURL: s.auth.HelpURI,
		Fields: s.asked(), Values: known, Errors: wrong,
	}
}
