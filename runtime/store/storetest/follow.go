package storetest

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"claviger/runtime"
)

// following follows on a store of its own until the test ends, and returns what it is told.
func (s *suite) following() <-chan runtime.Change {
	s.Helper()
	other, told := s.open(), make(chan runtime.Change, 10_000)
	ctx, cancel := context.WithCancel(s.Context())
	ended := make(chan error, 1)
	go func() { ended <- other.Follow(ctx, func(c runtime.Change) { told <- c }) }()
	s.Cleanup(func() {
		cancel()
		if err := <-ended; err != context.Canceled {
			s.Errorf("following ended with %v", err)
		}
		other.Close()
	})
	for c := range told {
		if c.Kind == runtime.Synced {
			return told
		}
	}
	return nil
}

// syncs are several a second, and each is of a moment before it.
func syncs(s *suite) {
	told, last := s.following(), time.Now()
	for range 10 {
		c := <-told
		if c.Kind != runtime.Synced || time.Since(c.Before) < 0 || c.Before.Sub(last) > time.Second {
			s.Fatalf("%+v, %s behind the last", c, c.Before.Sub(last))
		}
		last = c.Before
	}
}

// changesAreTold writes on one store and listens on another: what a write has returned is told before the next Synced is of
// a later moment.
func changesAreTold(s *suite) {
	ctx, told := s.Context(), s.following()
	want := func(kind runtime.ChangeKind, id string, version int64) {
		s.Helper()
		wrote := time.Now()
		for c := range told {
			if c.Kind == kind && c.ID == id && c.Version == version {
				return
			}
			if c.Kind == runtime.Synced && c.Before.After(wrote) {
				s.Fatalf("%s %q %d is not told", kind, id, version)
			}
			if c.Kind != runtime.Synced {
				s.Fatalf("told of %+v, want %s %q %d", c, kind, id, version)
			}
		}
	}
	s.putIntegration("github")
	want(runtime.IntegrationChanged, "github", 0)
	c := &runtime.Connection{ID: "c1", Integration: "github"}
	s.ok(s.store.PutConnection(ctx, c, runtime.Event{Kind: runtime.EventAuthorized}))
	want(runtime.ConnectionChanged, "c1", 1)
	s.ok(s.store.PutConnection(ctx, c, runtime.Event{Kind: runtime.EventReconnectRequired}))
	want(runtime.ConnectionChanged, "c1", 2)
	stale := *c
	stale.Version = 1
	s.is(s.store.PutConnection(ctx, &stale, runtime.Event{Kind: runtime.EventReconnectRequired}), runtime.ErrConflict) // not told
	s.ok(s.store.DeleteConnection(ctx, "c1"))
	want(runtime.ConnectionChanged, "c1", math.MaxInt64)
	k := &runtime.APIKey{ID: "k1", Hash: []byte("hash"), CreatedAt: base}
	s.ok(s.store.CreateKey(ctx, k))
	want(runtime.KeyChanged, "k1", 0)
	n := s.session("s1", time.Hour)
	s.ok(s.store.CreateSession(ctx, n)) // nobody has to know before it is used
	s.ok(s.store.DeleteSession(ctx, "s1"))
	want(runtime.SessionChanged, "s1", 0)
	s.ok(s.store.DeleteKey(ctx, "k1"))
	want(runtime.KeyChanged, "k1", 0)
	s.ok(s.store.DeleteIntegration(ctx, "github"))
	want(runtime.IntegrationChanged, "github", 0)
}

// renewalsAreTold writes many connections at once, without events: every last version is told soon where another node
// lives, and nothing where none does.
func renewalsAreTold(s *suite) {
	ctx, told := s.Context(), s.following()
	s.putIntegration("github")
	const n = 500
	all := make([]*runtime.Connection, n)
	for i := range all {
		all[i] = s.putConnection(fmt.Sprintf("connection-with-a-rather-long-name-%d", i), "github")
	}
	renew := func() {
		var group sync.WaitGroup
		for _, c := range all {
			group.Go(func() {
				if err := s.store.PutConnection(ctx, c); err != nil {
					s.Error(err)
				}
			})
		}
		group.Wait()
	}
	await := func(during time.Duration) map[string]int64 {
		versions := map[string]int64{}
		for end := time.After(during); len(versions) < n; {
			select {
			case c := <-told:
				if c.Kind == runtime.ConnectionChanged {
					versions[c.ID] = c.Version
				}
			case <-end:
				return versions
			}
		}
		return versions
	}
	s.ok(s.store.Beat(ctx, runtime.Node{ID: "a"}))
	renew()
	if got := await(300 * time.Millisecond); len(got) > 0 {
		s.Errorf("%d are told to nobody", len(got))
	}
	second := s.open()
	defer second.Close()
	s.ok(second.Beat(ctx, runtime.Node{ID: "b"}))
	s.ok(s.store.Beat(ctx, runtime.Node{ID: "a"}))
	renew()
	got := await(5 * time.Second)
	for _, c := range all {
		if got[c.ID] != c.Version {
			s.Fatalf("%d are told; %s with version %d, want %d", len(got), c.ID, got[c.ID], c.Version)
		}
	}
}

func versions(s *suite) {
	s.putIntegration("github")
	one, two := s.putConnection("c1", "github"), s.putConnection("c2", "github")
	s.ok(s.store.PutConnection(s.Context(), two))
	got, err := s.store.Versions(s.Context(), []string{"c1", "c2", "c3"})
	s.ok(err)
	if len(got) != 2 || got["c1"] != one.Version || got["c2"] != two.Version {
		s.Error(got)
	}
	got, err = s.store.Versions(s.Context(), nil)
	s.ok(err)
	if len(got) != 0 {
		s.Error(got)
	}
}
