package runtime

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"claviger/connectors"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

// Revocation is what became of a connection's token at the provider when the connection was deleted.
type Revocation struct {
	Revoked bool
	Reason  string // why not, in words for people, without secrets; empty where it was
}

func notRevoked(format string, arguments ...any) Revocation {
	return Revocation{Reason: fmt.Sprintf(format, arguments...)}
}

// revoke asks the provider to take a token back, as far as the connector says how: by its disconnect, else at revokeUri
// (RFC 7009). Whatever it comes to, the connection goes.
func (e *Engine) revoke(ctx context.Context, c *Connection) Revocation {
	if c.Token == nil {
		return notRevoked("there is no token")
	}
	b, _, err := e.bindConnection(ctx, c)
	if err != nil {
		return notRevoked("%s", AsError(err).Message)
	}
	defer b.flush(ctx)
	if b.has(connectors.Disconnect) {
		return b.revocation(ctx, c, b.disconnect(ctx, c))
	}
	if b.auth.Type != connectors.OAuth2 {
		return notRevoked(noWay)
	}
	var config *grant.Config
	err = b.inTurn(ctx, func() (err error) {
		config, err = b.renewConfig(ctx, c)
		return err
	}, never)
	if err == nil && config.RevokeURI == "" {
		return notRevoked(noWay)
	}
	if err == nil && !c.Token.Refresh.IsEmpty() {
		err = b.revokeToken(ctx, config, c.Token.Refresh, grant.RefreshToken)
	}
	if err == nil && !c.Token.Access.IsEmpty() {
		err = b.revokeToken(ctx, config, c.Token.Access, grant.AccessToken)
	}
	return b.revocation(ctx, c, err)
}

const noWay = "the connector has neither a disconnect nor a revokeUri"

// revocation says what an attempt came to.
func (b *binding) revocation(ctx context.Context, c *Connection, err error) Revocation {
	if err == nil {
		return Revocation{Revoked: true}
	}
	r := Revocation{Reason: AsError(b.problem(ctx, err)).Message}
	if isOverloaded(err) {
		r.Reason = fmt.Sprintf("the server had too much to do: no worker became free within %s to run the connector's code", b.e.revokePatience)
	}
	b.e.log.Warn("a token is not revoked, and its connection is erased", "connection", c.ID, "integration", c.Integration, "reason", r.Reason)
	return r
}

// disconnect runs the connector's own way, a few times where a call of the API fails of what may pass.
func (b *binding) disconnect(ctx context.Context, c *Connection) error {
	b.renews = c
	tries := 0
	return b.inTurn(ctx, func() error {
		_, err := b.call(ctx, connectors.Disconnect, b.arguments("queryParameters", c.Token.Query, "credentials", c.Token.full()))
		return err
	}, func(err error) bool {
		tries++
		call := b.failedCall(err)
		return tries < revokeTries && call != nil && (call.Class() == grant.Transient || call.Class() == grant.Unknown)
	})
}

func never(error) bool { return false }

// revokePatience is for how long a deletion tries: somebody waits for it.
const revokePatience = 10 * time.Second

// inTurn runs what may need a hook worker, again while there is none or its failure passes, within the patience of a deletion.
func (b *binding) inTurn(ctx context.Context, run func() error, passes func(error) bool) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := run()
		if err != nil && !isOverloaded(err) && !passes(err) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithMaxElapsedTime(b.e.revokePatience), backoff.WithBackOff(revokeBackoff()))
	return err
}

func revokeBackoff() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{InitialInterval: 200 * time.Millisecond, Multiplier: 2, RandomizationFactor: 0.5, MaxInterval: 2 * time.Second}
}

const revokeTries = 3

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
	}, backoff.WithMaxTries(revokeTries), backoff.WithMaxElapsedTime(b.e.revokePatience), backoff.WithBackOff(revokeBackoff()))
	return err
}
