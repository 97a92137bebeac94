package mapping_test

import (
	"fmt"
	"strings"
	"testing"

	"claviger/mapping"
)

// draw writes a template as text: <var> is a variable, ?(a,b) is opaque.
func draw(t mapping.Template) string {
	var b strings.Builder
	for _, p := range t {
		switch {
		case p.Opaque:
			fmt.Fprintf(&b, "?(%s)", strings.Join(p.Vars, ","))
		case p.Var != "":
			fmt.Fprintf(&b, "<%s>", p.Var)
		default:
			b.WriteString(p.Literal)
		}
	}
	return b.String()
}

func TestTemplates(t *testing.T) {
	for source, want := range map[string]string{
		`u: https://a.com`:       "https://a.com",
		`u: ""`:                  "",
		`u: 5`:                   "5",
		`u: null`:                "none",
		`u: [a]`:                 "none",
		`v: a`:                   "none",
		`u: {$var: $.a.b}`:       "<a.b>",
		`u: {$var: 'a\.b[0].c'}`: `<a\.b[0].c>`,
		`u: {$concat: ["https://", {$var: a}, ".x.", com]}`:                                                        "https://<a>.x.com",
		`u: {$concat: [a, null, {$var: b}, 5, ""]}`:                                                                "a<b>5",
		`u: {$concat: {values: [a, {$var: b}, c], delimiter: /}}`:                                                  "a/<b>/c | a/c",
		`u: {$concat: {values: [a, b], delimiter: {$var: d}}}`:                                                     "?(d)",
		`u: {$concat: {values: {$var: l}, delimiter: /}}`:                                                          "?(l)",
		`u: {$concat: [a, {$urlEncode: {$concat: [{$var: z}, {$var: b}]}}]}`:                                       "a?(b,z)",
		`u: {$concat: [a, {$concat: [b, {$var: c}]}]}`:                                                             "ab<c>",
		`u: {$tpl: "https://{a}.x.com/{b.c}"}`:                                                                     "https://<a>.x.com/<b.c>",
		`u: {$tpl: {template: "{a}-{b}-{c}", values: {a: {$var: x}, b: y}}}`:                                       "<x>-y-{c}",
		`u: {$case: {cases: [{filter: {$var: f}, value: a}, {filter: 1, value: {$var: b}}], default: c}}`:          "a | <b> | c",
		`u: {$concat: ["https://", {$case: [{filter: {$var: f}, value: a}, {value: b}]}, ".com"]}`:                 "https://a.com | https://b.com",
		`u: {$map: {value: {$var: r}, mapping: [{from: 1, to: a}, {from: 2, to: {$var: b}}], default: {$var: r}}}`: "a | <b> | <r>",
		`u: {$map: {value: x, mapping: {$var: table}}}`:                                                            "?(table)",
		`u: {$firstNotEmpty: [{$var: a}, {$concat: [b, {$var: c}]}, null]}`:                                        "<a> | b<c>",
		`u: {$firstNotEmpty: {$var: l}}`:                                                                           "?(l)",
		`u: {$base64: {$var: a}}`:                                                                                  "?(a)",
		`u: {$uuid: true}`:                                                                                         "?()",
		`u: {$plain: "https://a.com"}`:                                                                             "https://a.com",
		`{$case: [{filter: {$var: f}, value: {u: a}}, {value: {u: b, v: c}}, {value: {v: c}}]}`:                    "a | b",
		`{$mergeObjects: [{u: a}, {$var: connectorParameters}, {$iterate: {source: [1], item: 2}}]}`:               "a | <connectorParameters.u> | 2",
		`{$mergeObjects: {$var: l}}`:                                                                               "?(l)",
		`{$var: $}`:                                                                                                "<u>",
		`{$firstNotEmpty: [{$var: a}, {u: {$plain: [1]}}]}`:                                                        "<a.u>",
		`{$map: {value: 1, mapping: [{from: 1, to: {u: a}}], default: {u: b}}}`:                                    "a | b",
		`{$domainFromEmail: {$var: a}}`:                                                                            "none",
		`u: {$iterate: {source: {$var: s}, item: {$var: item.x}}}`:                                                 "?(s)",
	} {
		program := compile(t, source, mapping.Options{})
		var shapes []string
		for _, template := range program.Templates("u") {
			shapes = append(shapes, draw(template))
		}
		got := strings.Join(shapes, " | ")
		if shapes == nil {
			got = "none"
		}
		if got != want {
			t.Errorf("%s: %s, not %s", source, got, want)
		}
	}
}

func TestTemplatesBelow(t *testing.T) {
	program := compile(t, `
headers: {Authorization: {$concat: [Bearer, " ", {$var: credentials.access_token}]}}
scopes: [read, {$var: extra}]
sites: {$iterate: {source: {$var: a.list}, item: {host: {$tpl: "https://{item.host}.{parent.region}.com"}, all: {$var: $}, n: {$var: index}}}}
deep: {$iterate: {source: [1], item: {$iterate: {source: {$var: parent.b}, item: {$concat: [{$var: item}, {$var: parent.parent.c}]}}}}}
`, mapping.Options{})
	for path, want := range map[string]string{
		"headers Authorization": "Bearer <credentials.access_token>", "scopes 0": "read", "scopes 1": "<extra>", "scopes 2": "", "scopes x": "",
		"sites 0 host": "https://?(a.list).<region>.com", "sites * all": "?($)", "sites * n": "?()", "deep 0 1": "?(b)<c>",
	} {
		var shapes []string
		for _, template := range program.Templates(strings.Fields(path)...) {
			shapes = append(shapes, draw(template))
		}
		if got := strings.Join(shapes, " | "); got != want {
			t.Errorf("%s: %s, not %s", path, got, want)
		}
	}
}

func TestPartsKnowTheirPlace(t *testing.T) {
	program := compile(t, "u:\n  $concat:\n    - https://\n    - {$var: a}\n    - {$base64: {$var: b}}\n", mapping.Options{})
	var places []string
	for _, part := range program.Templates("u")[0] {
		places = append(places, part.Pos.String())
	}
	if got := strings.Join(places, " "); got != "m.yml:3:7 m.yml:4:14 m.yml:5:24" {
		t.Error(got)
	}
}

// TestTooManyShapesBecomeOne keeps a mapping with many cases in one text from growing without end.
func TestTooManyShapesBecomeOne(t *testing.T) {
	choice := `{$case: [{filter: {$var: f%d}, value: a}, {value: b}]}`
	var parts []string
	for i := range 30 {
		parts = append(parts, fmt.Sprintf(choice, i))
		shapes := compile(t, "u: {$concat: ["+strings.Join(parts, ", ")+"]}", mapping.Options{}).Templates("u")
		switch {
		case i < 6 && len(shapes) != 2<<i:
			t.Errorf("%d choices have %d shapes", i+1, len(shapes))
		case i >= 6 && (len(shapes) != 1 || !shapes[0][0].Opaque || len(shapes[0][0].Vars) != i+1):
			t.Errorf("%d choices have %d shapes: %v", i+1, len(shapes), shapes[0])
		}
	}
	cases := strings.Repeat(`{filter: {$var: f}, value: {$var: v}}, `, 65)
	if shapes := compile(t, "u: {$case: ["+cases+"]}", mapping.Options{}).Templates("u"); len(shapes) != 1 || draw(shapes[0]) != "?(f,v)" {
		t.Error(len(shapes))
	}
}

func TestAllTemplates(t *testing.T) {
	program := compile(t, `
authorizeUri: https://a.com
extra: {list: [x, 5, null, {$var: v}], o: {$plain: {k: https://plain.com}}}
tokenUri: {$map: {value: {$var: r}, mapping: [{from: eu, to: https://eu.com}], default: https://us.com}}
many: {$iterate: {source: {$var: s}, item: {u: https://item.com}}}
later: {$concat: [https://later.com]}
`, mapping.Options{Defer: func(path []string) bool { return len(path) == 1 && path[0] == "later" }})
	var lines []string
	for _, p := range program.AllTemplates() {
		lines = append(lines, strings.Join(p.Path, ".")+" "+draw(p.Template))
	}
	want := "authorizeUri https://a.com\nextra.list.0 x\nextra.list.3 <v>\nextra.o.k https://plain.com\n" +
		"tokenUri https://eu.com\ntokenUri https://us.com\nmany.*.u https://item.com"
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("%s\nnot\n%s", got, want)
	}
}

func TestVars(t *testing.T) {
	program := compile(t, `
a: {$var: x.y}
b: {$tpl: "{x.z}"}
c: {$iterate: {source: {$var: list}, item: {$concat: [{$var: item.i}, {$var: parent.p}, {$var: index}]}}}
d: {$eval: {$var: e}, is: {$var: f}}
e: {$plain: {$var: none}}
`, mapping.Options{})
	var refs []string
	for _, v := range program.Vars() {
		refs = append(refs, fmt.Sprintf("%s %d:%d", v.Locator, v.Pos.Line, v.Pos.Col))
	}
	if got := strings.Join(refs, ", "); got != "x.y 2:11, x.z 3:11, list 4:31, p 4:78, e 5:19, f 5:34" {
		t.Error(got)
	}
}
