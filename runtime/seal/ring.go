package seal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"claviger/runtime/secret"
)

// Ring is the keys that a program seals and opens with, as its keyset has them now. Safe for concurrent use; it prints as
// [secret].
//
//	source ──read──▶ candidate ──admitted──▶ the ring's keys
//	                     └─ damaged, or refused: the ring goes on with the keys that it has
//
// Who admits knows what is sealed with which key: it refuses a candidate that lacks a key which records may be sealed
// with, and takes those out of it that have been dropped for good. So a keyset that has lost its keys is not believed.
type Ring struct {
	keys   atomic.Pointer[set]
	source source // nil: none

	mu     sync.Mutex // one reload at a time
	admit  Admit
	sought time.Time // when the source was last read for a key that was not known
}

// Admit tells whether a ring may have the keys of candidate from now on: nil, or why not. It may take keys out of candidate
// (Drop), and is called again for keys that the ring has already.
type Admit func(ctx context.Context, candidate *Ring) error

// Generate returns a ring with one fresh key, kept nowhere: what it seals is lost with it.
func Generate() *Ring {
	key := newKey()
	id := idOf(&key)
	return newRing(&set{active: id, order: []keyID{id}, keys: map[keyID]*xaes{id: newXAES(&key)}}, nil)
}

func newRing(keys *set, from source) *Ring {
	r := &Ring{source: from}
	r.keys.Store(keys)
	return r
}

// Active is the id of the key that seals.
func (r *Ring) Active() string { return r.keys.Load().active.String() }

// Keys are the ids of the keys that open, the oldest first, and that of the one that seals.
func (r *Ring) Keys() (ids []string, active string) {
	now := r.keys.Load()
	return now.ids(), now.active.String()
}

// Seal seals plain as the field of the record id, under the active key. The result is 49 bytes longer than plain.
func (r *Ring) Seal(id, field string, plain []byte) ([]byte, error) {
	now := r.keys.Load()
	return now.seal(now.active, id, field, plain)
}

// SealUnder is Seal under the key of that id, which need not be the active one.
func (r *Ring) SealUnder(key, id, field string, plain []byte) ([]byte, error) {
	now := r.keys.Load()
	for _, k := range now.order {
		if k.String() == key {
			return now.seal(k, id, field, plain)
		}
	}
	return nil, fmt.Errorf("seal %s of %s: the keyset has no key %s", field, id, key)
}

// Open opens what Seal sealed as the field of the record id, under whichever key of the ring. Where the key is not known,
// the source is read again first, unless that was done a short while ago; this may take as long as the source does. Errors
// wrap ErrUnknownKey or ErrNotAuthentic.
func (r *Ring) Open(id, field string, sealed []byte) ([]byte, error) {
	plain, err := r.keys.Load().open(id, field, sealed)
	if errors.Is(err, ErrUnknownKey) && r.seek(keyID(sealed[1:nonceAt])) {
		return r.keys.Load().open(id, field, sealed)
	}
	return plain, err
}

// Drop forgets keys: what they have sealed does not open any more. Ids that the ring has not are no error, that of the
// active key is one.
func (r *Ring) Drop(ids []string) error {
	for {
		now := r.keys.Load()
		if slices.Contains(ids, now.active.String()) {
			return fmt.Errorf("key %s seals and cannot be dropped", now.active)
		}
		if r.keys.CompareAndSwap(now, now.without(ids)) {
			return nil
		}
	}
}

// Format makes every fmt verb print secret.Redacted: the fields hold expanded keys.
func (r *Ring) Format(s fmt.State, _ rune) { fmt.Fprint(s, secret.Redacted) }

// MarshalText is secret.Redacted.
func (r *Ring) MarshalText() ([]byte, error) { return []byte(secret.Redacted), nil }

// LogValue is secret.Redacted.
func (r *Ring) LogValue() slog.Value { return slog.StringValue(secret.Redacted) }
