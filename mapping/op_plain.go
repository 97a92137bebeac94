package mapping

var opPlain = operator{
	Doc: Doc{
		Name:       "$plain",
		Summary:    "The argument as it is written: formulas in it are data.",
		Takes:      "any value",
		Parameters: []Parameter{{Text: "the value"}},
		Examples:   []Example{{`$plain: {filter: {$eq: 5}}`, ``, `{"filter":{"$eq":5}}`}},
	},
	compile: func(_ *compiler, call call) expr { return literal(call.arg) },
}
