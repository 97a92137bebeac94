package connectors

import (
	"errors"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"claviger/mapping/finding"
	"claviger/mapping/yamlpos"
)

// names judges what the top of a schema says about names.
func (c *schemaChecker) names(n *yamlpos.Node) {
	properties := n.Get("properties")
	if properties == nil || properties.Kind != yamlpos.Map {
		return
	}
	declared := make([]string, len(properties.Pairs))
	for i, p := range properties.Pairs {
		declared[i] = p.Key
		if format, sensitive := p.Value.Get("format"), p.Value.Get("isSensitive"); sensitive == nil &&
			(format == nil || format.Text != "password") && saysSecret(p.Key) {
			c.findings = append(c.findings, finding.Notef(p.KeyPos, "%q is taken as a secret because of its name", p.Key).
				Suggest("say `format: password`, or `isSensitive: false` if it is none"))
		}
	}
	required := n.Get("required")
	if required == nil || slices.ContainsFunc(n.Pairs, func(p yamlpos.Pair) bool {
		return p.Key == "additionalProperties" || slices.Contains(namesElsewhere, p.Key)
	}) {
		return
	}
	for _, item := range required.Items {
		if item.Kind == yamlpos.String && !slices.Contains(declared, item.Text) {
			f := c.errorf(item, "required: properties declares no %q", item.Text)
			*f = f.Suggest("%s", finding.DidYouMean(item.Text, declared))
		}
	}
}

// weak are keywords beside which a default is judged by its type and the enum alone.
var weak = []string{"type", "enum", "default", "title", "description", "$comment", "readOnly", "writeOnly", "deprecated", "examples"}

// judgeDefault tells whether the default d fits its schema n, or leaves that to the library.
func (c *schemaChecker) judgeDefault(n, d *yamlpos.Node) {
	for _, p := range n.Pairs {
		_, asserts := keywords[p.Key]
		if asserts && !slices.Contains(weak, p.Key) && (p.Key != "format" || p.Value.Text != "password") {
			c.defaults = append(c.defaults, defaultAt{pointer(c.path), n, d})
			return
		}
	}
	if t := n.Get("type"); t != nil && !fitsType(d, t) {
		c.errorf(d, "the default does not fit the schema: expected %s, found %s", typeWords(t), d.Kind)
		return
	}
	e := n.Get("enum")
	switch {
	case e == nil || e.Kind != yamlpos.List || slices.ContainsFunc(e.Items, func(i *yamlpos.Node) bool { return sameScalar(i, d) }):
	case slices.ContainsFunc(append(slices.Clone(e.Items), d), isCompound):
		c.defaults = append(c.defaults, defaultAt{pointer(c.path), n, d})
	default:
		c.errorf(d, "the default does not fit the schema: it is none of enum")
	}
}

func fitsType(d, types *yamlpos.Node) bool {
	if types.Kind == yamlpos.List {
		return slices.ContainsFunc(types.Items, func(t *yamlpos.Node) bool { return fitsType(d, t) })
	}
	switch d.Kind {
	case yamlpos.Null:
		return types.Text == "null"
	case yamlpos.Bool:
		return types.Text == "boolean"
	case yamlpos.Number:
		return types.Text == "number" || types.Text == "integer" && !strings.ContainsAny(d.Text, ".e")
	case yamlpos.String:
		return types.Text == "string"
	case yamlpos.List:
		return types.Text == "array"
	}
	return types.Text == "object"
}

func typeWords(types *yamlpos.Node) string {
	if types.Kind != yamlpos.List {
		return types.Text
	}
	words := make([]string, len(types.Items))
	for i, t := range types.Items {
		words[i] = t.Text
	}
	return strings.Join(words, " or ")
}

func isCompound(n *yamlpos.Node) bool { return n.Kind == yamlpos.List || n.Kind == yamlpos.Map }

func sameScalar(a, b *yamlpos.Node) bool {
	return a.Kind == b.Kind && a.Text == b.Text && !isCompound(a)
}

// askLibrary compiles the schema for the keywords that are not judged here, and judges the defaults that are not.
func (c *schemaChecker) askLibrary(n *yamlpos.Node) {
	sound := !c.findings.HasErrors()
	if c.library && sound {
		if _, err := compileSchema(plain(n.Value()), ""); err != nil {
			c.compileError(n, err)
			return
		}
	}
	for _, d := range c.defaults {
		s, err := compileSchema(plain(d.schema.Value()), "")
		if err != nil && sound {
			s, err = compileSchema(plain(n.Value()), d.pointer) // it refers to other parts
		}
		if err != nil {
			continue // the schema itself has mistakes, which are reported
		}
		for _, e := range fieldErrors(s.Validate(plain(d.node.Value()))) {
			c.errorf(d.node, "the default does not fit the schema: %s", strings.TrimSpace(e.Path+" "+e.Message))
		}
	}
}

// compileError puts what the library says about the schema where it belongs.
func (c *schemaChecker) compileError(n *yamlpos.Node, err error) {
	var refused *jsonschema.ValidationError
	if errors.As(err, &refused) {
		for _, leaf := range leaves(refused) {
			at := walk(n, leaf.InstanceLocation)
			keyword := ""
			if len(leaf.InstanceLocation) > 0 {
				keyword = leaf.InstanceLocation[len(leaf.InstanceLocation)-1] + ": "
			}
			if f, ok := leaf.ErrorKind.(*kind.Format); ok && f.Want == "regex" {
				c.pattern(at, strings.TrimSuffix(keyword, ": "), at.Text)
				continue
			}
			for _, e := range leafErrors(leaf) {
				c.errorf(at, "%s%s", keyword, e.Message)
			}
		}
		return
	}
	if ref := brokenRef(n, err.Error()); ref != nil {
		c.errorf(ref, "$ref: nothing in this schema is at %q", ref.Text)
		return
	}
	c.errorf(n, "the schema cannot be used: %v", err)
}

// walk follows a location as far as it goes.
func walk(n *yamlpos.Node, location []string) *yamlpos.Node {
	for _, token := range location {
		next := n.Get(token)
		if n.Kind == yamlpos.List {
			next = item(n, token)
		}
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

func item(n *yamlpos.Node, token string) *yamlpos.Node {
	i := 0
	for _, digit := range token {
		i = i*10 + int(digit-'0')
	}
	if i < 0 || i >= len(n.Items) {
		return nil
	}
	return n.Items[i]
}

// brokenRef finds the $ref that an error of the library names by its text.
func brokenRef(n *yamlpos.Node, message string) *yamlpos.Node {
	for _, p := range n.Pairs {
		if (p.Key == "$ref" || p.Key == "$dynamicRef") && p.Value.Kind == yamlpos.String && strings.Contains(message, p.Value.Text) {
			return p.Value
		}
		if found := brokenRef(p.Value, message); found != nil {
			return found
		}
	}
	for _, i := range n.Items {
		if found := brokenRef(i, message); found != nil {
			return found
		}
	}
	return nil
}
