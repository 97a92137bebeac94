package runtime

import (
	"context"
	"slices"
	"strings"
	"time"

	"claviger/connectors"
	"claviger/mapping"
	"claviger/mapping/value"
)

// flowLife is how long a connect link and what follows it may take.
const flowLife = 10 * time.Minute

// NewConnection is what POST /v1/connections says.
type NewConnection struct {
	Integration string
	Owner       string
	Parameters  *value.Object // nil: the connect page asks
	Scopes      []string      // nil: the connector's own
	ReturnURL   string
	AuthOption  string
	Labels      map[string]string
}

// Created is a new connection, with the link that its user's browser opens. Without an interactive step the link is empty
// and the connection is connected.
type Created struct {
	Connection *Connection
	ConnectURL string
	ExpiresAt  time.Time // of the link
}

// CreateConnection begins a connection. Where nothing is to be asked of a person it is made at once, and if that fails
// nothing is kept.
func (e *Engine) CreateConnection(ctx context.Context, by *Caller, n NewConnection) (*Created, error) {
	if by.Session != nil && n.Owner == "" {
		n.Owner = by.Session.Owner
	}
	if err := may(by, n.Owner, n.Integration, ScopeConnect, ScopeSession); err != nil {
		return nil, err
	}
	if by.Session != nil {
		if err := e.begun.take(n.Owner, e.following.at()); err != nil {
			return nil, err
		}
	}
	id := newID("con")
	s, err := e.newStart(ctx, by, id, n)
	if err != nil {
		return nil, err
	}
	defer s.flush(ctx)
	s.unstored = true
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	c := &Connection{
		ID: id, Integration: n.Integration, Owner: n.Owner, AuthOption: n.AuthOption, Status: Pending,
		Labels: n.Labels, Scopes: n.Scopes, Parameters: n.Parameters, Given: names(n.Parameters), CreatedAt: at,
	}
	interactive, err := s.interactive(ctx)
	if err != nil {
		return nil, err
	}
	if !interactive && !s.mustAsk() {
		return e.connectAtOnce(ctx, s, c)
	}
	if err := e.put(ctx, c, s.console()...); err != nil {
		return nil, err
	}
	return e.openFlow(ctx, s, c, &Flow{ReturnURL: n.ReturnURL})
}

// start is what a connection or reconnection begins with, looked up and checked.
type start struct {
	*binding
	record   *Integration
	new      NewConnection
	given    *value.Object // what the creator gave of the connection's parameters; nil: they said nothing
	flow     Flow          // as it was read; zero where there is none yet
	redeemed bool          // the code has been exchanged
	keeping  *keeping      // of the answer to the exchange
	fence    int64         // of the connection when it began to be made
}

func (e *Engine) newStart(ctx context.Context, by *Caller, id string, n NewConnection) (*start, error) {
	i, err := e.store.Integration(ctx, n.Integration)
	if err != nil {
		return nil, storeError("integration", n.Integration, err)
	}
	if err := mayConnect(by, i); err != nil {
		return nil, err
	}
	if err := checkNew(i, n); err != nil {
		return nil, err
	}
	c, err := e.connector(i.Connector)
	if err != nil {
		return nil, err
	}
	auth, ok := c.Option(n.AuthOption)
	if !ok {
		return nil, errorf(CodeInvalidRequest, "connector %q has no auth option %q", c.Key, n.AuthOption)
	}
	if err := e.supported(c); err != nil {
		return nil, err
	}
	if err := e.enabled(ctx, i, auth); err != nil {
		return nil, err
	}
	input := auth.Input.Apply(orEmpty(n.Parameters))
	if fields := mistakes(auth.Input, input); len(fields) > 0 {
		return nil, &Error{Code: CodeInvalidParameters, Message: "the parameters do not fit the connector's schema", Fields: fields}
	}
	hosts, err := e.allowed(ctx, i, c, input)
	if err != nil {
		return nil, err
	}
	b, err := e.bind(i, id, c, n.AuthOption, input, hosts)
	if err != nil {
		return nil, err
	}
	return &start{binding: b, record: i, new: n, given: n.Parameters}, nil
}

// enabled refuses an auth option that the integration's parameters do not offer.
func (e *Engine) enabled(ctx context.Context, i *Integration, auth *connectors.Auth) error {
	at, err := e.now(ctx)
	if err != nil {
		return err
	}
	on, err := auth.IsEnabled(i.Parameters, mapping.Env{Now: func() time.Time { return at }, Random: e.random})
	if err != nil {
		return &Error{Code: CodeConnectorFailed, Message: err.Error(), Err: err}
	}
	if !on {
		return errorf(CodeInvalidRequest, "integration %q does not offer the auth option %q", i.Key, auth.Key)
	}
	return nil
}

// mistakes is what a schema refuses, apart from required parameters that are not there yet.
func mistakes(s *connectors.Schema, input *value.Object) []FieldError {
	absent := missing(s, input)
	return slices.DeleteFunc(checkValues(s, input, "parameters"), func(f FieldError) bool {
		return slices.ContainsFunc(absent, func(name string) bool { return f.Path == "parameters."+name })
	})
}

// missing returns the names of required parameters that are not there: the connect page asks for them.
func missing(s *connectors.Schema, input *value.Object) []string {
	var out []string
	for _, f := range s.Fields() {
		if f.Required && !input.Has(f.Name) {
			out = append(out, f.Name)
		}
	}
	return out
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

func checkNew(i *Integration, n NewConnection) error {
	switch {
	case len(n.Owner) > 200 || strings.ContainsFunc(n.Owner, isControl):
		return errorf(CodeInvalidRequest, "an owner is at most 200 bytes without control characters")
	case n.ReturnURL == "" && i.RequireCompletion:
		return errorf(CodeInvalidReturnURL, "integration %q requires completion, so a connection needs a returnUrl", i.Key)
	case slices.ContainsFunc(n.Scopes, func(s string) bool { return s == "" || strings.ContainsAny(s, "\r\n\x00") }):
		return errorf(CodeInvalidRequest, "scopes are non-empty texts without line breaks")
	case n.ReturnURL != "":
		return i.registered(n.ReturnURL)
	}
	return nil
}

// mustAsk tells whether a required parameter is missing.
func (s *start) mustAsk() bool {
	return len(missing(s.auth.Input, s.input)) > 0
}

// asks tells whether the connect page has something to ask: a required parameter, or optional ones when the creator said
// nothing about parameters. What was typed there before does not count: a browser that comes back may correct it.
func (s *start) asks() bool {
	return s.given == nil && len(s.asked()) > 0 || len(missing(s.auth.Input, s.auth.Input.Apply(s.given))) > 0
}

// asked is what the connect page asks for: what the creator gave is not the user's to change.
func (s *start) asked() []connectors.Field {
	return slices.DeleteFunc(s.auth.Input.Fields(), func(f connectors.Field) bool { return orEmpty(s.given).Has(f.Name) })
}

// interactive tells whether a person must go to the provider. What cannot be known before the parameters are complete is
// taken as interactive: the connect page then finds out.
func (s *start) interactive(ctx context.Context) (bool, error) {
	if s.auth.Type == connectors.ClientCredentials {
		return false, nil
	}
	if s.mustAsk() {
		return true, nil
	}
	config, err := s.oauthConfig(ctx, s.e.callbackURL(s.integration), noState)
	if err != nil {
		return false, s.problem(ctx, err)
	}
	return config.Grant().Interactive(), nil
}

// connectAtOnce makes a connection without a person: an API key, or the grant client_credentials.
func (e *Engine) connectAtOnce(ctx context.Context, s *start, c *Connection) (*Created, error) {
	err := e.work(ctx, flowWork, func(ctx context.Context) error {
		token, granted, err := s.firstToken(ctx, c.Scopes)
		if err != nil {
			return s.problem(ctx, err)
		}
		c.Token, c.Granted, c.Parameters, c.Status = token, granted, s.input, Connected
		if err := s.inquire(ctx, c); err != nil {
			return err
		}
		at, err := e.now(ctx)
		if err != nil {
			return err
		}
		return e.put(ctx, c, append(s.console(), authorized(at, false))...)
	})
	e.observer.Authorization(c.Integration, outcome(err))
	if err != nil {
		return nil, err
	}
	return &Created{Connection: c}, nil
}

func outcome(err error) string {
	if err != nil {
		return string(Failed)
	}
	return string(Connected)
}

// flowWork bounds the exchange and the extraction of one authorization.
const flowWork = 2 * time.Minute

// openFlow stores a flow and returns its link.
func (e *Engine) openFlow(ctx context.Context, s *start, c *Connection, f *Flow) (*Created, error) {
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	token := newHandle()
	f.ID, f.Connection, f.Integration, f.Stage = newID("flow"), c.ID, c.Integration, FlowOpen
	f.ConnectHash, f.ExpiresAt = HashHandle(token), at.Add(flowLife)
	f.Pinned = Pinned{
		ConnectorVersion: s.connector.Version, ConnectorParameters: s.parameters, AuthOption: c.AuthOption,
		Hosts: s.record.Hosts, Scopes: c.Scopes, Given: s.given,
	}
	if s.new.Parameters != nil {
		f.Pinned.ConnectionParameters = s.input
	}
	if err := e.store.PutFlow(ctx, f); err != nil {
		return nil, storeError("flow", f.ID, err)
	}
	return &Created{Connection: c, ConnectURL: e.publicURL + "/connect/" + token, ExpiresAt: f.ExpiresAt}, nil
}
