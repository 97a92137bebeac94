package apiclient

import (
	"fmt"
	"math"
	"net/http"
	"net/textproto"
	"strings"

	"claviger/mapping/finding"
	"claviger/mapping/value"
)

// FieldError is one mistake in what a method or a hook said about a client or a call.
type FieldError struct {
	Field   string // as the author writes it: headers.Accept, responseHandlers[0].error.key
	Message string // what was expected, and what was found; never a value
}

// Error is "field: message".
func (e *FieldError) Error() string { return e.Field + ": " + e.Message }

// FormError is every mistake that was found.
type FormError struct {
	Of       string // what they are in
	Mistakes []*FieldError
}

// Error lists the mistakes on one line.
func (e *FormError) Error() string {
	lines := make([]string, len(e.Mistakes))
	for i, m := range e.Mistakes {
		lines[i] = m.Error()
	}
	return e.Of + ": " + strings.Join(lines, "; ")
}

// parser reads values into their types and collects mistakes.
type parser struct {
	c         *Client
	arguments *value.Object
	mistakes  []*FieldError
}

func (p *parser) mistake(at, format string, args ...any) {
	p.mistakes = append(p.mistakes, &FieldError{Field: at, Message: fmt.Sprintf(format, args...)})
}

func (p *parser) expected(at, what string, v any) {
	p.mistake(at, "expected %s, got %s", what, kind(v))
}

func kind(v any) string {
	if _, ok := v.(formula); ok {
		return "a formula that waits for a response"
	}
	return value.Kind(v)
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

func isNothing(v any) bool { return v == nil || v == value.Undefined }

// members reads the members of an object by a list of fields; others are mistakes.
func (p *parser) members(at string, o *value.Object, list []field) {
	known := fieldNames(list)
	for _, f := range list {
		if v := o.Get(f.name); !isNothing(v) {
			f.read(p, join(at, f.name), v)
		}
	}
	for _, name := range o.Keys() {
		found := false
		for _, k := range known {
			found = found || k == name
		}
		if !found {
			p.mistake(join(at, shorten(name, 60)), "%s", unknownWord(name, known))
		}
	}
}

// each reads every member of an object; null and undefined are left out.
func (p *parser) each(at string, v any, read func(at, name string, v any)) {
	for name, item := range p.object(at, v).All() {
		if !isNothing(item) {
			read(join(at, shorten(name, 60)), name, item)
		}
	}
}

func (p *parser) object(at string, v any) *value.Object {
	o, ok := v.(*value.Object)
	if !ok {
		p.expected(at, "an object", v)
	}
	return o
}

func (p *parser) list(at string, v any) []any {
	list, ok := v.([]any)
	if !ok {
		p.expected(at, "a list", v)
	}
	return list
}

func (p *parser) text(at string, v any) string {
	text, ok := v.(string)
	if !ok {
		p.expected(at, "text", v)
	}
	return text
}

func (p *parser) number(at string, v any, least, most float64) float64 {
	n := value.ToNumber(v)
	what := fmt.Sprintf("a number from %v to %v", least, most)
	switch {
	case value.Kind(v) != "number":
		p.expected(at, what, v)
	case math.IsNaN(n) || n < least || n > most:
		p.mistake(at, "expected %s, got another", what)
	default:
		return n
	}
	return least
}

// scalar is a text, number or boolean as text.
func (p *parser) scalar(at string, v any) string {
	switch value.Kind(v) {
	case "string", "number", "boolean":
		return value.String(v)
	}
	p.expected(at, "text, a number or a boolean", v)
	return ""
}

// headers reads an object of headers; removed are the names of those that are null. CR, LF and their like are refused, not
// stripped.
func (p *parser) headers(at string, v any) (h http.Header, removed []string) {
	h = http.Header{}
	for name, item := range p.object(at, v).All() {
		here, canonical := join(at, shorten(name, 60)), textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !isToken(name):
			p.mistake(here, "it is not the name of a header")
		case canonical == "Host" || canonical == "Content-Length" || canonical == "Transfer-Encoding" || canonical == "Connection":
			p.mistake(here, "this header is not a connector's to set")
		case item == nil:
			removed = append(removed, canonical)
		case item != value.Undefined:
			text := p.scalar(here, item)
			if strings.ContainsFunc(text, func(r rune) bool { return r != '\t' && (r < ' ' || r == 0x7f) }) {
				p.mistake(here, "it holds a line break or another control character, which is refused")
				continue
			}
			h.Set(name, text)
		}
	}
	return h, removed
}

func isToken(name string) bool {
	return name != "" && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~") == ""
}

// parameters reads the parameters of a query or form: a list gives its name several times, null and undefined none.
func (p *parser) parameters(at string, v any) []pair {
	var out []pair
	p.each(at, v, func(at, name string, item any) {
		list, ok := item.([]any)
		if !ok {
			out = append(out, pair{name, p.scalar(at, item)})
		}
		for i, one := range list {
			if !isNothing(one) {
				out = append(out, pair{name, p.scalar(index(at, i), one)})
			}
		}
	})
	return out
}

// unknownWord is the message for a word that is none of known.
func unknownWord(word string, known []string) string {
	text := fmt.Sprintf("%q is not known here", shorten(word, 60))
	if hint := finding.DidYouMean(word, known); hint != "" {
		text += " (" + hint + ")"
	}
	return text
}
