package mapping

import "strings"

var opURLEncode = operator{
	Doc: Doc{
		Name:       "$urlEncode",
		Summary:    "A text percent-encoded, as JavaScript's encodeURIComponent does. What is missing stays undefined.",
		Takes:      "text",
		Parameters: []Parameter{{Text: "the text; a number or boolean as JavaScript prints it"}},
		Examples: []Example{
			{`$concat: ["https://example.com/search?q=", {$urlEncode: {$var: query}}]`, `{"query": "a b&c/ü"}`, `"https://example.com/search?q=a%20b%26c%2F%C3%BC"`},
		},
	},
	compile: func(c *compiler, call call) expr { return compileConversion(c, call, percentEncode) },
}

// percentEncode leaves the characters that ECMA-262's encodeURIComponent leaves.
func percentEncode(text string) string {
	const upperhex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-_.!~*'()", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(upperhex[c>>4])
			b.WriteByte(upperhex[c&15])
		}
	}
	return b.String()
}
