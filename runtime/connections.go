package runtime

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime/apiclient"
	"claviger/runtime/grant"
)

// problem gives a failure of a connector or provider the form that callers get.
func (b *binding) problem(ctx context.Context, err error) error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	at, clockErr := b.e.now(ctx)
	if clockErr != nil {
		return clockErr
	}
	f := b.failure(err, at)
	code := codeOf(f.Class)
	if f.Class == grant.Reauth {
		code = CodeProviderRefused
	}
	return &Error{Code: code, Message: f.Message, Failure: f, RetryAfter: retryAfter(err)} // without err, which is not redacted
}

func retryAfter(err error) time.Duration {
	var f *grant.Failure
	var call *apiclient.Error
	switch {
	case errors.As(err, &f):
		return f.RetryAfter
	case errors.As(err, &call):
		return call.RetryAfter
	}
	return 0
}

// Connection shows one connection. Its secret parts are for the engine; callers outside show the others.
func (e *Engine) Connection(ctx context.Context, by *Caller, id string) (*Connection, error) {
	c, err := e.store.Connection(ctx, id)
	if err != nil {
		return nil, storeError("connection", id, err)
	}
	if err := e.reachable(by, c, ScopeConnect, ScopeUse, ScopeSession); err != nil {
		return nil, err
	}
	return e.settled(ctx, c)
}

// maxPageWaits is how many requests of one session may wait: each asks the store once a second.
const maxPageWaits = 50

// WaitConnection is Connection, but returns only when the status leaves pending or the time is over.
func (e *Engine) WaitConnection(ctx context.Context, by *Caller, id string, limit time.Duration) (*Connection, error) {
	if by.Session != nil {
		if !e.pagesWait.join(by.Session.ID, maxPageWaits) {
			return nil, &Error{Code: CodeOverloaded, RetryAfter: time.Second, Message: "so many requests of this session wait already that another one has to come later"}
		}
		defer e.pagesWait.leave(by.Session.ID)
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		changed, done := e.watchers.on(id)
		if err := e.lasts(ctx, by); err != nil {
			done()
			return nil, err
		}
		c, err := e.Connection(ctx, by, id)
		if err != nil || c.Status != Pending {
			done()
			return c, err
		}
		select {
		case <-changed:
		case <-time.After(time.Second): // another process on the same database may have changed it
		case <-timer.C:
			done()
			return c, nil
		case <-e.closing.Done():
			done()
			return c, nil
		case <-ctx.Done():
			done()
			return nil, ctx.Err()
		}
		done()
	}
}

// Connections lists connections within the caller's limits.
func (e *Engine) Connections(ctx context.Context, by *Caller, f ConnectionFilter) ([]*Connection, error) {
	if !by.May(ScopeConnect, ScopeUse, ScopeSession) {
		return nil, errorf(CodeForbidden, "this needs a key with the scope connect or use")
	}
	if strings.ContainsFunc(f.After, isControl) || !utf8.ValidString(f.After) {
		return nil, errorf(CodeInvalidRequest, "the cursor is none that a page before gave")
	}
	if strings.ContainsFunc(f.Owner, isControl) { // of whom there can be none
		return nil, nil
	}
	f.Owners, f.Integrations = by.Owners, by.Integrations
	list, err := e.store.Connections(ctx, f)
	if err != nil {
		return nil, storeError("connection", "", err)
	}
	for i, c := range list {
		if list[i], err = e.settled(ctx, c); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Reconnect is what POST /v1/connections/{id}/reconnect says.
type Reconnect struct {
	Parameters         *value.Object // nil: the stored ones
	ReturnURL          string
	AllowAccountChange bool
}

// ReconnectConnection opens a new flow for a connection, whose status and token stay as they are until it succeeds.
func (e *Engine) ReconnectConnection(ctx context.Context, by *Caller, id string, r Reconnect) (*Created, error) {
	c, err := e.store.Connection(ctx, id)
	if err != nil {
		return nil, storeError("connection", id, err)
	}
	if err := e.reachable(by, c, ScopeConnect, ScopeSession); err != nil {
		return nil, err
	}
	if r.AllowAccountChange && by.Session != nil {
		return nil, errorf(CodeForbidden, "that another account may take a connection's place is the platform's to say, with a key")
	}
	n := NewConnection{
		Integration: c.Integration, Owner: c.Owner, Parameters: r.Parameters, Scopes: c.Scopes,
		ReturnURL: r.ReturnURL, AuthOption: c.AuthOption,
	}
	if n.Parameters == nil {
		n.Parameters = c.Parameters
	}
	s, err := e.newStart(ctx, by, id, n)
	if err != nil {
		return nil, err
	}
	if r.Parameters == nil && s.auth.Type == connectors.ClientCredentials {
		s.given = stillGiven(c, s.auth)
	}
	return e.openFlow(ctx, s, c, &Flow{ReturnURL: r.ReturnURL, Reconnect: true, AllowAccountChange: r.AllowAccountChange})
}

// stillGiven is what a reconnection of typed credentials need not ask for: what the creator gave, apart from secrets, for
// these are the credential that has to be replaced.
func stillGiven(c *Connection, auth *connectors.Auth) *value.Object {
	if c.Given == nil {
		return nil
	}
	given := value.NewObject(len(c.Given))
	for _, name := range c.Given {
		if !slices.Contains(auth.SecretInput(), name) {
			given.Set(name, c.Parameters.Get(name))
		}
	}
	return given
}

// names is the names of an object's members, nil for no object.
func names(o *value.Object) []string {
	if o == nil {
		return nil
	}
	return append([]string{}, o.Keys()...)
}

// DeleteConnection revokes at the provider where the connector says how, with bounded retries, and erases the connection in
// any case: whoever deletes wants it gone here, and what was not revoked, and why, is told. Nothing is told of an error,
// which says that nothing was erased.
func (e *Engine) DeleteConnection(ctx context.Context, by *Caller, id string) (r Revocation, err error) {
	c, err := e.store.Connection(ctx, id)
	if errors.Is(err, ErrUnopened) && by.May(ScopeAdmin) { // there is nothing left that could be revoked
		return notRevoked("the stored token cannot be opened with the encryption keys of this server"), e.erase(ctx, id)
	}
	if err != nil {
		return r, storeError("connection", id, err)
	}
	if err := e.reachable(by, c, ScopeConnect, ScopeSession); err != nil {
		return r, err
	}
	if by.Session != nil {
		i, err := e.store.Integration(ctx, c.Integration)
		if err != nil {
			return r, storeError("integration", c.Integration, err)
		}
		if err := mayConnect(by, i); err != nil {
			return r, err
		}
	}
	err = e.work(ctx, flowWork, func(ctx context.Context) error {
		r = e.revoke(ctx, c)
		return e.erase(ctx, id)
	})
	return r, err
}

// erase removes the connection from the store and from memory.
func (e *Engine) erase(ctx context.Context, id string) error {
	err := e.store.DeleteConnection(ctx, id)
	if err == nil || errors.Is(err, ErrNotFound) {
		e.hot.bury(id)
		e.watchers.wake(id)
	}
	return storeError("connection", id, err)
}

// reachable checks a caller's scopes and limits. What is out of reach is not found: its existence is nobody's business.
func (e *Engine) reachable(by *Caller, c *Connection, scopes ...Scope) error {
	if !by.reaches(c.Owner, c.Integration) {
		return errorf(CodeNotFound, "there is no connection %q", c.ID)
	}
	if !by.May(scopes...) {
		return errorf(CodeForbidden, "this needs a key with the scope %s", scopeNames(scopes))
	}
	return nil
}

// may is reachable for a connection that does not exist yet.
func may(by *Caller, owner, integration string, scopes ...Scope) error {
	if !by.May(scopes...) {
		return errorf(CodeForbidden, "this needs a key with the scope %s", scopeNames(scopes))
	}
	if !by.reaches(owner, integration) {
		return errorf(CodeForbidden, "the key is limited to other owners or integrations")
	}
	return nil
}

func scopeNames(scopes []Scope) string {
	var names []string
	for _, s := range scopes {
		if s != ScopeSession { // no key has it
			names = append(names, string(s))
		}
	}
	return strings.Join(names, " or ")
}

// CallbackURL is what is registered at the provider for an integration.
func (e *Engine) CallbackURL(integration string) string { return e.callbackURL(integration) }

// callbackURL is the one address that the provider sends browsers of an integration back to.
func (e *Engine) callbackURL(integration string) string {
	return e.publicURL + "/oauth/callback/" + url.PathEscape(integration)
}
