package runtime

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"claviger/runtime/apiclient"
	"claviger/runtime/secret"
)

// apiWay is a connection's API client and the way out to its hosts. It is made once for each version of the connection, the
// integration and the connector, and again after a while: a method may look at the clock.
type apiWay struct {
	connection  int64
	integration int64
	connector   string // its version
	key         string // of the connector
	until       time.Time
	client      *apiclient.Client
	out         http.RoundTripper
	redactor    *secret.Redactor
}

// wayMemory is how long a way is used without asking makeApiClient again.
const wayMemory = time.Minute

// wayTo is the way of a connection with a token. Whoever comes while it is made shares it.
func (e *Engine) wayTo(ctx context.Context, c *Connection, at time.Time) (*apiWay, error) {
	i, err := e.integration(ctx, c.Integration)
	if err != nil {
		return nil, err
	}
	connector, err := e.connector(i.Connector)
	if err != nil {
		return nil, err
	}
	if w, ok := e.ways.Get(c.ID); ok && w.connection == c.Version && w.integration == i.Version && w.connector == connector.Version && at.Before(w.until) {
		return w, nil
	}
	made := e.waysMade.DoChan(c.ID+" "+strconv.FormatInt(c.Version, 10), func() (any, error) {
		var w *apiWay
		err := e.work(ctx, flowWork, func(ctx context.Context) (err error) {
			w, err = e.makeWay(ctx, c, at)
			return err
		})
		return w, err
	})
	select {
	case result := <-made:
		if result.Err != nil {
			return nil, result.Err
		}
		return result.Val.(*apiWay), nil
	case <-ctx.Done():
		return nil, &Error{Code: CodeProviderUnavailable, Message: "this takes longer than the caller waits", Err: ctx.Err(), RetryAfter: time.Second}
	}
}

func (e *Engine) makeWay(ctx context.Context, c *Connection, at time.Time) (*apiWay, error) {
	b, i, err := e.bindConnection(ctx, c)
	if err != nil {
		return nil, err
	}
	defer b.flush(ctx)
	client, err := b.apiClient(ctx, c.Token.full())
	if err != nil {
		return nil, b.clientFailure(ctx, err)
	}
	w := &apiWay{
		connection: c.Version, integration: i.Version, connector: b.connector.Version, key: b.connector.Key, until: at.Add(wayMemory),
		client: client, out: e.guard.RoundTripper(b.hosts), redactor: b.redactor,
	}
	e.ways.Add(c.ID, w)
	return w, nil
}

// clientFailure is why a connection has no API client, as callers are told it.
func (b *binding) clientFailure(ctx context.Context, err error) error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	at, clockErr := b.e.now(ctx)
	if clockErr != nil {
		return clockErr
	}
	f := b.failure(err, at)
	return &Error{Code: CodeConnectorFailed, Message: f.Message, Failure: f, RetryAfter: retryAfter(err)}
}
