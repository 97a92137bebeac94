package connectors

import (
	"slices"
	"strings"

	"claviger/mapping"
	"claviger/mapping/finding"
)

// judgeConnectionHosts: the end user may name the host only where the client is the end user's too.
func (r *reader) judgeConnectionHosts(b *authBlock) {
	if !r.c.ConnectionHosts {
		return
	}
	at := r.connectionEntry
	impl := b.auth.Methods[GetOAuthConfig]
	if b.auth.Type != ClientCredentials && impl != nil && impl.Mapping != nil {
		for _, field := range []string{"clientId", "clientSecret", "consumerKey", "consumerSecret"} {
			r.judgeOwnClient(at, field, impl.Mapping.Templates(field))
		}
		return
	}
	if r.usesPlatformParameters(b) {
		r.errorf(at, "allowedHosts: connection lets end users name the host, and connectorParameters could go there")
	}
}

// usesPlatformParameters tells whether a method could send away something that the platform team has set.
func (r *reader) usesPlatformParameters(b *authBlock) bool {
	if names, _ := declaredNames(r.parameters); len(names) > 0 {
		return true
	}
	for _, impl := range b.auth.Methods {
		for _, p := range r.programs[impl] {
			if slices.ContainsFunc(p.Vars(), func(v mapping.VarRef) bool {
				root, _ := splitLocator(v.Locator)
				return root == "connectorParameters"
			}) {
				return true
			}
		}
		if impl.Script != nil && strings.Contains(impl.Script.Files[impl.Script.Entry], "connectorParameters") {
			return true
		}
	}
	return false
}

func (r *reader) judgeOwnClient(at finding.Pos, field string, templates []mapping.Template) {
	for _, t := range templates {
		for _, part := range t {
			vars := partVars(part)
			foreign := slices.ContainsFunc(vars, func(v string) bool {
				root, _ := splitLocator(v)
				return argument(root) != "connectionParameters"
			})
			if foreign || len(vars) == 0 && part.Literal != "" {
				r.errorf(at, "allowedHosts: connection lets end users name the host, so %s must come from connectionParameters", field)
				return
			}
		}
	}
}
