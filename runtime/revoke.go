package runtime

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"claviger/connectors"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

// revoke asks the provider to take a token back, as far as the connector says how: by its disconnect, else at revokeUri
// (RFC 7009), and tells whether it did. Whatever happens, the connection goes, except after an overload, which is the only
// error: nothing has been asked then.
func (e *Engine) revoke(ctx context.Context, c *Connection) (bool, error) {
	if c.Token == nil {
		return false, nil
	}
	b, _, err := e.bindConnection(ctx, c)
	if err != nil {
		return false, nil
	}
	defer b.flush(ctx)
	if b.has(connectors.Disconnect) {
		return b.disconnect(ctx, c)
	}
	if b.auth.Type != connectors.OAuth2 {
		return false, nil
	}
	config, err := b.renewConfig(ctx, c)
	if isOverloaded(err) {
		return false, err
	}
	if err != nil || config.RevokeURI == "" {
		return false, nil
	}
	if !c.Token.Refresh.IsEmpty() {
		err = b.revokeToken(ctx, config, c.Token.Refresh, grant.RefreshToken)
	}
	if err == nil && !c.Token.Access.IsEmpty() {
		err = b.revokeToken(ctx, config, c.Token.Access, grant.AccessToken)
	}
	if err != nil {
		e.log.Warn("the provider did not revoke", "connection", c.ID, "error", b.redact(err.Error()))
	}
	return err == nil, nil
}

// disconnect runs the connector's own way. One that needs the API client, or is a rest-api-mapping, fails: this version does
// not run those yet, and says so in the log. Its only error is an overload.
func (b *binding) disconnect(ctx context.Context, c *Connection) (bool, error) {
	_, err := b.call(ctx, connectors.Disconnect, b.arguments("queryParameters", c.Token.Query, "credentials", c.Token.full()))
	if isOverloaded(err) {
		return false, err
	}
	if err != nil {
		b.e.log.Warn("the connector did not disconnect", "connection", c.ID, "error", b.redact(err.Error()))
	}
	return err == nil, nil
}

const (
	revokeTries    = 3
	revokePatience = 10 * time.Second // no further try after this: somebody waits for the deletion
)

// revokeToken tries again what may pass (RFC 7009 section 2.2.1: after a 503 the token still lives, and asking twice
// harms nobody).
func (b *binding) revokeToken(ctx context.Context, config *grant.Config, token secret.Text, hint grant.TokenHint) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := config.Revoke(ctx, b.send, token, hint)
		var f *grant.Failure
		if errors.As(err, &f) && f.Class != grant.Transient && f.Class != grant.Unknown {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithMaxTries(revokeTries), backoff.WithMaxElapsedTime(revokePatience),
		backoff.WithBackOff(&backoff.ExponentialBackOff{InitialInterval: 200 * time.Millisecond, Multiplier: 2, RandomizationFactor: 0.5, MaxInterval: 2 * time.Second}))
	return err
}
