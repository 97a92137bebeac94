package mapping

import (
	"slices"

	"claviger/mapping/finding"
	"claviger/mapping/value"
)

// Template is the shape that a text can have, as far as the mapping alone tells: its parts one after the other. An empty
// Template is the empty text.
type Template []Part

// Part is a piece of a Template: a literal, a variable, or text about which only its variables are known.
type Part struct {
	Literal string      // the text itself, where Var is "" and Opaque is false
	Var     string      // the locator of the one variable that stands here, without "$."; "$" for all variables
	Opaque  bool        // any text, computed of Vars
	Vars    []string    // the locators that an opaque part depends on, sorted; empty where it depends on none
	Pos     finding.Pos // where the part is written
}

// maxTemplates is how many shapes a text can have before they are given up for one opaque part.
const maxTemplates = 64

// shaper is an expression that tells shapes of its text.
type shaper interface {
	shapes(p *Program) []Template
}

// chooser is an expression whose value is that of one of others, or made of theirs.
type chooser interface {
	choices() []expr
}

// opaque is an expression of which nothing but the variables is told.
type opaque struct{ expr }

func (e *opaque) each(visit func(expr)) { visit(e.expr) }

func (e *opaque) shapes(p *Program) []Template { return p.opaque(e.expr) }

// shapes returns the shapes of an expression's text; none for what is no text.
func (p *Program) shapes(e expr) []Template {
	switch t := e.(type) {
	case *constant:
		return t.shapes(p)
	case *object, *list, *deferred:
		return nil
	case shaper:
		return t.shapes(p)
	case chooser:
		var all []Template
		for _, choice := range t.choices() {
			if all = append(all, p.shapes(choice)...); len(all) > maxTemplates {
				return p.opaque(e)
			}
		}
		return all
	}
	return p.opaque(e)
}

func (e *constant) shapes(p *Program) []Template {
	switch {
	case missing(e.value):
		return nil
	case e.value == "":
		return []Template{{}}
	}
	return []Template{{{Literal: value.String(e.value), Pos: p.pos(e.at)}}}
}

// opaque is the one shape of an expression that tells no more than its variables.
func (p *Program) opaque(e expr) []Template {
	return []Template{{{Opaque: true, Vars: variablesOf(e), Pos: p.pos(placeIn(e, p.at))}}}
}

// product is every way to put shapes of the parts one after the other; e is what they are parts of. A part without shapes is
// skipped.
func (p *Program) product(e expr, parts [][]Template) []Template {
	all := []Template{{}}
	for _, shapes := range parts {
		if len(shapes) == 0 {
			continue
		}
		if len(all)*len(shapes) > maxTemplates {
			return p.opaque(e)
		}
		var longer []Template
		for _, front := range all {
			for _, back := range shapes {
				longer = append(longer, front.join(back))
			}
		}
		all = longer
	}
	return all
}

// join puts u behind t, as one part where literals meet.
func (t Template) join(u Template) Template {
	joined := slices.Clone(t)
	for _, part := range u {
		last := len(joined) - 1
		if last >= 0 && joined[last].isLiteral() && part.isLiteral() {
			joined[last].Literal += part.Literal
			continue
		}
		joined = append(joined, part)
	}
	return joined
}

func (p Part) isLiteral() bool { return p.Var == "" && !p.Opaque }

// walk visits e and everything in it, in the order of the mapping.
func walk(e expr, visit func(expr)) {
	visit(e)
	e.each(func(inner expr) { walk(inner, visit) })
}

// variablesOf is the locators of the variables that e depends on, sorted.
func variablesOf(e expr) []string {
	var names []string
	walk(e, func(e expr) {
		if v, ok := e.(*variable); ok {
			names = append(names, v.dependencies()...)
		}
	})
	slices.Sort(names)
	return slices.Compact(names)
}

// dependencies is the variables of the mapping's own that decide about this one.
func (e *variable) dependencies() []string {
	switch e.origin {
	case fromVars:
		return []string{e.text}
	case fromItem:
		return variablesOf(e.source)
	case fromAll:
		return []string{"$"}
	}
	return nil
}

// placeIn is the first place known in e, else otherwise.
func placeIn(e expr, otherwise place) place {
	found := place{}
	walk(e, func(e expr) {
		if found != (place{}) {
			return
		}
		switch t := e.(type) {
		case *variable:
			found = t.at
		case *constant:
			found = t.at
		}
	})
	if found == (place{}) {
		return otherwise
	}
	return found
}
