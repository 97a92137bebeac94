package grant

import (
	"time"

	"claviger/runtime/egress"
)

// Said is what an answer that refuses something says about it, in the shapes that providers use. All of it is the other
// side's text, on one line each; the caller redacts what it shows.
type Said struct {
	Code        string        // `error` of RFC 6749 section 5.2, or what stands in its place; empty: none was found
	Description string        // empty: none was found
	Excerpt     string        // values under the name of a secret replaced; empty: the body is
	RetryAfter  time.Duration // 0: Retry-After is not there
}

// SaidBy reads an answer of any kind of endpoint that is taken as a refusal.
func SaidBy(a *egress.Answer) Said {
	p := parse(a)
	var f Failure
	errorOf(p.data).into(&f)
	return Said{
		Code: f.Code, Description: f.Description, Excerpt: oneLine(excerpt(&p, true), excerptLength),
		RetryAfter: retryAfter(p.header.Get("Retry-After"), p.receivedAt),
	}
}
