package seal

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"

	"claviger/runtime/secret"
)

// Keyset is a keyset as a rotation changes it. It is immutable and prints as [secret].
//
//	[a]  ──WithNew──▶  a [b]: b is decrypt-only  ──Activated──▶  [a] b: b seals  ──Without a──▶  [b]
//
// The zero value is not usable.
type Keyset struct {
	doc document
	set *set
}

// New is a keyset with one fresh key.
func New() *Keyset {
	k := &Keyset{doc: document{Version: version}}
	return k.with(active)
}

// Keys are the ids of the keys, the oldest first.
func (k *Keyset) Keys() []string { return k.set.ids() }

// Active is the id of the key that seals.
func (k *Keyset) Active() string { return k.set.active.String() }

// Next is the id of the key that is on its way in, "" where there is none.
func (k *Keyset) Next() string {
	if last := k.doc.Keys[len(k.doc.Keys)-1]; last.State != active {
		return last.ID
	}
	return ""
}

// Old are the ids of the keys that are on their way out: all but the active one and the next.
func (k *Keyset) Old() []string {
	return slices.DeleteFunc(k.Keys(), func(id string) bool { return id == k.Active() || id == k.Next() })
}

// WithNew is the keyset with a fresh key, which opens.
func (k *Keyset) WithNew() *Keyset { return k.with(decryptOnly) }

func (k *Keyset) with(s state) *Keyset {
	key := newKey()
	return k.changed(append(slices.Clone(k.doc.Keys), keysetKey{ID: idOf(&key).String(), State: s, Key: key[:]}))
}

// Activated is the keyset whose next key seals; the active one only opens from then on.
func (k *Keyset) Activated() *Keyset {
	next, keys := k.Next(), slices.Clone(k.doc.Keys)
	for i := range keys {
		switch {
		case next == "":
		case keys[i].ID == next:
			keys[i].State = active
		default:
			keys[i].State = decryptOnly
		}
	}
	return k.changed(keys)
}

// Without is the keyset but for some keys, which must not be the active one.
func (k *Keyset) Without(ids []string) *Keyset {
	return k.changed(slices.DeleteFunc(slices.Clone(k.doc.Keys), func(key keysetKey) bool { return slices.Contains(ids, key.ID) }))
}

func (k *Keyset) changed(keys []keysetKey) *Keyset {
	c := &Keyset{doc: document{Version: version, Keys: keys}}
	if err := c.check(); err != nil {
		panic(err) // the caller has taken the active key away
	}
	return c
}

// Text is the keyset as it is written, with its keys.
func (k *Keyset) Text() ([]byte, error) {
	text, err := json.MarshalIndent(k.doc, "", "  ")
	return append(text, '\n'), err
}

// Format makes every fmt verb print secret.Redacted.
func (k *Keyset) Format(s fmt.State, _ rune) { fmt.Fprint(s, secret.Redacted) }

// MarshalText is secret.Redacted: Text has the keys.
func (k *Keyset) MarshalText() ([]byte, error) { return []byte(secret.Redacted), nil }

// LogValue is secret.Redacted.
func (k *Keyset) LogValue() slog.Value { return slog.StringValue(secret.Redacted) }
