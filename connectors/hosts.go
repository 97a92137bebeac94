package connectors

import (
	"fmt"
	"slices"
	"strings"

	"claviger/mapping"
	"claviger/mapping/finding"
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
	out := make([]uriUse, 0, 4)
	for _, field := range uriFields {
		if templates := p.at(field); len(templates) > 0 {
			out = append(out, uriUse{name: field, templates: templates, browser: field == "authorizeUri"})
		}
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
	for _, part := range a.parts {
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
		r.errorf(a.parts[a.first].Pos, "%s: no host that ends with %q can be in allowedHosts", use.name, a.tail)
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
