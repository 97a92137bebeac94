package mapping

import (
	"slices"
	"strings"

	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

var opConcat = operator{
	Doc: Doc{
		Name: "$concat",
		Summary: "The values as one text. Null, undefined and \"\" are skipped; where all are undefined the result is too. " +
			"In a URI and in an Authorization header a variable part that is missing is an error.",
		Takes: "a list, or {values, delimiter}",
		Parameters: []Parameter{
			{Name: "values", Text: "the list, or a formula that gives it"},
			{Name: "delimiter", Text: "stands between the values; default none", Optional: true},
		},
		Examples: []Example{
			{`$concat: ["https://", {$var: domain}, ".example.com/oauth"]`, `{"domain": "acme"}`, `"https://acme.example.com/oauth"`},
			{`$concat: {values: {$var: scopes}, delimiter: ","}`, `{"scopes": ["read", "", "write"]}`, `"read,write"`},
			{`$concat: [v, 2, null, {$var: none}]`, ``, `"v2"`},
			{`$concat: [{$var: none}]`, ``, `undefined`},
		},
	},
	compile: compileConcat,
}

// concat joins its parts.
type concat struct {
	parts     operands
	delimiter expr // nil for none
	at        place
}

func compileConcat(c *compiler, call call) expr {
	e := &concat{at: call.at}
	values := call.arg
	if values.Kind == yamlpos.Map && !isFormula(values) {
		if !c.fields(call) {
			return nothing
		}
		if d := values.Get("delimiter"); d != nil {
			e.delimiter = c.value(d, call.part())
		}
		values = values.Get("values")
	}
	var ok bool
	if e.parts, ok = c.operands(call, values, call.part()); !ok {
		return nothing
	}
	for i, part := range e.parts.items {
		e.parts.items[i] = require(part, call.context)
		if item := values.Items[i]; item.Kind == yamlpos.Map && !isFormula(item) {
			c.add(finding.Warningf(item.Pos, "an object in a text becomes [object Object]"))
		}
	}
	return e
}

func (e *concat) eval(r *run) any {
	var buffer [8]string
	j := joiner{texts: buffer[:0]}
	var lacking *required
	for _, part := range e.parts.items {
		v := part.eval(r)
		if q, ok := part.(*required); ok && lacking == nil && q.lacks(v) {
			lacking = q
		}
		j.add(v)
	}
	if e.parts.list != nil {
		for v := range e.parts.all(r) {
			j.add(v)
		}
	}
	switch {
	case !j.defined || r.err != nil:
		return value.Undefined
	case lacking != nil:
		return lacking.complain(r, e.at)
	case e.delimiter == nil:
		return r.made(strings.Join(j.texts, ""))
	}
	delimiter := e.delimiter.eval(r)
	if missing(delimiter) {
		delimiter = ""
	}
	return r.made(strings.Join(j.texts, value.String(delimiter)))
}

func (e *concat) each(visit func(expr)) {
	e.parts.each(visit)
	if e.delimiter != nil {
		visit(e.delimiter)
	}
}

// joiner collects the texts of a $concat.
type joiner struct {
	texts   []string
	defined bool // not all values were undefined
}

func (j *joiner) add(v any) {
	j.defined = j.defined || v != value.Undefined
	if missing(v) {
		return
	}
	if text := value.String(v); text != "" {
		j.texts = append(j.texts, text)
	}
}

// shapes joins the shapes of the parts. Between parts a delimiter shows which of them are empty, so there each part that can be
// is left out once.
func (e *concat) shapes(p *Program) []Template {
	if e.parts.list != nil {
		return p.opaque(e)
	}
	var delimiter Template
	if e.delimiter != nil {
		fixed, ok := constantOf(e.delimiter)
		if !ok {
			return p.opaque(e)
		}
		if !missing(fixed) {
			delimiter = p.literal(value.String(fixed), placeIn(e.delimiter, p.at))[0]
		}
	}
	parts := make([][]Template, 0, len(e.parts.items))
	for _, part := range e.parts.items {
		shapes := p.partShapes(part)
		if _, complete := part.(*required); len(delimiter) > 0 && !complete && slices.ContainsFunc(shapes, Template.canBeEmpty) {
			shapes = append(shapes, Template{})
		}
		parts = append(parts, shapes)
	}
	return p.product(e, parts, delimiter)
}

// canBeEmpty tells whether nothing literal is in a shape that is not empty anyway.
func (t Template) canBeEmpty() bool { return len(t) > 0 && !slices.ContainsFunc(t, Part.isLiteral) }
