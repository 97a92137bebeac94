package mapping

import (
	"strings"

	"claviger/mapping/value"
)

var opDomainFromEmail = operator{
	Doc: Doc{
		Name:       "$domainFromEmail",
		Summary:    "What follows the @ of a text with exactly one; anything else gives undefined.",
		Takes:      "text",
		Parameters: []Parameter{{Text: "the text"}},
		Examples: []Example{
			{`$domainFromEmail: {$var: email}`, `{"email": "ann@example.com"}`, `"example.com"`},
			{`$domainFromEmail: a@b@c`, ``, `undefined`},
		},
	},
	compile: func(c *compiler, call call) expr { return &domainFromEmail{c.text(call, call.arg, call.argument())} },
}

type domainFromEmail struct{ value expr }

func (e *domainFromEmail) eval(r *run) any {
	text, _ := e.value.eval(r).(string)
	_, domain, ok := strings.Cut(text, "@")
	if !ok || strings.Contains(domain, "@") {
		return value.Undefined
	}
	return r.made(domain)
}

func (e *domainFromEmail) each(visit func(expr)) { visit(e.value) }
