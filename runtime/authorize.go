package runtime

import (
	"context"

	"claviger/connectors"
	"claviger/runtime/grant"
)

// proceed goes on when nothing is left to ask: to the provider, or straight to the end where no person is needed there.
func (e *Engine) proceed(ctx context.Context, f *Flow, s *start) (*Step, error) {
	if s.auth.Type == connectors.ClientCredentials {
		return e.finishWithoutProvider(ctx, f, s)
	}
	state, verifier := grant.NewState(), grant.NewVerifier()
	redirect := e.callbackURL(s.integration)
	config, err := s.oauthConfig(ctx, redirect, state.Reveal())
	if err != nil {
		return e.cannotProceed(ctx, f, s, err)
	}
	if !config.Grant().Interactive() {
		return e.finishWithoutProvider(ctx, f, s)
	}
	if config.RedirectURI != "" {
		if config.RedirectURI != s.record.RedirectURI {
			return nil, errorf(CodeMisconfigured, "the connector's redirectUri may depend on the integration's parameters only")
		}
		redirect = config.RedirectURI
	}
	target, err := config.AuthorizeURL(grant.AuthorizeRequest{RedirectURI: redirect, State: state, Verifier: verifier, Scopes: s.new.Scopes})
	if err != nil {
		return e.refused(ctx, f, s, s.configError(err))
	}
	if err := e.noteCallback(ctx, f.Integration, config); err != nil {
		return nil, err
	}
	f.Stage, f.StateHash = FlowClaimed, HashHandle(state.Reveal())
	f.Pinned.RedirectURI, f.Pinned.Verifier, f.Pinned.State = redirect, verifier, state
	f.Pinned.GrantType, f.Pinned.CallbackPattern, f.Pinned.StatePattern = config.GrantType, config.CallbackPattern, config.StatePattern
	if err := e.putFlow(ctx, f); err != nil {
		return nil, err
	}
	return &Step{Redirect: target}, nil
}

// cannotProceed ends a flow that has no way to the provider. A failure that passes ends nothing: the link is good for
// another visit.
func (e *Engine) cannotProceed(ctx context.Context, f *Flow, s *start, err error) (*Step, error) {
	if s.passes(ctx, err) {
		return nil, forPeople(s.problem(ctx, err))
	}
	return e.refused(ctx, f, s, err)
}

// finishWithoutProvider ends a flow that a person had to begin, to type something, but that needs no visit to the
// provider.
func (e *Engine) finishWithoutProvider(ctx context.Context, f *Flow, s *start) (*Step, error) {
	if err := e.takeFlow(ctx, f); err != nil {
		return nil, err
	}
	return e.leave(f, e.finish(ctx, f, s, func(ctx context.Context) (*Token, []string, error) {
		return s.firstToken(ctx, f.Pinned.Scopes)
	}))
}
