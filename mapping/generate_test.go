package mapping_test

import (
	"testing"

	"claviger/mapping"
	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

// generator makes mappings of bytes: each byte decides what comes next, and where they end all that comes is small.
type generator struct {
	src  []byte
	left int // of the size
}

func (g *generator) choose(n int) int {
	if len(g.src) == 0 {
		return 0
	}
	b := g.src[0]
	g.src = g.src[1:]
	return int(b) % n
}

func (g *generator) pick(words ...string) string { return words[g.choose(len(words))] }

func (g *generator) locator() string {
	return g.pick("a", "o.k", "none", "list[0]", "e", "nul", "n", "list", "o", "item", "parent.a", "index", "$", "item.k", "parent.list", "list.length", `dot\.ted`)
}

func (g *generator) list() []any {
	items := make([]any, g.choose(4))
	for i := range items {
		items[i] = g.value()
	}
	return items
}

func (g *generator) object(keys ...string) *value.Object {
	o := value.NewObject(2)
	for range g.choose(4) {
		o.Set(g.pick(keys...), g.value())
	}
	return o
}

// listOr is mostly a list of values, sometimes a formula for it.
func (g *generator) listOr() any {
	if g.choose(5) == 1 {
		return value.Of("$var", g.locator())
	}
	return g.list()
}

func (g *generator) cases() []any {
	cases := make([]any, g.choose(4))
	for i := range cases {
		c := value.Of("value", g.value())
		if g.choose(4) > 0 {
			c = value.Of("filter", value.Of("$eval", g.value(), g.pick("is", "isEmpty", "contains", "gt"), g.value()), "value", g.value())
		}
		cases[i] = c
	}
	return cases
}

func (g *generator) entries() any {
	if g.choose(6) == 1 {
		return value.Of("$var", "table")
	}
	entries := make([]any, g.choose(4))
	for i := range entries {
		entries[i] = value.Of("from", g.value(), "to", g.value())
	}
	return entries
}

// value is a scalar, a list, an object or a formula.
func (g *generator) value() any {
	if g.left--; g.left < 0 {
		return "end"
	}
	switch g.choose(24) {
	case 0, 1:
		return g.pick("", "x", "https://", ".com", "{a}", "a{s}b")
	case 2:
		return [...]any{nil, true, false, value.Int(0), value.Int(7), value.Undefined}[g.choose(5)]
	case 3:
		return g.list()
	case 4:
		return g.object("u", "v", "when")
	case 5, 6, 7:
		return value.Of("$var", g.locator())
	case 8, 9, 10:
		return value.Of("$concat", g.listOr())
	case 11:
		return value.Of("$concat", value.Of("values", g.listOr(), "delimiter", g.value()))
	case 12:
		return value.Of("$tpl", g.pick("https://{a}/{none}", "{a}{item}", "http://{o.k}", "{nul}", "x{e}"))
	case 13:
		return value.Of("$tpl", value.Of("template", g.pick("{a}-{b}", "{a}{a}", "https://{b}{c}"), "values", g.object("a", "b", "c")))
	case 14:
		return value.Of("$case", g.cases())
	case 15:
		return value.Of("$case", value.Of("cases", g.cases(), "default", g.value()))
	case 16:
		return value.Of("$map", value.Of("value", g.value(), "mapping", g.entries(), "default", g.value()))
	case 17:
		return value.Of("$firstNotEmpty", g.listOr())
	case 18:
		return value.Of("$iterate", value.Of("source", g.listOr(), "item", g.value()))
	case 19, 20:
		return value.Of("$mergeObjects", g.listOr())
	case 21:
		return value.Of(g.pick("$base64", "$urlEncode", "$domainFromEmail", "$extractDate", "$plain", "$not"), g.value())
	case 22:
		return value.Of(g.pick("$and", "$or"), g.listOr())
	}
	return value.Of("$hash", value.Of("algorithm", "sha1", "value", g.value(), "key", g.value()))
}

// FuzzFormulas is FuzzCompileEval on mappings that are mostly formulas.
func FuzzFormulas(f *testing.F) {
	for _, seed := range []string{"", "\x04\x02\x08\x03", "\x04\x03\x0e\x03\x02\x05\x03\x08\x02\x05", "\x13\x03\x04\x02\x05\x0b\x03"} {
		f.Add([]byte(seed))
	}
	vars, err := value.DecodeObject([]byte(`{"a": "A@b.c", "e": "", "nul": null, "n": 5, "list": ["l", "", {"u": "m"}], "o": {"k": "K", "u": "ou", "v": {"u": "ov"}},
		"dot.ted": "d", "table": [{"from": "x", "to": "tx"}, {"from": 7, "to": {"u": "tu"}}, 5]}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		g := &generator{src: src, left: 60}
		tree := g.object("u", "v", "w", "when")
		t.Cleanup(func() {
			if t.Failed() {
				t.Log(encode(t, tree))
			}
		})
		for _, o := range []mapping.Options{{}, {
			Strict: func(path []string) bool { return len(path) > 0 && path[0] != "w" },
			Defer:  func(path []string) bool { return len(path) == 1 && path[0] == "when" },
		}} {
			program, findings := mapping.Compile(yamlpos.FromValue(finding.Pos{File: "m.yml", Line: 1, Col: 1}, tree), o)
			if program == nil {
				if !findings.HasErrors() {
					t.Fatal("neither a program nor an error")
				}
				continue
			}
			checkProgram(t, program, vars)
		}
	})
}
