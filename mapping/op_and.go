package mapping

import "claviger/mapping/value"

var opAnd = operator{
	Doc: Doc{
		Name:       "$and",
		Summary:    "Whether all conditions hold. Null and undefined do not count; where nothing is left the result is undefined.",
		Takes:      "a list of conditions",
		Parameters: []Parameter{{Text: "the conditions, or a formula that gives them; all but false, 0, \"\" and null hold"}},
		Examples: []Example{
			{`$and: [{$eval: {$var: region}, is: eu}, {$eval: {$var: beta}, is: true}]`, `{"region": "eu", "beta": true}`, `true`},
			{`$and: [true, {$var: none}]`, ``, `true`},
			{`$and: [{$var: none}]`, ``, `undefined`},
		},
	},
	compile: func(c *compiler, call call) expr { return compileConditions(c, call, false) },
}

// conditions is $and or $or: it ends at the first condition that is what it looks for.
type conditions struct {
	operands
	decisive bool // false for $and, true for $or
}

func compileConditions(c *compiler, call call, decisive bool) expr {
	o, ok := c.operands(call, call.arg, call.argument())
	if !ok {
		return nothing
	}
	return &conditions{operands: o, decisive: decisive}
}

func (e *conditions) eval(r *run) any {
	counted := false
	for v := range e.all(r) {
		if v == nil {
			continue
		}
		counted = true
		if value.Truthy(v) == e.decisive {
			return r.made(e.decisive)
		}
	}
	if !counted {
		return value.Undefined
	}
	return r.made(!e.decisive)
}
