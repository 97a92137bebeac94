package mapping

import "claviger/mapping/value"

var opNot = operator{
	Doc: Doc{
		Name:       "$not",
		Summary:    "The opposite of a condition: true for undefined, null, false, 0 and \"\", false for all else.",
		Takes:      "a condition",
		Parameters: []Parameter{{Text: "the condition"}},
		Examples: []Example{
			{`$not: {$eval: {$var: plan}, oneOf: [free, trial]}`, `{"plan": "paid"}`, `true`},
			{`$not: {$var: none}`, ``, `true`},
		},
	},
	compile: func(c *compiler, call call) expr { return &not{c.value(call.arg, call.argument())} },
}

type not struct{ condition expr }

func (e *not) eval(r *run) any { return r.made(!value.Truthy(e.condition.eval(r))) }

func (e *not) each(visit func(expr)) { visit(e.condition) }
