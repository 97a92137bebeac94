package connectors

import (
	"slices"

	"claviger/mapping"
	"claviger/mapping/yamlpos"
	"claviger/runtime/grant"
)

// fromNode compiles a mapping or a rest-api-mapping. After mistakes the implementation cannot run, but can be judged.
func (r *reader) fromNode(rule *MethodRule, impl *Implementation, n *yamlpos.Node) *Implementation {
	r.nodes[impl] = n
	switch {
	case impl.Kind == KindREST:
		impl.REST = r.rest(rule, impl, n)
	case rule.Method == GetOAuthConfig:
		impl.Mapping = r.oauthConfig(impl, n)
	case rule.Method == MakeAPIClient:
		impl.Mapping = r.apiClient(impl, n)
	default:
		impl.Mapping = r.compile(impl, n, mapping.Options{})
	}
	return impl
}

// compile compiles a mapping of an implementation and notes the hosts written in it.
func (r *reader) compile(impl *Implementation, n *yamlpos.Node, o mapping.Options) *mapping.Program {
	p, findings := mapping.Compile(n, o)
	r.findings = append(r.findings, findings...)
	if p == nil {
		r.programs[impl] = append(r.programs[impl], sound(n)...)
		return nil
	}
	c := compiled{Program: p, texts: p.AllTemplates(), literal: !isFormula(n)}
	r.programs[impl] = append(r.programs[impl], c)
	r.literalHosts(c.texts)
	return p
}

// compiled is a program with the shapes of its texts, which are asked for again and again.
type compiled struct {
	*mapping.Program
	texts   []mapping.PathTemplate
	literal bool // the root is a written object: a place in the result is a place in texts
}

// at returns the shapes of the text at a place of the result.
func (c compiled) at(path ...string) []mapping.Template {
	if !c.literal || grant.Deferred(path) {
		return c.Templates(path...)
	}
	var out []mapping.Template
	for _, t := range c.texts {
		if slices.Equal(t.Path, path) {
			out = append(out, t.Template)
		}
	}
	return out
}

// sound compiles what can be of a mapping that has mistakes, member by member: the rules about hosts and variables are
// to find theirs at the same time.
func sound(n *yamlpos.Node) []compiled {
	if isFormula(n) {
		return nil
	}
	var out []compiled
	for _, pair := range n.Pairs {
		member := *n
		member.Pairs = []yamlpos.Pair{pair}
		if p, _ := mapping.Compile(&member, mapping.Options{}); p != nil {
			out = append(out, compiled{Program: p, texts: p.AllTemplates(), literal: true})
		}
	}
	return out
}
