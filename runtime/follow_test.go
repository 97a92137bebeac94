package runtime_test

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// followedStore is a store whose Follow says what the test says, and that can be broken.
type followedStore struct {
	*weakStore
	begins chan error          // what Follow begins with; an error ends it at once
	tells  chan runtime.Change // what it tells
	ends   chan error
	broken atomic.Bool
	blind  atomic.Bool // it does not tell versions
	reads  atomic.Int64
}

var errBroken = errors.New("broken")

func (s *followedStore) Follow(ctx context.Context, told func(runtime.Change)) error {
	select {
	case err := <-s.begins:
		if err != nil {
			return err
		}
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		select {
		case c := <-s.tells:
			told(c)
		case err := <-s.ends:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *followedStore) read() error {
	s.reads.Add(1)
	if s.broken.Load() {
		return errBroken
	}
	return nil
}

func (s *followedStore) Connection(ctx context.Context, id string) (*runtime.Connection, error) {
	if err := s.read(); err != nil {
		return nil, err
	}
	return s.weakStore.Connection(ctx, id)
}

func (s *followedStore) Versions(ctx context.Context, ids []string) (map[string]int64, error) {
	if s.blind.Load() {
		return nil, errBroken
	}
	return s.weakStore.Versions(ctx, ids)
}

func (s *followedStore) Integration(ctx context.Context, key string) (*runtime.Integration, error) {
	if s.broken.Load() {
		return nil, errBroken
	}
	return s.weakStore.Integration(ctx, key)
}

func (s *followedStore) TakeLease(ctx context.Context, c *runtime.Connection, owner string, life time.Duration) error {
	if s.broken.Load() {
		return errBroken
	}
	return s.weakStore.TakeLease(ctx, c, owner, life)
}

func (s *followedStore) KeyByHash(ctx context.Context, hash []byte) (*runtime.APIKey, error) {
	if err := s.read(); err != nil {
		return nil, err
	}
	return s.weakStore.KeyByHash(ctx, hash)
}

// follower is a rig whose engine follows.
type follower struct {
	*rig
	s *followedStore
}

func newFollower(t *testing.T, lifetime time.Duration) *follower {
	t.Helper()
	r := newRig(t, oauth(nil), fakeprovider.Options{Lifetime: lifetime})
	s := &followedStore{weakStore: r.Store, begins: make(chan error), tells: make(chan runtime.Change), ends: make(chan error)}
	r.config.Store, r.config.OfflineGrace = s, 1500*time.Millisecond
	r.restart()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); r.Follow(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return &follower{r, s}
}

// begin lets the engine follow from now on.
func (f *follower) begin() {
	f.s.begins <- nil
	f.sync()
}

func (f *follower) sync() {
	f.s.tells <- runtime.Change{Kind: runtime.Synced, Before: time.Now()}
	f.s.tells <- runtime.Change{} // the one before has been taken in
}

// away has the next attempts to follow fail.
func (f *follower) away() {
	for range 2 { // the second has begun: the first has been taken in
		f.s.begins <- errors.Join(runtime.ErrAway, errBroken)
	}
}

// asks wants a read of credentials to ask the store so many times.
func (f *follower) asks(id string, n int64, why string) {
	f.Helper()
	before := f.s.reads.Load()
	f.credentials(id)
	if got := f.s.reads.Load() - before; got != n {
		f.Fatalf("%s: the store was asked %d times, want %d", why, got, n)
	}
}

func TestMemoryIsBelievedWhileTheStoreTells(t *testing.T) {
	f := newFollower(t, time.Hour)
	f.s.blind.Store(true)
	id := f.connect()
	f.asks(id, 1, "nothing is told yet")
	f.begin()
	f.asks(id, 1, "read before")
	f.asks(id, 0, "current")
	f.s.tells <- runtime.Change{Kind: runtime.ConnectionChanged, ID: id, Version: f.stored(id).Version}
	f.sync()
	f.asks(id, 0, "told of what memory has")
	f.s.tells <- runtime.Change{Kind: runtime.ConnectionChanged, ID: id, Version: f.stored(id).Version + 1}
	f.sync()
	f.asks(id, 1, "told of more")
	time.Sleep(800 * time.Millisecond)
	f.asks(id, 1, "silence")
	f.sync()
	f.s.ends <- errBroken
	f.begin()
	f.asks(id, 1, "followed anew")
	f.sync()
	f.s.tells <- runtime.Change{Kind: runtime.ConnectionChanged, ID: id, Version: math.MaxInt64}
	f.sync()
	f.asks(id, 1, "told that it is deleted")
	f.asks(id, 1, "told that it is deleted")
}

// What memory has from before it was cut off is compared with the store, though nobody reads it.
func TestMemoryCatchesUp(t *testing.T) {
	f := newFollower(t, time.Hour)
	f.begin()
	same, changed, deleted := f.connect(), f.connect(), f.connect()
	for _, id := range []string{same, changed, deleted} {
		f.credentials(id)
		f.asks(id, 0, "in memory")
	}
	f.s.ends <- errBroken
	f.ok(f.s.DeleteConnection(t.Context(), deleted))
	c := f.stored(changed)
	c.Label = "changed elsewhere"
	f.ok(f.s.PutConnection(t.Context(), c))
	f.begin()
	time.Sleep(300 * time.Millisecond)
	f.sync()
	f.asks(same, 0, "compared")
	f.asks(changed, 1, "changed")
	f.refused(deleted, runtime.CodeNotFound)
}

func TestMemoryServesWhileTheStoreIsAway(t *testing.T) {
	f := newFollower(t, 20*time.Minute)
	f.begin()
	id := f.connect()
	f.credentials(id)
	key, text, err := runtime.CreateKey(t.Context(), f.s, runtime.APIKey{Scopes: []runtime.Scope{runtime.ScopeUse}}, f.Store.now())
	f.ok(err)
	keys, err := runtime.NewKeyRing(f.Engine, "")
	f.ok(err)
	known := func() error { _, err := keys.Authenticate(t.Context(), text, runtime.Asker{}); return err }
	f.ok(known())
	const page = "https://app.example"
	by, err := keys.Authenticate(t.Context(), text, runtime.Asker{})
	f.ok(err)
	by.Scopes = append(by.Scopes, runtime.ScopeConnect)
	session, token, err := f.CreateSession(t.Context(), by, runtime.NewSession{Owner: "acme", Origins: []string{page}, Life: 15 * time.Minute})
	f.ok(err)
	live := func() error { _, err := keys.Authenticate(t.Context(), token, runtime.Asker{Origin: page}); return err }
	f.ok(live())

	f.s.broken.Store(true)
	f.sync()
	f.s.ends <- errBroken
	f.credentials(id) // the store has been asked, in vain
	f.away()
	f.asks(id, 0, "away")
	time.Sleep(600 * time.Millisecond) // longer than a key is believed
	f.ok(known())
	f.ok(live())
	if !keys.TakesOrigin(t.Context(), page) || keys.TakesOrigin(t.Context(), "https://other.example") {
		t.Error("the origin of a session that serves is not told")
	}
	_, err = keys.Authenticate(t.Context(), "clv_unknown", runtime.Asker{})
	f.wantCode(err, runtime.CodeStoreUnavailable)
	f.pass(19 * time.Minute)
	f.wantCode(live(), runtime.CodeUnauthorized) // it has ended, whatever memory knows
	f.asks(id, 0, "a renewal is due")
	f.pass(time.Minute)
	if e := f.refused(id, runtime.CodeStoreUnavailable); e.RetryAfter == 0 {
		t.Error("no word about when to come again")
	}
	f.pass(-20 * time.Minute)
	f.credentials(id)
	time.Sleep(time.Second)
	f.refused(id, runtime.CodeStoreUnavailable)
	f.wantCode(known(), runtime.CodeStoreUnavailable)

	f.s.broken.Store(false)
	f.begin()
	f.credentials(id)
	f.ok(known())
	f.ok(live())
	f.ok(f.s.DeleteSession(t.Context(), session.ID))
	f.s.tells <- runtime.Change{Kind: runtime.SessionChanged, ID: session.ID}
	f.sync()
	f.wantCode(live(), runtime.CodeUnauthorized)
	f.ok(known())
	f.ok(f.s.DeleteKey(t.Context(), key.ID))
	f.s.tells <- runtime.Change{Kind: runtime.KeyChanged, ID: key.ID}
	f.sync()
	f.wantCode(known(), runtime.CodeUnauthorized)
}

// While the store answers and tells nothing, what memory has from before may have been deleted, and does not serve later.
func TestMemoryThatWasNotToldDoesNotServe(t *testing.T) {
	f := newFollower(t, time.Hour)
	f.begin()
	id, other := f.connect(), f.connect()
	f.credentials(id)
	f.credentials(other)
	f.s.ends <- errBroken
	time.Sleep(1100 * time.Millisecond)
	f.credentials(other)
	f.credentials(other)
	f.s.broken.Store(true)
	f.away()
	f.refused(id, runtime.CodeStoreUnavailable)
}

// A token that lives is handed out though its renewal cannot be stored, before anybody knows that the database is away.
func TestLivingTokenThoughTheStoreFails(t *testing.T) {
	f := newFollower(t, 20*time.Minute)
	f.begin()
	id := f.connect()
	f.pass(20*time.Minute - 5*time.Second)
	f.s.broken.Store(true)
	f.sync()
	f.credentials(id)
	f.pass(5 * time.Second)
	f.refused(id, runtime.CodeStoreUnavailable)
}
