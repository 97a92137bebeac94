package runtime

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"claviger/connectors"
	"claviger/mapping/value"
)

// NewIntegration is what PUT /v1/integrations/{key} says.
type NewIntegration struct {
	Key               string
	Connector         string
	Parameters        *value.Object // nil, on a replacement: the stored ones stay
	ReturnURLs        []string
	RequireCompletion bool
	Role              Role // empty: RoleUser
	HookLogs          bool
	Placeholders      []PlaceholderRule // where calls that are passed on may have them expanded; empty: nowhere
}

var integrationKey = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,99}$`)

// PutIntegration creates or replaces an integration. Naming a connector accepts the hosts it has now. What was held against
// the integration's configuration, or against its connections because of it, is cleared, on all nodes; by the same
// parameters too, for that is how an administrator says that it was mended at the provider. At worst that costs one refused
// request until it is held again, where the client is refused, or one for each connection.
func (e *Engine) PutIntegration(ctx context.Context, by *Caller, n NewIntegration) (*Integration, error) {
	if err := e.mayAdminister(by); err != nil {
		return nil, err
	}
	c, err := e.checkIntegration(n)
	if err != nil {
		return nil, err
	}
	e.administering.Lock() // or two of them could ask for one redirect URI at the same time
	defer e.administering.Unlock()
	for {
		i, err := e.store.Integration(ctx, n.Key)
		if errors.Is(err, ErrNotFound) {
			i, err = &Integration{Key: n.Key}, nil
		}
		if err != nil {
			return nil, storeError("integration", n.Key, err)
		}
		if err := e.fillIntegration(ctx, i, c, n); err != nil {
			return nil, err
		}
		err = e.store.PutIntegration(ctx, i)
		if errors.Is(err, ErrConflict) {
			continue
		}
		e.integrations.forget(i.Key)
		return i, storeError("integration", i.Key, err)
	}
}

// checkIntegration judges what can be judged without looking at what is stored.
func (e *Engine) checkIntegration(n NewIntegration) (*connectors.Connector, error) {
	if !integrationKey.MatchString(n.Key) {
		return nil, errorf(CodeInvalidRequest, "an integration's key is made of a-z, 0-9 and -, at most 100, got %q", n.Key)
	}
	for _, u := range n.ReturnURLs {
		if err := checkReturnURL(u); err != nil {
			return nil, err
		}
	}
	if n.Role != "" {
		if err := checkRole(n.Role); err != nil {
			return nil, err
		}
	}
	if n.RequireCompletion && len(n.ReturnURLs) == 0 {
		return nil, errorf(CodeInvalidRequest, "requireCompletion needs returnUrls: the completion goes there")
	}
	if err := checkPlaceholders(n.Placeholders); err != nil {
		return nil, err
	}
	c, err := e.connector(n.Connector)
	if err != nil {
		return nil, err
	}
	return c, e.supported(c)
}

// supported refuses connectors that ask for what the contract names and this version does not do yet.
func (e *Engine) supported(c *connectors.Connector) error {
	for _, auth := range append([]*connectors.Auth{c.Auth}, c.Options...) {
		if auth.Type != connectors.OAuth2 && auth.Type != connectors.ClientCredentials {
			return errorf(CodeNotSupported, "connector %q has auth.type %s, which this version does not support", c.Key, auth.Type)
		}
	}
	return nil
}

// fillIntegration lays the request on the stored record.
func (e *Engine) fillIntegration(ctx context.Context, i *Integration, c *connectors.Connector, n NewIntegration) error {
	at, err := e.now(ctx)
	if err != nil {
		return err
	}
	if i.Version == 0 {
		i.CreatedAt = at
	}
	if i.Connector != "" && i.Connector != n.Connector {
		return errorf(CodeConflict, "integration %q belongs to connector %q; delete it first, or choose another key", i.Key, i.Connector)
	}
	parameters := n.Parameters
	if parameters == nil {
		parameters = i.Parameters
	}
	parameters = c.Parameters.Apply(orEmpty(parameters))
	if fields := checkValues(c.Parameters, parameters, "parameters"); len(fields) > 0 {
		return &Error{Code: CodeInvalidParameters, Message: "the parameters do not fit the connector's parametersSchema", Fields: fields}
	}
	i.Connector, i.Parameters, i.ReturnURLs, i.RequireCompletion, i.HookLogs = c.Key, parameters, n.ReturnURLs, n.RequireCompletion, n.HookLogs
	i.Placeholders = n.Placeholders
	if i.Role = n.Role; i.Role == RoleUser {
		i.Role = ""
	}
	i.Hosts, i.PendingHosts, i.Misconfigured, i.UpdatedAt = hostList(c, parameters), nil, nil, at
	return e.fixRedirect(ctx, i, c)
}

// checkValues validates an object against a schema and names the paths as the request does.
func checkValues(s *connectors.Schema, o *value.Object, under string) []FieldError {
	var out []FieldError
	for _, f := range s.Validate(o) {
		path := under
		if f.Path != "" {
			path += "." + f.Path
		}
		out = append(out, FieldError{Path: path, Message: f.Message})
	}
	for _, name := range s.Undeclared(o) {
		out = append(out, FieldError{Path: under + "." + name, Message: "the connector declares no such parameter"})
	}
	return out
}

// Integration shows one integration.
func (e *Engine) Integration(ctx context.Context, by *Caller, key string) (*Integration, error) {
	if err := e.mayAdminister(by); err != nil {
		return nil, err
	}
	i, err := e.store.Integration(ctx, key)
	return i, storeError("integration", key, err)
}

// Integrations lists all, by key.
func (e *Engine) Integrations(ctx context.Context, by *Caller) ([]*Integration, error) {
	if err := e.mayAdminister(by); err != nil {
		return nil, err
	}
	list, err := e.store.Integrations(ctx)
	return list, storeError("integration", "", err)
}

// DeleteIntegration removes an integration that has no connections left.
func (e *Engine) DeleteIntegration(ctx context.Context, by *Caller, key string) error {
	if err := e.mayAdminister(by); err != nil {
		return err
	}
	err := e.store.DeleteIntegration(ctx, key)
	e.integrations.forget(key)
	if errors.Is(err, ErrConflict) {
		return &Error{Code: CodeConflict, Message: fmt.Sprintf("integration %q still has connections; delete them first", key), Err: err}
	}
	return storeError("integration", key, err)
}

// AcceptHosts pins the hosts that the connector reaches now.
func (e *Engine) AcceptHosts(ctx context.Context, by *Caller, key string) (*Integration, error) {
	if err := e.mayAdminister(by); err != nil {
		return nil, err
	}
	return e.changeIntegration(ctx, key, func(i *Integration) (bool, error) {
		c, err := e.connector(i.Connector)
		if err != nil {
			return false, err
		}
		return true, e.pin(ctx, i, hostList(c, i.Parameters))
	})
}

func (e *Engine) mayAdminister(by *Caller) error {
	if by.May(ScopeAdmin) {
		return nil
	}
	return errorf(CodeForbidden, "this needs a key with the scope admin")
}
