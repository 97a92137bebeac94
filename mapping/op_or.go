package mapping

var opOr = operator{
	Doc: Doc{
		Name:       "$or",
		Summary:    "Whether any condition holds. Null and undefined do not count; where nothing is left the result is undefined.",
		Takes:      "a list of conditions",
		Parameters: []Parameter{{Text: "the conditions, or a formula that gives them; all but false, 0, \"\" and null hold"}},
		Examples: []Example{
			{`$or: [{$eval: {$var: error}, isNotEmpty: true}, {$eval: {$var: ok}, is: false}]`, `{"ok": false}`, `true`},
			{`$or: [0, ""]`, ``, `false`},
		},
	},
	compile: func(c *compiler, call call) expr { return compileConditions(c, call, true) },
}
