package mapping

import (
	"fmt"
	"io"

	"claviger/mapping/yamlpos"
)

var opUUID = operator{
	Doc: Doc{
		Name:       "$uuid",
		Summary:    "A random UUID (RFC 9562, version 4), a new one for each use.",
		Takes:      "true",
		Parameters: []Parameter{{Text: "true"}},
		Examples:   []Example{{`nonce: {$uuid: true}`, ``, `{"nonce":"00000000-0000-4000-8000-000000000000"}`}},
	},
	compile: func(c *compiler, call call) expr {
		if call.arg.Kind != yamlpos.Bool || call.arg.Text != "true" {
			return c.wrongShape(call, call.arg, call.op.Takes)
		}
		return &uuid{call.at}
	},
}

type uuid struct{ at place }

func (e *uuid) eval(r *run) any {
	if r.env.Random == nil {
		return r.fail(e.at, "$uuid needs a source of randomness, which there is none of here")
	}
	var u [16]byte
	if _, err := io.ReadFull(r.env.Random, u[:]); err != nil {
		return r.fail(e.at, "$uuid: reading random bytes: %v", err)
	}
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return r.made(fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:]))
}

func (e *uuid) each(func(expr)) {}
