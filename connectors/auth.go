package connectors

import (
	"slices"

	"claviger/mapping"
	"claviger/mapping/finding"
	"claviger/mapping/yamlpos"
)

// authKeyNames are the keys of an auth block besides its methods.
var authKeyNames = append([]string{
	"type", "title", "description", "ui", "inputSchema", "parametersSchema", "enabled", "options",
}, methodNames()...)

var (
	authKeys   = namedKeys(authKeyNames)
	optionKeys = slices.DeleteFunc(namedKeys(authKeyNames), func(k key) bool { return k.name == "options" })
)

// authIgnored are keys that that format has in an auth block and that mean nothing here; those of a whole connector count, for
// its later definitions have no block of their own for authentication.
var authIgnored = append(slices.Clone(specIgnored), "oAuthConfig")

func methodNames() []string {
	var names []string
	for _, rule := range methodRules {
		names = append(names, string(rule.Method))
	}
	return names
}

func namedKeys(names []string) []key {
	keys := make([]key, len(names))
	for i, name := range names {
		keys[i].name = name
	}
	return keys
}

// readAuth reads the auth block and its options.
func (r *reader) readAuth(p *yamlpos.Pair) {
	if !r.block(p.Value, authWord, authKeys, authIgnored) {
		r.readMethods()
		return
	}
	parameters := mergeSchemas(r.specNode.Get("parametersSchema"), p.Value.Get("parametersSchema"))
	r.c.Auth = r.auth(p, "")
	if options := p.Value.Pair("options"); options != nil {
		parameters = r.readOptions(p, options.Value, parameters)
	}
	if parameters != nil {
		r.c.Parameters = r.schema(parameters, "parametersSchema")
	}
	r.parameters = parameters
}

// readOptions reads the alternatives to the block at base, and returns the schema of connectorParameters with theirs in
// it: what only an option requires is not required of everyone.
func (r *reader) readOptions(base *yamlpos.Pair, options, parameters *yamlpos.Node) *yamlpos.Node {
	if options.Kind != yamlpos.Map {
		r.errorf(options.Pos, "options: expected an object of auth options, found %s", options.Kind)
		return parameters
	}
	for i := range options.Pairs {
		o := &options.Pairs[i]
		if o.Key == "" {
			r.errorf(o.KeyPos, "options: the key of an option cannot be empty")
			continue
		}
		if !r.block(o.Value, "an auth option", optionKeys, authIgnored) {
			continue
		}
		merged := yamlpos.Pair{Key: o.Key, KeyPos: o.KeyPos, Value: overlay(base.Value, o.Value)}
		r.c.Options = append(r.c.Options, r.auth(&merged, o.Key))
		if own := o.Value.Get("parametersSchema"); own != nil && own.Kind == yamlpos.Map {
			optional := *own
			optional.Pairs = slices.DeleteFunc(slices.Clone(own.Pairs), func(p yamlpos.Pair) bool { return p.Key == "required" })
			parameters = mergeSchemas(parameters, &optional)
		}
	}
	return parameters
}

// auth reads one block; p is where it is written.
func (r *reader) auth(p *yamlpos.Pair, option string) *Auth {
	a := &Auth{Key: option, Methods: map[Method]*Implementation{}}
	n := p.Value
	r.readType(a, p)
	r.optional(n, "title", r.into(&a.Title))
	r.optional(n, "description", r.into(&a.Description))
	r.readUI(a, n)
	r.optional(n, "enabled", func(p *yamlpos.Pair) {
		program, findings := mapping.Compile(p.Value, mapping.Options{})
		r.findings = append(r.findings, findings...)
		a.enabled = program
	})
	for i := range methodRules {
		rule := &methodRules[i]
		if impl := r.implementation(rule, n.Pair(string(rule.Method)), option != ""); impl != nil {
			a.Methods[rule.Method] = impl
		}
	}
	r.blocks = append(r.blocks, authBlock{auth: a, at: p.KeyPos, node: n, input: inputNode(n)})
	return a
}

func (r *reader) optional(n *yamlpos.Node, name string, read func(*yamlpos.Pair)) {
	if p := n.Pair(name); p != nil {
		read(p)
	}
}

func (r *reader) readType(a *Auth, p *yamlpos.Pair) {
	t := p.Value.Pair("type")
	if t == nil {
		suggest(r.errorf(p.KeyPos, "auth has no type"), "expected one of %s", "oauth2, oauth1, client-credentials")
		return
	}
	s, ok := r.text(t)
	reason, foreign := foreignTypes[s]
	switch {
	case !ok:
	case foreign:
		suggest(r.errorf(t.Value.Pos, "auth.type %q does not exist here", s), "%s", reason)
	case s == "client_credentials":
		suggest(r.errorf(t.Value.Pos, "unknown auth.type %q", s),
			"the OAuth2 grant is type oauth2 with grantType client_credentials; what the user types is type client-credentials")
	case !slices.Contains(authTypes, s):
		suggest(r.errorf(t.Value.Pos, "unknown auth.type %q", s), "%s", finding.DidYouMean(s, authTypes))
	default:
		a.Type = s
	}
}

func (r *reader) readUI(a *Auth, n *yamlpos.Node) {
	r.optional(n, "ui", func(p *yamlpos.Pair) {
		r.block(p.Value, "ui", []key{
			{"schema", nil},
			{"helpUri", r.link(&a.HelpURI)},
			{"description", func(p *yamlpos.Pair) {
				if s, ok := r.text(p); ok && a.Description == "" {
					a.Description = s
				}
			}},
		}, nil)
	})
	if n.Get("inputSchema") != nil && n.Get("ui").Get("schema") != nil {
		r.add(finding.Warningf(n.Get("ui").Pair("schema").KeyPos, "ignored: auth has inputSchema as well"))
	}
	if input := inputNode(n); input != nil {
		a.Input = r.schema(input, "the schema of connectionParameters")
	}
}

// inputNode is the schema of what the end user types: inputSchema, else ui.schema.
func inputNode(n *yamlpos.Node) *yamlpos.Node {
	if input := n.Get("inputSchema"); input != nil {
		return input
	}
	return n.Get("ui").Get("schema")
}
