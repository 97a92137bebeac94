package connectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"claviger/mapping/value"
	"claviger/runtime/egress"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// Schema is the JSON Schema (2020-12, formats asserted, patterns RE2) of parameters. It has been judged when its
// connector loaded; what validates is made at its first use, for most schemas of a large catalogue are never used. A nil
// *Schema declares nothing and accepts everything. Safe for concurrent use.
type Schema struct {
	text []byte // JSON, keys in the author's order
	open func() *openSchema
}

// openSchema is a schema in use.
type openSchema struct {
	root     *value.Object
	compiled *jsonschema.Schema
	err      error
}

func newSchema(text []byte) *Schema {
	s := &Schema{text: text}
	s.open = sync.OnceValue(func() *openSchema {
		root, err := value.DecodeObject(s.text)
		if err != nil {
			return &openSchema{err: err}
		}
		compiled, err := compileSchema(plain(root), "")
		return &openSchema{root: root, compiled: compiled, err: err}
	})
	return s
}

// JSON is the schema as the author wrote it, keys in their order; `{}` for a nil schema.
func (s *Schema) JSON() json.RawMessage {
	if s == nil {
		return json.RawMessage("{}")
	}
	return s.text
}

// MarshalJSON gives JSON.
func (s *Schema) MarshalJSON() ([]byte, error) { return s.JSON(), nil }

// FieldError says what is wrong with one value. Its message never holds the value, which may be a secret.
type FieldError struct {
	Path    string // such as domain, or limits.hosts[0]; empty: the object itself
	Message string
}

// Validate tells what is wrong with o, in the order of the schema's library; nothing if o fits. Apply defaults before.
func (s *Schema) Validate(o *value.Object) []FieldError {
	if s == nil {
		return nil
	}
	open := s.open()
	if open.err != nil {
		return []FieldError{{Message: "the connector's schema cannot be used: " + open.err.Error()}}
	}
	return fieldErrors(open.compiled.Validate(plain(o)))
}

func fieldErrors(err error) []FieldError {
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return nil
	}
	var out []FieldError
	for _, leaf := range leaves(v) {
		out = append(out, leafErrors(leaf)...)
	}
	return slices.Compact(out)
}

// leaves are the errors that say something: of an anyOf or oneOf that fails this is itself, for the reader cannot know
// which branch was meant; of everything else it is the innermost.
func leaves(v *jsonschema.ValidationError) []*jsonschema.ValidationError {
	switch v.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		return []*jsonschema.ValidationError{v}
	}
	if len(v.Causes) == 0 {
		return []*jsonschema.ValidationError{v}
	}
	var out []*jsonschema.ValidationError
	for _, cause := range v.Causes {
		out = append(out, leaves(cause)...)
	}
	return out
}

func leafErrors(v *jsonschema.ValidationError) []FieldError {
	at := fieldPath(v.InstanceLocation)
	each := func(names []string, message string) []FieldError {
		out := make([]FieldError, len(names))
		for i, name := range names {
			out[i] = FieldError{fieldPath(append(slices.Clone(v.InstanceLocation), name)), message}
		}
		return out
	}
	switch k := v.ErrorKind.(type) {
	case *kind.Required:
		return each(k.Missing, "is required")
	case *kind.AdditionalProperties:
		return each(k.Properties, "is not allowed")
	case *kind.DependentRequired:
		return each(k.Missing, fmt.Sprintf("is required where %s is given", k.Prop))
	}
	return []FieldError{{at, leafMessage(v.ErrorKind)}}
}

// leafMessage says what was expected, never what was found.
func leafMessage(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return "must be " + article(k.Want)
	case *kind.Enum:
		return "must be one of " + list(k.Want)
	case *kind.Const:
		return "must be " + list([]any{k.Want})
	case *kind.Pattern:
		return "must match the pattern " + k.Want
	case *kind.Format:
		return fmt.Sprintf("must be in the format %s", k.Want)
	case *kind.MinLength:
		return fmt.Sprintf("must have at least %d characters", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("must have at most %d characters", k.Want)
	case *kind.Minimum:
		return "must be at least " + k.Want.RatString()
	case *kind.Maximum:
		return "must be at most " + k.Want.RatString()
	case *kind.MinItems:
		return fmt.Sprintf("must have at least %d items", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("must have at most %d items", k.Want)
	}
	return "does not fit the schema: " + strings.Join(k.KeywordPath(), ".")
}

func article(types []string) string {
	words := map[string]string{
		"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
		"array": "a list", "object": "an object", "null": "null",
	}
	out := make([]string, len(types))
	for i, t := range types {
		out[i] = words[t]
	}
	return strings.Join(out, " or ")
}

func list(values []any) string {
	out := make([]string, len(values))
	for i, v := range values {
		text, err := json.Marshal(v)
		if err != nil {
			return "the listed values"
		}
		out[i] = string(text)
	}
	return strings.Join(out, ", ")
}

// fieldPath joins the tokens of a location: names with dots, indexes in brackets.
func fieldPath(tokens []string) string {
	var b strings.Builder
	for i, t := range tokens {
		switch {
		case t != "" && strings.Trim(t, "0123456789") == "" && i > 0:
			b.WriteString("[" + t + "]")
		case i > 0:
			b.WriteString("." + t)
		default:
			b.WriteString(t)
		}
	}
	return b.String()
}

// plain turns a value into what the schema library takes.
func plain(v any) any {
	switch t := v.(type) {
	case []any:
		out := make([]any, len(t))
		for i, item := range t {
			out[i] = plain(item)
		}
		return out
	case *value.Object:
		out := make(map[string]any, t.Len())
		for k, item := range t.All() {
			out[k] = plain(item)
		}
		return out
	}
	return v
}

// schemaURL is where a schema stands in its own eyes; nothing is ever fetched.
const schemaURL = "urn:claviger:schema"

// compileSchema compiles doc, or the part of it at a JSON pointer.
func compileSchema(doc any, pointer string) (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.UseLoader(noLoader{})
	for _, f := range moreFormats {
		c.RegisterFormat(f)
	}
	if err := c.AddResource(schemaURL, doc); err != nil {
		return nil, err
	}
	return c.Compile(schemaURL + "#" + pointer)
}

// noLoader keeps $ref inside the document.
type noLoader struct{}

func (noLoader) Load(string) (any, error) {
	return nil, errors.New("a schema may refer to itself only")
}

// moreFormats are formats of JSON Schema 2020-12 section 7.3 that the library lacks.
var moreFormats = []*jsonschema.Format{
	{Name: "idn-hostname", Validate: onText(checkHostName)},
	{Name: "idn-email", Validate: onText(func(s string) error {
		local, domain, ok := strings.Cut(s, "@")
		if !ok || local == "" || strings.ContainsAny(s, " \r\n\t") {
			return errors.New("expected name@domain")
		}
		return checkHostName(domain)
	})},
}

func checkHostName(s string) error {
	if strings.HasPrefix(s, "*") {
		return errors.New("expected a host name")
	}
	return egress.ParseHost(s)
}

func onText(f func(string) error) func(any) error {
	return func(v any) error {
		if s, ok := v.(string); ok {
			return f(s)
		}
		return nil
	}
}
