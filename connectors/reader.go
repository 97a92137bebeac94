package connectors

import (
	"net/url"
	"slices"
	"strings"

	"claviger/mapping/finding"
	"claviger/mapping/yamlpos"
)

// reader makes a Connector of a folder and collects the findings on the way.
type reader struct {
	folder   *folder
	c        *Connector
	findings finding.List

	sources    map[string]string                     // of scripts, by path
	built      map[implementationKey]*Implementation // options share those of the block below them
	scripts    []methodScript                        // for Folder.Check
	nodes      map[*Implementation]*yamlpos.Node     // what mappings were compiled of
	programs   map[*Implementation][]compiled        // what of them could be compiled
	files      map[Method][]methodFile               // that implement a method
	patterns   map[patternUse]string                 // what is wrong with patterns of parameters in hosts
	literals   map[string]bool                       // hosts written in mappings and hooks
	blocks     []authBlock                           // judged at the end, when every method is known
	specNode   *yamlpos.Node
	parameters *yamlpos.Node // the schema of connectorParameters; nil: none

	connectionEntry finding.Pos // of FromConnection in allowedHosts
}

func (r *reader) add(f finding.Finding) { r.findings = append(r.findings, f) }

func (r *reader) errorf(at finding.Pos, format string, args ...any) *finding.Finding {
	r.add(finding.Errorf(at, format, args...))
	return &r.findings[len(r.findings)-1]
}

// suggest adds a suggestion to a finding that was just made.
func suggest(f *finding.Finding, format string, args ...any) { *f = f.Suggest(format, args...) }

// key is one key of a block of spec.yml.
type key struct {
	name string
	read func(p *yamlpos.Pair)
}

// block reads the keys of an object, in the order of keys. What is neither a key nor accepted as ignored is an error.
func (r *reader) block(n *yamlpos.Node, what string, keys []key, ignored []string) bool {
	if n.Kind != yamlpos.Map {
		r.errorf(n.Pos, "%s: expected an object, found %s", what, n.Kind)
		return false
	}
	for i := range keys {
		if keys[i].read == nil {
			continue
		}
		if p := n.Pair(keys[i].name); p != nil {
			keys[i].read(p)
		}
	}
	for i := range n.Pairs {
		if p := &n.Pairs[i]; !slices.ContainsFunc(keys, func(k key) bool { return k.name == p.Key }) {
			r.unknownKey(p, what, keys, ignored)
		}
	}
	return true
}

func (r *reader) unknownKey(p *yamlpos.Pair, what string, keys []key, ignored []string) {
	if slices.Contains(ignored, p.Key) {
		r.add(finding.Warningf(p.KeyPos, "ignored: %q has no meaning here", p.Key).Suggest("%s", ignoredHints[p.Key]))
		return
	}
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	suggest(r.errorf(p.KeyPos, "unknown key %q in %s", p.Key, what), "%s", r.hint(p.Key, what, names))
}

// hint says what an unknown key may have been meant as.
func (r *reader) hint(word, what string, names []string) string {
	if what == specWord && slices.Contains(authKeyNames, word) {
		return "it belongs in auth"
	}
	if what == authWord && slices.Contains(specKeyNames, word) {
		return "it belongs at the top of spec.yml"
	}
	if hint, ok := slipHints[word]; ok && slices.Contains(names, hint) {
		return "did you mean \"" + hint + "\"?"
	}
	return finding.DidYouMean(word, names)
}

// slipHints are names that documentation of that format uses here and there in place of the right ones.
var slipHints = map[string]string{
	"baseUrl": "baseUri", "baseURL": "baseUri", "defaultQueryParameters": "query", "queryParameters": "query", "schema": "ui",
	"authorizationUri": "authorizeUri", "authorizationUrl": "authorizeUri", "authorizeUrl": "authorizeUri",
	"tokenUrl": "tokenUri", "scope": "scopes", "body": "data", "pathParams": "pathParameters",
	"skipClientAuthInBody": "clientAuthLocation", "skipClientAuthInHeader": "clientAuthLocation",
	"skipClientAuthInHeaders": "clientAuthLocation",
}

// text returns the text of a scalar that must be a string, with ok false after a finding. A number or a boolean where a
// name is expected is what a person forgot to quote.
func (r *reader) text(p *yamlpos.Pair) (string, bool) {
	switch p.Value.Kind {
	case yamlpos.String:
		return p.Value.Text, true
	case yamlpos.Number, yamlpos.Bool:
		suggest(r.errorf(p.Value.Pos, "%s: expected text, found %s", p.Key, p.Value.Kind), "put it in quotes")
		return "", false
	}
	r.errorf(p.Value.Pos, "%s: expected text, found %s", p.Key, p.Value.Kind)
	return "", false
}

// into reads a text into target.
func (r *reader) into(target *string) func(*yamlpos.Pair) {
	return func(p *yamlpos.Pair) {
		if s, ok := r.text(p); ok {
			*target = s
		}
	}
}

// link reads an address that a browser is shown.
func (r *reader) link(target *string) func(*yamlpos.Pair) {
	return func(p *yamlpos.Pair) {
		s, ok := r.text(p)
		if !ok {
			return
		}
		if u, err := url.Parse(s); err != nil || u.Host == "" || !hasHTTPScheme(s) {
			suggest(r.errorf(p.Value.Pos, "%s: expected an absolute http or https address, found %q", p.Key, s), "write https://…")
			return
		}
		*target = s
	}
}

func (r *reader) texts(p *yamlpos.Pair) []*yamlpos.Node {
	if p.Value.Kind != yamlpos.List {
		r.errorf(p.Value.Pos, "%s: expected a list, found %s", p.Key, p.Value.Kind)
		return nil
	}
	var out []*yamlpos.Node
	for _, item := range p.Value.Items {
		if item.Kind != yamlpos.String {
			r.errorf(item.Pos, "%s: expected text, found %s", p.Key, item.Kind)
			continue
		}
		out = append(out, item)
	}
	return out
}

func (r *reader) schema(n *yamlpos.Node, what string) *Schema {
	s, findings := checkSchema(n, what)
	r.findings = append(r.findings, findings...)
	return s
}

// yaml parses a YAML file of the folder; nil where nothing can be made of it.
func (r *reader) yaml(name string) *yamlpos.Node {
	n, findings := yamlpos.Parse(name, r.folder.files[name])
	r.findings = append(r.findings, findings...)
	return n
}

// isFormula tells whether a node of a mapping is a formula rather than a literal object.
func isFormula(n *yamlpos.Node) bool {
	return n.Kind == yamlpos.Map && len(n.Pairs) > 0 && strings.HasPrefix(n.Pairs[0].Key, "$")
}
