package mapping_test

import (
	"strings"
	"testing"
	"time"

	"claviger/mapping"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

// TestHostileMappingsAreCompiledInTime gives the compiler files of the allowed size that cost a careless one dearly, and asks
// for everything that can be asked of the program.
func TestHostileMappingsAreCompiledInTime(t *testing.T) {
	fill := func(front, piece, end string) string {
		return front + strings.Repeat(piece, (yamlpos.MaxBytes-len(front)-len(end))/len(piece)) + end
	}
	nest := func(n int, front, inner, end string) string {
		return strings.Repeat(front, n) + inner + strings.Repeat(end, n)
	}
	for name, src := range map[string]string{
		"unknown operators":    fill("[", "{$varr: x},", "]"),
		"keys beside":          fill("{$var: a, ", "b: 1, ", "}"),
		"unknown keys":         fill("$concat: {", "valuess: 1, ", "}"),
		"braces":               "$tpl: {template: '" + strings.Repeat("{", yamlpos.MaxBytes/2) + "', values: {" + strings.Repeat("ab: 1, ", 9000) + "}}",
		"gaps":                 "$tpl: {template: '" + strings.Repeat("{a}", yamlpos.MaxBytes/4) + "', values: {a: {$var: x}}}",
		"locators":             fill("$tpl: '", "{a.b}", "'"),
		"a long locator":       fill("$var: ", "a.", "b"),
		"a locator of indices": fill("$var: 'a", "[0]", "'"),
		"texts":                fill("$concat: [", "a,", "]"),
		"variables":            fill("$concat: [", "{$var: a},", "]"),
		"cases":                fill("$case: [", "{filter: {$var: a}, value: b},", "]"),
		"deep concats":         nest(490, "{$concat: [", "{$var: a}", "]}"),
		"deep cases":           nest(330, "{$case: [{filter: {$var: a}, value: ", "{$var: b}", "}]}"),
		"deep choices":         nest(195, "{$concat: [{$case: [{filter: {$var: a}, value: ", "b", "}]}]}"),
		"deep loops":           nest(490, "{$iterate: {source: [{$var: item}, {$var: item}], item: ", "{$var: item}", "}}"),
		"deep sources":         nest(330, "{$iterate: {item: {$concat: [{$var: item}, {$var: item}]}, source: [", "{$var: l}", "]}}"),
		"deep not":             nest(990, "{$not: ", "a", "}"),
		"deep objects":         nest(990, "{a: ", "{$var: b}", "}"),
	} {
		start := time.Now()
		node, _ := yamlpos.Parse("f", []byte(src))
		program, findings := mapping.Compile(node, mapping.Options{Strict: func([]string) bool { return true }})
		if program != nil {
			program.AllTemplates()
			program.Templates()
			program.Vars()
			_, err := program.Eval(value.Of("a", "x", "b", "y", "l", []any{"z"}, "item", "i"), mapping.Env{})
			t.Logf("%s: %v %.80v", name, time.Since(start), err)
		} else if !findings.HasErrors() {
			t.Errorf("%s: neither a program nor an error", name)
		} else {
			t.Logf("%s: %v, %d findings, %.80v", name, time.Since(start), len(findings), findings[0])
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}
