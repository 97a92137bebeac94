package runtime

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// Caller is who asks: an API key's scopes and limits, or a page's. The zero Caller may do nothing.
type Caller struct {
	KeyID        string // of a page: the key that made its session
	Scopes       []Scope
	Owners       []string // empty: every owner
	Integrations []string // empty: every integration
	Session      *Session // of a page; nil: an API key asks
}

// May tells whether the caller has one of the scopes; admin has all those of keys.
func (c *Caller) May(scopes ...Scope) bool {
	return slices.ContainsFunc(c.Scopes, func(s Scope) bool { return s == ScopeAdmin && c.Session == nil || slices.Contains(scopes, s) })
}

// reaches tells whether the caller's limits include an owner and an integration.
func (c *Caller) reaches(owner, integration string) bool {
	return (len(c.Owners) == 0 || slices.Contains(c.Owners, owner)) &&
		(len(c.Integrations) == 0 || slices.Contains(c.Integrations, integration))
}

// bootstrapKey is the id of the admin key that is in no store.
const bootstrapKey = "bootstrap"

// keyMemory is how long a key is believed without asking the store: half of the second in which a revocation counts.
const keyMemory = 500 * time.Millisecond

// KeyRing answers whose a key is, from memory for a moment, and where the database is away as long as memory serves.
type KeyRing struct {
	store     Store
	bootstrap []byte  // hash of the admin key from the environment or admin.key
	admin     *Caller // whose key that is
	following *following
	seen      *lru.Cache[string, seenKey]
	asked     *pace        // preflight requests, by address
	unknown   *pace        // requests with what is no key or token, by address
	pages     *pace        // requests of sessions
	changed   atomic.Int64 // so often something was forgotten: what was being read then is not kept
}

type seenKey struct {
	caller *Caller       // of a session: until it expires, too
	until  time.Duration // as following.elapsed
	epoch  int64
}

// NewKeyRing checks keys against the engine's store and the one bootstrap admin key. What the engine is told of keys counts
// for it.
func NewKeyRing(e *Engine, bootstrap string) (*KeyRing, error) {
	seen, err := lru.New[string, seenKey](10_000)
	if err != nil {
		return nil, err
	}
	k := &KeyRing{store: e.store, following: e.following, seen: seen, admin: &Caller{KeyID: bootstrapKey, Scopes: []Scope{ScopeAdmin}}}
	for _, p := range []struct {
		to    **pace
		each  rate.Limit
		burst int
	}{{&k.asked, askedEach, askedBurst}, {&k.unknown, unknownEach, unknownBurst}, {&k.pages, pageEach, pageBurst}} {
		if *p.to, err = newPace(p.each, p.burst); err != nil {
			return nil, err
		}
	}
	if bootstrap != "" {
		k.bootstrap = HashHandle(bootstrap)
	}
	e.keys.Store(k)
	return k, nil
}

// Asker is where a request comes from.
type Asker struct {
	Origin  string // the request's header; empty: it has none, or several
	Address string // of the client, as far as it can be believed
}

// Authenticate returns the caller that the text of a key, or of a session's token, stands for; CodeUnauthorized for an
// unknown one. A session is refused that is not for pages of the request's origin. Keys do not look at it. CodeRateLimited is
// for addresses that come with unknown keys too often, which those that are known do not notice, and for sessions that ask too
// often: the caller is returned with it then.
func (k *KeyRing) Authenticate(ctx context.Context, token string, from Asker) (*Caller, error) {
	c, err := k.callerOf(ctx, token, from.Address)
	if err == nil && c.Session != nil {
		limited := k.pages.take(c.Session.ID, k.at())
		switch err = k.live(ctx, c.Session, from.Origin); {
		case err == nil:
			return c, limited
		case errors.Is(err, errEnded):
			k.seen.Remove(string(HashHandle(token))) // or it would cost nothing to come again
		case limited != nil:
			err = limited
		}
	}
	if err == nil {
		return c, nil
	}
	if AsError(err).Code == CodeUnauthorized {
		k.unknown.charge(from.Address, k.at())
	}
	return nil, err
}

// Still returns the caller that a token stands for which was good a moment ago, and counts against no pace.
func (k *KeyRing) Still(ctx context.Context, token, origin string) (*Caller, error) {
	c, err := k.callerOf(ctx, token, "")
	if err == nil && c.Session != nil {
		err = k.live(ctx, c.Session, origin)
	}
	return c, err
}

// at is the time as paces look at it.
func (k *KeyRing) at() time.Time { return k.following.at() }

func (k *KeyRing) callerOf(ctx context.Context, key, address string) (*Caller, error) {
	if key == "" {
		if err := k.unknown.check(address, k.at()); err != nil {
			return nil, err
		}
		return nil, errorf(CodeUnauthorized, "expected an API key in the header Authorization: Bearer …")
	}
	sum := sha256.Sum256([]byte(key))
	if string(sum[:]) == string(k.bootstrap) {
		return k.admin, nil
	}
	hash := string(sum[:])
	s, ok := k.seen.Get(hash)
	if !ok {
		if err := k.unknown.check(address, k.at()); err != nil {
			return nil, err
		}
	}
	if ok && k.following.elapsed() < s.until {
		return s.caller, nil
	}
	serves := ok && k.following.serves(s.epoch)
	if k.following.away() {
		if serves {
			return s.caller, nil
		}
		return nil, errAway()
	}
	c, err := k.ask(ctx, hash, strings.HasPrefix(key, sessionPrefix))
	if serves && isAway(err) && ctx.Err() == nil {
		return s.caller, nil
	}
	return c, err
}

// ask asks the store, and remembers its answer.
func (k *KeyRing) ask(ctx context.Context, hash string, session bool) (*Caller, error) {
	epoch, changed := k.following.now(), k.changed.Load()
	began := k.following.elapsed()
	ctx, done := k.following.asking(ctx)
	defer done()
	read := k.readKey
	if session {
		read = k.readSession
	}
	c, err := read(ctx, []byte(hash))
	if errors.Is(err, ErrNotFound) {
		k.seen.Remove(hash)
		if session {
			return nil, errEnded
		}
		return nil, errorf(CodeUnauthorized, "the API key is not known; `claviger keys create` makes one")
	}
	if err != nil {
		return nil, storeError("key", "", err)
	}
	k.following.answered()
	if k.changed.Load() == changed {
		k.seen.Add(hash, seenKey{c, began + keyMemory, epoch})
	}
	return c, nil
}

func (k *KeyRing) readKey(ctx context.Context, hash []byte) (*Caller, error) {
	s, err := k.store.KeyByHash(ctx, hash)
	if err != nil {
		return nil, err
	}
	return &Caller{KeyID: s.ID, Scopes: s.Scopes, Owners: s.Owners, Integrations: s.Integrations}, nil
}

// forget drops a key that has been revoked, with its sessions, or a session that has been ended; without an id, all.
func (k *KeyRing) forget(id string) {
	k.changed.Add(1)
	for _, hash := range k.seen.Keys() {
		if s, ok := k.seen.Peek(hash); ok && (id == "" || s.caller.KeyID == id || s.caller.Session != nil && s.caller.Session.ID == id) {
			k.seen.Remove(hash)
		}
	}
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
