package storetest

import (
	"fmt"
	"time"

	"claviger/runtime"
	"claviger/runtime/secret"
)

// leases takes, refuses and gives back: nothing but the lease changes with it.
func leases(s *suite) {
	ctx := s.Context()
	s.putIntegration("github")
	c := s.putConnection("c1", "github")
	c.Token = &runtime.Token{Access: secret.New("access"), IssuedAt: time.Unix(1, 0).UTC()}
	s.ok(s.store.PutConnection(ctx, c))
	stale, mine := *c, *c
	mine.Token = nil // not looked at
	s.ok(s.store.TakeLease(ctx, &mine, "a/1", time.Minute))
	s.is(s.store.PutConnection(ctx, &stale), runtime.ErrConflict)
	s.is(s.store.TakeLease(ctx, &stale, "a/1", time.Minute), runtime.ErrConflict)
	read := s.lease("c1", "a/1", 1)
	l, at := read.Renewal.Lease, s.now()
	if *l != *mine.Renewal.Lease || read.Version != mine.Version || read.Fence != mine.Fence || !read.Token.Access.Equal(c.Token.Access) {
		s.Fatalf("%+v is stored, %+v was told", read, mine)
	}
	if l.Until.Sub(l.Since) != time.Minute || l.Since.Sub(at).Abs() > 5*time.Second {
		s.Fatalf("at %v a lease of a minute from %v until %v", at, l.Since, l.Until)
	}
	other := *read
	s.is(s.store.TakeLease(ctx, &other, "b/1", time.Minute), runtime.ErrConflict)
	s.is(s.store.TakeLease(ctx, &other, "a2/1", time.Minute), runtime.ErrConflict)
	s.ok(s.store.TakeLease(ctx, &other, "a/2", time.Millisecond)) // what a/1 was has ended
	s.lease("c1", "a/2", 2)
	time.Sleep(5 * time.Millisecond)
	s.ok(s.store.TakeLease(ctx, &other, "b/1", time.Minute)) // it is over
	back := s.lease("c1", "b/1", 3)
	back.Renewal.Lease = nil
	s.ok(s.store.PutConnection(ctx, back))
	if read, err := s.store.Connection(ctx, "c1"); err != nil || read.Renewal.Lease != nil || read.Fence != 3 {
		s.Fatalf("%+v, %v", read, err)
	}
	s.ok(s.store.TakeLease(ctx, back, "a/2", time.Minute))
	s.is(s.store.TakeLease(ctx, &runtime.Connection{ID: "c2", Version: 1}, "a/2", time.Minute), runtime.ErrConflict)
}

// lease is the connection, whose lease must be owner's and the so manieth.
func (s *suite) lease(id, owner string, fence int64) *runtime.Connection {
	s.Helper()
	c, err := s.store.Connection(s.Context(), id)
	s.ok(err)
	if c.Renewal.Lease == nil || c.Renewal.Lease.Owner != owner || c.Fence != fence {
		s.Fatalf("lease %+v, fence %d, want %s and %d", c.Renewal.Lease, c.Fence, owner, fence)
	}
	return c
}

func (s *suite) now() time.Time {
	s.Helper()
	at, err := s.store.Now(s.Context())
	s.ok(err)
	return at
}

// leaseStaysExtended lets somebody who read before write after: the lease's holder relies on its new end.
func leaseStaysExtended(s *suite) {
	ctx := s.Context()
	s.putIntegration("github")
	c := s.putConnection("c1", "github")
	s.ok(s.store.TakeLease(ctx, c, "a/1", time.Second))
	read := s.lease("c1", "a/1", 1)
	s.ok(s.store.ExtendLease(ctx, "c1", "a/1", 1, time.Hour))
	long := s.lease("c1", "a/1", 1).Renewal.Lease.Until
	if long.Sub(read.Renewal.Lease.Since) < time.Hour {
		s.Fatalf("extended to %v", long)
	}
	s.ok(s.store.ExtendLease(ctx, "c1", "a/1", 1, time.Second))
	for _, status := range []runtime.Status{runtime.Connected, runtime.Connected} { // an indexed column changes, and then none
		read.Status = status
		s.ok(s.store.PutConnection(ctx, read))
		if until := s.lease("c1", "a/1", 1).Renewal.Lease.Until; !until.Equal(long) {
			s.Fatalf("%v was shortened to %v", long, until)
		}
	}
	s.is(s.store.ExtendLease(ctx, "c1", "a/2", 1, time.Hour), runtime.ErrConflict)
	s.is(s.store.ExtendLease(ctx, "c1", "a/1", 2, time.Hour), runtime.ErrConflict)
	s.is(s.store.ExtendLease(ctx, "c2", "a/1", 1, time.Hour), runtime.ErrConflict)
	s.ok(s.store.PutConnection(ctx, read))
	read.Renewal.Lease = nil
	s.ok(s.store.PutConnection(ctx, read))
	s.is(s.store.ExtendLease(ctx, "c1", "a/1", 1, time.Hour), runtime.ErrConflict)
	s.ok(s.store.TakeLease(ctx, read, "a/1", time.Millisecond))
	time.Sleep(5 * time.Millisecond)
	s.is(s.store.ExtendLease(ctx, "c1", "a/1", 2, time.Hour), runtime.ErrConflict) // an end that was seen stays one
}

func oneTakesTheLease(s *suite) {
	s.putIntegration("github")
	c := s.putConnection("c1", "github")
	second := s.open()
	defer second.Close()
	for round := range 5 {
		s.race(20, func(n int) error {
			mine := *c
			return []runtime.Store{s.store, second}[n%2].TakeLease(s.Context(), &mine, fmt.Sprintf("node%d/1", n), time.Minute)
		})
		held, err := s.store.Connection(s.Context(), "c1")
		s.ok(err)
		if held.Fence != int64(round+1) {
			s.Fatalf("fence %d in round %d", held.Fence, round)
		}
		held.Renewal.Lease = nil
		s.ok(s.store.PutConnection(s.Context(), held))
		c = held
	}
}

func nodes(s *suite) {
	ctx := s.Context()
	began := s.now().Add(-time.Second)
	want := func(since time.Time, ids ...string) {
		s.Helper()
		all, err := s.store.Nodes(ctx, since)
		s.ok(err)
		got := []string{}
		for _, n := range all {
			got = append(got, n.ID)
		}
		if fmt.Sprint(got) != fmt.Sprint(ids) {
			s.Fatalf("%v, want %v", got, ids)
		}
	}
	want(began)
	s.ok(s.store.Beat(ctx, runtime.Node{ID: "b", Run: "1", Keys: []string{"k1", "k2"}, Active: "k1", Sealed: []string{"k2"}}))
	s.ok(s.store.Beat(ctx, runtime.Node{ID: "a", Run: "1"}))
	s.ok(s.store.Beat(ctx, runtime.Node{ID: "a", Run: "2"}))
	want(began, "a", "b")
	want(s.now().Add(time.Minute))
	all, err := s.store.Nodes(ctx, began)
	s.ok(err)
	if n := all[1]; n.Run != "1" || fmt.Sprint(n.Keys) != "[k1 k2]" || n.Active != "k1" || fmt.Sprint(n.Sealed) != "[k2]" || n.SeenAt.Before(began) || all[0].Run != "2" {
		s.Fatalf("%+v", all)
	}
	s.ok(s.store.Leave(ctx, "a"))
	s.ok(s.store.Leave(ctx, "a"))
	want(began, "b")
}
