package httpapi

import (
	"net/url"
	"testing"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime"
)

func TestTypedInput(t *testing.T) {
	for _, c := range []struct {
		field connectors.Field
		text  string
		want  string // JSON; empty: left out
	}{
		{connectors.Field{Type: "string"}, "a", `"a"`},
		{connectors.Field{Type: "string"}, "", ""},
		{connectors.Field{Type: "string"}, " 12 ", `" 12 "`},
		{connectors.Field{Type: "integer"}, " 12 ", `12`},
		{connectors.Field{Type: "number"}, "1e3", `1000`},
		{connectors.Field{Type: "number"}, "Infinity", `"Infinity"`},
		{connectors.Field{Type: "number"}, "0x10", `"0x10"`},
		{connectors.Field{Type: "boolean"}, "true", `true`},
		{connectors.Field{Type: "boolean"}, "", `false`},
		{connectors.Field{Type: "boolean", Enum: []any{true}}, "", ""},
		{connectors.Field{Enum: []any{value.Int(1), "b", nil}}, "1", `1`},
		{connectors.Field{Enum: []any{value.Int(1), "b"}}, "c", `"c"`},
		{connectors.Field{Type: "array"}, "a\r\n\n b \n", `["a","b"]`},
		{connectors.Field{Type: "array"}, `[1,"x"]`, `[1,"x"]`},
		{connectors.Field{Type: "array"}, `[1`, `"[1"`},
		{connectors.Field{Type: "object"}, `{"b":1,"a":2}`, `{"b":1,"a":2}`},
		{connectors.Field{Type: "object"}, `{`, `"{"`},
	} {
		c.field.Name = "f"
		v := typedInput([]connectors.Field{c.field}, url.Values{"f": {c.text}, "other": {"x"}}).Get("f")
		got, err := value.Encode(v)
		if v == value.Undefined {
			got = nil
		}
		if err != nil || string(got) != c.want {
			t.Errorf("%s of %q: %s, %v, want %s", c.field.Type, c.text, got, err, c.want)
		}
	}
}

// What is wrong and belongs to no field that is shown is said above the form.
func TestEveryErrorIsShown(t *testing.T) {
	p := formPage(&runtime.Form{
		Fields: []connectors.Field{{Name: "a", Default: value.Undefined}, {Name: "ab", Default: value.Undefined}},
		Errors: []runtime.FieldError{
			{Path: "parameters.a", Message: "one"}, {Path: "parameters.a.b", Message: "two"}, {Path: "parameters.a[0]", Message: "three"},
			{Path: "parameters.given", Message: "four"}, {Path: "parameters", Message: "five"},
		},
	})
	if p.Fields[0].Error != "one; two; three" || p.Fields[1].Error != "" || p.Error != "given four; five" {
		t.Errorf("%+v", p)
	}
}

func FuzzTypedInput(f *testing.F) {
	f.Add("integer", "12")
	f.Add("array", "[[[")
	f.Add("object", `{"a":1e999}`)
	f.Fuzz(func(t *testing.T, kind, text string) {
		o := typedInput([]connectors.Field{{Name: "f", Type: kind}}, url.Values{"f": {text}})
		if _, err := value.Encode(o); err != nil {
			t.Errorf("%q as %q: %v", text, kind, err)
		}
	})
}
