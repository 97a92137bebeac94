package apiclient

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"claviger/mapping/value"
	"claviger/runtime/secret"
)

// field is one field of what makeApiClient returns.
type field struct {
	name string
	read func(p *parser, at string, v any)
}

// fields is every field there is; a new one is one line here.
var fields = []field{
	{"baseUri", func(p *parser, at string, v any) { p.base(at, "", v) }},
	{"bases", func(p *parser, at string, v any) { p.each(at, v, p.base) }},
	{"headers", func(p *parser, at string, v any) { p.c.header, _ = p.headers(at, v) }},
	{"query", func(p *parser, at string, v any) { p.c.query = p.parameters(at, v) }},
	{"auth", func(p *parser, at string, v any) { p.c.auth = p.auth(at, v) }},
	{"responseHandlers", readHandlers},
	{"retry", readRetry},
}

// Fields are the names of the fields that makeApiClient may return.
func Fields() []string { return fieldNames(fields) }

func fieldNames(list []field) []string {
	names := make([]string, len(list))
	for i, f := range list {
		names[i] = f.name
	}
	return names
}

// Parse types what makeApiClient returned. arguments is what it was called with: the variables of formulas that a hook
// returned as data (those of a mapping file have theirs bound). A null stands for a field left out. The error is a
// *FormError that names every mistake.
func Parse(result, arguments *value.Object) (*Client, error) {
	p := &parser{c: &Client{bases: map[string]*url.URL{}}, arguments: arguments}
	p.members("", result, fields)
	if len(p.mistakes) > 0 {
		return nil, &FormError{Of: "makeApiClient returned", Mistakes: p.mistakes}
	}
	return p.c, nil
}

func (p *parser) base(at, name string, v any) {
	text := p.text(at, v)
	if text == "" {
		return
	}
	u, err := parseURL(text)
	if err != nil {
		p.mistake(at, "%s", err.Error())
		return
	}
	p.c.bases[name] = u
}

// auth reads {username, password}.
func (p *parser) auth(at string, v any) *Auth {
	o := p.object(at, v)
	if o == nil {
		return nil
	}
	a := &Auth{}
	p.members(at, o, []field{
		{"username", func(p *parser, at string, v any) { a.Username = p.text(at, v) }},
		{"password", func(p *parser, at string, v any) { a.Password = secret.New(p.text(at, v)) }},
	})
	switch {
	case a.Username == "" && a.Password.IsEmpty():
		p.mistake(at, "expected username and password")
	case strings.Contains(a.Username, ":"):
		p.mistake(join(at, "username"), "it may not hold a colon (RFC 7617)")
	case strings.ContainsFunc(a.Username+a.Password.Reveal(), isControl):
		p.mistake(at, "it may not hold a control character (RFC 7617)")
	}
	return a
}

// retry says which calls are made again.
type retry struct {
	attempts int // in all; 0: no rule
	statuses []int
	methods  []string
	delay    float64 // seconds before the second; each further one waits twice as long at most
}

// What retry may say.
const (
	maxAttempts = 10
	maxDelay    = 60
)

var retryFields = []field{
	{"attempts", func(p *parser, at string, v any) { p.c.retry.attempts = int(p.number(at, v, 1, maxAttempts)) }},
	{"statuses", func(p *parser, at string, v any) {
		p.c.retry.statuses = nil
		for i, item := range p.list(at, v) {
			p.c.retry.statuses = append(p.c.retry.statuses, int(p.number(index(at, i), item, 400, 599)))
		}
	}},
	{"methods", func(p *parser, at string, v any) {
		p.c.retry.methods = nil
		for i, item := range p.list(at, v) {
			p.c.retry.methods = append(p.c.retry.methods, p.word(index(at, i), upper(item), Methods))
		}
	}},
	{"delay", func(p *parser, at string, v any) { p.c.retry.delay = p.number(at, v, 0, maxDelay) }},
}

// RetryFields are the names of the fields of retry.
func RetryFields() []string { return fieldNames(retryFields) }

// readRetry reads {attempts, statuses, methods, delay}; what is left out is as here.
func readRetry(p *parser, at string, v any) {
	o := p.object(at, v)
	if o == nil {
		return
	}
	p.c.retry = retry{
		attempts: 3, statuses: []int{408, 425, 500, 502, 503, 504},
		methods: []string{"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}, delay: 0.5, // RFC 9110 section 9.2.2
	}
	p.members(at, o, retryFields)
}

// Methods are those of HTTP that a call may have.
var Methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}

func upper(v any) any {
	if text, ok := v.(string); ok {
		return strings.ToUpper(text)
	}
	return v
}

func (p *parser) word(at string, v any, known []string) string {
	text := p.text(at, v)
	if text != "" && !slices.Contains(known, text) {
		p.mistake(at, "%s", unknownWord(text, known))
	}
	return text
}

func index(at string, i int) string { return fmt.Sprintf("%s[%d]", at, i) }
