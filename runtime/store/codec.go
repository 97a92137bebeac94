// Package store turns the records of package runtime into rows and back, the same way for every database. What lists and
// indexes need lies in clear columns and in a clear JSON document; every secret field is sealed, bound to its record and
// its name:
//
//	record       sealed fields               id that they are bound to
//	integration  parameters                  integration/KEY
//	connection   parameters, token, answer   connection/ID
//	flow         pinned                      flow/ID
//	API key      none: only the hash of its text is kept
//
// Times are kept to the nanosecond and come back in UTC. Of a JSON-like value the order of keys and all digits of numbers
// come back. A nil list, map or value comes back nil, an empty one empty.
//
// The package knows no database: package sqlite has the tables. Package storetest has the tests that every store passes.
package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/secret"
)

// Keyring is what a store needs of the key ring (package seal has one). Safe for concurrent use.
type Keyring interface {
	runtime.Sealer
	// Active names the key that seals.
	Active() string
}

// Codec encodes and decodes records. The zero value is not usable. Safe for concurrent use.
type Codec struct{ keys Keyring }

// NewCodec returns a codec that seals with keys.
func NewCodec(keys Keyring) Codec { return Codec{keys: keys} }

// Proof is a sealed text that only the active key opens. A database keeps one for every key that its records may be
// sealed with, under the key's name, so that a wrong keyset is noticed when a server starts.
func (c Codec) Proof() (key string, proof []byte, err error) {
	key = c.keys.Active()
	proof, err = c.keys.Seal("keyset/"+key, "proof", nil)
	return key, proof, err
}

// CheckProof answers an error that says what to do when the keyset cannot open the proof that is kept for key.
func (c Codec) CheckProof(key string, proof []byte) error {
	if _, err := c.keys.Open("keyset/"+key, "proof", proof); err != nil {
		return fmt.Errorf("this is not the keyset of this database, whose records are sealed with key %s: name the right file, or put it back from its backup (%w)", key, err)
	}
	return nil
}

// sealed is the JSON of v, sealed as a field of the record id.
func (c Codec) sealed(id, field string, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %s of %s: %w", field, id, err)
	}
	return c.keys.Seal(id, field, text)
}

// opened reads into v what sealed made.
func (c Codec) opened(id, field string, sealed []byte, v any) error {
	text, err := c.keys.Open(id, field, sealed)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("decode %s of %s: %w", field, id, err)
	}
	return nil
}

// sealedObject keeps nil as nil, which a column holds as NULL.
func (c Codec) sealedObject(id, field string, o *value.Object) ([]byte, error) {
	if o == nil {
		return nil, nil
	}
	return c.sealed(id, field, o)
}

func (c Codec) openedObject(id, field string, sealed []byte) (*value.Object, error) {
	if sealed == nil {
		return nil, nil
	}
	o := new(value.Object)
	return o, c.opened(id, field, sealed, o)
}

// document is the clear JSON of a record.
func document(id string, doc any) (string, error) {
	text, err := json.Marshal(doc)
	if err != nil {
		return "", fmt.Errorf("encode %s: %w", id, err)
	}
	return string(text), nil
}

func readDocument(id, text string, doc any) error {
	if err := json.Unmarshal([]byte(text), doc); err != nil {
		return fmt.Errorf("decode %s: %w", id, err)
	}
	return nil
}

// hidden is a secret inside a text that is about to be sealed, or has just been opened: the one place where a stored
// secret is plain.
type hidden struct{ secret.Text }

// MarshalJSON is the value itself. JSON would change a text that is not UTF-8 without a word: that is an error here.
func (h hidden) MarshalJSON() ([]byte, error) {
	if !utf8.ValidString(h.Reveal()) {
		return nil, errors.New("a secret text is not UTF-8 and would not come back as it is")
	}
	return json.Marshal(h.Reveal())
}

// UnmarshalJSON reads the value itself.
func (h *hidden) UnmarshalJSON(text []byte) error {
	var plain string
	err := json.Unmarshal(text, &plain)
	h.Text = secret.New(plain)
	return err
}

// IsZero tells omitzero what empty is.
func (h hidden) IsZero() bool { return h.IsEmpty() }

// stored brings a failure's time to the form that comes back.
func stored(f *runtime.Failure) *runtime.Failure {
	if f == nil {
		return nil
	}
	s := *f
	s.At = s.At.UTC()
	return &s
}

// Micros is the form of a time that columns compare: microseconds since 1970, the precision that databases share. No year
// that a record can hold overflows it.
func Micros(t time.Time) int64 { return t.UnixMicro() }
