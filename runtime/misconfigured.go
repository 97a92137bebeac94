package runtime

import (
	"context"
	"errors"
	"strings"

	"claviger/runtime/egress"
	"claviger/runtime/grant"
)

// What is wrong with a configuration concerns an integration and no user: its connections keep their state, attempts stop
// until its parameters or its connector change, and one alert says so.

// heldBack is the configuration failure that stops attempts, nil once parameters or connector have changed since.
func heldBack(i *Integration, b *binding, c *Connection) *Failure {
	for _, f := range []*Failure{i.Misconfigured, c.Renewal.Failure} {
		stops := f != nil && f.Class == grant.Misconfigured && f.Reason != reasonNotSent
		if stops && f.Connector == b.connector.Version && f.At.After(i.UpdatedAt) {
			return f
		}
	}
	return nil
}

// holdIntegration records a failure that concerns the whole integration: its own client is refused. What else is wrong with
// a configuration holds back the connection that met it, for each by itself: a template may lack what one connection alone
// has not, and a scope may be one that it alone asked for. So does a client that came with the connection.
func (e *Engine) holdIntegration(ctx context.Context, b *binding, f *Failure) error {
	if f.Class != grant.Misconfigured || !grant.IsClientCode(f.Code) || b.clientOfConnection() {
		return nil
	}
	_, err := e.changeIntegration(ctx, b.integration, func(i *Integration) (bool, error) {
		if !f.At.After(i.UpdatedAt) || i.Misconfigured != nil && i.Misconfigured.Code == f.Code {
			return false, nil // it is of parameters that have been changed, or known
		}
		i.Misconfigured = f
		return true, nil
	})
	return err
}

// notSent tells whether our own guard stopped the request.
func notSent(err error) bool {
	var refused *egress.Error
	return errors.As(err, &refused) && !refused.Sent
}

// outdated looks whether the integration has been changed since the attempt began which failed by its configuration. Then
// that is held against nobody: the next attempt goes by the new parameters.
func (e *Engine) outdated(ctx context.Context, b *binding, f *Failure) error {
	i, err := e.store.Integration(ctx, b.integration)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return storeError("integration", b.integration, err)
	case i.UpdatedAt.After(b.updated):
		e.integrations.forget(b.integration)
		f.At = i.UpdatedAt
	}
	return nil
}

// alert logs a failure. One of an integration's configuration is logged once and not for each of its connections, until
// something has been changed; by each node.
func (e *Engine) alert(b *binding, c *Connection, f *Failure) {
	log := e.log.With("connection", c.ID, "integration", c.Integration, "class", string(f.Class), "error", f.Message)
	if f.Class != grant.Misconfigured {
		log.Warn("renewal failed")
		return
	}
	what := strings.Join([]string{b.integration, b.updated.String(), f.Connector, f.Code, f.Method, f.File, f.Reason}, " ")
	if known, _ := e.alerted.ContainsOrAdd(what, struct{}{}); known {
		log.Debug("renewal failed")
		return
	}
	log.Error("an integration is misconfigured: what depends on it is not renewed until its parameters or its connector change")
}
