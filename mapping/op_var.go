package mapping

import (
	"strings"

	"claviger/mapping/finding"
	"claviger/mapping/yamlpos"
)

var opVar = operator{
	Doc: Doc{
		Name:    "$var",
		Summary: "The value of a variable. A path that leads nowhere gives undefined; null stays null.",
		Takes:   "a locator",
		Parameters: []Parameter{{Text: "a locator: $.a.b or a.b, list[0], list.length; $ alone is all variables; " +
			`\ before . [ ] or \ takes that character as part of a name`}},
		Examples: []Example{
			{`id: {$var: connectorParameters.clientId}`, `{"connectorParameters": {"clientId": "abc"}}`, `{"id":"abc"}`},
			{`$var: $.scopes[1]`, `{"scopes": ["read", "write"]}`, `"write"`},
			{`$var: scopes.length`, `{"scopes": ["read", "write"]}`, `2`},
			{`$var: 'claims.https://example\.com/id'`, `{"claims": {"https://example.com/id": 7}}`, `7`},
			{`{a: 1, b: {$var: none.of.this}}`, ``, `{"a":1}`},
		},
	},
	compile: func(c *compiler, call call) expr {
		if call.arg.Kind != yamlpos.String {
			return c.wrongShape(call, call.arg, call.op.Takes)
		}
		if v := c.variable(call.arg.Text, call.arg.Pos, call.context); v != nil {
			return v
		}
		return nothing
	},
}

// variable is a locator in a mapping.
type variable struct {
	locator locator
	at      place
	origin  origin
	text    string   // where origin is fromVars: the locator as seen from the mapping's own variables
	from    []string // where origin is fromItem: the variables that the item depends on
}

// origin tells what a variable's value comes from.
type origin uint8

const (
	fromVars  origin = iota // the mapping's own variables
	fromItem                // the item of an $iterate
	fromIndex               // its index
	fromAll                 // all of the variables inside an $iterate
)

// variable compiles a locator; nil after an error.
func (c *compiler) variable(text string, at finding.Pos, x context) *variable {
	l, odd, err := parseLocator(text)
	if err != nil {
		c.add(finding.Errorf(at, "invalid locator %q: %s", text, err))
		return nil
	}
	if odd != "" {
		c.add(finding.Warningf(at, "locator %q: %s", text, odd))
	}
	v := &variable{locator: l, at: placeOf(at)}
	c.trace(v, text, at, x.scope)
	return v
}

// trace finds out where a variable's value comes from.
func (c *compiler) trace(v *variable, text string, at finding.Pos, s *scope) {
	l := v.locator
	for s != nil && len(l) > 0 && l[0] == (step{"parent", isKey}) {
		l, s = l[1:], s.outer
	}
	switch {
	case s == nil && len(l) == len(v.locator) && isPlainLocator(text):
		v.text = text
	case s == nil:
		v.text = l.text()
	case len(l) == 0:
		v.origin = fromAll
	case l[0] == (step{"item", isKey}):
		v.origin, v.from = fromItem, s.from
	default:
		v.origin = fromIndex
		if l[0] != (step{"index", isKey}) {
			c.add(finding.Warningf(at, "inside $iterate the variables are item, index and parent: %q leads nowhere", text).
				Suggest("did you mean parent.%s?", l.text()))
		}
	}
}

// isPlainLocator tells whether a locator of names alone is written as it would be shown.
func isPlainLocator(text string) bool { return text[0] != '.' && !strings.ContainsAny(text, `$[\`) }

func (e *variable) eval(r *run) any {
	return r.handed(e.locator.find(r.vars))
}

func (e *variable) each(func(expr)) {}

// below is the variable at a key or index of this one.
func (e *variable) below(key string) expr {
	if e.origin != fromVars {
		return &opaque{e}
	}
	l := append(e.locator[:len(e.locator):len(e.locator)], step{key, isKey})
	text := locatorEscaper.Replace(key)
	if e.text != "$" {
		text = e.text + "." + text
	}
	return &variable{locator: l, at: e.at, text: text}
}

// shapes is the variable itself.
func (e *variable) shapes(p *Program) []Template {
	if e.origin != fromVars {
		return p.opaque(e)
	}
	return []Template{{{Var: e.text, Pos: p.pos(e.at)}}}
}
