package runtime

import (
	"context"
	"errors"

	"claviger/connectors"
	"claviger/runtime/grant"
)

// Verification is what the provider lets on about an integration's client.
type Verification struct {
	Client grant.Verdict `json:"client" enum:"known,refused,unknown"`
	Detail string        `json:"detail" doc:"how that is known, or why not"`
}

// VerifyIntegration asks the provider whether it knows the client of an integration as PutIntegration would store it. Nothing
// is stored. CodeClientRefused where it does not; what cannot be told is unknown, and no error.
func (e *Engine) VerifyIntegration(ctx context.Context, by *Caller, n NewIntegration) (*Verification, error) {
	if err := e.mayAdminister(by); err != nil {
		return nil, err
	}
	c, err := e.checkIntegration(n)
	if err != nil {
		return nil, err
	}
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
	told := Verification{Client: grant.ClientUnknown, Detail: "there is no client: what users type is the credential"}
	for _, auth := range append([]*connectors.Auth{c.Auth}, c.Options...) {
		if auth.Type != connectors.OAuth2 || e.enabled(ctx, i, auth) != nil {
			continue
		}
		v, err := e.verify(ctx, i, c, auth)
		if err != nil {
			return nil, err
		}
		if told.Client != grant.ClientKnown {
			told = v
		}
	}
	return &told, nil
}

// verify asks with the config of one auth block.
func (e *Engine) verify(ctx context.Context, i *Integration, c *connectors.Connector, auth *connectors.Auth) (Verification, error) {
	b, err := e.bind(i, "", c, auth.Key, nil, within(i.Hosts, c, i.Parameters, nil))
	if err != nil {
		return Verification{}, err
	}
	defer b.flush(ctx)
	at, err := e.now(ctx)
	if err != nil {
		return Verification{}, err
	}
	config, err := b.oauthConfig(ctx, e.callbackURL(i.Key), noState)
	switch {
	case isOverloaded(err):
		return Verification{}, b.problem(ctx, err)
	case err != nil:
		return Verification{grant.ClientUnknown, "the provider cannot be asked: " + b.failure(err, at).Message}, nil
	case b.has(connectors.GetTokenData):
		return Verification{grant.ClientUnknown, "the connector asks for tokens in a way of its own (getTokenData)"}, nil
	}
	redirect := e.callbackURL(i.Key)
	if i.RedirectURI != "" {
		redirect = i.RedirectURI
	}
	v := config.Verify(ctx, b.send, redirect)
	detail := oneLine(b.redact(v.Detail), 1_000)
	if v.Client == grant.ClientRefused {
		return Verification{}, &Error{Code: CodeClientRefused, Message: detail, Failure: b.failure(v.Failure, at)}
	}
	return Verification{v.Client, detail}, nil
}
