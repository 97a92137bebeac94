package mapping

import (
	"iter"
	"slices"
	"strings"

	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

// wrongShape reports an argument, or a piece of one, that is not what the operator takes there. Mistakes in it are found all
// the same.
func (c *compiler) wrongShape(call call, n *yamlpos.Node, takes string) expr {
	found := n.Kind.String()
	if isFormula(n) {
		found = "the formula " + n.Pairs[0].Key
	}
	if n == call.arg {
		takes = call.op.Takes
	}
	c.add(finding.Errorf(n.Pos, "%s takes %s, found %s", call.op.Name, takes, found))
	c.value(n, call.argument())
	return nothing
}

// text compiles what an operator takes as text. A list or an object that is written out is none; what a formula gives is judged
// when it is there.
func (c *compiler) text(call call, n *yamlpos.Node, x context) expr {
	if n.Kind == yamlpos.List || n.Kind == yamlpos.Map && !isFormula(n) {
		return c.wrongShape(call, n, "text")
	}
	return c.value(n, x)
}

// fields checks that the argument is an object with the operator's parameters as its keys.
func (c *compiler) fields(call call) bool {
	var required, optional []string
	for _, p := range call.op.Parameters {
		switch {
		case p.Name == "":
		case p.Optional:
			optional = append(optional, p.Name)
		default:
			required = append(required, p.Name)
		}
	}
	return c.keys(call, call.arg, required, optional)
}

// keys checks that n is an object with all of the required keys and none but these and the optional ones.
func (c *compiler) keys(call call, n *yamlpos.Node, required, optional []string) bool {
	known := slices.Concat(required, optional)
	if n.Kind != yamlpos.Map || isFormula(n) {
		c.wrongShape(call, n, "{"+strings.Join(known, ", ")+"}")
		return false
	}
	meant := map[string]bool{} // keys that a misspelt one stands for are not reported as missing too
	ok := true
	for _, p := range n.Pairs {
		if slices.Contains(known, p.Key) {
			continue
		}
		ok = false
		meant[finding.Nearest(p.Key, known)] = true
		c.add(finding.Errorf(p.KeyPos, "unknown key %q in %s", p.Key, call.op.Name).
			Suggest("%s", finding.DidYouMean(p.Key, known)))
	}
	for _, key := range required {
		if n.Pair(key) == nil && !meant[key] {
			ok = false
			c.add(finding.Errorf(n.Pos, "%s needs the key %q", call.op.Name, key))
		}
	}
	if !ok { // the operator will not look any further; mistakes below are found all the same
		for _, p := range n.Pairs {
			c.value(p.Value, call.argument())
		}
	}
	return ok
}

// optional compiles the value of a key, if it is there.
func (c *compiler) optional(n *yamlpos.Node, x context) expr {
	if n == nil {
		return nothing
	}
	return c.value(n, x)
}

// operands are the items of an operator's list, or the formula that gives the list.
type operands struct {
	items []expr
	list  expr
}

// operands compiles a list argument with its items in the context x.
func (c *compiler) operands(call call, n *yamlpos.Node, x context) (o operands, ok bool) {
	switch {
	case isFormula(n):
		return operands{list: c.value(n, x.argument())}, true
	case n.Kind != yamlpos.List:
		c.wrongShape(call, n, "a list")
		return operands{}, false
	}
	o.items = make([]expr, len(n.Items))
	for i, item := range n.Items {
		o.items[i] = c.value(item, x)
	}
	return o, true
}

// all goes over the values that are not undefined; there are none where the formula gives no list.
func (o *operands) all(r *run) iter.Seq[any] {
	return func(yield func(any) bool) {
		if o.list != nil {
			items, _ := o.list.eval(r).([]any)
			for _, v := range items {
				if !r.spend(1) || !yield(v) {
					return
				}
			}
			return
		}
		for _, e := range o.items {
			if v := e.eval(r); v != value.Undefined && !yield(v) {
				return
			}
		}
	}
}

func (o *operands) each(visit func(expr)) {
	if o.list != nil {
		visit(o.list)
	}
	for _, e := range o.items {
		visit(e)
	}
}

// known is the items as far as the mapping tells them.
func (o *operands) known() []expr {
	if o.list != nil {
		return []expr{&opaque{o.list}}
	}
	return o.items
}
