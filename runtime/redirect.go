package runtime

import (
	"context"
	"errors"
	"net/url"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/runtime/egress"
)

// fixRedirect evaluates the redirectUri that the connector's config may ask for. It may depend on the integration's
// parameters only, and no two integrations may share one: a code meant for one must not be redeemable by another.
func (e *Engine) fixRedirect(ctx context.Context, i *Integration, c *connectors.Connector) error {
	i.RedirectURI = ""
	for _, auth := range append([]*connectors.Auth{c.Auth}, c.Options...) {
		asked, err := e.askedRedirect(ctx, i, c, auth)
		switch {
		case err != nil:
			return err
		case asked != "" && i.RedirectURI != "" && asked != i.RedirectURI:
			return errorf(CodeInvalidParameters, "the connector's auth options ask for different redirect URIs; an integration has one")
		case asked != "":
			i.RedirectURI = asked
		}
	}
	if i.RedirectURI == "" {
		return nil
	}
	others, err := e.store.Integrations(ctx)
	if err != nil {
		return storeError("integration", "", err)
	}
	for _, o := range others {
		if o.Key != i.Key && o.RedirectURI == i.RedirectURI {
			return errorf(CodeConflict, "integration %q already uses the redirect URI %s", o.Key, i.RedirectURI)
		}
	}
	return nil
}

// askedRedirect is the redirectUri that one auth block asks for, empty if none. What fails because it depends on a
// connection's parameters is none: if it asks for one later, the flow is refused.
func (e *Engine) askedRedirect(ctx context.Context, i *Integration, c *connectors.Connector, auth *connectors.Auth) (string, error) {
	if auth.Type != connectors.OAuth2 {
		return "", nil
	}
	b, err := e.bind(i, "", c, auth.Key, nil, egress.Hosts{})
	if err != nil {
		return "", err
	}
	defer b.flush(ctx)
	result, err := b.callObject(ctx, connectors.GetOAuthConfig, b.arguments("redirectUri", e.callbackURL(i.Key), "state", noState))
	var hook *jsbridge.Error
	if isOverloaded(err) || errors.As(err, &hook) && hook.Limit != "" {
		return "", b.problem(ctx, err) // it did not even come to an end
	}
	asked := result.Text("redirectUri")
	if err != nil || asked == "" {
		return "", nil
	}
	u, err := url.Parse(asked)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return "", errorf(CodeInvalidParameters, "the connector's redirectUri must be an https address without fragment, got %q", oneLine(asked, 200))
	}
	return asked, nil
}
