package runtime

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/mapping"
	"claviger/mapping/value"
	"claviger/runtime/apiclient"
	"claviger/runtime/egress"
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
	unstored    bool         // it is being made, and nothing can be stored beside it yet
	updated     time.Time    // when the integration was put
	client      string       // clientId of the last config; empty before
	why         occasion     // of a renewal
	tenure      *tenure      // the lease under which requests are sent; nil: they need none
	renews      *Connection  // the stored connection whose token methods run with, where a call of the API may renew it; else nil
	recorder    *recorder    // of a hook that asks for a token; nil: nothing is recorded
	keeping     *keeping     // of the answer to a renewal; nil: none, or it can be had again
	place       *egress.Seat // of a renewal, until its answer is there; nil: none

	mu      sync.Mutex
	last    *egress.Answer   // the last answer that a hook's fetch received
	lastErr error            // why there is none
	refused *apiclient.Error // what the last call of the API failed of; nil: it did not fail, or there was none
	unread  error            // why a value could not be read that the hook asked for
	heard   []func()         // what redact has not looked through yet
	printed []printed        // what console has not returned yet
	lines   int              // how many have been printed
	dropped int              // how many of them are not kept and console has not counted yet
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
	b.setLastCall(nil)
	b.hear(func() { b.overhearArguments(arguments) })
	var result any
	var err error
	switch impl.Kind {
	case connectors.KindMapping:
		result, err = b.evaluate(ctx, impl, arguments)
	case connectors.KindJavaScript:
		result, err = b.hook(ctx, m, impl, arguments)
	case connectors.KindREST:
		result, err = b.rest(ctx, m, impl, arguments)
	default:
		err = fmt.Errorf("%s is declared %s", m, impl.Kind)
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
	env, err := b.env(ctx)
	if err != nil {
		return nil, err
	}
	return impl.Mapping.Eval(arguments, env)
}

func (b *binding) env(ctx context.Context) (mapping.Env, error) {
	at, err := b.e.now(ctx)
	return mapping.Env{Now: func() time.Time { return at }, Random: b.e.random}, err
}

// rest runs a rest-api-mapping, within the time that a hook would have.
func (b *binding) rest(ctx context.Context, m connectors.Method, impl *connectors.Implementation, arguments *value.Object) (any, error) {
	env, err := b.env(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, b.limits().Wall)
	defer cancel()
	result, err := RunREST(ctx, m, impl.REST, arguments, env, b.calling(ctx, m, arguments).call)
	b.hear(func() { b.overhear(result) })
	return result, err
}

func (b *binding) hook(ctx context.Context, m connectors.Method, impl *connectors.Implementation, arguments *value.Object) (any, error) {
	call := jsbridge.Call{
		Connector: b.connector.Key, Method: string(m), Script: impl.Script, Args: arguments,
		Limits: b.limits(), Fetch: b.fetch, Values: b.values(), Log: b.listen(ctx, m), Random: b.e.random,
	}
	if TakesClient(m) {
		client := b.calling(ctx, m, arguments)
		if isOverloaded(client.err) {
			return nil, client.err
		}
		call.Client = HookClient(client.call)
	}
	began := time.Now()
	result, err := b.e.hooks.Call(ctx, call)
	if unread := b.takeUnread(); err != nil && unread != nil {
		err = unread
	}
	b.hear(func() { b.overhear(result) })
	b.e.observer.HookCall(b.connector.Key, string(m), hookOutcome(err), time.Since(began))
	return result, err
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
