package runtime

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/mapping"
	"claviger/mapping/value"
	"claviger/runtime/egress"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

// binding is what a method runs for: one connector at one version, one integration's parameters, one connection's, and
// the hosts that may be reached. It lives for one verb and remembers what hooks were answered.
type binding struct {
	e           *Engine
	integration string
	connector   *connectors.Connector
	auth        *connectors.Auth
	hosts       egress.Hosts
	parameters  *value.Object // the integration's
	input       *value.Object // the connection's
	redactor    *secret.Redactor
	hookLogs    bool
	connection  string       // its id; empty where there is none
	updated     time.Time    // when the integration was put
	client      string       // clientId of the last config; empty before
	why         occasion     // of a renewal
	tenure      *tenure      // the lease under which requests are sent; nil: they need none
	recorder    *recorder    // of a hook that asks for a token; nil: nothing is recorded
	place       *egress.Seat // of a renewal, until its answer is there; nil: none

	mu      sync.Mutex
	last    *egress.Answer // the last answer that a hook's fetch received
	lastErr error          // why there is none
	heard   []func()       // what redact has not looked through yet
	printed []printed      // what console has not returned yet
	lines   int            // how many have been printed
	dropped int            // how many of them are not kept and console has not counted yet
}

// bind collects what methods of a connection run with. option names the auth option, empty for the block itself. Flush the
// binding at the verb's end.
func (e *Engine) bind(i *Integration, connection string, c *connectors.Connector, option string, input *value.Object, hosts egress.Hosts) (*binding, error) {
	auth, ok := c.Option(option)
	if !ok {
		return nil, errorf(CodeConnectorUnusable, "connector %q has no auth option %q any more", c.Key, option)
	}
	b := &binding{
		e: e, integration: i.Key, connection: connection, connector: c, auth: auth, hosts: hosts, hookLogs: i.HookLogs,
		updated: i.UpdatedAt, parameters: orEmpty(i.Parameters), input: orEmpty(input), redactor: secret.NewRedactor(),
	}
	for _, name := range auth.SecretParameters(c) {
		b.redactor.AddValue(b.parameters.Get(name))
	}
	for _, name := range auth.SecretInput() {
		b.redactor.AddValue(b.input.Get(name))
	}
	return b, nil
}

func orEmpty(o *value.Object) *value.Object {
	if o == nil {
		return value.NewObject(0)
	}
	return o
}

// arguments is the argument object of a method: the parameters under both of their names, and what the verb adds.
func (b *binding) arguments(pairs ...any) *value.Object {
	o := value.Of("connectorParameters", b.parameters, "connectionParameters", b.input, "connectionInput", b.input)
	for i := 0; i < len(pairs); i += 2 {
		if v := pairs[i+1]; v != nil && v != (*value.Object)(nil) {
			o.Set(pairs[i].(string), v)
		}
	}
	return o
}

// has tells whether the connector implements a method.
func (b *binding) has(m connectors.Method) bool {
	return b.auth.Has(m)
}

// call runs a method. Its failure is a *methodError, which names the method and the author's file, or an *Error where the
// method did not start.
func (b *binding) call(ctx context.Context, m connectors.Method, arguments *value.Object) (any, error) {
	impl, ok := b.auth.Methods[m]
	if !ok {
		return value.Undefined, nil
	}
	b.setLast(nil, nil)
	b.hear(func() { b.overhearArguments(arguments) })
	var result any
	var err error
	switch impl.Kind {
	case connectors.KindMapping:
		result, err = b.evaluate(ctx, impl, arguments)
	case connectors.KindJavaScript:
		result, err = b.hook(ctx, m, impl, arguments)
	default:
		err = fmt.Errorf("%s of %s cannot be run by this version yet", impl.Kind, m)
	}
	if err != nil {
		return nil, b.methodError(m, impl, err)
	}
	return result, nil
}

// callObject is call for a method that must return an object.
func (b *binding) callObject(ctx context.Context, m connectors.Method, arguments *value.Object) (*value.Object, error) {
	result, err := b.call(ctx, m, arguments)
	if err != nil {
		return nil, err
	}
	o, ok := result.(*value.Object)
	if !ok {
		return nil, b.methodError(m, b.auth.Methods[m], fmt.Errorf("expected an object as its result, got %s", value.Kind(result)))
	}
	return o, nil
}

func (b *binding) evaluate(ctx context.Context, impl *connectors.Implementation, arguments *value.Object) (any, error) {
	at, err := b.e.now(ctx)
	if err != nil {
		return nil, err
	}
	return impl.Mapping.Eval(arguments, mapping.Env{Now: func() time.Time { return at }, Random: b.e.random})
}

func (b *binding) hook(ctx context.Context, m connectors.Method, impl *connectors.Implementation, arguments *value.Object) (any, error) {
	began := time.Now()
	result, err := b.e.hooks.Call(ctx, jsbridge.Call{
		Connector: b.connector.Key, Method: string(m), Script: impl.Script, Args: arguments,
		Limits: b.limits(), Fetch: b.fetch, Log: b.listen(ctx, m), Random: b.e.random,
	})
	b.hear(func() { b.overhear(result) })
	b.e.observer.HookCall(b.connector.Key, string(m), hookOutcome(err), time.Since(began))
	return result, err
}

// fetch carries a hook's request out. What it came to is remembered: a result without a token takes its class from it.
func (b *binding) fetch(ctx context.Context, r jsbridge.FetchRequest) (*jsbridge.FetchResponse, error) {
	b.hearRequest(r)
	carry := func() (*egress.Answer, *jsbridge.FetchResponse, error) {
		return CarryFetch(ctx, b.e.guard, b.hosts, b.limits(), r)
	}
	if b.recorder != nil {
		carry = func() (*egress.Answer, *jsbridge.FetchResponse, error) { return b.recorder.fetch(ctx, r) }
	}
	answer, response, err := carry()
	b.setLast(answer, err)
	b.hearAnswer(answer)
	return response, err
}

// limits are those of the server, lowered to what the connector asks for.
func (b *binding) limits() jsbridge.Limits { return b.connector.Limits.Under(b.e.limits) }

func (b *binding) setLast(a *egress.Answer, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last, b.lastErr = a, err
}

// lastFetch is what the hook's last fetch came to; both are nil when it made none.
func (b *binding) lastFetch() (*egress.Answer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last, b.lastErr
}

// send is the way out of token requests: to this connector's hosts only, no redirect, a deadline. The answer came when
// the database's clock says so, for that is what its expiry is compared with.
func (b *binding) send(r *http.Request) (*egress.Answer, error) {
	if err := b.tenure.sending(r.Context(), b.e.tokenTimeout); err != nil {
		return nil, err
	}
	a, err := b.e.guard.Do(r, egress.Policy{Hosts: b.hosts, Timeout: b.e.tokenTimeout, MaxBytes: 1 << 20})
	if err != nil {
		return nil, err
	}
	if at, err := b.e.now(r.Context()); err == nil {
		a.ReceivedAt = at
	}
	return a, nil
}

// methodError is the failure of a connector's method.
type methodError struct {
	method    connectors.Method
	connector *connectors.Connector
	file      string // file:line:col
	err       error
}

func (b *binding) methodError(m connectors.Method, impl *connectors.Implementation, err error) error {
	var hook *jsbridge.Error
	var eval *mapping.EvalError
	var provider *grant.Failure
	if impl != nil && impl.Kind == connectors.KindMapping && !errors.As(err, &provider) { // a template error, which stays
		err = &grant.Failure{Class: grant.Misconfigured, Message: err.Error(), Err: err}
	}
	e := &methodError{method: m, connector: b.connector, err: err}
	switch {
	case errors.As(err, &hook) && hook.Overloaded:
		return b.overloaded(m, hook)
	case hook != nil:
		e.file = fmt.Sprintf("%s:%d:%d", hook.File, hook.Line, hook.Col)
	case errors.As(err, &eval):
		e.file = eval.Pos.String()
	case impl != nil:
		e.file = impl.Pos.String()
	}
	return e
}

// Error names connector, method and file, then says what happened.
func (m *methodError) Error() string {
	return m.where() + ": " + m.what()
}

// where is the part of it that the connector's folder alone tells.
func (m *methodError) where() string {
	return fmt.Sprintf("%s of connector %s failed at %s", m.method, m.connector.Key, m.file)
}

func (m *methodError) what() string {
	text := m.err.Error()
	var hook *jsbridge.Error
	var eval *mapping.EvalError
	switch {
	case errors.As(m.err, &hook):
		text = hook.Message
	case errors.As(m.err, &eval):
		text = eval.Message
	}
	return text
}

func (m *methodError) Unwrap() error { return m.err }

// told is the message of a failure, redacted. Where nothing of it may be given out it says at least which method failed.
func (b *binding) told(message string, method *methodError, err error) string {
	if errors.Is(err, errTooLarge) {
		return message
	}
	text := b.redact(message)
	if text == secret.Withheld && method != nil {
		return method.where() + ": " + text
	}
	return text
}

// failure makes the stored fact of an error, redacted.
func (b *binding) failure(err error, at time.Time) *Failure {
	f := &Failure{Class: grant.Internal, At: at, Connector: b.connector.Version}
	var provider *grant.Failure
	var method *methodError
	if errors.As(err, &method) {
		f.Method, f.File, f.Message = string(method.method), method.file, method.Error()
	}
	if errors.As(err, &provider) {
		f.Class, f.Code, f.Description, f.Status = provider.Class, provider.Code, provider.Description, provider.Status
		f.Excerpt = provider.Excerpt
		if f.Message == "" {
			f.Message = provider.Error()
		}
	}
	if f.Message == "" {
		f.Message = err.Error()
	}
	f.Message = oneLine(b.told(f.Message, method, err), 1_000)
	f.Description = oneLine(b.redact(f.Description), 500)
	f.Excerpt = oneLine(b.redact(f.Excerpt), 500)
	f.Code = oneLine(b.redact(f.Code), 100)
	return f
}
