package mapping

import (
	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

// compiler holds what one compilation knows.
type compiler struct {
	program   *Program
	options   Options
	operators map[string]*operator
	findings  finding.List
	path      []string // of the place in the result that is being compiled
}

// context is where a piece of a mapping stands.
type context struct {
	output bool // its value is the value at compiler.path; false in the arguments of most operators
	depth  int
}

// call is an operator at its place.
type call struct {
	context
	name *yamlpos.Pair // key and argument
	rest []yamlpos.Pair
}

func (c *compiler) compile(n *yamlpos.Node, ctx context) expr {
	return &constant{n.Value()}
}

// constant is a value that is written in the mapping.
type constant struct{ value any }

func (e *constant) eval(*run) any { return e.value }

func (e *constant) each(func(expr)) {}

var nothing expr = &constant{value.Undefined}
