package mapping

import (
	"slices"
	"strconv"
	"strings"

	"claviger/mapping/finding"
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
	output bool // its value becomes the value at compiler.path
	strict strictness
	scope  *scope
}

// argument is the context of a piece whose value an operator only looks at.
func (x context) argument() context { return context{scope: x.scope} }

// part is the context of a piece that an operator makes text of.
func (x context) part() context {
	x.output = false
	return x
}

// strictness tells what variable parts of a text may be; see Options.Strict.
type strictness uint8

const (
	lenient strictness = iota
	present            // not missing; "" is fine, as in a password that is encoded
	filled             // neither missing nor ""
)

// scope is an $iterate around a piece of a mapping: there other names are variables. nil is the mapping's own variables.
type scope struct {
	outer *scope
	from  []string // the variables that the list depends on of which item is an item
}

// call is an operator with its argument.
type call struct {
	context
	op   *operator
	at   place // of the key
	arg  *yamlpos.Node
	rest []yamlpos.Pair // the keys beside, for operators that take them
}

func (c *compiler) add(f finding.Finding) { c.findings = append(c.findings, f) }

// compile makes an expression of n, whose value stands where x says.
func (c *compiler) compile(n *yamlpos.Node, x context) expr {
	if x.output && c.options.Defer != nil && c.options.Defer(c.path) {
		return &deferred{expr: c.value(n, x.argument()), source: n.Value()}
	}
	return c.value(n, x)
}

func (c *compiler) value(n *yamlpos.Node, x context) expr {
	switch {
	case isFormula(n):
		return c.formula(n, x)
	case n.Kind == yamlpos.Map:
		e := newObject(len(n.Pairs))
		for _, p := range n.Pairs {
			c.checkPlainKey(p)
			e.add(p.Key, c.child(p.Key, p.Value, x))
		}
		return e.fold()
	case n.Kind == yamlpos.List:
		e := &list{items: make([]expr, len(n.Items))}
		for i, item := range n.Items {
			e.items[i] = c.child(strconv.Itoa(i), item, x)
		}
		return e.fold()
	}
	return literal(n)
}

// child makes an expression of what stands below a key or index.
func (c *compiler) child(step string, n *yamlpos.Node, x context) expr {
	if !x.output {
		return c.value(n, x)
	}
	c.path = append(c.path, step)
	e := c.compile(n, context{output: true, scope: x.scope})
	c.path = c.path[:len(c.path)-1]
	return e
}

// isFormula tells whether the first key of an object is a $name.
func isFormula(n *yamlpos.Node) bool {
	return n.Kind == yamlpos.Map && len(n.Pairs) > 0 && len(n.Pairs[0].Key) > 1 && n.Pairs[0].Key[0] == '$'
}

// formula makes an expression of an object whose first key is a $name.
func (c *compiler) formula(n *yamlpos.Node, x context) expr {
	first, rest := n.Pairs[0], n.Pairs[1:]
	o := c.operators[first.Key]
	if o == nil {
		c.add(c.unknownOperator(first))
		for _, p := range n.Pairs {
			c.value(p.Value, x.argument())
		}
		return nothing
	}
	if x.output && c.options.Strict != nil && c.options.Strict(c.path) {
		x.strict = filled
	}
	call := call{context: x, op: o, at: placeOf(first.KeyPos), arg: first.Value, rest: rest}
	if !o.keysBeside {
		c.refuseBeside(call)
	}
	return o.compile(c, call)
}

// refuseBeside reports the keys that stand beside an operator's own.
func (c *compiler) refuseBeside(call call) {
	for _, p := range call.rest {
		f := finding.Errorf(p.KeyPos, "key %q beside %s, which takes no other keys", p.Key, call.op.Name)
		switch {
		case comparisonNamed(p.Key) != nil:
			f = f.Suggest("to compare, write {$eval: {%s: …}, %s: …}", call.op.Name, p.Key)
		case slices.Contains(call.op.argumentKeys(), p.Key):
			f = f.Suggest("write it inside the argument of %s", call.op.Name)
		default:
			f = f.Suggest("write it outside of this object, or combine objects with $mergeObjects")
		}
		c.add(f)
		c.value(p.Value, call.argument())
	}
}

// checkPlainKey warns of an operator that does not count because it is not the first key.
func (c *compiler) checkPlainKey(p yamlpos.Pair) {
	if strings.HasPrefix(p.Key, "$") && c.operators[p.Key] != nil {
		c.add(finding.Warningf(p.KeyPos, "%s is not the first key of its object, so it is a plain key", p.Key).
			Suggest("a formula is an object of its own"))
	}
}
