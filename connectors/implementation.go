package connectors

import (
	"fmt"
	"slices"
	"strings"

	"claviger/jsbridge"
	"claviger/mapping/finding"
	"claviger/mapping/yamlpos"
)

// slotIgnored are keys of a method's declaration that that format keeps its books with.
var slotIgnored = []string{"filePath", "inheritedFromPath", "isIncomplete", "parametersSchema"}

// declaration is what spec.yml says about one method.
type declaration struct {
	rule    *MethodRule
	at      finding.Pos   // of the key; unset where spec.yml does not name the method
	kind    Kind          // empty: the file that exists decides
	kindAt  finding.Pos   // of the word
	mapping *yamlpos.Pair // inline; nil: none
	code    *yamlpos.Pair // inline; nil: none
	bad     bool          // has a finding already
	option  bool          // it is an option's own: a file is the block's below it
}

// implementation finds and compiles how a method is implemented; nil where it is not, or not usably. Options share what
// the block below them has compiled.
func (r *reader) implementation(rule *MethodRule, slot *yamlpos.Pair, option bool) *Implementation {
	if slot == nil && len(r.files[rule.Method]) == 0 {
		return nil
	}
	memo := implementationKey{method: rule.Method}
	if slot != nil {
		memo.slot = slot.Value
	}
	if built, ok := r.built[memo]; ok {
		return built
	}
	d := declaration{rule: rule, option: option}
	r.declare(&d, slot)
	impl := r.choose(&d)
	r.built[memo] = impl
	return impl
}

type implementationKey struct {
	method Method
	slot   *yamlpos.Node // nil: spec.yml does not name the method
}

func (r *reader) declare(d *declaration, slot *yamlpos.Pair) {
	if slot == nil {
		return
	}
	d.at = slot.KeyPos
	if slot.Value.Kind == yamlpos.Null {
		return
	}
	d.bad = !r.block(slot.Value, string(d.rule.Method), []key{
		{"implementationType", func(p *yamlpos.Pair) { r.readKind(d, p) }},
		{"type", func(p *yamlpos.Pair) { r.readKind(d, p) }}, // its later name in that format
		{"mapping", func(p *yamlpos.Pair) { d.mapping = p }},
		{"code", func(p *yamlpos.Pair) { d.code = p }},
	}, slotIgnored) || d.bad
}

func (r *reader) readKind(d *declaration, p *yamlpos.Pair) {
	s, ok := r.text(p)
	kind := Kind(s)
	hint, foreign := foreignKinds[kind]
	switch {
	case !ok:
	case foreign:
		suggest(r.errorf(p.Value.Pos, "%s cannot be %s here", d.rule.Method, kind), "%s", hint)
	case kind == KindNotSupported || slices.Contains(d.rule.Kinds, kind):
		d.kind, d.kindAt = kind, p.Value.Pos
		return
	case slices.Contains(anyKind, kind):
		suggest(r.errorf(p.Value.Pos, "%s cannot be %s", d.rule.Method, kind), "expected one of %s, %s", kindWords(d.rule.Kinds), KindNotSupported)
	default:
		known := kindList(d.rule.Kinds)
		d.kind = Kind(finding.Nearest(s, known))
		suggest(r.errorf(p.Value.Pos, "unknown implementation type %q", s), "%s", finding.DidYouMean(s, append(known, string(KindNotSupported))))
	}
	d.bad = true
}

func kindList(kinds []Kind) []string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	return words
}

func kindWords(kinds []Kind) string { return strings.Join(kindList(kinds), ", ") }

// choose settles on one implementation: implementationType decides; where it is absent, what exists decides.
func (r *reader) choose(d *declaration) *Implementation {
	found := r.files[d.rule.Method]
	if len(found) > 1 {
		r.errorf(startOf(found[1].path), "two files for %s: %s and %s", d.rule.Method, found[0].path, found[1].path)
		for _, f := range found {
			r.fromFile(d.rule, f) // for its own mistakes
		}
		return nil
	}
	inline := d.inline()
	switch {
	case d.bad && inline == nil && len(found) == 1:
		return r.fromFile(d.rule, found[0]) // for its own mistakes
	case d.mapping != nil && d.code != nil:
		suggest(r.errorf(d.code.KeyPos, "%s is written twice: as mapping and as code", d.rule.Method), "remove one")
		r.mistaken(d, d.code)
		return r.mistaken(d, d.mapping)
	case d.bad && inline != nil:
		return r.mistaken(d, inline)
	case d.bad:
		return nil
	case inline != nil && len(found) > 0 && !d.option:
		suggest(r.errorf(inline.KeyPos, "%s is written twice: here and in %s", d.rule.Method, found[0].path), "remove one")
		r.fromFile(d.rule, found[0]) // for its own mistakes
		return r.mistaken(d, inline)
	case inline != nil:
		return r.inline(d, inline)
	case d.kind == KindNotSupported:
		if len(found) > 0 {
			r.add(finding.Warningf(d.kindAt, "%s is not used: %s is declared not-supported", found[0].path, d.rule.Method))
		}
		return &Implementation{Kind: KindNotSupported, Pos: d.at}
	case len(found) == 0:
		r.missingFile(d)
	case d.kind != "" && d.kind != found[0].kind:
		suggest(r.errorf(d.kindAt, "%s is declared %s, but its file is %s", d.rule.Method, d.kind, found[0].path),
			"write implementationType: %s", string(found[0].kind))
		return r.fromFile(d.rule, found[0])
	case !slices.Contains(d.rule.Kinds, found[0].kind):
		suggest(r.errorf(startOf(found[0].path), "%s cannot be %s", d.rule.Method, found[0].kind),
			"expected one of %s", kindWords(d.rule.Kinds))
	default:
		return r.fromFile(d.rule, found[0])
	}
	return nil
}

func (d *declaration) inline() *yamlpos.Pair {
	if d.mapping != nil {
		return d.mapping
	}
	return d.code
}

// missingFile reports a method that is declared and is nowhere.
func (r *reader) missingFile(d *declaration) {
	if d.at == (finding.Pos{}) {
		return
	}
	if d.kind == "" {
		suggest(r.errorf(d.at, "%s is declared, but there is no file for it", d.rule.Method), "%s", r.nearFile(d.rule))
		return
	}
	var expected []string
	for _, f := range d.rule.files {
		if f.kind == d.kind {
			expected = append(expected, f.path)
		}
	}
	f := r.errorf(d.kindAt, "%s is declared %s, but there is no %s", d.rule.Method, d.kind, expected[0])
	suggest(f, "%s", or(r.nearFile(d.rule), fmt.Sprintf("or %s", strings.Join(expected[1:], " or "))))
}

// isUsed tells whether a file implements a method.
func (r *reader) isUsed(name string) bool {
	_, ok := methodOfFile[name]
	return ok
}

// nearFile names a file whose name is a slip of one of the method's.
func (r *reader) nearFile(rule *MethodRule) string {
	for _, name := range r.folder.names {
		base, isAuth := strings.CutPrefix(name, "auth/")
		stem, _, _ := strings.Cut(base, ".")
		if isAuth && !r.isUsed(name) && finding.Nearest(stem, rule.Files) != "" {
			return "is " + name + " meant?"
		}
	}
	return ""
}

func startOf(file string) finding.Pos { return finding.Pos{File: file, Line: 1, Col: 1} }

func (r *reader) fromFile(rule *MethodRule, f methodFile) *Implementation {
	if r.refused(f.path) {
		return nil
	}
	impl := &Implementation{Kind: f.kind, Pos: startOf(f.path)}
	if f.kind == KindJavaScript {
		impl.Script = jsbridge.NewScript(f.path, r.scriptFiles(), 0, 0)
		r.script(impl.Script, rule.Method)
		return impl
	}
	n := r.yaml(f.path)
	if n == nil {
		return nil
	}
	return r.fromNode(rule, impl, n)
}

// inline compiles a method that is written in spec.yml itself.
func (r *reader) inline(d *declaration, p *yamlpos.Pair) *Implementation {
	switch kind := d.writtenAs(p); {
	case d.kind != "" && d.kind != kind:
		suggest(r.errorf(p.KeyPos, "%s is declared %s, but is written as %s", d.rule.Method, d.kind, p.Key),
			"write implementationType: %s", string(kind))
		return r.mistaken(d, p)
	case !slices.Contains(d.rule.Kinds, kind):
		suggest(r.errorf(p.KeyPos, "%s cannot be %s", d.rule.Method, kind), "expected one of %s", kindWords(d.rule.Kinds))
		return nil
	}
	return r.written(d, p)
}

// mistaken compiles an inline method for its own mistakes, where spec.yml is wrong about the method. What it is to be must be
// known for all of them.
func (r *reader) mistaken(d *declaration, p *yamlpos.Pair) *Implementation {
	impl := r.written(d, p)
	if d.bad && d.kind == "" || !slices.Contains(d.rule.Kinds, d.writtenAs(p)) {
		return nil
	}
	return impl
}

func (r *reader) written(d *declaration, p *yamlpos.Pair) *Implementation {
	impl := &Implementation{Kind: d.writtenAs(p), Pos: p.Value.Pos}
	if impl.Kind == KindJavaScript {
		return r.inlineCode(d.rule, impl, p)
	}
	return r.fromNode(d.rule, impl, p.Value)
}

// writtenAs is how an inline method is written, whatever it is declared as.
func (d *declaration) writtenAs(p *yamlpos.Pair) Kind {
	switch {
	case p == d.code:
		return KindJavaScript
	case d.kind == KindREST:
		return KindREST
	}
	return KindMapping
}
