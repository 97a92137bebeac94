package connectors

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

func schemaOf(t testing.TB, text string) *Schema {
	t.Helper()
	n, found := yamlpos.Parse("spec.yml", []byte(text))
	if found.HasErrors() {
		t.Fatal(found)
	}
	s, found := checkSchema(n, "schema")
	if s == nil {
		t.Fatal(found)
	}
	return s
}

func object(t testing.TB, text string) *value.Object {
	t.Helper()
	o, err := value.DecodeObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

const parametersSchema = `
type: object
properties:
  domain: {type: string, title: Domain, description: Where it is, pattern: '^[a-z]+$', examples: [acme]}
  apiKey: {type: string}
  pin: {type: string, format: password, minLength: 4, default: abcd}
  mail: {type: string, format: email}
  region: {type: string, enum: [eu, us], default: eu}
  depth: {type: integer, minimum: 1, maximum: 10}
  limits: {type: object, properties: {rate: {type: number, default: 5}, key: {type: string, isSensitive: true}}, required: [rate]}
  hosts: {type: [array, 'null'], items: {type: string}}
  tokenUri: {type: string}
required: [domain, region]
`

func TestSchemaValidate(t *testing.T) {
	s := schemaOf(t, parametersSchema)
	tests := []struct{ given, want string }{
		{`{"domain": "acme", "region": "eu"}`, ``},
		{`{}`, `domain: is required; region: is required`},
		{`{"domain": "S3CRET!", "region": "eu"}`, `domain: must match the pattern ^[a-z]+$`},
		{`{"domain": 5, "region": "S3CRET!"}`, `domain: must be text; region: must be one of "eu", "us"`},
		{`{"domain": "a", "region": "eu", "mail": "S3CRET!"}`, `mail: must be in the format email`},
		{`{"domain": "a", "region": "eu", "pin": "123"}`, `pin: must have at least 4 characters`},
		{`{"domain": "a", "region": "eu", "depth": 11}`, `depth: must be at most 10`},
		{`{"domain": "a", "region": "eu", "depth": 1.5}`, `depth: must be a whole number`},
		{`{"domain": "a", "region": "eu", "limits": {}}`, `limits.rate: is required`},
		{`{"domain": "a", "region": "eu", "hosts": ["x", 5]}`, `hosts[1]: must be text`},
		{`{"domain": "a", "region": "eu", "hosts": "x"}`, `hosts: must be null or a list`},
	}
	for _, test := range tests {
		if got := joined(s.Validate(object(t, test.given))); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.given, got, test.want)
		}
	}
}

func joined(errors []FieldError) string {
	out := make([]string, len(errors))
	for i, e := range errors {
		out[i] = e.Path + ": " + e.Message
	}
	return strings.Join(out, "; ")
}

func TestSchemaDefaults(t *testing.T) {
	s := schemaOf(t, parametersSchema)
	given := object(t, `{"domain": "acme", "limits": {}, "hosts": null}`)
	text, err := value.Encode(s.Apply(given))
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"domain":"acme","limits":{"rate":5},"hosts":null,"pin":"abcd","region":"eu"}`; string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
	if given.Len() != 3 {
		t.Error("Apply changed what it was given")
	}
}

func TestSchemaSecrets(t *testing.T) {
	s := schemaOf(t, parametersSchema)
	if got := fmt.Sprint(s.Secrets()); got != "[apiKey pin limits]" {
		t.Errorf("secrets: %s", got)
	}
	shown, err := value.Encode(s.Public(object(t, `{"domain": "a", "apiKey": "x", "pin": "y", "limits": {"key": "z"}, "undeclared": "w"}`)))
	if err != nil || string(shown) != `{"domain":"a"}` {
		t.Errorf("shown: %s, %v", shown, err)
	}
	var none *Schema
	if none.Public(object(t, `{"a": 1}`)).Len() != 0 || none.Secrets() != nil {
		t.Error("a nil schema shows parameters")
	}
}

func TestSchemaFields(t *testing.T) {
	fields := schemaOf(t, parametersSchema).Fields()
	text, err := json.Marshal(fields[0])
	if err != nil {
		t.Fatal(err)
	}
	want := `{"Name":"domain","Title":"Domain","Description":"Where it is","Type":"string","Format":"","Pattern":"^[a-z]+$","Enum":null,"Examples":["acme"],"Default":null,"Required":true,"Secret":false}`
	if string(text) != want {
		t.Errorf("got %s", text)
	}
	if region := fields[4]; region.Default != "eu" || len(region.Enum) != 2 || !region.Required || fields[7].Type != "array" {
		t.Errorf("got %+v and %+v", region, fields[7])
	}
}

func TestSchemaUndeclared(t *testing.T) {
	given := `{"domain": "a", "other": "b"}`
	tests := []struct{ schema, want string }{
		{parametersSchema, "[other]"},
		{"type: object", "[]"},
		{"properties: {domain: {type: string}}\nadditionalProperties: true", "[]"},
		{"properties: {domain: {type: string}}\npatternProperties: {'^o': {type: string}}", "[]"},
	}
	for _, test := range tests {
		if got := fmt.Sprint(schemaOf(t, test.schema).Undeclared(object(t, given))); got != test.want {
			t.Errorf("%s: %s, want %s", test.schema, got, test.want)
		}
	}
}

func TestSchemaKeepsOrder(t *testing.T) {
	s := schemaOf(t, "properties: {z: {type: string, title: 'é \"x\" \\\\'}, a: {minimum: 1.50, default: 2}, m: true}")
	want := `{"properties":{"z":{"type":"string","title":"é \"x\" \\\\"},"a":{"minimum":1.5,"default":2},"m":true}}`
	if got := string(s.JSON()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What is judged without the library must be what the library judges: a schema without findings compiles, and one that
// the library refuses has a finding.
func TestCheckAgreesWithLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := value.Of("properties", value.Of("a", anySchema(3).Draw(t, "schema")))
		n := yamlpos.FromValue(startOf("spec.yml"), doc)
		_, found := checkSchema(n, "schema")
		_, err := compileSchema(plain(n.Value()), "")
		if err != nil && !found.HasErrors() {
			t.Fatalf("accepted %s, which the library refuses: %v", lineOf(doc), err)
		}
		defaults := strings.Contains(found.Error(), "the default does not fit")
		if err == nil && found.HasErrors() && !defaults {
			t.Fatalf("refused %s, which the library accepts: %v", lineOf(doc), found)
		}
	})
}

func lineOf(v any) string {
	text, err := value.Encode(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func anySchema(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		o := value.NewObject(4)
		for range rapid.IntRange(0, 4).Draw(t, "keywords") {
			keyword := rapid.SampledFrom(keywordNames).Draw(t, "keyword")
			if strings.HasPrefix(keyword, "$") || keyword == "definitions" {
				continue // addresses within generated schemas lead nowhere
			}
			o.Set(keyword, anyKeywordValue(depth).Draw(t, keyword))
		}
		return o
	})
}

func anyKeywordValue(depth int) *rapid.Generator[any] {
	leaf := rapid.SampledFrom([]any{
		nil, true, false, "string", "integer", "object", "x", "^[a-z]+$", "(", "email", json.Number("0"), json.Number("3"),
		json.Number("-1"), json.Number("1.5"), []any{}, []any{"string"}, []any{"string", "string"}, []any{"string", "null"},
		[]any{"a", json.Number("1")}, []any{json.Number("1"), json.Number("1")},
	})
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf, anySchema(depth-1), rapid.Custom(func(t *rapid.T) any {
		return []any{anySchema(depth-1).Draw(t, "item")}
	}), rapid.Custom(func(t *rapid.T) any {
		return value.Of("b", anySchema(depth-1).Draw(t, "member"))
	}))
}
