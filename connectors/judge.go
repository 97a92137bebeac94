package connectors

import (
	"slices"

	"claviger/mapping/finding"
	"claviger/mapping/yamlpos"
)

// authBlock is an auth block, or an option laid over it, with where it is written.
type authBlock struct {
	auth  *Auth
	at    finding.Pos   // of its key
	node  *yamlpos.Node // merged
	input *yamlpos.Node // the schema of connectionParameters; nil: none
}

// judge holds a block to the rules that need all of it.
func (r *reader) judge(b *authBlock) {
	if p := b.auth.enabled; p != nil {
		r.judgeVars(b, "enabled", []string{"connectorParameters"}, p)
	}
	for i := range methodRules {
		rule := &methodRules[i]
		impl := b.auth.Methods[rule.Method]
		if slices.Contains(rule.Required, b.auth.Type) {
			r.judgeRequired(b, rule, impl)
		}
		if impl != nil {
			r.judgeMethod(b, rule, impl)
		}
	}
	full := b.auth.Methods[GetCredentialsFromTokenResponse]
	if added := b.auth.Methods[GetCredentialsFromAccessTokenResponse]; full != nil && added != nil {
		suggest(r.errorf(added.Pos, "%s and %s cannot both be there", GetCredentialsFromTokenResponse, GetCredentialsFromAccessTokenResponse),
			"the first returns the credentials, the second what is laid over the token response")
	}
	r.judgeConnectionHosts(b)
}

func (r *reader) judgeRequired(b *authBlock, rule *MethodRule, impl *Implementation) {
	switch {
	case impl != nil && impl.Kind == KindNotSupported:
		r.errorf(impl.Pos, "auth.type %s needs %s", b.auth.Type, rule.Method)
	case impl == nil && b.node.Pair(string(rule.Method)) == nil && len(r.files[rule.Method]) == 0:
		suggest(r.errorf(b.at, "auth.type %s needs %s", b.auth.Type, rule.Method), "add %s",
			rule.files[slices.IndexFunc(rule.files, func(f methodFile) bool { return f.kind == KindMapping })].path)
	}
}

func (r *reader) judgeMethod(b *authBlock, rule *MethodRule, impl *Implementation) {
	switch n := r.nodes[impl]; {
	case n == nil:
		return
	case rule.Method == GetOAuthConfig:
		r.judgeConfig(b, n)
	case rule.Method == MakeAPIClient:
		r.judgeClient(n)
	}
	for _, p := range r.programs[impl] {
		r.judgeProgram(b, rule, impl, p)
	}
}

func (r *reader) judgeProgram(b *authBlock, rule *MethodRule, impl *Implementation, p compiled) {
	var uses []uriUse
	known := rule.withResponse // also where only a formula that waits for a response has one: which formula reads it cannot be told
	switch {
	case rule.Method == GetOAuthConfig:
		uses = configURIs(p)
		r.judgeRedirect(p)
	case rule.Method == MakeAPIClient:
		uses = clientURIs(p)
	case impl.Kind == KindREST && (impl.REST == nil || p.Program != impl.REST.Response):
		uses = []uriUse{{name: "path", templates: p.at("path"), relative: true}}
		if impl.REST != nil && impl.REST.Request != nil {
			known = rule.variables
		}
	case impl.Kind == KindREST:
	default:
		known = rule.variables
	}
	for _, use := range uses {
		r.judgeURI(b, use)
	}
	r.judgeVars(b, rule.Method, known, p.Program)
}

// judgeCalled warns about methods that no auth type of the connector calls.
func (r *reader) judgeCalled() {
	for i := range methodRules {
		rule := &methodRules[i]
		var impl *Implementation
		called := false
		for _, b := range r.blocks {
			called = called || b.auth.Type == "" || slices.Contains(rule.Types, b.auth.Type)
			if i := b.auth.Methods[rule.Method]; i != nil && impl == nil {
				impl = i
			}
		}
		if impl != nil && !called && impl.Kind != KindNotSupported {
			r.add(finding.Warningf(impl.Pos, "%s is never called: auth.type is %s", rule.Method, r.c.Auth.Type))
		}
	}
}
