package connectors

import (
	"slices"
	"strings"
	"unicode"

	"claviger/mapping/value"
)

// Field is one parameter that a schema declares, for a form.
type Field struct {
	Name        string
	Title       string // empty: the name serves
	Description string
	Type        string // string, number, integer, boolean, array, object; empty: anything
	Format      string
	Pattern     string
	Enum        []any
	Examples    []any
	Default     any // value.Undefined: none
	Required    bool
	Secret      bool
}

// Fields returns the declared parameters in the author's order.
func (s *Schema) Fields() []Field {
	var out []Field
	required := s.required()
	for name, v := range s.properties().All() {
		p, _ := v.(*value.Object)
		out = append(out, Field{
			Name: name, Title: p.Text("title"), Description: p.Text("description"), Type: mainType(p.Get("type")),
			Format: p.Text("format"), Pattern: p.Text("pattern"), Enum: items(p.Get("enum")), Examples: items(p.Get("examples")),
			Default: p.Get("default"), Required: slices.Contains(required, any(name)), Secret: isSecret(name, p),
		})
	}
	return out
}

// Secrets returns the names of the parameters that are secret, or hold something secret: marked with format password or
// isSensitive, or named like a secret.
func (s *Schema) Secrets() []string {
	var out []string
	for name, v := range s.properties().All() {
		if p, _ := v.(*value.Object); isSecret(name, p) || holdsSecret(p) {
			out = append(out, name)
		}
	}
	return out
}

// Public returns o without what is secret or not declared: what may be shown of parameters.
func (s *Schema) Public(o *value.Object) *value.Object {
	secrets, declared := s.Secrets(), s.properties()
	out := value.NewObject(o.Len())
	for name, v := range o.All() {
		if declared.Has(name) && !slices.Contains(secrets, name) {
			out.Set(name, v)
		}
	}
	return out
}

// Undeclared returns the names in o that the schema does not declare. A schema that leaves names open, by having no
// properties, by additionalProperties or patternProperties, or by being composed of others, declares all, and so does a
// nil schema.
func (s *Schema) Undeclared(o *value.Object) []string {
	root := s.root()
	if root == nil || leavesNamesOpen(root) {
		return nil
	}
	declared := s.properties()
	return slices.DeleteFunc(o.Keys(), declared.Has)
}

func leavesNamesOpen(root *value.Object) bool {
	return !root.Has("properties") || root.Has("additionalProperties") || slices.ContainsFunc(namesElsewhere, root.Has)
}

// namesElsewhere are keywords that can declare names besides properties.
var namesElsewhere = []string{
	"patternProperties", "unevaluatedProperties", "allOf", "anyOf", "oneOf", "if", "$ref", "$dynamicRef", "dependentSchemas",
}

// Apply returns o with the schema's defaults where o has nothing; o itself is not changed. Null is something.
func (s *Schema) Apply(o *value.Object) *value.Object {
	if o == nil {
		o = value.NewObject(0)
	}
	if root := s.root(); root != nil {
		return applyDefaults(root, o)
	}
	return o
}

func applyDefaults(schema, o *value.Object) *value.Object {
	properties, _ := schema.Get("properties").(*value.Object)
	out := o.Clone()
	for name, v := range properties.All() {
		p, ok := v.(*value.Object)
		if !ok {
			continue
		}
		if !out.Has(name) && p.Has("default") {
			out.Set(name, p.Get("default"))
		}
		if inner, ok := out.Get(name).(*value.Object); ok {
			out.Set(name, applyDefaults(p, inner))
		}
	}
	return out
}

func (s *Schema) root() *value.Object {
	if s == nil {
		return nil
	}
	return s.open().root
}

func (s *Schema) properties() *value.Object {
	p, _ := s.root().Get("properties").(*value.Object)
	return p
}

func (s *Schema) required() []any { return items(s.root().Get("required")) }

func items(v any) []any {
	list, _ := v.([]any)
	return list
}

// mainType is the one type of a field; of a list of types the first that is not null.
func mainType(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	for _, item := range items(v) {
		if s, ok := item.(string); ok && s != "null" {
			return s
		}
	}
	return ""
}

// secretWords are how names end that say secret: an author who forgets to mark clientSecret must not leak it.
var secretWords = []string{
	"secret", "password", "passphrase", "passwd", "apikey", "privatekey", "accesskey", "accesstoken", "refreshtoken",
	"authtoken", "apitoken", "bearertoken", "personaltoken",
}

// saysSecret tells whether a name ends like a secret's, however its words are joined.
func saysSecret(name string) bool {
	plain := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == ' ' {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
	return slices.ContainsFunc(secretWords, func(w string) bool { return strings.HasSuffix(plain, w) })
}

func isMarkedSecret(p *value.Object) bool {
	return p.Text("format") == "password" || p.Get("isSensitive") == true
}

func isSecret(name string, p *value.Object) bool {
	return isMarkedSecret(p) || p.Get("isSensitive") != false && saysSecret(name)
}

func holdsSecret(p *value.Object) bool {
	properties, _ := p.Get("properties").(*value.Object)
	for name, v := range properties.All() {
		if inner, _ := v.(*value.Object); isSecret(name, inner) || holdsSecret(inner) {
			return true
		}
	}
	item, _ := p.Get("items").(*value.Object)
	return item != nil && (isMarkedSecret(item) || holdsSecret(item))
}
