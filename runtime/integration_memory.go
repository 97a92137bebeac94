package runtime

import (
	"context"
	"errors"
	"slices"
	"time"

	"claviger/connectors"
	"claviger/mapping/value"
)

// changeIntegration reads, lets f alter and stores an integration until nobody was quicker. f says whether it altered it.
func (e *Engine) changeIntegration(ctx context.Context, key string, f func(*Integration) (bool, error)) (*Integration, error) {
	for {
		i, err := e.store.Integration(ctx, key)
		if err != nil {
			return nil, storeError("integration", key, err)
		}
		changed, err := f(i)
		if err != nil || !changed {
			return i, err
		}
		err = e.store.PutIntegration(ctx, i)
		if errors.Is(err, ErrConflict) {
			continue
		}
		e.integrations.Remove(key)
		return i, storeError("integration", key, err)
	}
}

// connector returns the newest loaded version of a connector.
func (e *Engine) connector(key string) (*connectors.Connector, error) {
	c, ok := e.connectors.Get(key)
	if !ok {
		return nil, errorf(CodeConnectorUnusable, "connector %q is not loaded; GET /v1/connectors lists what is, with the findings of folders that failed", key)
	}
	return c, nil
}

type seenIntegration struct {
	integration *Integration
	until       time.Time
}

// integration returns an integration as the engine's own work needs it, from memory for a moment.
func (e *Engine) integration(ctx context.Context, key string) (*Integration, error) {
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	if s, ok := e.integrations.Get(key); ok && at.Before(s.until) {
		return s.integration, nil
	}
	i, err := e.store.Integration(ctx, key)
	if err != nil {
		return nil, storeError("integration", key, err)
	}
	e.integrations.Add(key, seenIntegration{i, at.Add(keyMemory)})
	return i, nil
}

// hostList is the set of hosts that a connector reaches with an integration's parameters, as text.
func hostList(c *connectors.Connector, parameters *value.Object) []string {
	if c.ConnectionHosts {
		return []string{connectors.FromConnection}
	}
	list := c.Hosts(orEmpty(parameters), nil).Strings()
	slices.Sort(list)
	return list
}
