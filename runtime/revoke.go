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

// Deleted is what became of the provider's side of a connection that is gone.
type Deleted struct {
	Revoked bool   // the provider took it back
	Message string // why it did not; empty where it did
}

// revoke asks the provider to take a token back, as far as the connector says how: by its disconnect, else at revokeUri
// (RFC 7009), and tells whether it did. Whatever happens, the connection goes, except after an overload, which is the only
// error: nothing has been asked then.
func (e *Engine) revoke(ctx context.Context, c *Connection) (Deleted, error) {
	if c.Token == nil {
		return Deleted{Message: "it had no credentials"}, nil
	}
	b, _, err := e.bindConnection(ctx, c)
	if err != nil {
		return Deleted{Message: AsError(err).Message}, nil
	}
	defer b.flush(ctx)
	if b.has(connectors.Disconnect) {
		b.renews = c
		err = b.disconnect(ctx, c)
	} else {
		err = b.revokeTokens(ctx, c)
	}
	switch {
	case isOverloaded(err):
		return Deleted{}, err
	case errors.Is(err, errNoRevocation):
		return Deleted{Message: err.Error()}, nil
	case err != nil:
		why := oneLine(b.redact(err.Error()), 1_000)
		e.log.Warn("the provider did not revoke", "connection", c.ID, "error", why)
		return Deleted{Message: why}, nil
	}
	return Deleted{Revoked: true}, nil
}

var errNoRevocation = errors.New("the connector knows no way to revoke")

// disconnect runs the connector's own way, again where a call of the API failed of what may pass.
func (b *binding) disconnect(ctx context.Context, c *Connection) error {
	return patiently(ctx, func() error {
		_, err := b.call(ctx, connectors.Disconnect, b.arguments("queryParameters", c.Token.Query, "credentials", c.Token.full()))
		return err
	}, func(err error) bool {
		call := b.failedCall(err)
		return call != nil && (call.Class() == grant.Transient || call.Class() == grant.Unknown)
	})
}

// revokeTokens takes both tokens back at revokeUri.
func (b *binding) revokeTokens(ctx context.Context, c *Connection) error {
	if b.auth.Type != connectors.OAuth2 {
		return errNoRevocation
	}
	config, err := b.renewConfig(ctx, c)
	switch {
	case err != nil:
		return err
	case config.RevokeURI == "":
		return errNoRevocation
	}
	if !c.Token.Refresh.IsEmpty() {
		err = b.revokeToken(ctx, config, c.Token.Refresh, grant.RefreshToken)
	}
	if err == nil && !c.Token.Access.IsEmpty() {
		err = b.revokeToken(ctx, config, c.Token.Access, grant.AccessToken)
	}
	return err
}

const (
	revokeTries    = 3
	revokePatience = 10 * time.Second // no further try after this: somebody waits for the deletion
)

// revokeToken tries again what may pass (RFC 7009 section 2.2.1: after a 503 the token still lives, and asking twice
// harms nobody).
func (b *binding) revokeToken(ctx context.Context, config *grant.Config, token secret.Text, hint grant.TokenHint) error {
	return patiently(ctx, func() error { return config.Revoke(ctx, b.send, token, hint) }, func(err error) bool {
		var f *grant.Failure
		return !errors.As(err, &f) || f.Class == grant.Transient || f.Class == grant.Unknown
	})
}

// patiently does something again a few times where its failure may pass.
func patiently(ctx context.Context, do func() error, passes func(error) bool) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := do()
		if err != nil && !passes(err) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithMaxTries(revokeTries), backoff.WithMaxElapsedTime(revokePatience),
		backoff.WithBackOff(&backoff.ExponentialBackOff{InitialInterval: 200 * time.Millisecond, Multiplier: 2, RandomizationFactor: 0.5, MaxInterval: 2 * time.Second}))
	return err
}
