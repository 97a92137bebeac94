package main

import (
	"context"
	"errors"
	"fmt"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/apiclient"
	"claviger/runtime/egress"
)

// callRun runs methods that reach the network, with the hosts that the arguments give them. Its API client is made of the
// arguments' credentials and renews nothing: there is no connection.
type callRun struct {
	c         callCommand
	w         *world
	connector *connectors.Connector
	auth      *connectors.Auth
	guard     *egress.Guard
	pool      *jsbridge.Pool
	hosts     egress.Hosts
	limits    jsbridge.Limits
}

func (c callCommand) newCallRun(w *world, connector *connectors.Connector, auth *connectors.Auth, arguments *value.Object) (*callRun, error) {
	guard, err := egress.NewGuard(c.EgressAllow)
	if err != nil {
		return nil, err
	}
	parameters, _ := arguments.Get("connectorParameters").(*value.Object)
	input, _ := arguments.Get("connectionParameters").(*value.Object)
	return &callRun{
		c: c, w: w, connector: connector, auth: auth, guard: guard, pool: c.pool(1, nil),
		hosts: connector.Hosts(parameters, input), limits: connector.Limits.Under(c.limits()),
	}, nil
}

// placedError is a failure that belongs to a place of the connector's folder.
type placedError struct {
	at  finding.Pos
	err error
}

func (e *placedError) Error() string { return e.at.String() + ": " + e.err.Error() }

func (e *placedError) Unwrap() error { return e.err }

func (r *callRun) run(m connectors.Method, arguments *value.Object) (any, error) {
	impl := r.auth.Methods[m]
	switch impl.Kind {
	case connectors.KindMapping:
		return impl.Mapping.Eval(arguments, environment())
	case connectors.KindREST:
		ctx, cancel := context.WithTimeout(r.w.ctx, r.limits.Wall)
		defer cancel()
		result, err := runtime.RunREST(ctx, m, impl.REST, arguments, environment(), r.client(m, arguments))
		var call *apiclient.Error
		if errors.As(err, &call) {
			err = &placedError{impl.Pos, err}
		}
		return result, err
	}
	return r.hook(m, impl, arguments)
}

// hook runs a method in JavaScript.
func (r *callRun) hook(m connectors.Method, impl *connectors.Implementation, arguments *value.Object) (any, error) {
	call := jsbridge.Call{
		Connector: r.connector.Key, Method: string(m), Script: impl.Script, Args: arguments, Limits: r.limits,
		Fetch: func(ctx context.Context, request jsbridge.FetchRequest) (*jsbridge.FetchResponse, error) {
			_, response, err := r.carry(ctx, request)
			return response, err
		},
		Values: givenValues(arguments),
		Log: func(l jsbridge.LogLine) {
			if r.c.Verbose {
				fmt.Fprintf(r.w.stderr, "%s: %s\n", l.Level, l.Text)
			}
		},
	}
	if runtime.TakesClient(m) {
		call.Client = runtime.HookClient(r.client(m, arguments))
	}
	return r.pool.Call(r.w.ctx, call)
}

// givenValues are the stored values that a hook reads: what the arguments have under values.connection and
// values.integration.
func givenValues(arguments *value.Object) map[string]func(context.Context, string) (any, error) {
	all := map[string]func(context.Context, string) (any, error){}
	given, _ := arguments.Get("values").(*value.Object)
	for _, whose := range []string{"connection", "integration"} {
		of, _ := given.Get(whose).(*value.Object)
		all[whose] = func(_ context.Context, name string) (any, error) { return of.Get(name), nil }
	}
	return all
}

func (r *callRun) carry(ctx context.Context, request jsbridge.FetchRequest) (*egress.Answer, *jsbridge.FetchResponse, error) {
	return runtime.CarryFetch(ctx, r.guard, r.hosts, r.limits, request)
}

// client is the API client of a method. It is made before the method runs, for there is one worker only.
func (r *callRun) client(m connectors.Method, arguments *value.Object) runtime.APICall {
	client, err := runtime.ClientFor(m, func() (*apiclient.Client, error) { return r.makeClient(arguments) })
	return func(ctx context.Context, request apiclient.Request, budget runtime.APIBudget) (*apiclient.Response, error) {
		if err != nil {
			return nil, apiclient.Refused(request, err)
		}
		return client.Do(ctx, apiclient.Way{Send: runtime.APISender(r.carry, runtime.APIRedirect(m), budget)}, request)
	}
}

func (r *callRun) makeClient(arguments *value.Object) (*apiclient.Client, error) {
	credentials, _ := arguments.Get("credentials").(*value.Object)
	if !r.auth.Has(connectors.MakeAPIClient) {
		return apiclient.Bearer(credentials.Text("access_token")), nil
	}
	input, _ := arguments.Get("connectionParameters").(*value.Object)
	with := arguments.Clone()
	with.Set("credentials", r.auth.ClientCredentials(credentials, input))
	result, err := r.run(connectors.MakeAPIClient, with)
	if err != nil {
		return nil, err
	}
	made, ok := result.(*value.Object)
	if !ok {
		return nil, fmt.Errorf("makeApiClient: expected an object as its result, got %s", value.Kind(result))
	}
	return apiclient.Parse(made, with)
}
