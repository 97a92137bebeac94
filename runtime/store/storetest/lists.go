package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"claviger/runtime"
)

// lists compares every list with a model of it.
func lists(s *suite) {
	all := s.population(240)
	list := func(f runtime.ConnectionFilter) []string {
		found, err := s.store.Connections(s.Context(), f)
		s.ok(err)
		return names(found, func(c *runtime.Connection) string { return c.ID })
	}
	if ids := list(runtime.ConnectionFilter{}); len(ids) != 100 || !slices.Equal(ids, model(all, runtime.ConnectionFilter{Limit: 100})) {
		s.Fatalf("without a limit: %d, %v", len(ids), ids)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 120 {
		f := randomFilter(random)
		want := model(all, f)
		if got := list(f); !slices.Equal(got, want) {
			s.Fatalf("%+v:\n got %v\nwant %v", f, got, want)
		}
		var paged []string
		for f.Limit = 7; ; f.After = paged[len(paged)-1] {
			page := list(f)
			paged = append(paged, page...)
			if len(page) < f.Limit {
				break
			}
		}
		if !slices.Equal(paged, want) {
			s.Fatalf("%+v, by pages:\n got %v\nwant %v", f, paged, want)
		}
	}
}

// foreignTexts looks for what cannot be stored everywhere: it is not found, and no fault of the database.
func foreignTexts(s *suite) {
	ctx := s.Context()
	s.population(3)
	for _, text := range []string{"\x00", "a\x00", "\xff", "\xed\xa0\x80"} {
		_, err := s.store.Connection(ctx, text)
		s.is(err, runtime.ErrNotFound)
		_, err = s.store.Integration(ctx, text)
		s.is(err, runtime.ErrNotFound)
		_, err = s.store.Session(ctx, text)
		s.is(err, runtime.ErrNotFound)
		s.origin(text, false)
		for _, f := range []runtime.ConnectionFilter{{Owner: text}, {Integration: text}, {Status: runtime.Status(text)}} {
			found, err := s.store.Connections(ctx, f)
			s.ok(err)
			if len(found) != 0 {
				s.Errorf("%+v finds %d", f, len(found))
			}
		}
		told, err := s.store.Events(ctx, runtime.EventFilter{Connection: text})
		s.ok(err)
		if len(told) != 0 {
			s.Errorf("%q has events", text)
		}
	}
}

var (
	someIntegrations = []string{"github", "slack", "zoho"}
	someOwners       = []string{"", "tenant", "Tenant", "tenant-2", `o'"\%_`}
	someStatuses     = []runtime.Status{runtime.Pending, runtime.Connected, runtime.Failed, runtime.ReconnectRequired}
)

// population stores n connections under ids whose order is that of their bytes, and of no language.
func (s *suite) population(n int) []*runtime.Connection {
	for _, key := range someIntegrations {
		s.putIntegration(key)
	}
	all := make([]*runtime.Connection, n)
	for i := range all {
		all[i] = &runtime.Connection{
			ID:          fmt.Sprintf("%c%03d", "aBcD_é-"[i%7], (i*7919)%1000),
			Integration: someIntegrations[i%3], Owner: someOwners[i%5], Status: someStatuses[i/2%4],
		}
		s.ok(s.store.PutConnection(s.Context(), all[i]))
	}
	return all
}

func randomFilter(r *rand.Rand) runtime.ConnectionFilter {
	f := runtime.ConnectionFilter{Limit: 1000}
	if r.IntN(3) == 0 {
		f.Integration = someIntegrations[r.IntN(3)]
	}
	if r.IntN(3) == 0 {
		f.Owner = someOwners[r.IntN(5)]
	}
	if r.IntN(3) == 0 {
		f.Status = someStatuses[r.IntN(4)]
	}
	if r.IntN(3) == 0 {
		f.Owners = someOwners[r.IntN(5):]
	}
	if r.IntN(3) == 0 {
		f.Integrations = append([]string{"nowhere"}, someIntegrations[r.IntN(3):]...)
	}
	return f
}

func model(all []*runtime.Connection, f runtime.ConnectionFilter) []string {
	var ids []string
	for _, c := range all {
		if selects(f, c) {
			ids = append(ids, c.ID)
		}
	}
	slices.Sort(ids)
	return append([]string{}, ids[:min(len(ids), f.Limit)]...)
}

func selects(f runtime.ConnectionFilter, c *runtime.Connection) bool {
	return (f.Integration == "" || f.Integration == c.Integration) &&
		(f.Owner == "" || f.Owner == c.Owner) &&
		(f.Status == "" || f.Status == c.Status) &&
		(len(f.Owners) == 0 || slices.Contains(f.Owners, c.Owner)) &&
		(len(f.Integrations) == 0 || slices.Contains(f.Integrations, c.Integration)) &&
		c.ID > f.After
}
