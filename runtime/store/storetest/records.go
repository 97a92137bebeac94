package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"claviger/runtime"
)

func clockAndPing(s *suite) {
	s.ok(s.store.Ping(s.Context()))
	before, err := s.store.Now(s.Context())
	s.ok(err)
	time.Sleep(2 * time.Millisecond)
	after, err := s.store.Now(s.Context())
	s.ok(err)
	if !after.After(before) || after.Location() != time.UTC {
		s.Fatalf("%s, then %s", before, after)
	}
	if off := time.Since(before).Abs(); off > 5*time.Second {
		s.Fatalf("the database's clock is off by %s", off)
	}
}

func contextAndClose(s *suite) {
	i := s.putIntegration("github")
	ended, cancel := context.WithCancel(s.Context())
	cancel()
	if err := s.store.PutIntegration(ended, i); !errors.Is(err, context.Canceled) {
		s.Fatal(err)
	}
	if _, err := s.store.Integration(ended, "github"); !errors.Is(err, context.Canceled) {
		s.Fatal(err)
	}
	s.ok(s.store.PutIntegration(s.Context(), i)) // nothing had changed
	s.ok(s.store.Close())
	if err := s.store.PutIntegration(s.Context(), i); err == nil {
		s.Fatal("a closed store stored")
	}
	if _, err := s.store.Integration(s.Context(), "github"); err == nil || errors.Is(err, runtime.ErrNotFound) {
		s.Fatal(err)
	}
}

func integrations(s *suite) {
	ctx := s.Context()
	_, err := s.store.Integration(ctx, "github")
	s.is(err, runtime.ErrNotFound)
	s.is(s.store.PutIntegration(ctx, &runtime.Integration{Key: "github", Version: 1}), runtime.ErrConflict)
	s.is(s.store.DeleteIntegration(ctx, "github"), runtime.ErrNotFound)
	first := s.putIntegration("github")
	if first.Version != 1 {
		s.Fatalf("version %d", first.Version)
	}
	again := &runtime.Integration{Key: "github", Connector: "other"}
	s.is(s.store.PutIntegration(ctx, again), runtime.ErrConflict)
	if again.Version != 0 {
		s.Fatalf("a refused record has version %d", again.Version)
	}
	stale := *first
	first.Connector = "github2"
	s.ok(s.store.PutIntegration(ctx, first))
	s.is(s.store.PutIntegration(ctx, &stale), runtime.ErrConflict)
	read, err := s.store.Integration(ctx, "github")
	s.ok(err)
	if read.Connector != "github2" || read.Version != 2 || first.Version != 2 {
		s.Fatalf("%+v", read)
	}
	s.putIntegration("Zoho")
	s.putIntegration("a")
	all, err := s.store.Integrations(ctx)
	s.ok(err)
	if keys := names(all, func(i *runtime.Integration) string { return i.Key }); !slices.Equal(keys, []string{"Zoho", "a", "github"}) {
		s.Fatal(keys)
	}
	s.ok(s.store.DeleteIntegration(ctx, "github"))
	s.is(s.store.PutIntegration(ctx, first), runtime.ErrConflict)
}

func names[T any](list []T, name func(T) string) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = name(v)
	}
	return out
}

func integrationStays(s *suite) {
	ctx := s.Context()
	c := &runtime.Connection{ID: "c1", Integration: "github", Status: runtime.Pending}
	s.is(s.store.PutConnection(ctx, c), runtime.ErrConflict)
	i := s.putIntegration("github")
	s.ok(s.store.PutConnection(ctx, c))
	s.is(s.store.DeleteIntegration(ctx, "github"), runtime.ErrConflict)
	s.ok(s.store.PutIntegration(ctx, i)) // and can still be changed
	c.Integration = "nowhere"
	s.is(s.store.PutConnection(ctx, c), runtime.ErrConflict)
	s.ok(s.store.DeleteConnection(ctx, "c1"))
	s.ok(s.store.DeleteIntegration(ctx, "github"))
}

func connections(s *suite) {
	ctx := s.Context()
	s.putIntegration("github")
	s.putIntegration("slack")
	_, err := s.store.Connection(ctx, "c1")
	s.is(err, runtime.ErrNotFound)
	s.is(s.store.DeleteConnection(ctx, "c1"), runtime.ErrNotFound)
	c := s.putConnection("c1", "github")
	s.is(s.store.PutConnection(ctx, &runtime.Connection{ID: "c1", Integration: "github"}), runtime.ErrConflict)
	stale := *c
	// Each of the columns that lists look at, changed alone and together.
	for _, change := range []func(){
		func() { c.Label = "octocat" },
		func() { c.Status = runtime.Connected },
		func() { c.Owner = "tenant" },
		func() { c.Integration = "slack" },
		func() { c.Integration, c.Owner, c.Status, c.Label = "github", "", runtime.Failed, "" },
	} {
		change()
		s.ok(s.store.PutConnection(ctx, c))
		read, err := s.store.Connection(ctx, "c1")
		s.ok(err)
		if read.Version != c.Version || read.Label != c.Label || read.Status != c.Status || read.Owner != c.Owner || read.Integration != c.Integration {
			s.Fatalf("%+v, want %+v", read, c)
		}
	}
	s.is(s.store.PutConnection(ctx, &stale), runtime.ErrConflict)
	s.ok(s.store.DeleteConnection(ctx, "c1"))
	s.is(s.store.PutConnection(ctx, c), runtime.ErrConflict)
}

func apiKeys(s *suite) {
	ctx := s.Context()
	key := func(id string, at time.Time) *runtime.APIKey {
		return &runtime.APIKey{ID: id, Hash: []byte("hash of " + id), CreatedAt: at, Scopes: []runtime.Scope{runtime.ScopeUse}}
	}
	_, err := s.store.KeyByHash(ctx, []byte("hash of k1"))
	s.is(err, runtime.ErrNotFound)
	s.ok(s.store.CreateKey(ctx, key("k2", base.Add(time.Hour))))
	s.ok(s.store.CreateKey(ctx, key("k1", base.Add(2*time.Hour))))
	s.ok(s.store.CreateKey(ctx, key("k3", base)))
	s.is(s.store.CreateKey(ctx, key("k1", base)), runtime.ErrConflict)
	twin := key("k4", base)
	twin.Hash = []byte("hash of k1")
	s.is(s.store.CreateKey(ctx, twin), runtime.ErrConflict)
	all, err := s.store.Keys(ctx)
	s.ok(err)
	if ids := names(all, func(k *runtime.APIKey) string { return k.ID }); !slices.Equal(ids, []string{"k3", "k2", "k1"}) {
		s.Fatal(ids)
	}
	read, err := s.store.KeyByHash(ctx, []byte("hash of k1"))
	s.ok(err)
	if fmt.Sprint(read) != fmt.Sprint(all[2]) || read.ID != "k1" {
		s.Fatalf("%+v", read)
	}
	s.ok(s.store.DeleteKey(ctx, "k1"))
	s.is(s.store.DeleteKey(ctx, "k1"), runtime.ErrNotFound)
	_, err = s.store.KeyByHash(ctx, []byte("hash of k1"))
	s.is(err, runtime.ErrNotFound)
}
