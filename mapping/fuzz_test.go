package mapping_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"claviger/mapping"
	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

// FuzzCompileEval: no mapping and no variables make the compiler or an evaluation panic or hang; every text in the result has
// one of the shapes that the program tells for its place; and an evaluation repeats itself.
func FuzzCompileEval(f *testing.F) {
	f.Add([]byte(typical), []byte(typicalVars))
	for _, d := range mapping.Operators() {
		for _, e := range d.Examples {
			f.Add([]byte("u:\n  "+strings.ReplaceAll(e.Mapping, "\n", "\n  ")), []byte(e.Variables))
		}
	}
	for _, source := range []string{
		`u: {$concat: {values: [https:/, {$case: [{filter: {$var: f}, value: {a: 1}}, {filter: {$var: a}, value: b}]}, {$var: a}], delimiter: /}}`,
		`{$mergeObjects: [{$var: a}, {u: {$tpl: "http://{a}{f}"}}, {$firstNotEmpty: [{$var: c}, {u: {v: {$concat: [[1], {a: {$var: a}}]}}}]}]}`,
		`{$iterate: {source: [1, {$var: a}], item: {$concat: [{$tpl: "{item}"}, {$map: {value: {$var: index}, mapping: [{from: 1, to: x}]}}]}}}`,
		`{$var: $}`,
	} {
		f.Add([]byte(source), []byte(`{"a": "x", "f": true, "l": ["a", ""], "o": {"u": "y", "v": {"w": "z"}}}`))
	}
	f.Fuzz(func(t *testing.T, source, variables []byte) {
		node, _ := yamlpos.Parse("m.yml", source)
		vars, err := value.DecodeObject(variables)
		if err != nil {
			vars = value.Of("a", "x")
		}
		start := time.Now()
		defer func() {
			if took := time.Since(start); took > 3*time.Second {
				t.Fatalf("took %v", took)
			}
		}()
		for _, o := range []mapping.Options{{}, {
			Strict: func(path []string) bool { return len(path)%2 == 1 },
			Defer:  func(path []string) bool { return len(path) == 2 && path[1] == "when" },
		}} {
			program, findings := mapping.Compile(node, o)
			if (program == nil) != findings.HasErrors() {
				t.Fatalf("a program %v with errors %v", program != nil, findings)
			}
			if program != nil {
				checkProgram(t, program, vars)
			}
		}
	})
}

func checkProgram(t *testing.T, program *mapping.Program, vars *value.Object) {
	t.Helper()
	program.AllTemplates()
	program.Vars()
	env := func() mapping.Env {
		return mapping.Env{Now: func() time.Time { return time.Unix(1, 0) }, Random: bytes.NewReader(make([]byte, 1<<16))}
	}
	first, err := program.Eval(vars, env())
	if err != nil {
		return
	}
	second, err := program.Eval(vars, env())
	one, oneErr := value.Encode(first)
	two, twoErr := value.Encode(second)
	if err != nil || !bytes.Equal(one, two) || (oneErr == nil) != (twoErr == nil) {
		t.Fatalf("%s and then %s, %v", one, two, err)
	}
	checkShapes(t, program, first, nil)
}

// checkShapes compares the texts below a value with the shapes for their places. Below a list places are not compared: items
// that vanish move the others.
func checkShapes(t *testing.T, program *mapping.Program, v any, path []string) {
	t.Helper()
	switch v := v.(type) {
	case *value.Object:
		for key, item := range v.All() {
			if len(path) < 3 {
				checkShapes(t, program, item, append(path[:len(path):len(path)], key))
			}
		}
	case string:
		if len(v) > 10_000 {
			return
		}
		shapes := program.Templates(path...)
		for _, shape := range shapes {
			if fits(shape, v) {
				return
			}
		}
		t.Fatalf("%v is %q, none of %v", path, v, shapes)
	}
}

func fits(shape mapping.Template, text string) bool {
	pattern := "(?s)^"
	for _, p := range shape {
		if p.Var != "" || p.Opaque {
			pattern += ".*"
		} else {
			pattern += regexp.QuoteMeta(p.Literal)
		}
	}
	return regexp.MustCompile(pattern + "$").MatchString(text)
}

// FuzzLocator: a locator compiles or is a finding; one that compiles can be evaluated on anything, and means the same when it
// is read back from the program.
func FuzzLocator(f *testing.F) {
	for _, seed := range []string{"$", "$.a.b", "a.b[0]", `a\.b`, `a\`, "a[ 1 ]", "a[]", "a[1.5]", "a[0]b", "[0][1]", "..", "list.length", `\[`, "a[1e9]", "a[-0]", "$[0]"} {
		f.Add(seed)
	}
	vars, err := value.DecodeObject([]byte(`{"a": {"b": [1, [2, {"c": null}]], "": 1}, "a.b": "x", "list": ["x", ""], "": {"": "y"}}`))
	if err != nil {
		f.Fatal(err)
	}
	find := func(t *testing.T, locator string) (any, *mapping.Program) {
		program, findings := mapping.Compile(yamlpos.FromValue(finding.Pos{}, value.Of("$var", locator)), mapping.Options{})
		if program == nil {
			if !findings.HasErrors() {
				t.Fatal("neither a program nor an error")
			}
			return nil, nil
		}
		v, err := program.Eval(vars, mapping.Env{})
		if err != nil {
			t.Fatal(err)
		}
		return v, program
	}
	f.Fuzz(func(t *testing.T, locator string) {
		v, program := find(t, locator)
		if program == nil {
			return
		}
		text := program.Vars()[0].Locator
		again, program := find(t, text)
		if program == nil || !value.Equal(v, again) {
			t.Fatalf("%q is read back as %q: %v, not %v", locator, text, again, v)
		}
	})
}
