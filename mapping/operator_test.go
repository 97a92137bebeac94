package mapping_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"claviger/mapping"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

var fixed = mapping.Env{
	Now:    func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC) },
	Random: bytes.NewReader(make([]byte, 1<<20)),
}

// evaluate runs YAML source with variables given as JSON, and returns the result as JSON or "undefined".
func evaluate(t *testing.T, source, vars string) string {
	t.Helper()
	program := compile(t, source, mapping.Options{})
	v, err := program.Eval(object(t, vars), fixed)
	if err != nil {
		return err.Error()
	}
	return encode(t, v)
}

func compile(t testing.TB, source string, o mapping.Options) *mapping.Program {
	t.Helper()
	node, findings := yamlpos.Parse("m.yml", []byte(source))
	if findings != nil {
		t.Fatalf("%s: %v", source, findings)
	}
	program, findings := mapping.Compile(node, o)
	if findings.HasErrors() {
		t.Fatalf("%s: %v", source, findings)
	}
	return program
}

func object(t testing.TB, text string) *value.Object {
	t.Helper()
	if text == "" {
		return nil
	}
	o, err := value.DecodeObject([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return o
}

func encode(t testing.TB, v any) string {
	t.Helper()
	if v == value.Undefined {
		return "undefined"
	}
	text, err := value.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEveryExampleOfTheReferenceIsTrue(t *testing.T) {
	for _, d := range mapping.Operators() {
		if d.Summary == "" || d.Takes == "" || len(d.Parameters) == 0 || len(d.Examples) == 0 {
			t.Errorf("%s is not documented in full", d.Name)
		}
		for _, e := range d.Examples {
			if got := evaluate(t, e.Mapping, e.Variables); got != e.Result {
				t.Errorf("%s: %s\nwith %s\ngives %s\nnot   %s", d.Name, e.Mapping, e.Variables, got, e.Result)
			}
			if !strings.Contains(e.Mapping, d.Name) {
				t.Errorf("%s: its example does not use it: %s", d.Name, e.Mapping)
			}
		}
	}
}
