package runtime

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

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
		e.integrations.forget(key)
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

// integrationMemory is what was read of integrations lately. Safe for concurrent use.
type integrationMemory struct {
	seen    *lru.Cache[string, seenIntegration]
	rules   *lru.Cache[string, *placeholderRules]
	changed atomic.Int64 // so often something was forgotten: what was being read then is not kept
}

type seenIntegration struct {
	integration *Integration
	until       time.Time
	epoch       int64
}

func newIntegrationMemory(size int) (*integrationMemory, error) {
	seen, err := lru.New[string, seenIntegration](size)
	if err != nil {
		return nil, err
	}
	rules, err := lru.New[string, *placeholderRules](ruleMemory)
	return &integrationMemory{seen: seen, rules: rules}, err
}

// forget drops an integration that has been changed; without a key, all.
func (m *integrationMemory) forget(key string) {
	m.changed.Add(1)
	if key == "" {
		m.seen.Purge()
		m.rules.Purge()
		return
	}
	m.seen.Remove(key)
	m.rules.Remove(key)
}

// integration returns an integration as the engine's own work needs it, from memory for a moment, and as long as memory
// serves where the database is away.
func (e *Engine) integration(ctx context.Context, key string) (*Integration, error) {
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	f := e.following
	s, ok := e.integrations.seen.Get(key)
	serves := ok && f.serves(s.epoch)
	switch {
	case ok && at.Before(s.until), serves && f.away():
		return s.integration, nil
	case f.away():
		return nil, errAway()
	}
	epoch, changed := f.now(), e.integrations.changed.Load()
	asking, done := f.asking(ctx)
	defer done()
	i, err := e.store.Integration(asking, key)
	switch err = storeError("integration", key, err); {
	case serves && isAway(err):
		return s.integration, nil
	case err != nil:
		if !isAway(err) {
			e.integrations.forget(key)
		}
		return nil, err
	}
	f.answered()
	if e.integrations.changed.Load() == changed {
		e.integrations.seen.Add(key, seenIntegration{i, at.Add(keyMemory), epoch})
	}
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
