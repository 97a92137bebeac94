package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"claviger/runtime/secret"
)

// A keyset, as it is written:
//
//	{
//	  "version": 1,
//	  "keys": [
//	    {"id": "5d41402abc4b2a76", "state": "decrypt-only", "key": "<32 bytes in base64>"},
//	    {"id": "7d793037a0760186", "state": "active", "key": "…"}
//	  ]
//	}
//
// Exactly one key is active. An id is what idOf makes of the key, in hex. The oldest key comes first: one behind the active
// key is on its way in, one before it on its way out, and both are decrypt-only. Unknown members are refused: they would be
// of a later version.
type document struct {
	Version int         `json:"version"`
	Keys    []keysetKey `json:"keys"`
}

type keysetKey struct {
	ID    string   `json:"id"`
	State state    `json:"state"`
	Key   material `json:"key"`
}

// material is a key on its way between file and ring: base64 in the file, [secret] wherever it is printed.
type material []byte

// Format makes every fmt verb print secret.Redacted.
func (m material) Format(s fmt.State, _ rune) { fmt.Fprint(s, secret.Redacted) }

// LogValue is secret.Redacted.
func (m material) LogValue() slog.Value { return slog.StringValue(secret.Redacted) }

type state string

const (
	active      state = "active"       // seals and opens
	decryptOnly state = "decrypt-only" // opens
)

// parse reads the text of a keyset. No error quotes a key.
func parse(text []byte) (*Keyset, error) {
	k := &Keyset{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&k.doc); err != nil {
		return nil, describe(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the keyset")
	}
	return k, k.check()
}

// check makes the set of the document.
func (k *Keyset) check() error {
	if k.doc.Version != version {
		return fmt.Errorf("expected version %d, found %d", version, k.doc.Version)
	}
	k.set = &set{keys: make(map[keyID]*xaes, len(k.doc.Keys))}
	var actives int
	for i, key := range k.doc.Keys {
		if err := k.set.add(key); err != nil {
			return fmt.Errorf("key %d: %w", i+1, err)
		}
		if key.State == active {
			actives++
		}
	}
	if actives != 1 {
		return fmt.Errorf("expected one active key, found %d", actives)
	}
	return nil
}

// describe words the one error of the decoder that would show where in a key the damage is.
func describe(err error) error {
	if damage := base64.CorruptInputError(0); errors.As(err, &damage) {
		return errors.New("a key is not in base64")
	}
	return err
}

func (s *set) add(k keysetKey) error {
	if len(k.Key) != keySize {
		return fmt.Errorf("expected %d bytes, found %d", keySize, len(k.Key))
	}
	key := [keySize]byte(k.Key)
	id := idOf(&key)
	if id.String() != k.ID {
		return errors.New("the key does not match its id: one of them is damaged")
	}
	if _, twice := s.keys[id]; twice {
		return fmt.Errorf("id %s comes twice", id)
	}
	switch k.State {
	case active:
		s.active = id
	case decryptOnly:
	default:
		return fmt.Errorf("expected state %q or %q, found %.20q", active, decryptOnly, k.State)
	}
	s.order = append(s.order, id)
	s.keys[id] = newXAES(&key)
	return nil
}
