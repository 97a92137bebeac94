package connectors

import (
	"slices"
	"strings"

	"claviger/mapping"
	"claviger/mapping/finding"
	"claviger/mapping/yamlpos"
)

// splitLocator returns the first two names of a locator: the argument and its member. Either may be empty.
func splitLocator(locator string) (root, member string) {
	locator = strings.TrimPrefix(strings.TrimPrefix(locator, "$."), "$")
	root, rest := firstName(locator)
	member, _ = firstName(strings.TrimPrefix(rest, "."))
	if strings.HasPrefix(rest, "[") {
		member = ""
	}
	return root, member
}

// firstName reads a name up to an unescaped dot or bracket.
func firstName(locator string) (name, rest string) {
	if end := strings.IndexAny(locator, `.[\`); end < 0 {
		return locator, ""
	} else if locator[end] != '\\' {
		return locator[:end], locator[end:]
	}
	var b strings.Builder
	for i := 0; i < len(locator); i++ {
		switch c := locator[i]; {
		case c == '\\' && i+1 < len(locator):
			i++
			b.WriteByte(locator[i])
		case c == '.' || c == '[':
			return b.String(), locator[i:]
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

// partVars are the variables that a part of a text depends on.
func partVars(p mapping.Part) []string {
	if p.Opaque {
		return p.Vars
	}
	if p.Var != "" {
		return []string{p.Var}
	}
	return nil
}

// argument is the name of an argument as format.md has it, whichever of its names is written.
func argument(root string) string {
	if name, ok := argumentAliases[root]; ok {
		return name
	}
	return root
}

// judgeVars warns about variables that no caller provides.
func (r *reader) judgeVars(b *authBlock, method Method, known []string, p *mapping.Program) {
	for _, v := range p.Vars() {
		root, member := splitLocator(v.Locator)
		name := argument(root)
		switch {
		case root == "":
		case !slices.Contains(known, name):
			r.add(finding.Warningf(v.Pos, "%s has no argument %q: the value is undefined", method, root).
				Suggest("%s", finding.DidYouMean(root, known)))
		case member == "":
		case name == "connectorParameters":
			r.judgeMember(v, r.parameters, member, "parametersSchema")
		case name == "connectionParameters":
			r.judgeMember(v, b.input, member, "the schema of connectionParameters")
		case name == "credentials" && method == MakeAPIClient && r.readsParameter(b, member):
			r.add(finding.Notef(v.Pos, "credentials.%s is the connection parameter where the credentials have no such member", member))
		}
	}
}

func (r *reader) judgeMember(v mapping.VarRef, schema *yamlpos.Node, member, what string) {
	names, open := declaredNames(schema)
	if open || slices.Contains(names, member) {
		return
	}
	r.add(finding.Warningf(v.Pos, "%s declares no %q: the value is undefined", what, member).
		Suggest("%s", finding.DidYouMean(member, names)))
}

// declaredNames are the properties of a schema; open tells that there may be others, or that there is no schema.
func declaredNames(schema *yamlpos.Node) (names []string, open bool) {
	if schema == nil || schema.Kind != yamlpos.Map {
		return nil, true
	}
	for _, p := range schema.Pairs {
		if p.Key == "additionalProperties" && !(p.Value.Kind == yamlpos.Bool && p.Value.Text == "false") ||
			slices.Contains(namesElsewhere, p.Key) {
			return nil, true
		}
	}
	properties := schema.Get("properties")
	if properties == nil {
		return nil, true
	}
	for _, p := range properties.Pairs {
		names = append(names, p.Key)
	}
	return names, false
}

// readsParameter tells whether credentials.NAME in makeApiClient can fall back to the connection parameter NAME.
func (r *reader) readsParameter(b *authBlock, name string) bool {
	return !areParameters(b.auth) && b.input.Get("properties").Pair(name) != nil
}

// areParameters tells whether the credentials are the connection parameters themselves.
func areParameters(a *Auth) bool {
	return a.Type == ClientCredentials && !a.Has(GetCredentialsFromConnectionParameters)
}
