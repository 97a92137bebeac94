package mapping

import (
	"time"

	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

var opNow = operator{
	Doc: Doc{
		Name:    "$now",
		Summary: "The time of the evaluation.",
		Takes:   "{format} or true",
		Parameters: []Parameter{{Name: "format", Optional: true,
			Text: "s (default): seconds since 1970; ms: milliseconds; both numbers; rfc3339: text in UTC, to the second"}},
		Examples: []Example{
			{`$now: {format: s}`, ``, `1767323045`},
			{`$now: {format: ms}`, ``, `1767323045678`},
			{`$now: {format: rfc3339}`, ``, `"2026-01-02T03:04:05Z"`},
		},
	},
	compile: compileNow,
}

// timeFormats is in the order of the words below.
var timeFormats = []func(time.Time) any{
	func(t time.Time) any { return value.Int(t.Unix()) },
	func(t time.Time) any { return value.Int(t.UnixMilli()) },
	func(t time.Time) any { return t.UTC().Format(time.RFC3339) },
}

type now struct {
	format func(time.Time) any
	at     place
}

func compileNow(c *compiler, call call) expr {
	e := &now{format: timeFormats[0], at: call.at}
	if call.arg.Kind == yamlpos.Bool && call.arg.Text == "true" {
		return e
	}
	if !c.fields(call) {
		return nothing
	}
	if n := call.arg.Get("format"); n != nil {
		if i := c.oneWord(n, "format", []string{"s", "ms", "rfc3339"}); i >= 0 {
			e.format = timeFormats[i]
		}
	}
	return e
}

func (e *now) eval(r *run) any {
	if r.env.Now == nil {
		return r.fail(e.at, "$now needs a clock, which there is none of here")
	}
	return r.made(e.format(r.env.Now()))
}

func (e *now) each(func(expr)) {}
