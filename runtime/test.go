package runtime

import (
	"context"
	"errors"
	"strings"
	"time"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/mapping/value"
	"claviger/runtime/apiclient"
	"claviger/runtime/grant"
)

// Tested is what a test of a connection came to.
type Tested struct {
	OK      bool
	Message string // why it does not work; empty where it does
	Label   string // of the connection, as the connector tells it now; empty: it has none
}

// TestConnection tries a connection out: its token is renewed if need be, and the connector's test runs. A connector
// without one is taken as working. That a connection does not work is no error; errors are about the request, this server
// and connections that have no credentials yet.
func (e *Engine) TestConnection(ctx context.Context, by *Caller, id string) (*Tested, error) {
	c, err := e.connection(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := e.reachable(by, c, ScopeConnect, ScopeUse, ScopeSession); err != nil {
		return nil, err
	}
	var t *Tested
	err = e.work(ctx, flowWork, func(ctx context.Context) (err error) {
		t, err = e.tryOut(ctx, c)
		return err
	})
	return t, err
}

func (e *Engine) tryOut(ctx context.Context, c *Connection) (*Tested, error) {
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	_, c, err = e.usable(ctx, c, at, 0)
	if err != nil {
		return testedAs(err)
	}
	b, _, err := e.bindConnection(ctx, c)
	if err != nil {
		return testedAs(err)
	}
	defer b.flush(ctx)
	b.renews = c
	if err := b.test(ctx, c.Token); err != nil {
		return testedAs(err)
	}
	label, err := b.words(ctx, c, connectors.GetConnectionLabel, 200)
	if err != nil {
		return nil, err
	}
	switch label = b.redact(label); label {
	case "", c.Label:
		label = c.Label
	default:
		_, err = e.change(ctx, c.ID, func(stored *Connection) error { stored.Label = label; return nil })
	}
	return &Tested{OK: true, Label: label}, err
}

// testedAs tells what speaks of the connection from what speaks of this server or of the request.
func testedAs(err error) (*Tested, error) {
	switch e := AsError(err); e.Code {
	case CodeStoreUnavailable, CodeInternal, CodeOverloaded, CodeNotConnected, CodeNotFound, CodeConflict:
		return nil, err
	default:
		return &Tested{Message: e.Message}, nil
	}
}

// test runs the connector's test with a token. Its error is an *Error whose message is the one that the method gave.
func (b *binding) test(ctx context.Context, t *Token) error {
	m := connectors.Test
	if !b.has(m) {
		return nil
	}
	result, err := b.call(ctx, m, b.arguments("queryParameters", t.Query, "credentials", t.full()))
	if err == nil && value.Truthy(result) {
		return nil
	}
	if err == nil {
		err = b.methodError(m, b.auth.Methods[m], &grant.Failure{Class: grant.Reauth, Message: "the connector's test says that the connection does not work"})
	}
	return b.testFailure(ctx, err)
}

// testFailure is why a test failed. A refusal, and what a hook throws, means that the provider says no; a fault of the
// connector, and what may pass, keep their class.
func (b *binding) testFailure(ctx context.Context, err error) error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	at, clockErr := b.e.now(ctx)
	if clockErr != nil {
		return clockErr
	}
	f := b.failure(err, at)
	f.Class = b.testClass(err, f.Class)
	var method *methodError
	if errors.As(err, &method) {
		f.Message = oneLine(b.told(method.what(), method, err), 1_000)
	}
	code := codeOf(f.Class)
	if f.Class == grant.Reauth {
		code = CodeProviderRefused
	}
	return &Error{Code: code, Message: f.Message, Failure: f, RetryAfter: b.callAgain(err)}
}

func (b *binding) testClass(err error, class grant.Class) grant.Class {
	call := b.failedCall(err)
	var hook *jsbridge.Error
	switch {
	case call != nil && call.Class() == grant.Malformed && call.Status >= 300:
		return grant.Reauth
	case call != nil:
		return call.Class()
	case errors.As(err, &hook) && hook.Limit == "" && !isFault(hook.Message):
		return grant.Reauth
	}
	return class
}

// failedCall is the call of the API that a method failed of; nil: none.
func (b *binding) failedCall(err error) *apiclient.Error {
	var call *apiclient.Error
	if errors.As(err, &call) {
		return call
	}
	var hook *jsbridge.Error
	if errors.As(err, &hook) && hook.Limit == "" {
		return b.lastCall()
	}
	return nil
}

func (b *binding) callAgain(err error) time.Duration {
	if call := b.failedCall(err); call != nil {
		return call.RetryAfter
	}
	return retryAfter(err)
}

// faults are the errors that JavaScript throws by itself: the hook is wrong, and says nothing of the connection.
var faults = []string{"TypeError: ", "ReferenceError: ", "RangeError: ", "SyntaxError: "}

func isFault(message string) bool {
	for _, name := range faults {
		if strings.HasPrefix(message, name) {
			return true
		}
	}
	return false
}
