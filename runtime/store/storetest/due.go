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
		got, err := s.store.Due(ctx, limit, except)
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
