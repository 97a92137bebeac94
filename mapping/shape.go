package mapping

import (
	"slices"
	"strings"

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

// Beyond maxTemplates shapes of a text, or maxParts parts of all together, one opaque part stands for them.
const (
	maxTemplates = 64
	maxParts     = 10_000
)

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

// shapes returns the shapes of a value that is text; none for a value that is not.
func (p *Program) shapes(e expr) []Template {
	switch t := e.(type) {
	case *constant:
		if missing(t.value) {
			return nil
		}
		return p.literal(value.String(t.value), t.at)
	case *object, *list, *mergeObjects, *deferred:
		return nil
	case *required:
		return p.shapes(t.expr)
	case shaper:
		return t.shapes(p)
	case chooser:
		return p.union(e, t.choices(), p.shapes)
	}
	return p.opaque(e)
}

// partShapes returns the shapes of a value as a part of a longer text: there what is nothing is the empty text, and lists and
// objects are texts too.
func (p *Program) partShapes(e expr) []Template {
	switch t := e.(type) {
	case *constant:
		if missing(t.value) {
			return []Template{{}}
		}
	case *object, *list:
		if whole, ok := constantOf(e); ok {
			return p.literal(value.String(whole), placeIn(e, p.at))
		}
		return p.opaque(e)
	case *mergeObjects:
		return p.opaque(e)
	case *required:
		return t.shapesOf(p.partShapes(t.expr))
	case *template:
		if shapes := t.shapes(p); t.whole {
			return append(shapes, Template{})
		}
	case chooser:
		if choices := t.choices(); len(choices) > 0 {
			return p.union(e, choices, p.partShapes)
		}
		return []Template{{}}
	}
	return p.shapes(e)
}

// literal is the one shape of a text that is written in the mapping.
func (p *Program) literal(text string, at place) []Template {
	if text == "" {
		return []Template{{}}
	}
	return []Template{{{Literal: text, Pos: p.pos(at)}}}
}

// union is the shapes of all choices, which are those of e.
func (p *Program) union(e expr, choices []expr, shapes func(expr) []Template) []Template {
	var all []Template
	for _, choice := range choices {
		if all = append(all, shapes(choice)...); len(all) > maxTemplates {
			return p.opaque(e)
		}
	}
	return all
}

// opaque is the one shape of an expression that tells no more than its variables.
func (p *Program) opaque(e expr) []Template {
	return []Template{{{Opaque: true, Vars: variablesOf(e), Pos: p.pos(placeIn(e, p.at))}}}
}

// product is every way to put shapes of the parts one after the other, with the delimiter between those that are not empty; e is
// what they are parts of.
func (p *Program) product(e expr, parts [][]Template, delimiter Template) []Template {
	all, size := []Template{make(Template, 0, roomFor(parts, len(delimiter)))}, 0
	for _, shapes := range parts {
		if len(all)*len(shapes) > maxTemplates || size > maxParts {
			return p.opaque(e)
		}
		longer := make([]Template, 0, len(all)*len(shapes))
		size = 0
		for _, front := range all {
			for i, back := range shapes {
				if i < len(shapes)-1 {
					longer = append(longer, slices.Clone(front).join(delimiter, back))
				} else {
					longer = append(longer, front.join(delimiter, back)) // in place: joining many must not copy them each time
				}
				size += len(longer[len(longer)-1])
			}
		}
		all = longer
	}
	for i := range all {
		all[i] = all[i].merged()
	}
	return all
}

// roomFor is how many parts a product has where each shape is as long as the longest beside it, within bounds.
func roomFor(parts [][]Template, delimiter int) int {
	n := 0
	for _, shapes := range parts {
		longest := 0
		for _, t := range shapes {
			longest = max(longest, len(t)+delimiter)
		}
		n += longest
	}
	return min(n, maxParts)
}

// join puts back behind t, with the delimiter between them where neither is empty. t is used up.
func (t Template) join(delimiter, back Template) Template {
	if len(t) > 0 && len(back) > 0 {
		t = append(t, delimiter...)
	}
	return append(t, back...)
}

// merged is t with one part where literals meet. t is used up.
func (t Template) merged() Template {
	merged := t[:0]
	for i := 0; i < len(t); {
		part := t[i]
		end := i + 1
		for part.isLiteral() && end < len(t) && t[end].isLiteral() {
			end++
		}
		if end > i+1 {
			texts := make([]string, 0, end-i)
			for _, literal := range t[i:end] {
				texts = append(texts, literal.Literal)
			}
			part.Literal = strings.Join(texts, "")
		}
		merged = append(merged, part)
		i = end
	}
	return merged
}

func (p Part) isLiteral() bool { return p.Var == "" && !p.Opaque }

// walk visits e and everything in it, in the order of the mapping.
func walk(e expr, visit func(expr)) {
	var step func(expr)
	step = func(e expr) {
		visit(e)
		e.each(step)
	}
	step(e)
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
		return e.from
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
