package connectors

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"claviger/mapping/value"
	"claviger/runtime/egress"
)

// Schema is the JSON Schema (2020-12, formats asserted, patterns RE2) of parameters. It has been judged when its
// connector loaded; what validates is made at its first use, for most schemas of a large catalogue are never used. A nil
// *Schema declares nothing and accepts everything. Safe for concurrent use.
type Schema struct {
	text []byte // JSON, keys in the author's order
	once sync.Once
	used openSchema // after once
}

// openSchema is a schema in use.
type openSchema struct {
	root     *value.Object
	compiled *jsonschema.Schema
	err      error
}

func (s *Schema) open() *openSchema {
	s.once.Do(func() {
		if s.used.root, s.used.err = value.DecodeObject(s.text); s.used.err == nil {
			s.used.compiled, s.used.err = compileSchema(plain(s.used.root), "")
		}
	})
	return &s.used
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

// Validate tells what is wrong with o, in the order of the paths; nothing if o fits. Apply defaults before.
func (s *Schema) Validate(o *value.Object) []FieldError {
	if s == nil {
		return nil
	}
	open := s.open()
	if open.err != nil {
		return []FieldError{{Message: "the connector's schema cannot be used: " + open.err.Error()}}
	}
	found := fieldErrors(open.compiled.Validate(plain(o))) // in the order in which a Go map was gone through
	slices.SortStableFunc(found, func(a, b FieldError) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	return found
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

// compileSchema compiles doc, or the part of it at a JSON pointer. The library panics where it holds something impossible
// that an author's addresses within a schema might yet bring about.
func compileSchema(doc any, pointer string) (compiled *jsonschema.Schema, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
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
