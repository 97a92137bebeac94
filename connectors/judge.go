package connectors

import (
	"slices"

	"claviger/mapping"
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
		r.judgeVars(b, MethodRule{Method: "enabled", Arguments: []string{"connectorParameters"}}, p)
	}
	for _, rule := range methodRules {
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

func (r *reader) judgeRequired(b *authBlock, rule MethodRule, impl *Implementation) {
	switch {
	case impl != nil && impl.Kind == KindNotSupported:
		r.errorf(impl.Pos, "auth.type %s needs %s", b.auth.Type, rule.Method)
	case impl == nil && b.node.Pair(string(rule.Method)) == nil && len(r.methodFiles(rule)) == 0:
		suggest(r.errorf(b.at, "auth.type %s needs %s", b.auth.Type, rule.Method), "add %s",
			rule.files[slices.IndexFunc(rule.files, func(f methodFile) bool { return f.kind == KindMapping })].path)
	}
}

func (r *reader) judgeMethod(b *authBlock, rule MethodRule, impl *Implementation) {
	switch {
	case rule.Method == GetOAuthConfig && impl.Mapping != nil:
		r.judgeVars(b, rule, impl.Mapping, "response")
		r.judgeConfig(b, r.nodes[impl])
		r.judgeURIs(b, configURIs(impl.Mapping))
		r.judgeRedirect(impl.Mapping)
	case rule.Method == MakeAPIClient && impl.Mapping != nil:
		r.judgeVars(b, rule, impl.Mapping, "response")
		r.judgeClient(r.nodes[impl])
		r.judgeURIs(b, clientURIs(impl.Mapping))
	case impl.Mapping != nil:
		r.judgeVars(b, rule, impl.Mapping)
	case impl.REST != nil:
		r.judgeREST(b, rule, impl.REST)
	}
}

func (r *reader) judgeURIs(b *authBlock, uses []uriUse) {
	for _, use := range uses {
		r.judgeURI(b, use)
	}
}

func (r *reader) judgeREST(b *authBlock, rule MethodRule, rest *REST) {
	if rest.Request != nil {
		r.judgeVars(b, rule, rest.Request)
		r.judgeURI(b, uriUse{name: "path", templates: rest.Request.Templates("path"), relative: true})
	}
	if rest.Response != nil {
		r.judgeVars(b, rule, rest.Response, "response")
	}
}

// judgeCalled warns about methods that no auth type of the connector calls.
func (r *reader) judgeCalled() {
	for _, rule := range methodRules {
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

// programs are the mappings of an implementation.
func (i *Implementation) programs() []*mapping.Program {
	all := []*mapping.Program{i.Mapping}
	if i.REST != nil {
		all = append(all, i.REST.Request, i.REST.Response)
	}
	return slices.DeleteFunc(all, func(p *mapping.Program) bool { return p == nil })
}
