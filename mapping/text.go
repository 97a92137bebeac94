package mapping

import (
	"slices"
	"strings"

	"claviger/mapping/value"
)

func missing(v any) bool { return v == nil || v == value.Undefined }

// textOf is the text that an operator works on, for operators that make nothing of what is missing and refuse lists and
// objects, of which JavaScript would make [object Object].
func (r *run) textOf(v any, at place, operator string) (text string, ok bool) {
	switch v.(type) {
	case []any, *value.Object:
		r.fail(at, "%s takes text, found %s", operator, value.Kind(v))
		return "", false
	}
	if missing(v) || r.err != nil {
		return "", false
	}
	return value.String(v), true
}

// required is a variable part of a text that must be complete.
type required struct {
	expr
	empty bool // "" is an answer
}

// require wraps a part of a text as x asks for.
func require(e expr, x context) expr {
	if _, fixed := constantOf(e); fixed || x.strict == lenient {
		return e
	}
	return &required{expr: e, empty: x.strict == present || hasEmptyLiteral(e)}
}

// hasEmptyLiteral tells whether an author has written "" among what a part can be.
func hasEmptyLiteral(e expr) bool {
	if chooser, ok := e.(chooser); ok {
		for _, choice := range chooser.choices() {
			if hasEmptyLiteral(choice) {
				return true
			}
		}
	}
	v, ok := constantOf(e)
	return ok && v == ""
}

func (e *required) lacks(v any) bool { return missing(v) || !e.empty && value.String(v) == "" }

func (e *required) each(visit func(expr)) { visit(e.expr) }

// shapesOf is what is left of the shapes of the part.
func (e *required) shapesOf(shapes []Template) []Template {
	if e.empty {
		return shapes
	}
	return slices.DeleteFunc(shapes, func(t Template) bool { return len(t) == 0 })
}

// complain fails the evaluation because of the part.
func (e *required) complain(r *run, at place) any {
	if v, ok := e.expr.(*variable); ok {
		at = v.at
	}
	names := strings.Join(variablesOf(e), ", ")
	if names == "" {
		names = "a part of it"
	}
	what := "missing"
	if !e.empty {
		what = "missing or empty"
	}
	return r.fail(at, "this text must be complete, but %s is %s", names, what)
}
