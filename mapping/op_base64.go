package mapping

import (
	"encoding/base64"

	"claviger/mapping/value"
)

var opBase64 = operator{
	Doc: Doc{
		Name:       "$base64",
		Summary:    "A text in base64 (RFC 4648 section 4, with padding). What is missing stays undefined.",
		Takes:      "text",
		Parameters: []Parameter{{Text: "the text; a number or boolean as JavaScript prints it"}},
		Examples: []Example{
			{`$concat: ["Basic ", {$base64: {$concat: [{$var: user}, ":", {$var: key}]}}]`, `{"user": "ann", "key": "s3cret"}`, `"Basic YW5uOnMzY3JldA=="`},
			{`$base64: {$var: none}`, ``, `undefined`},
		},
	},
	compile: func(c *compiler, call call) expr {
		return compileConversion(c, call, func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) })
	},
}

// conversion makes one text of another.
type conversion struct {
	value   expr
	op      *operator
	at      place
	convert func(text string) string
}

func compileConversion(c *compiler, call call, convert func(text string) string) expr {
	x := call.part()
	if x.strict == filled {
		x.strict = present
	}
	return &conversion{value: c.text(call, call.arg, x), op: call.op, at: call.at, convert: convert}
}

func (e *conversion) eval(r *run) any {
	text, ok := r.textOf(e.value.eval(r), e.at, e.op.Name)
	if !ok {
		return value.Undefined
	}
	return r.made(e.convert(text))
}

func (e *conversion) each(visit func(expr)) { visit(e.value) }
