package runtime

import (
	"context"
	"errors"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Caller is who asks: an API key's scopes and limits. The zero Caller may do nothing.
type Caller struct {
	KeyID        string
	Scopes       []Scope
	Owners       []string // empty: every owner
	Integrations []string // empty: every integration
}

// May tells whether the caller has one of the scopes; admin has all.
func (c *Caller) May(scopes ...Scope) bool {
	return slices.ContainsFunc(c.Scopes, func(s Scope) bool { return s == ScopeAdmin || slices.Contains(scopes, s) })
}

// reaches tells whether the caller's limits include an owner and an integration.
func (c *Caller) reaches(owner, integration string) bool {
	return (len(c.Owners) == 0 || slices.Contains(c.Owners, owner)) &&
		(len(c.Integrations) == 0 || slices.Contains(c.Integrations, integration))
}

// keyMemory is how long a key is believed without asking the store: half of the second in which a revocation counts.
const keyMemory = 500 * time.Millisecond

// KeyRing answers whose a key is, from memory for a moment.
type KeyRing struct {
	store     KeyStore
	bootstrap []byte // hash of the admin key from the environment or admin.key
	seen      *lru.Cache[string, seenKey]
	now       func() time.Time
}

type seenKey struct {
	caller *Caller
	until  time.Time
}

// NewKeyRing checks keys against the store and the one bootstrap admin key. now is a monotonic clock.
func NewKeyRing(store KeyStore, bootstrap string, now func() time.Time) (*KeyRing, error) {
	seen, err := lru.New[string, seenKey](10_000)
	if err != nil {
		return nil, err
	}
	k := &KeyRing{store: store, seen: seen, now: now}
	if bootstrap != "" {
		k.bootstrap = HashHandle(bootstrap)
	}
	return k, nil
}

// Authenticate returns the caller that a key's text stands for; CodeUnauthorized for an unknown one.
func (k *KeyRing) Authenticate(ctx context.Context, key string) (*Caller, error) {
	if key == "" {
		return nil, errorf(CodeUnauthorized, "expected an API key in the header Authorization: Bearer …")
	}
	hash := string(HashHandle(key))
	if hash == string(k.bootstrap) {
		return &Caller{KeyID: "bootstrap", Scopes: []Scope{ScopeAdmin}}, nil
	}
	if s, ok := k.seen.Get(hash); ok && k.now().Before(s.until) {
		return s.caller, nil
	}
	stored, err := k.store.KeyByHash(ctx, []byte(hash))
	if errors.Is(err, ErrNotFound) {
		k.seen.Remove(hash)
		return nil, errorf(CodeUnauthorized, "the API key is not known; `claviger keys create` makes one")
	}
	if err != nil {
		return nil, storeError("key", "", err)
	}
	c := &Caller{KeyID: stored.ID, Scopes: stored.Scopes, Owners: stored.Owners, Integrations: stored.Integrations}
	k.seen.Add(hash, seenKey{c, k.now().Add(keyMemory)})
	return c, nil
}

// NewKeyText is a new key's text.
func NewKeyText() string { return "clv_" + newHandle() }

// CreateKey stores a new key and returns its text, which is not to be had again.
func CreateKey(ctx context.Context, store KeyStore, k APIKey, at time.Time) (APIKey, string, error) {
	if len(k.Scopes) == 0 {
		return k, "", errorf(CodeInvalidRequest, "a key needs a scope: admin, connect or use")
	}
	for _, s := range k.Scopes {
		if !slices.Contains([]Scope{ScopeAdmin, ScopeConnect, ScopeUse}, s) {
			return k, "", errorf(CodeInvalidRequest, "unknown scope %q; expected admin, connect or use", s)
		}
	}
	if slices.Contains(k.Scopes, ScopeAdmin) && len(k.Owners)+len(k.Integrations) > 0 {
		return k, "", errorf(CodeInvalidRequest, "an admin key cannot be limited to owners or integrations; use the scopes connect and use")
	}
	text := NewKeyText()
	k.ID, k.Hash, k.CreatedAt = newID("key"), HashHandle(text), at
	return k, text, storeError("key", k.ID, store.CreateKey(ctx, &k))
}
