package seal

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"

	"claviger/runtime/secret"
)

// set is a keyset in memory. It is immutable and prints as [secret].
type set struct {
	active keyID
	order  []keyID // the oldest first
	keys   map[keyID]*xaes
}

// seal seals under a key of the set.
func (s set) seal(key keyID, id, field string, plain []byte) ([]byte, error) {
	with, ok := s.keys[key]
	if !ok {
		return nil, fmt.Errorf("seal %s of %s: the keyset has no key %s", field, id, key)
	}
	sealed := make([]byte, cipherAt, sealedSize+len(plain))
	sealed[0] = version
	copy(sealed[1:], key[:])
	rand.Read(sealed[nonceAt:cipherAt])
	var buf [128]byte
	aad := appendBinding(buf[:0], sealed[:nonceAt], id, field)
	return with.seal(sealed, sealed[nonceAt:cipherAt], plain, aad)
}

// open opens under whichever key of the set.
func (s set) open(id, field string, sealed []byte) ([]byte, error) {
	if len(sealed) < sealedSize || sealed[0] != version {
		return nil, fmt.Errorf("open %s of %s: %w", field, id, ErrNotAuthentic)
	}
	key, ok := s.keys[keyID(sealed[1:nonceAt])]
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

// without is the set but for some keys, none of which is the active one.
func (s set) without(ids []string) *set {
	left := &set{active: s.active, keys: make(map[keyID]*xaes, len(s.keys))}
	for _, id := range s.order {
		if !slices.Contains(ids, id.String()) {
			left.order, left.keys[id] = append(left.order, id), s.keys[id]
		}
	}
	return left
}

func (s set) ids() []string {
	ids := make([]string, len(s.order))
	for i, id := range s.order {
		ids[i] = id.String()
	}
	return ids
}

// Format makes every fmt verb print secret.Redacted: the fields hold expanded keys.
func (s set) Format(f fmt.State, _ rune) { fmt.Fprint(f, secret.Redacted) }

// LogValue is secret.Redacted.
func (s set) LogValue() slog.Value { return slog.StringValue(secret.Redacted) }
