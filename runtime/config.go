package runtime

import (
	"context"
	"errors"
	"time"

	"claviger/connectors"
	"claviger/runtime/grant"
)

// noState stands for the state where no flow is under way, so that a text made with it is complete there too.
const noState = "state"

// oauthConfig evaluates getOAuthConfig with the binding's parameters and what the verb adds, and completes it from the
// issuer's metadata where it names an issuer.
func (b *binding) oauthConfig(ctx context.Context, redirectURI, state string, pairs ...any) (*grant.Config, error) {
	arguments := b.arguments(append(pairs, "redirectUri", redirectURI, "state", state)...)
	result, err := b.callObject(ctx, connectors.GetOAuthConfig, arguments)
	if err != nil {
		return nil, err
	}
	config, err := grant.Parse(result, arguments)
	if err != nil {
		return nil, b.configError(err)
	}
	b.client = config.ClientID
	b.redactor.Add(config.ClientSecret.Reveal())
	if config.Issuer == "" {
		return config, nil
	}
	m, err := b.e.issuerMetadata(ctx, config.Issuer, b)
	if err != nil {
		return nil, b.configError(err)
	}
	return config.WithMetadata(m), nil
}

// configError tells whose mistake an unusable config is: the connector's, or this version's for what it cannot do yet.
func (b *binding) configError(err error) error {
	var unsupported *grant.NotSupportedError
	if errors.As(err, &unsupported) {
		return &Error{Code: CodeNotSupported, Message: err.Error(), Err: err}
	}
	var provider *grant.Failure
	if !errors.As(err, &provider) {
		err = &grant.Failure{Class: grant.Misconfigured, Message: err.Error()}
	}
	return b.methodError(connectors.GetOAuthConfig, b.auth.Methods[connectors.GetOAuthConfig], err)
}

// metadataMemory is how long an issuer's metadata is believed.
const metadataMemory = time.Hour

type storedMetadata struct {
	metadata *grant.Metadata
	until    time.Time
}

// issuerMetadata fetches an issuer's metadata, or remembers it. What one connector's hosts let it fetch is not handed to
// another, so the memory is per connector.
func (e *Engine) issuerMetadata(ctx context.Context, issuer string, b *binding) (*grant.Metadata, error) {
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	key := b.connector.Key + " " + issuer
	if m, ok := e.metadata.Get(key); ok && at.Before(m.until) {
		return m.metadata, nil
	}
	m, err := grant.FetchMetadata(ctx, issuer, b.send)
	if err != nil {
		return nil, err
	}
	e.metadata.Add(key, storedMetadata{m, at.Add(metadataMemory)})
	return m, nil
}

// clientOfConnection tells whether the OAuth client came with the connection and not with the integration.
func (b *binding) clientOfConnection() bool {
	for _, v := range b.input.All() {
		if text, ok := v.(string); ok && text != "" && text == b.client {
			return true
		}
	}
	return false
}
