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

// What a Redactor can look for: one secret of so many bytes, so many secrets, and so many bytes of them together. Fewer do
// where many of the bytes have to be escaped.
const (
	MaxSecret      = 64 << 10
	MaxSecrets     = 1_000
	MaxSecretBytes = 256 << 10
)

// Withheld stands in place of a text of which nobody can tell any more what is secret in it.
const Withheld = "[withheld: too many secrets to look for]"

// Redactor takes known secrets out of a text before it is stored or shown: values of MinRedacted characters and more,
// plain, URL-, JSON-, HTML-, hex- and base64-encoded, at any offset. It stops accidents, not somebody who encodes a secret
// on purpose. Redact first and shorten afterwards: half a secret is not recognised.
//
// What it may know is bounded (see MaxSecret, MaxSecrets and MaxSecretBytes), for looking costs time and memory that hooks
// must not be able to command. A Redactor that was told more than it can look for puts Withheld in place of every text.
//
// A nil *Redactor changes nothing. Safe for concurrent use. It prints as [secret] itself.
type Redactor struct {
	mu    sync.Mutex
	known *known // a pointer for the reason that Text has one; nil: nothing yet
}

type known struct {
	values  map[string]struct{}
	bytes   int      // of values
	pending []string // those that index does not have yet
	index   *index
	tooMany bool // everything is withheld; the others are empty
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
	k := r.learned()
	for _, v := range values {
		if _, twice := k.values[v]; twice || k.tooMany || len(v) <= 4*MinRedacted && utf8.RuneCountInString(v) < MinRedacted {
			continue
		}
		if k.bytes += len(v); len(v) > MaxSecret || len(k.values) == MaxSecrets || k.bytes > MaxSecretBytes {
			k.withhold()
			return
		}
		k.values[v] = struct{}{}
		k.pending = append(k.pending, v)
	}
}

// Withhold makes Redact give out nothing any more: somebody knows of secrets that he could not Add.
func (r *Redactor) Withhold() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.learned().withhold()
}

func (r *Redactor) learned() *known {
	if r.known == nil {
		r.known = &known{values: map[string]struct{}{}}
	}
	return r.known
}

func (k *known) withhold() { *k = known{tooMany: true} }

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
	found, ok := r.find(s)
	switch {
	case !ok:
		return Withheld
	case len(found) == 0:
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

// find returns the places of known values; ok is false where they are too many to be looked for.
func (r *Redactor) find(s string) (found []span, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.known
	if k == nil {
		return nil, true
	}
	if k.index == nil {
		k.index = newIndex()
	}
	for _, v := range k.pending {
		if !k.index.add(v) {
			k.withhold()
			break
		}
	}
	k.pending = nil
	if k.tooMany {
		return nil, false
	}
	return k.index.find(s), true
}

// Format makes every fmt verb print Redacted.
func (r *Redactor) Format(s fmt.State, _ rune) { fmt.Fprint(s, Redacted) }

// MarshalText gives Redacted to JSON, YAML and XML.
func (r *Redactor) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// LogValue is Redacted.
func (r *Redactor) LogValue() slog.Value { return slog.StringValue(Redacted) }
