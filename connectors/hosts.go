package connectors

import (
	"fmt"
	"slices"
	"strings"

	"claviger/mapping"
	"claviger/mapping/finding"
	"claviger/mapping/yamlpos"
	"claviger/runtime/egress"
)

// uriUse is a place whose text is a URI that requests are sent to, for the rules of "Where secrets may go" (format.md
// section 2).
type uriUse struct {
	name      string
	templates []mapping.Template
	browser   bool // only a browser is sent there: a literal host needs no entry in allowedHosts
	relative  bool // may be relative to another
	fallback  bool // credentials.NAME may be the connection parameter NAME
}

// configURIs are the URIs of getOAuthConfig.
func configURIs(p compiled) []uriUse {
	var out []uriUse
	for _, field := range uriFields {
		out = append(out, uriUse{name: field, templates: p.at(field), browser: field == "authorizeUri"})
	}
	return out
}

// clientURIs are the URIs of makeApiClient.
func clientURIs(p compiled) []uriUse {
	out := []uriUse{{name: "baseUri", templates: p.at("baseUri"), fallback: true}}
	for _, t := range p.texts {
		if len(t.Path) == 2 && t.Path[0] == "bases" {
			out = append(out, uriUse{name: "bases." + t.Path[1], templates: []mapping.Template{t.Template}, fallback: true})
		}
	}
	return out
}

func (r *reader) judgeURI(b *authBlock, use uriUse) {
	for _, t := range use.templates {
		a, ok := authorityOf(t)
		switch {
		case ok && a.first >= 0:
			r.judgeVariableHost(b, use, a)
		case ok:
			r.judgeLiteralHost(use, a)
		case len(t) > 0 && !use.relative:
			suggest(r.errorf(t[0].Pos, "%s: expected an absolute http or https URI", use.name), "write https://…")
		}
	}
}

func (r *reader) judgeLiteralHost(use uriUse, a authority) {
	at := a.parts[0].Pos
	host, hasUser := splitAuthority(a.literal)
	err := egress.ParseHost(host)
	switch {
	case hasUser:
		r.errorf(at, "%s: a URI with a user name is refused", use.name)
	case err != nil || strings.HasPrefix(host, "*"):
		r.errorf(at, "%s: %q is no host: %v", use.name, host, err)
	case r.c.HostsDeclared && !use.browser && !r.c.AllowedHosts.Allows(host):
		suggest(r.errorf(at, "%s: the host %s is not in allowedHosts", use.name, host), "add it there")
	}
	if a.scheme == "http" && !isLocal(host) {
		r.add(finding.Warningf(at, "%s: plain http is refused unless --egress-allow opens the address", use.name))
	}
}

func isLocal(host string) bool {
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.") || strings.HasSuffix(host, ".localhost")
}

// judgeVariableHost holds a host that is computed to the rules for what it is computed of.
func (r *reader) judgeVariableHost(b *authBlock, use uriUse, a authority) {
	listed := true // every variable has a list of values
	for _, part := range a.variables() {
		for _, v := range partVars(part) {
			root, member := splitLocator(v)
			name := argument(root)
			if name == "connectorParameters" {
				r.judgePlatformHost(use, a, part, v)
			} else {
				r.judgeForeignHost(use, a, part, v)
			}
			isParameter := name == "connectionParameters" || use.fallback && name == "credentials" && r.isParameter(b, member)
			if !isParameter || !r.judgeParameter(b, use, a, part, member) {
				listed = false
			}
		}
	}
	if a.inPort {
		r.judgeLiteralHost(use, authority{scheme: a.scheme, parts: a.parts, literal: withoutPort(a.prefix)})
		return
	}
	if !listed && !a.whole && r.c.HostsDeclared && !r.c.ConnectionHosts && !r.canLieUnder(a.tail) {
		r.errorf(a.variables()[0].Pos, "%s: no host that ends with %q can be in allowedHosts", use.name, a.tail)
	}
}

// judgePlatformHost: what the platform team sets may name any host, as a whole URL; a part of a host is in no list.
func (r *reader) judgePlatformHost(use uriUse, a authority, part mapping.Part, v string) {
	if r.c.HostsDeclared || a.whole || a.inPort {
		return
	}
	r.add(finding.Warningf(part.Pos, "%s: a host made with %s is in no list, so that requests to it are refused", use.name, v).
		Suggest("list allowedHosts, or let the parameter hold the whole URL"))
}

// judgeForeignHost: what comes from a tenant or a provider may choose among listed hosts only.
func (r *reader) judgeForeignHost(use uriUse, a authority, part mapping.Part, v string) {
	if r.c.HostsDeclared || a.inPort {
		return
	}
	suggest(r.errorf(part.Pos, "%s: the host depends on %s, so spec.yml must list allowedHosts", use.name, v),
		"%s", hostSuggestion(a))
}

func hostSuggestion(a authority) string {
	if _, domain, ok := strings.Cut(a.tail, "."); ok && egress.ParseHost("*."+domain) == nil {
		return fmt.Sprintf("allowedHosts: ['*.%s']", domain)
	}
	return "allowedHosts: [names of the provider's hosts]"
}

// isParameter tells whether credentials.NAME surely is a connection parameter: no method makes other credentials.
func (r *reader) isParameter(b *authBlock, name string) bool {
	if b.input.Get("properties").Pair(name) == nil {
		return false
	}
	extracts := b.auth.Has(GetCredentialsFromTokenResponse) || b.auth.Has(GetCredentialsFromAccessTokenResponse) ||
		b.auth.Has(GetTokenData) || b.auth.Has(RefreshCredentials)
	return areParameters(b.auth) || b.auth.Type != ClientCredentials && !extracts
}

// judgeParameter holds a connection parameter in a host to enum or a safe pattern. It tells whether there is an enum.
func (r *reader) judgeParameter(b *authBlock, use uriUse, a authority, part mapping.Part, name string) bool {
	if r.c.ConnectionHosts {
		return false
	}
	property := b.input.Get("properties").Get(name)
	refuse := func(why, hint string) {
		suggest(r.errorf(part.Pos, "%s: the connection parameter %s stands in the host%s", use.name, name, why), "%s", hint)
	}
	const example = "such as pattern: '^[a-z0-9-]+$'"
	switch {
	case name == "":
		r.errorf(part.Pos, "%s: all connection parameters together stand in the host", use.name)
	case property == nil:
		refuse(" and is not declared: it needs enum, or a pattern", "")
	case property.Get("enum") != nil:
		r.judgeEnum(use, a, part, name, property.Get("enum"))
		return true
	case property.Get("pattern") == nil:
		refuse(": it needs enum, or a pattern", example)
	case property.Get("type") == nil || property.Get("type").Text != "string":
		refuse(": a pattern binds texts only", "write type: string beside it")
	default:
		if problem := r.patternProblem(property.Get("pattern").Text, !a.whole && !a.inPort && r.liesUnder(a.tail)); problem != "" {
			refuse(", but "+problem, example)
		}
	}
	return false
}

// judgeEnum looks whether each of the listed values gives a host that may be reached.
func (r *reader) judgeEnum(use uriUse, a authority, part mapping.Part, name string, enum *yamlpos.Node) {
	if !r.c.HostsDeclared || use.browser || a.inPort || len(a.variables()) != 1 || part.Opaque {
		return
	}
	for _, item := range enum.Items {
		if host := a.host(item.Text); host == "" || !r.c.AllowedHosts.Allows(host) {
			r.errorf(part.Pos, "%s: with %s %s the host is not in allowedHosts", use.name, name, item.Text)
		}
	}
}

// patternProblem is hostPatternProblem, judged once: a parameter usually stands in several hosts.
func (r *reader) patternProblem(expression string, dotAllowed bool) string {
	known := patternUse{expression, dotAllowed}
	problem, ok := r.patterns[known]
	if !ok {
		problem = hostPatternProblem(expression, dotAllowed)
		r.patterns[known] = problem
	}
	return problem
}

type patternUse struct {
	expression string
	dotAllowed bool
}

// liesUnder tells whether every host that ends with tail, behind at least one more character, is under an entry of
// allowedHosts.
func (r *reader) liesUnder(tail string) bool {
	tail = strings.ToLower(tail)
	return slices.ContainsFunc(r.c.AllowedHosts.Strings(), func(entry string) bool {
		domain, wild := strings.CutPrefix(entry, "*")
		return wild && strings.HasSuffix(tail, domain)
	})
}

// canLieUnder tells whether a host that ends with tail can be under an entry of allowedHosts.
func (r *reader) canLieUnder(tail string) bool {
	tail = strings.ToLower(tail)
	for _, entry := range r.c.AllowedHosts.Strings() {
		name := strings.TrimPrefix(entry, "*")
		if strings.HasSuffix(name, tail) || strings.HasPrefix(entry, "*") && strings.HasSuffix(tail, name) {
			return true
		}
	}
	return false
}

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
