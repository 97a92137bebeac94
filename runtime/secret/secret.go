// Package secret holds the type of every secret in this program.
//
// A Text prints as [secret] under every verb, in JSON, in text and in slog. Its value comes out through Reveal only, so
// that `grep Reveal` lists every place where a secret leaves its type.
package secret

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// Redacted is what stands in place of a secret wherever one would be printed.
const Redacted = "[secret]"

// Text is a secret text: a token, a client secret, a key. The zero value is the empty secret. Compare with Equal, not ==.
type Text struct {
	// A pointer, because fmt reads through unexported fields of other structs, where it may not call our methods: it
	// prints an address then.
	value *string
}

// New wraps a value. New("") is the zero value.
func New(value string) Text {
	if value == "" {
		return Text{}
	}
	return Text{&value}
}

// Reveal returns the value. Call it only where the value leaves for its destination: a request, a sealed record, the
// answer of the credentials endpoint.
func (t Text) Reveal() string {
	if t.value == nil {
		return ""
	}
	return *t.value
}

// IsEmpty tells whether there is no secret.
func (t Text) IsEmpty() bool { return t.value == nil }

// Equal compares in constant time (the lengths are not hidden).
func (t Text) Equal(u Text) bool {
	return subtle.ConstantTimeCompare([]byte(t.Reveal()), []byte(u.Reveal())) == 1
}

// Format makes every fmt verb print Redacted.
func (t Text) Format(s fmt.State, _ rune) { fmt.Fprint(s, Redacted) }

// String is Redacted.
func (t Text) String() string { return Redacted }

// GoString is Redacted.
func (t Text) GoString() string { return Redacted }

// MarshalText gives Redacted to JSON, YAML, XML and flag printing alike.
func (t Text) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// LogValue is Redacted.
func (t Text) LogValue() slog.Value { return slog.StringValue(Redacted) }
