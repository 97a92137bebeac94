package storetest

import (
	"fmt"
	"sync"
	"time"

	"claviger/runtime"
	"claviger/runtime/secret"
)

func connectionValue(connection, name, json string) *runtime.Value {
	return &runtime.Value{ValueKey: runtime.ValueKey{Connection: connection, Name: name}, JSON: secret.New(json), UpdatedAt: base}
}

func integrationValue(key, name, json string) *runtime.Value {
	return &runtime.Value{ValueKey: runtime.ValueKey{Integration: key, Name: name}, JSON: secret.New(json), UpdatedAt: base}
}

func values(s *suite) {
	ctx := s.Context()
	s.putIntegration("a")
	s.putConnection("a", "a") // of the same name: theirs are apart
	k := runtime.ValueKey{Connection: "a", Name: "x/y.z"}
	_, err := s.store.Value(ctx, k)
	s.is(err, runtime.ErrNotFound)
	s.is(s.store.DeleteValue(ctx, k), runtime.ErrNotFound)
	now, err := s.store.Now(ctx)
	s.ok(err)
	v := &runtime.Value{ValueKey: k, JSON: secret.New(`{"b":"ü\u0000"}`), Backend: true, ExpiresAt: now.Add(time.Hour), UpdatedAt: base}
	s.ok(s.store.PutValue(ctx, v, 10))
	s.ok(s.store.PutValue(ctx, integrationValue("a", "x/y.z", `1`), 10))
	read, err := s.store.Value(ctx, k)
	s.ok(err)
	v.Version = 1
	same(s, read, v)
	v = connectionValue("a", "x/y.z", `2`) // the last writer wins
	s.ok(s.store.PutValue(ctx, v, 10))
	read, err = s.store.Value(ctx, k)
	s.ok(err)
	v.Version = 2
	same(s, read, v)
	s.is(s.store.PutValue(ctx, connectionValue("none", "x", `1`), 10), runtime.ErrNotFound)
	s.is(s.store.PutValue(ctx, integrationValue("none", "x", `1`), 10), runtime.ErrNotFound)
	s.ok(s.store.DeleteValue(ctx, k))
	_, err = s.store.Value(ctx, k)
	s.is(err, runtime.ErrNotFound)
	read, err = s.store.Value(ctx, runtime.ValueKey{Integration: "a", Name: "x/y.z"})
	s.ok(err)
	if read.JSON.Reveal() != "1" || read.Integration != "a" || read.Connection != "" {
		s.Fatalf("%+v", read)
	}
}

func valuesGo(s *suite) {
	ctx := s.Context()
	s.putIntegration("a")
	s.putConnection("c", "a")
	s.ok(s.store.PutValue(ctx, connectionValue("c", "v", `1`), 10))
	s.ok(s.store.PutValue(ctx, integrationValue("a", "v", `1`), 10))
	s.ok(s.store.DeleteConnection(ctx, "c"))
	_, err := s.store.Value(ctx, runtime.ValueKey{Connection: "c", Name: "v"})
	s.is(err, runtime.ErrNotFound)
	s.ok(s.store.DeleteIntegration(ctx, "a"))
	s.putIntegration("a")
	_, err = s.store.Value(ctx, runtime.ValueKey{Integration: "a", Name: "v"})
	s.is(err, runtime.ErrNotFound)
}

// valuesAreBounded counts what lives, also where many come at once, and lets what is there be replaced.
func valuesAreBounded(s *suite) {
	ctx := s.Context()
	s.putIntegration("a")
	s.putConnection("c", "a")
	now, err := s.store.Now(ctx)
	s.ok(err)
	old := connectionValue("c", "old", `1`)
	old.ExpiresAt = now.Add(-time.Second)
	s.ok(s.store.PutValue(ctx, old, 5))
	_, err = s.store.Value(ctx, old.ValueKey)
	s.is(err, runtime.ErrNotFound)
	s.is(s.store.DeleteValue(ctx, old.ValueKey), runtime.ErrNotFound)
	var wg sync.WaitGroup
	results := make(chan error, 20)
	for i := range 20 {
		wg.Go(func() { results <- s.store.PutValue(ctx, connectionValue("c", fmt.Sprint("n", i), `1`), 5) })
	}
	wg.Wait()
	kept := 0
	for range 20 {
		if err := <-results; err == nil {
			kept++
		} else {
			s.is(err, runtime.ErrConflict)
		}
	}
	if kept != 5 {
		s.Fatalf("%d values of at most 5", kept)
	}
	s.ok(s.store.PutValue(ctx, integrationValue("a", "v", `1`), 5)) // counted apart
	s.ok(s.store.DeleteExpiredValues(ctx, now))
	for i := range 20 {
		k := runtime.ValueKey{Connection: "c", Name: fmt.Sprint("n", i)}
		if _, err := s.store.Value(ctx, k); err == nil {
			s.ok(s.store.PutValue(ctx, connectionValue("c", k.Name, `2`), 5))
			s.ok(s.store.DeleteValue(ctx, k))
			s.ok(s.store.PutValue(ctx, connectionValue("c", "again", `3`), 5))
			return
		}
	}
}
