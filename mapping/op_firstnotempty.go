package mapping

import "claviger/mapping/value"

var opFirstNotEmpty = operator{
	Doc: Doc{
		Name:       "$firstNotEmpty",
		Summary:    "The first value that is not null or undefined. \"\", 0 and false are values.",
		Takes:      "a list",
		Parameters: []Parameter{{Text: "the values, or a formula that gives them"}},
		Examples: []Example{
			{`$firstNotEmpty: [{$var: connectionParameters.host}, {$var: connectorParameters.host}, https://www.example.com]`,
				`{"connectorParameters": {"host": null}}`, `"https://www.example.com"`},
			{`$firstNotEmpty: [null, ""]`, ``, `""`},
			{`$firstNotEmpty: [{$var: none}]`, ``, `undefined`},
		},
	},
	compile: func(c *compiler, call call) expr {
		o, ok := c.operands(call, call.arg, call.context)
		if !ok {
			return nothing
		}
		return &firstNotEmpty{o}
	},
}

type firstNotEmpty struct{ operands }

func (e *firstNotEmpty) eval(r *run) any {
	for v := range e.all(r) {
		if !missing(v) {
			return v
		}
	}
	return value.Undefined
}

func (e *firstNotEmpty) choices() []expr { return e.known() }
