package secret

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"unicode/utf8"

	"claviger/mapping/value"
)

// MinRedacted is the least number of characters of a value that a Redactor looks for; shorter ones would black out
// ordinary words.
const MinRedacted = 8

// Redactor takes known secrets out of a text before it is stored or shown: values of MinRedacted characters and more,
// plain, URL-, JSON-, HTML-, hex- and base64-encoded, at any offset. It stops accidents, not somebody who encodes a secret
// on purpose. Redact first and shorten afterwards: half a secret is not recognised.
//
// A nil *Redactor changes nothing. Safe for concurrent use. It prints as [secret] itself.
type Redactor struct {
	mu    sync.Mutex
	known *known // a pointer for the reason that Text has one; nil: nothing yet
}

type known struct {
	values map[string]struct{}
	index  *index // of values; nil until it is needed
}

// NewRedactor knows the values. Short ones are ignored.
func NewRedactor(values ...string) *Redactor {
	r := &Redactor{}
	r.Add(values...)
	return r
}

// Add makes more values known; what has been redacted before stays as it is. On a nil Redactor it does nothing.
func (r *Redactor) Add(values ...string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = &known{values: map[string]struct{}{}}
	}
	for _, v := range values {
		if _, twice := r.known.values[v]; !twice && utf8.RuneCountInString(v) >= MinRedacted {
			r.known.values[v] = struct{}{}
			r.known.index = nil
		}
	}
}

// AddValue makes every string inside a value (see mapping/value) known, keys excepted. Of any other kind of Go value only
// a Text is understood.
func (r *Redactor) AddValue(v any) {
	switch t := v.(type) {
	case string:
		r.Add(t)
	case Text:
		r.Add(t.Reveal())
	case []any:
		for _, item := range t {
			r.AddValue(item)
		}
	case *value.Object:
		for _, item := range t.All() {
			r.AddValue(item)
		}
	}
}

// Redact puts Redacted in place of every known value in s; what overlaps or touches becomes one.
func (r *Redactor) Redact(s string) string {
	if r == nil || len(s) < MinRedacted {
		return s
	}
	found := r.compiled().find(s)
	if len(found) == 0 {
		return s
	}
	var b strings.Builder
	at := 0
	for _, f := range found {
		b.WriteString(s[at:f.from])
		b.WriteString(Redacted)
		at = f.to
	}
	b.WriteString(s[at:])
	return b.String()
}

func (r *Redactor) compiled() *index {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		return nil
	}
	if r.known.index == nil {
		r.known.index = newIndex(r.known.values)
	}
	return r.known.index
}

// Format makes every fmt verb print Redacted.
func (r *Redactor) Format(s fmt.State, _ rune) { fmt.Fprint(s, Redacted) }

// MarshalText gives Redacted to JSON, YAML and XML.
func (r *Redactor) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// LogValue is Redacted.
func (r *Redactor) LogValue() slog.Value { return slog.StringValue(Redacted) }
