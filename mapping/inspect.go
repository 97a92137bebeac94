package mapping

import (
	"slices"
	"strconv"

	"claviger/mapping/finding"
	"claviger/mapping/value"
)

// PathTemplate is a Template with its place in the result; see Options for how paths look.
type PathTemplate struct {
	Path     []string
	Template Template
}

// VarRef is a variable that a mapping reads. The locator is seen from the mapping's own variables, also inside $iterate.
type VarRef struct {
	Locator string
	Pos     finding.Pos
}

// Templates returns the shapes that the value at a place of the result can have: one for each branch of $case, $map,
// $firstNotEmpty and so on. There are none where nothing is there, or nothing but null, lists and objects. Where there are
// more than 64, one opaque part stands for all.
func (p *Program) Templates(path ...string) []Template {
	at := []expr{p.root}
	for _, key := range path {
		var next []expr
		for _, e := range at {
			next = append(next, below(e, key)...)
		}
		at = next
	}
	return p.shapes(&anyOf{at})
}

// anyOf is the expressions that can stand at one place.
type anyOf struct{ alternatives []expr }

func (e *anyOf) eval(*run) any { return nil }

func (e *anyOf) each(visit func(expr)) {
	for _, a := range e.alternatives {
		visit(a)
	}
}

func (e *anyOf) choices() []expr { return e.alternatives }

// below returns what can stand at a key or index of the value of e.
func below(e expr, key string) []expr {
	switch t := e.(type) {
	case *object:
		if i := slices.Index(t.keys, key); i >= 0 {
			return []expr{t.values[i]}
		}
	case *list:
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(t.items) {
			return []expr{t.items[i]}
		}
	case *variable:
		return []expr{t.below(key)}
	case *iterate:
		return []expr{t.item}
	case *opaque:
		return []expr{t}
	case chooser:
		var all []expr
		for _, choice := range t.choices() {
			all = append(all, below(choice, key)...)
		}
		return all
	}
	return nil
}

// AllTemplates returns the shapes of every text in the result, in the order of the mapping. Formulas that Options.Defer named
// are left out.
func (p *Program) AllTemplates() []PathTemplate {
	c := textCollector{program: p, found: make([]PathTemplate, 0, 16), path: make([]string, 0, 8)}
	c.visit(p.root)
	return c.found
}

// textCollector collects the shapes of texts.
type textCollector struct {
	program *Program
	found   []PathTemplate
	path    []string // of the place that is visited
}

func (c *textCollector) visit(e expr) {
	switch t := e.(type) {
	case *object:
		for i, key := range t.keys {
			c.below(key, t.values[i])
		}
	case *list:
		for i, item := range t.items {
			c.below(strconv.Itoa(i), item)
		}
	case *iterate:
		c.below("*", t.item)
	case chooser:
		for _, choice := range t.choices() {
			c.visit(choice)
		}
	default:
		c.text(e)
	}
}

func (c *textCollector) below(key string, e expr) {
	c.path = append(c.path, key)
	c.visit(e)
	c.path = c.path[:len(c.path)-1]
}

func (c *textCollector) text(e expr) {
	if fixed, ok := constantOf(e); ok && value.Kind(fixed) != "string" {
		return
	}
	shapes := c.program.shapes(e)
	if len(shapes) == 0 {
		return
	}
	path := slices.Clone(c.path)
	for _, shape := range shapes {
		c.found = append(c.found, PathTemplate{path, shape})
	}
}

// Vars returns every use of a variable, in the order of the mapping. Inside $iterate these are the uses of outer variables
// by parent; item and index are not listed.
func (p *Program) Vars() []VarRef { return p.vars(p.root) }

func (p *Program) vars(of expr) []VarRef {
	var refs []VarRef
	walk(of, func(e expr) {
		if v, ok := e.(*variable); ok && v.origin == fromVars {
			refs = append(refs, VarRef{v.text, p.pos(v.at)})
		}
	})
	return refs
}
