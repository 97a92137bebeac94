package storetest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"claviger/runtime"
)

// events puts, adds, lists and pages: the newest first, in the order in which they came, each connection's by itself.
func events(s *suite) {
	ctx := s.Context()
	s.putIntegration("github")
	other := s.putConnection("c2", "github")
	s.ok(s.store.PutConnection(ctx, other, say("of another")))
	c := &runtime.Connection{ID: "c1", Integration: "github"}
	s.ok(s.store.PutConnection(ctx, c, say("1"), say("2")))
	s.ok(s.store.AppendEvents(ctx, "c1", say("3"), say("4")))
	s.ok(s.store.TakeLease(ctx, c, "node/run", time.Minute))
	c.Status = runtime.Connected // an indexed column changes, and then none
	s.ok(s.store.PutConnection(ctx, c, refreshed(5), say("6")))
	s.ok(s.store.AppendEvents(ctx, "c1", say("7")))
	s.ok(s.store.PutConnection(ctx, c, refreshed(8)))
	s.ok(s.store.PutConnection(ctx, c))
	s.ok(s.store.AppendEvents(ctx, "c1"))
	stale := *c
	stale.Version--
	s.is(s.store.PutConnection(ctx, &stale, say("refused")), runtime.ErrConflict)
	s.is(s.store.PutConnection(ctx, &runtime.Connection{ID: "c1", Integration: "github"}, say("refused")), runtime.ErrConflict)
	s.is(s.store.PutConnection(ctx, &runtime.Connection{ID: "c3", Integration: "nowhere"}, say("refused")), runtime.ErrConflict)
	s.is(s.store.AppendEvents(ctx, "c3", say("lost")), runtime.ErrNotFound)
	want := []string{"8", "7", "6", "5", "4", "3", "2", "1"}
	for _, limit := range []int{0, 1, 3, 8, 9} {
		if got := s.pages("c1", limit); !slices.Equal(got, want) {
			s.Fatalf("by pages of %d: %v", limit, got)
		}
	}
	if got := s.pages("c2", 0); !slices.Equal(got, []string{"of another"}) {
		s.Fatal(got)
	}
	s.ok(s.store.DeleteConnection(ctx, "c1"))
	s.putConnection("c1", "github")
	if got := append(s.pages("c1", 0), s.pages("c3", 0)...); len(got) != 0 {
		s.Fatalf("events of a connection that there is not: %v", got)
	}
}

func say(text string) runtime.Event {
	return runtime.Event{At: base, Kind: runtime.EventConsole, Message: text}
}

// told is an event that is no console output, whatever its text looks like.
func told(text string) runtime.Event {
	return runtime.Event{At: base, Kind: runtime.EventFailed, Message: text, Failure: &runtime.Failure{Message: `{"kind":"console"}`}}
}

// refreshed is n seconds after base: it has no words of its own.
func refreshed(n int) runtime.Event {
	return runtime.Event{At: base.Add(time.Duration(n) * time.Second), Kind: runtime.EventRefreshed, By: runtime.ByCaller, Key: "key_0123456789abcdefghjkmnpqrs"}
}

// pages lists a connection's events page by page: each by its message, or by its time.
func (s *suite) pages(id string, limit int) []string {
	s.Helper()
	var all []string
	for f := (runtime.EventFilter{Connection: id, Limit: limit}); ; {
		page, err := s.store.Events(s.Context(), f)
		s.ok(err)
		for _, e := range page {
			if f.Before != 0 && e.Seq >= f.Before || e.Seq < 1 {
				s.Fatalf("%d came behind %d", e.Seq, f.Before)
			}
			f.Before = e.Seq
			text := e.Message
			if e.Kind == runtime.EventRefreshed {
				text = fmt.Sprint(int(e.At.Sub(base).Seconds()))
			}
			all = append(all, text)
		}
		if limit == 0 || len(page) < limit {
			return all
		}
	}
}

// eventsAreBounded wants at most MaxEvents, the newest, and of those that come most often at least ten.
func eventsAreBounded(s *suite) {
	const rounds = runtime.MaxEvents * 5 / 4
	ctx := s.Context()
	s.putIntegration("github")
	c := s.putConnection("c1", "github")
	for n := range rounds {
		s.ok(s.store.PutConnection(ctx, c, refreshed(n)))
		switch n % 3 {
		case 0:
			s.ok(s.store.AppendEvents(ctx, "c1", say(fmt.Sprint("added ", n)), say(fmt.Sprint("and ", n))))
		case 1:
			s.ok(s.store.PutConnection(ctx, c, told(fmt.Sprint("put ", n))))
		}
		list, err := s.store.Events(ctx, runtime.EventFilter{Connection: "c1", Limit: 1000})
		s.ok(err)
		if len(list) > runtime.MaxEvents {
			s.Fatalf("%d events", len(list))
		}
	}
	all := s.pages("c1", 1000)
	if len(all) < runtime.MaxEvents*3/4 {
		s.Fatalf("only %d events", len(all))
	}
	last := rounds - 1
	for n := range 10 {
		if !slices.Contains(all, fmt.Sprint(last-n)) {
			s.Errorf("the renewal before the last %d is gone", n)
		}
	}
	for n := range 50 {
		if n = last - n; n%3 == 1 && !slices.Contains(all, fmt.Sprint("put ", n)) || n%3 == 0 && !slices.Contains(all, fmt.Sprint("and ", n)) {
			s.Errorf("what came with %d is gone", n)
		}
	}
	many := make([]runtime.Event, 3*runtime.MaxEvents)
	for n := range many {
		many[n] = say(fmt.Sprint(n))
	}
	s.ok(s.store.PutConnection(ctx, c, many...))
	if all = s.pages("c1", 1000); len(all) > runtime.MaxEvents || all[0] != fmt.Sprint(len(many)-1) {
		s.Fatalf("%d events, %s the first", len(all), all[0])
	}
}

// consoleGoesFirst lets hooks print without end: what happened to the connection stays.
func consoleGoesFirst(s *suite) {
	const verbs = 60
	ctx := s.Context()
	s.putIntegration("github")
	c := s.putConnection("c1", "github")
	other := s.putConnection("c2", "github")
	s.ok(s.store.PutConnection(ctx, other, told("of another")))
	s.ok(s.store.PutConnection(ctx, c, told("authorized")))
	for n := range verbs {
		var printed []runtime.Event
		for i := range 51 {
			printed = append(printed, say(fmt.Sprint(n, " ", i)))
		}
		if n%2 == 0 {
			s.ok(s.store.PutConnection(ctx, c, append(printed, told(fmt.Sprint("failed ", n)))...))
			continue
		}
		s.ok(s.store.AppendEvents(ctx, "c1", printed...))
		s.ok(s.store.AppendEvents(ctx, "c1", told(fmt.Sprint("failed ", n))))
	}
	all := s.pages("c1", 1000)
	if len(all) > runtime.MaxEvents || all[0] != fmt.Sprint("failed ", verbs-1) || !slices.Contains(all, "authorized") {
		s.Fatalf("%d events: %v", len(all), all)
	}
	for n := range verbs {
		if !slices.Contains(all, fmt.Sprint("failed ", n)) {
			s.Errorf("what happened with %d is gone", n)
		}
	}
	for n := range 100 {
		if text := fmt.Sprint(verbs-1-n/51, " ", 50-n%51); !slices.Contains(all, text) {
			s.Errorf("line %s is gone, which is one of the newest hundred", text)
		}
	}
	if all := s.pages("c2", 0); !slices.Equal(all, []string{"of another"}) {
		s.Error(all)
	}
}

// everyEvent wants every field of every kind of event back.
func everyEvent(s *suite) {
	ctx := s.Context()
	s.putIntegration("github")
	c := s.putConnection("c1", "github")
	full := *filled[runtime.Event]()
	odd := runtime.Event{At: base.In(time.FixedZone("", 3600)), Kind: runtime.EventConsole, Message: "ä 😀 <&>\u2028\x00\n\"\\"}
	stored := []runtime.Event{
		full, odd, refreshed(1), {Kind: runtime.EventRefreshed}, {At: base, Kind: runtime.EventRefreshed, By: runtime.ByReader},
		{At: base, Kind: runtime.EventRefreshed, By: "in two words", Key: "ä\n"}, {At: base, Kind: runtime.EventRefreshed, By: runtime.ByReader, Failure: full.Failure},
	}
	s.ok(s.store.PutConnection(ctx, c, stored...))
	s.ok(s.store.AppendEvents(ctx, "c1", stored...))
	read, err := s.store.Events(ctx, runtime.EventFilter{Connection: "c1"})
	s.ok(err)
	if len(read) != 2*len(stored) {
		s.Fatalf("%d events", len(read))
	}
	slices.Reverse(read)
	for i := range read {
		want := stored[i%len(stored)]
		want.Seq, want.At = read[i].Seq, want.At.UTC()
		same(s, &read[i], &want)
	}
}

// noEventLost lets many add to one timeline while others change the connection.
func noEventLost(s *suite) {
	s.putIntegration("github")
	s.putConnection("c1", "github")
	second := s.open()
	defer second.Close()
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			store := []runtime.Store{s.store, second}[n%2]
			for i := range 10 {
				err := store.AppendEvents(s.Context(), "c1", say(fmt.Sprint(n, " ", i)))
				if err == nil {
					err = count(s, store)
				}
				if err != nil {
					s.Error(err)
				}
			}
		})
	}
	group.Wait()
	all := s.pages("c1", 7)
	slices.Sort(all)
	if len(slices.Compact(all)) != 80 {
		s.Fatalf("%d events", len(all))
	}
}
