package connectors

import (
	"claviger/mapping"
	"claviger/mapping/yamlpos"
)

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
		pattern := property.Get("pattern").Text
		if problem := r.patternProblem(pattern, r.isListed(a, part, pattern)); problem != "" {
			refuse(", but "+problem, example)
		}
	}
	return false
}

// isListed tells whether the whole host lies under allowedHosts, whatever a parameter of this pattern is.
func (r *reader) isListed(a authority, part mapping.Part, pattern string) bool {
	if a.whole || a.inPort || !r.c.HostsDeclared {
		return false
	}
	last := a.parts[a.last]
	ends := !part.Opaque && last.Var == part.Var && last.Pos == part.Pos // the host ends with the parameter and the tail
	return r.liesUnder(a.tail) || ends && r.liesUnder(patternTail(pattern)+a.tail)
}

// judgeEnum looks whether each of the listed values gives a host that may be reached.
func (r *reader) judgeEnum(use uriUse, a authority, part mapping.Part, name string, enum *yamlpos.Node) {
	if !r.c.HostsDeclared || use.browser || a.inPort || a.first != a.last || part.Opaque {
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
