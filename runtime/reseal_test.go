package runtime_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/store/sqlite"
)

// gauged remembers how many records were left.
type gauged struct {
	clumsy
	mu   sync.Mutex
	seen []int
}

func (g *gauged) RecordsToReseal(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.seen) == 0 || g.seen[len(g.seen)-1] != n {
		g.seen = append(g.seen, n)
	}
}

func (g *gauged) all() []int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.seen)
}

// Records are sealed anew when every node seals with the new key, and not while one does not.
func TestResealWhenAllNodesAgree(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	path := filepath.Join(dir, "keyset.json")
	ring, err := seal.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	store, err := sqlite.Open(ctx, filepath.Join(dir, "claviger.db"), ring)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const n = 100
	for i := range n {
		ok(store.PutIntegration(ctx, &runtime.Integration{Key: fmt.Sprint(i), Parameters: value.Of("a", "b")}))
	}
	old := ring.Active()
	ring.Guard(func(ctx context.Context, candidate *seal.Ring) error { return store.AdmitKeys(ctx, candidate) })
	ok(seal.Edit(path, func(k *seal.Keyset) (*seal.Keyset, error) { return k.WithNew().Activated(), nil }))
	ok(ring.Reload(ctx))
	observer := &gauged{}
	e, err := runtime.New(runtime.Config{Store: store, PublicURL: "https://claviger.test", Node: "a", Keys: ring.Keys, Observer: observer})
	ok(err)
	defer e.Close()
	other := func(active string) {
		ok(store.Beat(ctx, runtime.Node{ID: "b", Run: "b/1", Active: active}))
	}
	other(old)
	background, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	group.Go(func() { e.Beat(background) })
	group.Go(func() { e.Reseal(background) })
	for range 3 {
		time.Sleep(time.Second)
		other(old)
	}
	use := func() map[string]int {
		use, err := store.KeyUse(ctx)
		ok(err)
		return use
	}
	if left := use(); left[old] != n {
		t.Fatal(left)
	}
	for end := time.Now().Add(15 * time.Second); len(use()) != 1 || use()[ring.Active()] != n; time.Sleep(100 * time.Millisecond) {
		other(ring.Active())
		if time.Now().After(end) {
			t.Fatal(use())
		}
	}
	seen := observer.all()
	if len(seen) < 3 || seen[0] != 0 || seen[len(seen)-1] != 0 || !slices.IsSortedFunc(seen[1:], func(a, b int) int { return b - a }) {
		t.Fatal(seen)
	}
}
