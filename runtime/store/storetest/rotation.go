package storetest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/secret"
)

// rotation is a store whose ring follows a keyset file.
type rotation struct {
	*suite
	keyset string
	old    string // the first key
}

func newRotation(s *suite) *rotation {
	s.Helper()
	r := &rotation{suite: s, keyset: filepath.Join(s.TempDir(), "keyset.json")}
	s.ok(s.store.Close())
	ring, err := seal.Create(r.keyset)
	s.ok(err)
	s.keys, r.old = ring, ring.Active()
	// The database knows the key of the suite, which is a rotation's too.
	s.Database = s.fresh(s.T)
	s.store = s.open()
	ring.Guard(func(ctx context.Context, candidate *seal.Ring) error { return s.store.AdmitKeys(ctx, candidate) })
	return r
}

// edit changes the keyset and lets the ring take it over.
func (r *rotation) edit(change func(*seal.Keyset) *seal.Keyset) {
	r.Helper()
	r.ok(seal.Edit(r.keyset, func(k *seal.Keyset) (*seal.Keyset, error) { return change(k), nil }))
	r.ok(r.keys.Reload(r.Context()))
}

// activate lets a new key seal.
func (r *rotation) activate() {
	r.Helper()
	r.edit((*seal.Keyset).WithNew)
	r.edit((*seal.Keyset).Activated)
}

// finish drops the old key.
func (r *rotation) finish() {
	r.Helper()
	ctx, old := r.Context(), []string{r.old}
	r.ok(r.store.RetireKeys(ctx, old))
	r.ok(r.store.DropKeys(ctx, old))
	r.edit(func(k *seal.Keyset) *seal.Keyset { return k.Without(old) })
}

// reseal seals all that there is, and returns how far that came.
func (r *rotation) reseal(limit int) runtime.Resealing {
	r.Helper()
	for range 1000 {
		done, err := r.store.Reseal(r.Context(), "a/1", time.Minute, limit)
		r.ok(err)
		if done.Done {
			return done
		}
	}
	r.Fatal("sealing anew does not end")
	return runtime.Resealing{}
}

func (r *rotation) use() map[string]int {
	r.Helper()
	use, err := r.store.KeyUse(r.Context())
	r.ok(err)
	return use
}

// fill stores n records of each kind with a value in every field.
func (r *rotation) fill(n int) {
	r.Helper()
	for i := range n {
		id := fmt.Sprintf("r%03d", i)
		r.ok(r.store.PutIntegration(r.Context(), &runtime.Integration{Key: id, Parameters: value.Of("id", id)}))
		c := filledConnection()
		c.ID, c.Integration, c.Version, c.Renewal.Lease = id, id, 0, nil
		r.ok(r.store.PutConnection(r.Context(), c))
		f := r.flow(id, time.Hour)
		f.Connection = id
		r.ok(r.store.PutFlow(r.Context(), f))
		r.ok(r.store.PutValue(r.Context(), connectionValue(id, "v", `"`+id+`"`), 10))
	}
}

// readAll opens every field of what fill stored.
func (r *rotation) readAll(n int) {
	r.Helper()
	for i := range n {
		id := fmt.Sprintf("r%03d", i)
		for _, kind := range []string{"integration", "connection", "flow", "value"} {
			if err := r.readSealed(kind, id); err != nil {
				r.Fatal(err)
			}
		}
	}
}

// oldKeyset wants one that a rotation has left behind refused, and a copy that still holds the dropped key to lose it.
func oldKeyset(s *suite) {
	r := newRotation(s)
	before, err := seal.Load(r.keyset)
	s.ok(err)
	r.edit((*seal.Keyset).WithNew)
	refused := func(ring *seal.Ring, why string) {
		s.Helper()
		if opened, err := s.Open(ring); err == nil || !strings.Contains(err.Error(), why) {
			if err == nil {
				opened.Close()
			}
			s.Fatalf("%v, want %s", err, why)
		}
	}
	refused(before, "this is not the keyset of this database") // it lacks the new key, with which nothing is sealed yet
	opening, err := seal.Load(r.keyset)
	s.ok(err)
	r.edit((*seal.Keyset).Activated)
	second, err := s.Open(opening) // it knows both
	s.ok(err)
	s.ok(second.Close())
	both, err := seal.Load(r.keyset)
	s.ok(err)
	r.finish()
	refused(before, "this is an old keyset of this database")
	refused(opening, "this is an old keyset of this database")
	second, err = s.Open(both)
	s.ok(err)
	defer second.Close()
	if ids, _ := both.Keys(); fmt.Sprint(ids) != fmt.Sprint([]string{s.keys.Active()}) {
		s.Fatalf("%v, and %s was dropped", ids, r.old)
	}
}

// resealed wants every field of every kind sealed with the new key alone, so that all can be read when the old one is gone.
func resealed(s *suite) {
	r := newRotation(s)
	const n = 25
	r.fill(n)
	r.activate()
	before, err := s.store.Connection(s.Context(), "r007")
	s.ok(err)
	if use := r.use(); len(use) != 1 || use[r.old] != 4*n {
		s.Fatal(use)
	}
	if done := r.reseal(4); done.Records != 4*n || done.Failed != 0 || done.Key != s.keys.Active() {
		s.Fatalf("%+v", done)
	}
	if use := r.use(); len(use) != 1 || use[s.keys.Active()] != 4*n {
		s.Fatal(use)
	}
	r.finish()
	r.readAll(n)
	after, err := s.store.Connection(s.Context(), "r007")
	s.ok(err)
	same(s, after, before)
	r.activate() // and once more
	if done := r.reseal(100); done.Records != 4*n || len(r.use()) != 1 {
		s.Fatalf("%+v, %v", done, r.use())
	}
}

// resealedBesideWriters wants neither a write lost nor one refused for the sealing, and nothing left with the old key.
func resealedBesideWriters(s *suite) {
	r := newRotation(s)
	const n = 20
	r.fill(n)
	var over atomic.Bool
	writers := make(chan error, n)
	counts := make([]int, n)
	write := func(i int) error {
		c, err := s.store.Connection(s.Context(), fmt.Sprintf("r%03d", i))
		for ; err == nil && !over.Load(); counts[i]++ {
			if counts[i]%2 == 0 {
				err = s.store.TakeLease(s.Context(), c, "n/r", time.Millisecond)
				continue
			}
			c.Token = &runtime.Token{Access: secret.New(fmt.Sprint(counts[i]))}
			c.Renewal.Lease = nil
			err = s.store.PutConnection(s.Context(), c)
		}
		if err == nil {
			var read *runtime.Connection
			if read, err = s.store.Connection(s.Context(), c.ID); err == nil && (read.Version != c.Version || !read.Token.Access.Equal(c.Token.Access)) {
				err = errors.New(c.ID + " is not as it was written")
			}
		}
		return err
	}
	for i := range n {
		go func() { writers <- write(i) }()
	}
	r.activate()
	r.reseal(3)
	over.Store(true)
	for range n {
		s.ok(<-writers)
	}
	s.ok(s.store.ResealAgain(s.Context())) // what was under way when the key became active
	r.reseal(3)
	if use := r.use(); len(use) != 1 {
		s.Fatal(use)
	}
	r.finish()
	r.readAll(n)
	s.Logf("%d writes of the first", counts[0])
}

// resealedAfterAnEnd goes on where another ended, when its lease is over, and not before.
func resealedAfterAnEnd(s *suite) {
	r := newRotation(s)
	const n = 10
	r.fill(n)
	r.activate()
	first, err := s.store.Reseal(s.Context(), "a/1", 300*time.Millisecond, 7)
	s.ok(err)
	_, err = s.store.Reseal(s.Context(), "b/1", time.Minute, 7)
	s.is(err, runtime.ErrConflict)
	second := s.open()
	defer second.Close()
	time.Sleep(350 * time.Millisecond)
	next, err := second.Reseal(s.Context(), "b/1", time.Minute, 7)
	s.ok(err)
	if first.Records != 7 || next.Records != n { // the rest of the integrations
		s.Fatalf("%+v, then %+v", first, next)
	}
	_, err = s.store.Reseal(s.Context(), "a/1", time.Minute, 7)
	s.is(err, runtime.ErrConflict)
	if seen, err := s.store.Resealing(s.Context()); err != nil || fmt.Sprint(seen) != fmt.Sprint(next) {
		s.Fatalf("%+v, %v", seen, err)
	}
	for done := next; !done.Done; {
		done, err = second.Reseal(s.Context(), "b/2", time.Minute, 7) // what b/1 was has ended
		s.ok(err)
		next = done
	}
	if next.Records != 4*n || len(r.use()) != 1 {
		s.Fatalf("%+v, %v", next, r.use())
	}
}

func unopenedIsTold(s *suite) {
	r := newRotation(s)
	r.fill(5)
	s.ok(s.Exec(`UPDATE connections SET token = (SELECT token FROM connections WHERE id = 'r001') WHERE id = 'r003'`))
	r.activate()
	if done := r.reseal(2); done.Failed != 1 || fmt.Sprint(done.Unopened) != "[connection/r003]" || done.Records != 19 {
		s.Fatalf("%+v", done)
	}
	if use := r.use(); use[r.old] != 1 {
		s.Fatal(use)
	}
	if err := r.readSealed("connection", "r003"); err == nil || !strings.Contains(err.Error(), "sealed for another record or field") {
		s.Fatal(err)
	}
	s.ok(s.store.DeleteConnection(s.Context(), "r003"))
	if use := r.use(); use[r.old] != 0 {
		s.Fatal(use)
	}
}

// retiredSealsNothing is of a server that was asleep: it still seals with the old key when that has been retired.
func retiredSealsNothing(s *suite) {
	r := newRotation(s)
	r.fill(1)
	asleep, err := seal.Load(r.keyset)
	s.ok(err)
	second, err := s.Open(asleep)
	s.ok(err)
	defer second.Close()
	r.activate()
	r.reseal(10)
	c, err := second.Connection(s.Context(), "r000")
	if !errors.Is(err, seal.ErrUnknownKey) || c != nil {
		s.Fatal(err)
	}
	r.finish()
	for _, err := range []error{
		second.PutConnection(s.Context(), &runtime.Connection{ID: "new", Integration: "r000", Parameters: value.Of("a", "b")}),
		second.PutIntegration(s.Context(), &runtime.Integration{Key: "new", Parameters: value.Of("a", "b")}),
		second.PutValue(s.Context(), connectionValue("r000", "v", `1`), 10),
		second.PutValue(s.Context(), connectionValue("r000", "new", `1`), 10),
	} {
		if err == nil || !strings.Contains(err.Error(), "sealed with a key that a rotation has retired") {
			s.Fatal(err)
		}
	}
	s.ok(second.PutConnection(s.Context(), &runtime.Connection{ID: "new", Integration: "r000"})) // nothing in it is sealed
	s.ok(s.store.PutConnection(s.Context(), &runtime.Connection{ID: "other", Integration: "r000", Parameters: value.Of("a", "b")}))
}
