// Package seal keeps secrets unreadable at rest: a key ring seals each secret field of each stored record with
// authenticated encryption that is bound to the record's id and the field's name.
//
//	ring, err := seal.Open("claviger-data/keyset.json", used)     // used tells whether a database needs the keys
//	sealed, err := ring.Seal("connection/c1", "token", plain)
//	plain, err = ring.Open("connection/c1", "token", sealed)      // and as nothing else
//
// A keyset is the file that the ring is read from: several keys, of which one, the active one, seals; all of them open.
// A keyset that is lost takes every sealed record with it, so a new one is made only where nothing is sealed yet.
//
// The package knows no database and no record. Rotation of keys is not in it yet; the file and the sealed record name
// their keys, so that a ring with an old and a new key opens what either has sealed.
package seal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"

	"claviger/runtime/secret"
)

var (
	// ErrUnknownKey says that a record was sealed with a key that the keyset does not hold.
	ErrUnknownKey = errors.New("sealed with a key that is not in the keyset")
	// ErrNotAuthentic says that a record was sealed for another id or field, or has been changed since.
	ErrNotAuthentic = errors.New("sealed for another record or field, or damaged")
)

// A sealed record:
//
//	0   1  version, 1
//	1   8  id of the key
//	9  24  nonce, random
//	33  n  ciphertext, as long as the plain text
//	   16  authentication tag
//
// It is XAES-256-GCM (xaes.go). The additional data is, with lengths as unsigned varints, so that no two pairs of id and
// field give the same bytes:
//
//	version | id of the key | length of id | id | length of field | field
const (
	version    = 1
	keyIDSize  = 8
	nonceAt    = 1 + keyIDSize
	cipherAt   = nonceAt + nonceSize
	sealedSize = cipherAt + tagSize // of the empty plain text
)

type keyID [keyIDSize]byte

func (id keyID) String() string { return hex.EncodeToString(id[:]) }

// idOf derives a key's id from the key, so that a key that was mangled in its file no longer matches its id, and two
// different keys never share one.
func idOf(key *[keySize]byte) keyID {
	sum := sha256.Sum256(append([]byte("claviger key id\x00"), key[:]...))
	return keyID(sum[:keyIDSize])
}

// Ring is a keyset in memory. It is immutable and safe for concurrent use; it prints as [secret].
type Ring struct {
	active keyID
	keys   map[keyID]*xaes
}

// Generate returns a ring with one fresh key, kept nowhere: what it seals is lost with it.
func Generate() *Ring {
	key := newKey()
	id := idOf(&key)
	return &Ring{active: id, keys: map[keyID]*xaes{id: newXAES(&key)}}
}

// newKey and nonces draw from crypto/rand and nothing else: a source that could be handed in would be a way to seal two
// records under one nonce.
func newKey() (key [keySize]byte) {
	rand.Read(key[:])
	return key
}

// Active is the id of the key that seals.
func (r Ring) Active() string { return r.active.String() }

// Seal seals plain as the field of the record id, under the active key. The result is 49 bytes longer than plain.
func (r Ring) Seal(id, field string, plain []byte) ([]byte, error) {
	sealed := make([]byte, cipherAt, sealedSize+len(plain))
	sealed[0] = version
	copy(sealed[1:], r.active[:])
	rand.Read(sealed[nonceAt:cipherAt])
	var buf [128]byte
	aad := appendBinding(buf[:0], sealed[:nonceAt], id, field)
	return r.keys[r.active].seal(sealed, sealed[nonceAt:cipherAt], plain, aad)
}

// Open opens what Seal sealed as the field of the record id, under whichever key of the ring. Errors wrap ErrUnknownKey
// or ErrNotAuthentic.
func (r Ring) Open(id, field string, sealed []byte) ([]byte, error) {
	if len(sealed) < sealedSize || sealed[0] != version {
		return nil, fmt.Errorf("open %s of %s: %w", field, id, ErrNotAuthentic)
	}
	key, ok := r.keys[keyID(sealed[1:nonceAt])]
	if !ok {
		return nil, fmt.Errorf("open %s of %s: %w: %x", field, id, ErrUnknownKey, sealed[1:nonceAt])
	}
	var buf [128]byte
	aad := appendBinding(buf[:0], sealed[:nonceAt], id, field)
	plain, err := key.open(sealed[nonceAt:cipherAt], sealed[cipherAt:], aad)
	if err != nil {
		return nil, fmt.Errorf("open %s of %s: %w", field, id, ErrNotAuthentic)
	}
	return plain, nil
}

func appendBinding(b, header []byte, id, field string) []byte {
	b = append(b, header...)
	b = binary.AppendUvarint(b, uint64(len(id)))
	b = append(b, id...)
	b = binary.AppendUvarint(b, uint64(len(field)))
	return append(b, field...)
}

// Format makes every fmt verb print secret.Redacted: the fields hold expanded keys.
func (r Ring) Format(s fmt.State, _ rune) { fmt.Fprint(s, secret.Redacted) }

// MarshalText is secret.Redacted.
func (r Ring) MarshalText() ([]byte, error) { return []byte(secret.Redacted), nil }

// LogValue is secret.Redacted.
func (r Ring) LogValue() slog.Value { return slog.StringValue(secret.Redacted) }
