package grant

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"claviger/mapping/value"
)

// parser collects a Config and the mistakes on the way to it.
type parser struct {
	c         *Config
	arguments *value.Object
	mistakes  []error
}

func (p *parser) mistake(at, format string, args ...any) {
	p.mistakes = append(p.mistakes, &FieldError{Field: at, Message: fmt.Sprintf(format, args...)})
}

func (p *parser) notSupported(feature string) {
	p.mistakes = append(p.mistakes, &NotSupportedError{Feature: feature})
}

func (p *parser) expected(at, what string, found any) {
	p.mistake(at, "expected %s, found %s", what, kind(found))
}

// kind names a value for messages, the formulas that only evaluations hold included.
func kind(v any) string {
	if _, ok := v.(formula); ok {
		return "a formula that is evaluated later"
	}
	return value.Kind(v)
}

// text reads a string without line breaks and NUL. Values are never shown: they may be secrets in the wrong place.
func (p *parser) text(at string, v any) string {
	s, ok := v.(string)
	if !ok {
		p.expected(at, "a string", v)
		return ""
	}
	return p.clean(at, s)
}

// uri reads a URI, which is judged only when it is used: one that came as a formula is evaluated now, and what kept it from
// having a value is told then.
func (p *parser) uri(at string, v any) string {
	f, late := v.(formula)
	if !late {
		return p.text(at, v)
	}
	v, err := f.Eval(nil)
	switch {
	case err != nil:
		if p.c.unknown == nil {
			p.c.unknown = map[string]error{}
		}
		p.c.unknown[at] = err
		return ""
	case v == nil || v == value.Undefined:
		return ""
	}
	return p.text(at, v)
}

// clean refuses the characters that end a header or a parameter early (CR, LF, NUL).
func (p *parser) clean(at, s string) string {
	if !isClean(s) {
		p.mistake(at, "holds a line break or a NUL character, which is refused")
		return ""
	}
	return s
}

func isClean(s string) bool { return !strings.ContainsAny(s, "\r\n\x00") }

// textOrInteger also takes a whole number: some providers' client ids are, and YAML reads them as such.
func (p *parser) textOrInteger(at string, v any) string {
	if n, ok := v.(json.Number); ok && strings.Trim(string(n), "0123456789") == "" {
		return string(n)
	}
	return p.text(at, v)
}

func (p *parser) boolean(at string, v any) bool {
	b, ok := v.(bool)
	if !ok {
		p.expected(at, "true or false", v)
	}
	return b
}

func (p *parser) texts(at string, v any) []string {
	list, ok := v.([]any)
	if !ok {
		p.expected(at, "a list of strings", v)
		return nil
	}
	out := make([]string, 0, len(list))
	for i, item := range list {
		if s := p.text(fmt.Sprintf("%s[%d]", at, i), item); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (p *parser) object(at string, v any) *value.Object {
	o, ok := v.(*value.Object)
	if !ok {
		p.expected(at, "an object", v)
	}
	return o
}

// longest is the longest lifetime that is believed: beyond it a token simply does not expire within reach.
const longest = 100 * 365 * 24 * time.Hour

// seconds reads a length of time. It must not be negative.
func (p *parser) seconds(at string, v any) time.Duration {
	n, ok := v.(json.Number)
	if !ok {
		p.expected(at, "a number of seconds", v)
		return 0
	}
	f := value.ToNumber(n)
	if f < 0 || math.IsNaN(f) {
		p.mistake(at, "expected a number of seconds that is not negative, found %s", shorten(string(n), 30))
		return 0
	}
	return secondsDuration(f)
}

// secondsDuration is f seconds, at most longest.
func secondsDuration(f float64) time.Duration {
	return time.Duration(min(f, longest.Seconds()) * float64(time.Second))
}

// word reads one of a few words. It tells whether it is one.
func (p *parser) word(at string, v any, known ...string) (string, bool) {
	s, ok := v.(string)
	if !ok {
		p.expected(at, "one of "+strings.Join(known, ", "), v)
		return "", false
	}
	for _, k := range known {
		if s == k {
			return s, true
		}
	}
	p.mistake(at, "%s", unknownWord(s, known))
	return "", false
}
