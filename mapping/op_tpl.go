package mapping

import (
	"strings"

	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

var opTpl = operator{
	Doc: Doc{
		Name: "$tpl",
		Summary: "A text with gaps. With template and values, each {name} that is listed in values is filled, a missing value as \"\"; " +
			"others stay as text. A text alone is filled with variables, percent-encoded where it begins with http:// or https://; " +
			"if one is missing there, the result is undefined.",
		Takes: "a text with {locator}s, or {template, values}",
		Parameters: []Parameter{
			{Name: "template", Text: "the text with {name}s"},
			{Name: "values", Text: "an object: what to fill in for each name", Optional: true},
		},
		Examples: []Example{
			{`$tpl: https://{connectionParameters.domain}.example.com/{path}`, `{"connectionParameters": {"domain": "acme"}, "path": "a b"}`,
				`"https://acme.example.com/a%20b"`},
			{`$tpl: "{user} <{mail}>"`, `{"user": "Ann"}`, `undefined`},
			{`$tpl: {template: "{greeting}, {name}! {other}", values: {greeting: Hello, name: {$var: user}}}`, `{"user": "Ann"}`,
				`"Hello, Ann! {other}"`},
			{`$tpl: {template: "-{name}-", values: {name: {$var: none}}}`, ``, `"--"`},
		},
	},
	compile: func(c *compiler, call call) expr {
		if call.arg.Kind == yamlpos.String {
			return compileText(c, call)
		}
		if call.arg.Kind != yamlpos.Map || isFormula(call.arg) {
			return c.wrongShape(call, call.arg, call.op.Takes)
		}
		return compileTemplate(c, call)
	},
}

// template is literals and values one after the other.
type template struct {
	parts  []expr
	whole  bool // undefined where a value is missing, else that is ""
	encode bool // percent-encode the values
	at     place
}

// compileText makes a template of a text with locators in braces.
func compileText(c *compiler, call call) expr {
	text, at := call.arg.Text, call.arg.Pos
	e := &template{whole: true, encode: isHTTP(text), at: call.at}
	for text != "" {
		literal, rest, more := strings.Cut(text, "{")
		e.literal(literal, at)
		if !more {
			return e
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			c.add(finding.Errorf(at, "$tpl: { is not closed in %q", call.arg.Text).
				Suggest("for a { that is text, use {template, values}"))
			return nothing
		}
		if v := c.variable(name, at, call.context); v != nil {
			e.parts = append(e.parts, require(v, call.context))
		}
		text = after
	}
	return e
}

func isHTTP(text string) bool {
	text = strings.ToLower(text[:min(len(text), len("https://"))])
	return strings.HasPrefix(text, "http://") || text == "https://"
}

func (e *template) literal(text string, at finding.Pos) {
	if text != "" {
		e.parts = append(e.parts, &constant{value: text, at: placeOf(at)})
	}
}

// compileTemplate makes a template of {template, values}.
func compileTemplate(c *compiler, call call) expr {
	if !c.fields(call) {
		return nothing
	}
	text, values := call.arg.Get("template"), call.arg.Get("values")
	fill := map[string]expr{}
	switch {
	case values == nil || values.Kind == yamlpos.Null:
	case values.Kind != yamlpos.Map || isFormula(values):
		c.wrongShape(call, values, "values that are an object")
	default:
		for _, p := range values.Pairs {
			fill[p.Key] = require(c.value(p.Value, call.part()), call.context)
		}
	}
	if text.Kind != yamlpos.String {
		return c.wrongShape(call, text, "a template that is text")
	}
	e, filled := fillTemplate(text, fill, call.at)
	if len(filled) < len(fill) {
		for _, p := range values.Pairs {
			if !filled[p.Key] {
				c.add(finding.Warningf(p.KeyPos, "the template has no {%s}", p.Key))
			}
		}
	}
	return e
}

// fillTemplate splits the text at the names in fill, and tells which of them it has met. A name holds no braces; what is filled
// in is not searched again.
func fillTemplate(n *yamlpos.Node, fill map[string]expr, at place) (e *template, filled map[string]bool) {
	e, filled = &template{at: at}, map[string]bool{}
	text, start, open := n.Text, 0, -1 // start of the literal that is not in e yet, and of the braces
	for i := range len(text) {
		switch text[i] {
		case '{':
			open = i
		case '}':
			if open < start {
				continue
			}
			name := text[open+1 : i]
			if part := fill[name]; part != nil {
				e.literal(text[start:open], n.Pos)
				e.parts = append(e.parts, part)
				filled[name], start = true, i+1
			}
			open = -1
		}
	}
	e.literal(text[start:], n.Pos)
	return e, filled
}

func (e *template) eval(r *run) any {
	var b strings.Builder
	for _, part := range e.parts {
		v := part.eval(r)
		if q, ok := part.(*required); ok && q.lacks(v) {
			return q.complain(r, e.at)
		}
		_, literal := part.(*constant)
		text, ok := value.String(v), !missing(v)
		if e.whole && !literal {
			text, ok = r.textOf(v, e.at, "$tpl")
		}
		switch {
		case r.err != nil || !ok && e.whole:
			return value.Undefined
		case !ok:
		case e.encode && !literal:
			b.WriteString(percentEncode(text))
		default:
			b.WriteString(text)
		}
	}
	return r.made(b.String())
}

func (e *template) each(visit func(expr)) {
	for _, part := range e.parts {
		visit(part)
	}
}

func (e *template) shapes(p *Program) []Template {
	var parts [][]Template
	for _, part := range e.parts {
		parts = append(parts, p.partShapes(part))
	}
	return p.product(e, parts, nil)
}
