// Package store turns the records of package runtime into rows and back, the same way for every database. What lists and
// indexes need lies in clear columns and in a clear JSON document; every secret field is sealed, bound to its record and
// its name:
//
//	record       sealed fields               id that they are bound to
//	integration  parameters                  integration/KEY
//	connection   parameters, token, answer,  connection/ID
//	             spare
//	flow         pinned                      flow/ID
//	event        none: what it tells has been redacted
//	node         none
//	API key      none: only the hash of its text is kept
//
// Times are kept to the nanosecond, those that columns compare to the microsecond, and come back in UTC. Of a JSON-like value the order of keys and all digits of numbers
// come back. A nil list, map or value comes back nil, an empty one empty.
//
// The package knows no database: packages sqlite and postgres have the tables. Package storetest has the tests that every store passes.
package store

import (
	"encoding/json"
	"fmt"
	"time"

	"claviger/runtime"
)

// Keyring is what a store needs of the key ring.
type Keyring = runtime.Keyring

// Codec encodes and decodes records. The zero value is not usable. Safe for concurrent use.
type Codec struct{ keys Keyring }

// NewCodec returns a codec that seals with keys.
func NewCodec(keys Keyring) Codec { return Codec{keys: keys} }

// Keyring is what it seals with.
func (c Codec) Keyring() Keyring { return c.keys }

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

func readMicros(at int64) time.Time { return time.UnixMicro(at).UTC() }
