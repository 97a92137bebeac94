package storetest

import (
	"slices"
	"time"

	"claviger/runtime"
	"claviger/runtime/secret"
)

// flow is a flow of the connection c1 that expires after d.
func (s *suite) flow(id string, d time.Duration) *runtime.Flow {
	now, err := s.store.Now(s.Context())
	s.ok(err)
	return &runtime.Flow{
		ID: id, Connection: "c1", Integration: "github", Stage: runtime.FlowOpen, ConnectHash: []byte("connect " + id),
		ExpiresAt: now.Add(d), Pinned: runtime.Pinned{State: secret.New("state of " + id)},
	}
}

func (s *suite) putFlow(id string, d time.Duration) *runtime.Flow {
	s.Helper()
	f := s.flow(id, d)
	s.ok(s.store.PutFlow(s.Context(), f))
	return f
}

func flows(s *suite) {
	ctx := s.Context()
	s.putIntegration("github")
	s.is(s.store.PutFlow(ctx, s.flow("f1", time.Hour)), runtime.ErrConflict) // there is no connection yet
	s.putConnection("c1", "github")
	f := s.putFlow("f1", time.Hour)
	s.is(s.store.PutFlow(ctx, s.flow("f1", time.Hour)), runtime.ErrConflict)
	twin := s.flow("f2", time.Hour)
	twin.ConnectHash = f.ConnectHash
	s.is(s.store.PutFlow(ctx, twin), runtime.ErrConflict)
	s.putFlow("f2", time.Hour)

	stale := *f
	f.Stage, f.StateHash, f.CookieHash = runtime.FlowClaimed, []byte("state"), []byte("cookie")
	s.ok(s.store.PutFlow(ctx, f))
	s.is(s.store.PutFlow(ctx, &stale), runtime.ErrConflict)
	s.is(s.store.TakeFlow(ctx, &stale), runtime.ErrConflict)
	f.HandleHash = []byte("posted")
	s.ok(s.store.PutFlow(ctx, f))
	f.Stage, f.CompletionHash = runtime.FlowHeld, []byte("completion")
	s.ok(s.store.PutFlow(ctx, f))
	byHandle(s, f)

	s.ok(s.store.TakeFlow(ctx, f))
	s.is(s.store.TakeFlow(ctx, f), runtime.ErrConflict)
	s.is(s.store.PutFlow(ctx, f), runtime.ErrConflict)
	for by, hash := range handles(f) {
		_, err := s.store.Flow(ctx, by, hash)
		s.is(err, runtime.ErrNotFound)
	}
	if _, err := s.store.Flow(ctx, runtime.ByConnect, []byte("connect f2")); err != nil {
		s.Fatalf("another flow went too: %v", err)
	}
}

func handles(f *runtime.Flow) map[runtime.FlowHandle][]byte {
	return map[runtime.FlowHandle][]byte{
		runtime.ByConnect: f.ConnectHash, runtime.ByState: f.StateHash,
		runtime.ByPosted: f.HandleHash, runtime.ByCompletion: f.CompletionHash,
	}
}

// byHandle finds f by each of its handles, and nothing by another's, by none, or by the empty one.
func byHandle(s *suite, f *runtime.Flow) {
	for by, hash := range handles(f) {
		read, err := s.store.Flow(s.Context(), by, hash)
		s.ok(err)
		if read.ID != f.ID || read.Version != 4 || !read.Pinned.State.Equal(f.Pinned.State) || string(read.CookieHash) != "cookie" {
			s.Fatalf("by %s: %+v", by, read)
		}
		for _, other := range [][]byte{nil, {}, []byte("unknown"), hash[:len(hash)-1]} {
			_, err := s.store.Flow(s.Context(), by, other)
			s.is(err, runtime.ErrNotFound)
		}
		for otherBy, otherHash := range handles(f) {
			if otherBy != by {
				_, err := s.store.Flow(s.Context(), by, otherHash)
				s.is(err, runtime.ErrNotFound)
			}
		}
	}
	if _, err := s.store.Flow(s.Context(), "cookie", f.CookieHash); err == nil {
		s.Fatal("found by a handle that is none")
	}
}

func expiredFlows(s *suite) {
	ctx := s.Context()
	s.putIntegration("github")
	s.putConnection("c1", "github")
	s.putConnection("c2", "github")
	live, brief := s.putFlow("live", time.Hour), s.putFlow("brief", 40*time.Millisecond)
	s.putFlow("old", -time.Hour)
	other := s.flow("older", -2*time.Hour)
	other.Connection = "c2"
	s.ok(s.store.PutFlow(ctx, other))
	time.Sleep(60 * time.Millisecond)

	for _, f := range []*runtime.Flow{brief, other} {
		_, err := s.store.Flow(ctx, runtime.ByConnect, f.ConnectHash)
		s.is(err, runtime.ErrNotFound)
		s.is(s.store.PutFlow(ctx, f), runtime.ErrConflict)
		s.is(s.store.TakeFlow(ctx, f), runtime.ErrConflict)
	}
	for _, c := range []struct {
		before time.Duration
		want   []string
	}{{-3 * time.Hour, nil}, {-time.Minute, []string{"c1", "c2"}}, {-time.Minute, nil}, {0, []string{"c1"}}} {
		now, err := s.store.Now(ctx)
		s.ok(err)
		got, err := s.store.DeleteExpiredFlows(ctx, now.Add(c.before))
		s.ok(err)
		if slices.Sort(got); !slices.Equal(got, c.want) {
			s.Fatalf("before %s: %v, want %v", c.before, got, c.want)
		}
	}
	s.ok(s.store.TakeFlow(ctx, live))
}

func flowsGo(s *suite) {
	ctx := s.Context()
	s.putIntegration("github")
	s.putConnection("c1", "github")
	f, g := s.putFlow("f", time.Hour), s.putFlow("g", time.Hour)
	s.ok(s.store.DeleteConnection(ctx, "c1"))
	for _, f := range []*runtime.Flow{f, g} {
		_, err := s.store.Flow(ctx, runtime.ByConnect, f.ConnectHash)
		s.is(err, runtime.ErrNotFound)
		s.is(s.store.TakeFlow(ctx, f), runtime.ErrConflict)
	}
}
