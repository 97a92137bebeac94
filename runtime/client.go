package runtime

import (
	"context"
	"errors"
	"sync"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime/apiclient"
	"claviger/runtime/grant"
)

// apiClient is the API client for credentials: what makeApiClient returns, or a Bearer header where there is none. credentials
// are all that the engine keeps of them: Token.full.
func (b *binding) apiClient(ctx context.Context, credentials *value.Object) (*apiclient.Client, error) {
	m := connectors.MakeAPIClient
	if !b.has(m) {
		return apiclient.Bearer(credentials.Text("access_token")), nil
	}
	arguments := b.arguments("credentials", b.auth.ClientCredentials(credentials, b.input))
	result, err := b.callObject(ctx, m, arguments)
	if err != nil {
		return nil, err
	}
	client, err := apiclient.Parse(result, arguments)
	if err != nil {
		return nil, b.methodError(m, b.auth.Methods[m], &grant.Failure{Class: grant.Misconfigured, Message: err.Error(), Err: err})
	}
	return client, nil
}

// calling is the API client of one run of a method. Its calls may be made at the same time.
type calling struct {
	b        *binding
	redirect string // what a 3xx means, as in jsbridge.FetchRequest

	mu         sync.Mutex
	client     *apiclient.Client
	err        error       // why there is none
	connection *Connection // whose token the client has; nil: nothing can renew it
}

// calling prepares the API client of a method with these arguments: see ClientFor.
func (b *binding) calling(ctx context.Context, m connectors.Method, arguments *value.Object) *calling {
	c := &calling{b: b, redirect: APIRedirect(m)}
	if TakesClient(m) {
		c.connection = b.renews
	}
	c.client, c.err = ClientFor(m, func() (*apiclient.Client, error) {
		credentials, _ := arguments.Get("credentials").(*value.Object)
		return b.apiClient(ctx, credentials)
	})
	return c
}

// call is an APICall.
func (c *calling) call(ctx context.Context, r apiclient.Request, budget APIBudget) (*apiclient.Response, error) {
	client, err := c.now()
	if err != nil {
		return nil, apiclient.Refused(r, err)
	}
	way := apiclient.Way{Send: APISender(c.b.carry, c.redirect, budget), Renew: c.renew}
	response, err := client.Do(ctx, way, r)
	var failed *apiclient.Error
	errors.As(err, &failed)
	c.b.setLastCall(failed)
	c.b.e.observer.APICall(c.b.connector.Key, throughClient, clientOutcome(response, err))
	if failed != nil && failed.Key == apiclient.ConnectionDefunct {
		c.b.e.defunct(ctx, c, failed)
	}
	return response, err
}

func (c *calling) now() (*apiclient.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.client, c.err
}

// renew is the Renew of an apiclient.Way.
func (c *calling) renew(ctx context.Context, used *apiclient.Client) (*apiclient.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.client != used:
		return c.client, nil
	case c.connection == nil:
		return nil, errNotRenewable
	}
	renewed, err := c.b.e.newer(ctx, c.connection)
	if err != nil {
		return nil, err
	}
	access, refresh := renewed.Token.Access.Reveal(), renewed.Token.Refresh.Reveal()
	c.b.hear(func() { c.b.redactor.Add(access, refresh) })
	client, err := c.b.apiClient(ctx, renewed.Token.full())
	if err == nil {
		c.client, c.connection = client, renewed
	}
	return client, err
}

var errNotRenewable = errors.New("nothing can renew the token")

// newer is the connection with a newer token than seen: one that somebody else has renewed meanwhile, else one that is
// renewed now, for an answer of the API has called it expired (lifecycle.md 14).
func (e *Engine) newer(ctx context.Context, seen *Connection) (*Connection, error) {
	c, err := e.connection(ctx, seen.ID)
	switch {
	case err != nil:
		return nil, err
	case c.Token != nil && moved(c.Token, seen.Token):
		return c, nil
	case c.Token == nil || c.Status == ReconnectRequired || c.Renewal.Over || !e.renewable(c):
		return nil, errNotRenewable
	}
	if err := e.refusals.check(c.ID, e.following.at()); err != nil {
		return nil, err
	}
	c, err = e.renew(ctx, seen, occasion{by: ByCall})
	if err == nil && (c.Token == nil || !moved(c.Token, seen.Token)) {
		err = errNotRenewable
	}
	return c, err
}

// defunct notes that the API has called a connection dead, unless its token has been replaced meanwhile: only its user can
// bring it back.
func (e *Engine) defunct(ctx context.Context, c *calling, failed *apiclient.Error) {
	c.mu.Lock()
	seen := c.connection
	c.mu.Unlock()
	if seen == nil {
		return
	}
	at, err := e.now(ctx)
	if err != nil {
		return
	}
	f := &Failure{
		Class: grant.Reauth, Reason: reasonRefused, At: at, Connector: c.b.connector.Version, Status: failed.Status,
		Code: oneLine(c.b.redact(failed.Code), 100), Message: oneLine(c.b.redact(failed.Message), 1_000),
	}
	e.pronounceDead(ctx, seen, f)
}

// pronounceDead lets a connection wait for its user, unless its token has been replaced since seen.
func (e *Engine) pronounceDead(ctx context.Context, seen *Connection, f *Failure) {
	_, err := e.record(context.WithoutCancel(ctx), seen.ID, func(now *Connection) ([]Event, error) {
		if now.Token == nil || moved(now.Token, seen.Token) || now.Status != Connected {
			return nil, errUnchanged
		}
		now.Status, now.LastError = ReconnectRequired, f
		return []Event{reconnect(f.At, f)}, nil
	})
	if err != nil {
		e.log.Warn("it could not be stored that the API calls a connection dead", "connection", seen.ID, "error", err.Error())
	}
}
