package mapping

import "time"

var opExtractTime = operator{
	Doc: Doc{
		Name:       "$extractTime",
		Summary:    "The time of day, in UTC, of a text that $extractDate understands; of a date alone it is 00:00:00. Anything else gives undefined.",
		Takes:      "text",
		Parameters: []Parameter{{Text: "the text"}},
		Examples: []Example{
			{`$extractTime: {$var: created}`, `{"created": "2024-01-15T10:30:00.5+02:00"}`, `"08:30:00"`},
			{`$extractTime: "2024-01-15"`, ``, `"00:00:00"`},
		},
	},
	compile: func(c *compiler, call call) expr {
		return &extraction{c.text(call, call.arg, call.argument()), time.TimeOnly}
	},
}
