package storetest

import (
	"fmt"
	"slices"
	"time"

	"claviger/runtime"
)

// dueInOrder wants those that are due by time, whatever was written in which order, and none that never is.
func dueInOrder(s *suite) {
	ctx := s.Context()
	s.putIntegration("github")
	s.putIntegration("slack")
	var made []*runtime.Connection
	for n := range 20 {
		c := &runtime.Connection{ID: fmt.Sprintf("c%02d", n), Integration: []string{"github", "slack"}[n%2], Status: runtime.Connected}
		if n%5 != 0 {
			c.Due = base.Add(time.Duration((n*7)%20) * time.Second)
		}
		s.ok(s.store.PutConnection(ctx, c))
		made = append(made, c)
	}
	want := func(when string, limit int, except ...string) {
		s.Helper()
		var model []runtime.Due
		for _, c := range made {
			if !c.Due.IsZero() && !slices.Contains(except, c.Integration) {
				model = append(model, runtime.Due{ID: c.ID, Integration: c.Integration, At: c.Due.Truncate(time.Microsecond)})
			}
		}
		slices.SortFunc(model, func(a, b runtime.Due) int { return a.At.Compare(b.At) })
		got, err := s.store.Due(ctx, runtime.DueQuery{Limit: limit, Except: except})
		s.ok(err)
		if !slices.Equal(got, model[:min(limit, len(model))]) {
			s.Fatalf("%s:\n got %v\nwant %v", when, got, model)
		}
	}
	want("made", 100)
	want("the first", 3)
	want("but slack", 100, "slack")
	want("but both", 100, "slack", "github")
	made[3].Due, made[4].Due, made[5].Due = base.Add(-time.Hour), time.Time{}, base.Add(time.Hour)
	made[4].Status = runtime.ReconnectRequired
	for _, c := range made[3:6] {
		s.ok(s.store.PutConnection(ctx, c))
	}
	want("changed", 100)
	marked := *made[6]
	marked.Due = base.Add(-2 * time.Hour) // not looked at
	s.ok(s.store.TakeLease(ctx, &marked, "node/run", time.Minute))
	made[6].Version = marked.Version
	want("leased", 100)
	made[7].Due = base.Add(2 * time.Hour)
	s.ok(s.store.Postpone(ctx, "c07", made[7].Version, made[7].Due))
	made[8].Due = time.Time{}
	s.ok(s.store.Postpone(ctx, "c08", made[8].Version, made[8].Due))
	want("postponed", 100)
	s.is(s.store.Postpone(ctx, "c09", made[9].Version+1, base), runtime.ErrConflict)
	s.is(s.store.Postpone(ctx, "nobody", 1, base), runtime.ErrConflict)
	s.ok(s.store.PutConnection(ctx, made[7])) // its version has stayed
	second := s.open()
	defer second.Close()
	s.ok(s.store.DeleteConnection(ctx, "c09"))
	made = slices.Delete(made, 9, 10)
	want("deleted", 100)
	read, err := second.Connection(ctx, "c07")
	s.ok(err)
	if !read.Due.Equal(made[7].Due.Truncate(time.Microsecond)) {
		s.Fatal(read.Due)
	}
}

// dueInShares wants each connection in one share, and in the others' once it is late.
func dueInShares(s *suite) {
	ctx := s.Context()
	s.putIntegration("github")
	const n = 90
	base := base.Truncate(time.Microsecond) // as the column due
	for i := range n {
		id := []string{"con_abc%02d", "%d", "ü%d"}[i%3]
		s.ok(s.store.PutConnection(ctx, &runtime.Connection{ID: fmt.Sprintf(id, i), Integration: "github", Due: base.Add(time.Duration(i) * time.Second)}))
	}
	for _, of := range []int{1, 2, 3, 7} {
		seen := map[string]int{}
		for share := range of {
			own, err := s.store.Due(ctx, runtime.DueQuery{Limit: n, Share: share, Of: of})
			s.ok(err)
			if of < 4 && len(own) < n/of/5 {
				s.Errorf("%d in the share %d of %d", len(own), share, of)
			}
			mine := map[string]bool{}
			for _, d := range own {
				seen[d.ID]++
				mine[d.ID] = true
			}
			late := base.Add(30 * time.Second)
			others, err := s.store.Due(ctx, runtime.DueQuery{Limit: n, Share: share, Of: of, Late: late})
			s.ok(err)
			for _, d := range others {
				if of > 1 && (mine[d.ID] || !d.At.Before(late)) {
					s.Errorf("%v is not of another share, or not late", d)
				}
			}
			if of > 1 && len(others) != 30-len(slices.DeleteFunc(own, func(d runtime.Due) bool { return !d.At.Before(late) })) {
				s.Errorf("%d late ones for the share %d of %d", len(others), share, of)
			}
		}
		for id, times := range seen {
			if times != 1 {
				s.Errorf("%s is in %d shares of %d", id, times, of)
			}
		}
		if len(seen) != n {
			s.Errorf("%d in all shares of %d", len(seen), of)
		}
	}
}

// dueNotLeased leaves out what another node renews.
func dueNotLeased(s *suite) {
	ctx := s.Context()
	s.putIntegration("github")
	for _, id := range []string{"c1", "c2", "c3"} {
		c := &runtime.Connection{ID: id, Integration: "github", Due: base}
		s.ok(s.store.PutConnection(ctx, c))
		switch id {
		case "c1":
			s.ok(s.store.TakeLease(ctx, c, "a/1", time.Minute))
		case "c2":
			s.ok(s.store.TakeLease(ctx, c, "a/1", time.Millisecond))
		}
	}
	time.Sleep(5 * time.Millisecond)
	for owner, want := range map[string]int{"": 3, "a/1": 3, "a/2": 3, "b/1": 2} {
		due, err := s.store.Due(ctx, runtime.DueQuery{Limit: 10, Owner: owner})
		s.ok(err)
		if len(due) != want {
			s.Errorf("%d are due for %q, want %d", len(due), owner, want)
		}
	}
}

func dueCounted(s *suite) {
	ctx := s.Context()
	s.putIntegration("github")
	base := base.Truncate(time.Microsecond)
	want := func(at time.Time, most, n int, since time.Time) {
		s.Helper()
		got, first, err := s.store.DueCount(ctx, at, most)
		s.ok(err)
		if got != n || !first.Equal(since) {
			s.Errorf("%d since %v, want %d since %v", got, first, n, since)
		}
	}
	want(base, 10, 0, time.Time{})
	s.ok(s.store.PutConnection(ctx, &runtime.Connection{ID: "unknown", Integration: "github", Due: time.Unix(0, 0)}))
	want(base, 10, 1, time.Time{})
	for i := range 5 {
		s.ok(s.store.PutConnection(ctx, &runtime.Connection{ID: fmt.Sprint(i), Integration: "github", Due: base.Add(time.Duration(i) * time.Second)}))
	}
	want(base.Add(2*time.Second), 10, 4, base)
	want(base.Add(time.Hour), 3, 3, base)
}
