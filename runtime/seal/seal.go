// Package seal keeps secrets unreadable at rest: a key ring seals each secret field of each stored record with
// authenticated encryption that is bound to the record's id and the field's name.
//
//	ring, err := seal.Open("claviger-data/keyset.json", used)     // used tells whether a database needs the keys
//	sealed, err := ring.Seal("connection/c1", "token", plain)
//	plain, err = ring.Open("connection/c1", "token", sealed)      // and as nothing else
//
// A keyset is the text that the ring is read from: several keys, of which one, the active one, seals; all of them open.
// A keyset that is lost takes every sealed record with it, so a new one is made only where nothing is sealed yet.
//
// A ring follows its source (source.go) while a program runs: keys come and go in it as they do there, as far as whoever
// uses the ring admits it (ring.go). How a keyset is changed, one step of a rotation at a time, is in rotation.go; which
// step may be taken when is not known here: the package knows no database and no record.
package seal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
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

// newKey and nonces draw from crypto/rand and nothing else: a source that could be handed in would be a way to seal two
// records under one nonce.
func newKey() (key [keySize]byte) {
	rand.Read(key[:])
	return key
}

func appendBinding(b, header []byte, id, field string) []byte {
	b = append(b, header...)
	b = binary.AppendUvarint(b, uint64(len(id)))
	b = append(b, id...)
	b = binary.AppendUvarint(b, uint64(len(field)))
	return append(b, field...)
}
