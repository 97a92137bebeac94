package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"claviger/runtime"
)

// race runs try at the same time from n goroutines and wants one to succeed and all others to meet a conflict.
func (s *suite) race(n int, try func(i int) error) {
	s.Helper()
	var group sync.WaitGroup
	var won, lost atomic.Int32
	start := make(chan struct{})
	for i := range n {
		group.Go(func() {
			<-start
			switch err := try(i); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, runtime.ErrConflict):
				lost.Add(1)
			default:
				s.Error(err)
			}
		})
	}
	close(start)
	group.Wait()
	if won.Load() != 1 || int(lost.Load()) != n-1 {
		s.Fatalf("%d won, %d lost", won.Load(), lost.Load())
	}
}

func oneWriterWins(s *suite) {
	ctx := s.Context()
	i := s.putIntegration("github")
	c := s.putConnection("c1", "github")
	f := s.putFlow("f1", time.Hour)
	for range 5 {
		s.race(20, func(n int) error {
			mine := *i
			mine.Connector = fmt.Sprint(n)
			return s.store.PutIntegration(ctx, &mine)
		})
		s.race(20, func(n int) error {
			mine := *c
			mine.Label, mine.Status = fmt.Sprint(n), someStatuses[n%4]
			return s.store.PutConnection(ctx, &mine)
		})
		s.race(20, func(n int) error {
			mine := *f
			mine.StateHash = fmt.Append(nil, n)
			return s.store.PutFlow(ctx, &mine)
		})
		i.Version++
		c.Version++
		f.Version++
	}
}

func oneCreatorWins(s *suite) {
	ctx := s.Context()
	s.race(20, func(n int) error {
		return s.store.PutIntegration(ctx, &runtime.Integration{Key: "github", Connector: fmt.Sprint(n)})
	})
	s.race(20, func(n int) error {
		return s.store.PutConnection(ctx, &runtime.Connection{ID: "c1", Integration: "github", Label: fmt.Sprint(n)})
	})
	s.race(20, func(n int) error { return s.store.PutFlow(ctx, s.flow("f1", time.Hour)) })
	s.race(20, func(n int) error {
		return s.store.CreateKey(ctx, &runtime.APIKey{ID: fmt.Sprint(n), Hash: []byte("one hash")})
	})
}

func oneTakerWins(s *suite) {
	ctx := s.Context()
	s.putIntegration("github")
	s.putConnection("c1", "github")
	for round := range 5 {
		f := s.putFlow(fmt.Sprint(round), time.Hour)
		s.race(50, func(int) error {
			mine, err := s.store.Flow(ctx, runtime.ByConnect, f.ConnectHash)
			if errors.Is(err, runtime.ErrNotFound) {
				return runtime.ErrConflict // came after the winner
			}
			if err != nil {
				return err
			}
			return s.store.TakeFlow(ctx, mine)
		})
	}
}

// noUpdateLost lets many count up one record by reading, changing and putting it, through two stores on one database.
func noUpdateLost(s *suite) {
	s.putIntegration("github")
	s.putConnection("c1", "github")
	second := s.open()
	defer second.Close()
	const goroutines, each = 8, 20
	var group sync.WaitGroup
	for n := range goroutines {
		group.Go(func() {
			store := []runtime.Store{s.store, second}[n%2]
			for range each {
				if err := count(s, store); err != nil {
					s.Error(err)
				}
			}
		})
	}
	group.Wait()
	c, err := s.store.Connection(s.Context(), "c1")
	s.ok(err)
	if c.Renewal.Attempts != goroutines*each || c.Version != goroutines*each+1 {
		s.Fatalf("%d updates, version %d", c.Renewal.Attempts, c.Version)
	}
}

func count(s *suite, store runtime.Store) error {
	for {
		c, err := store.Connection(s.Context(), "c1")
		if err != nil {
			return err
		}
		c.Renewal.Attempts++
		if err := store.PutConnection(s.Context(), c); !errors.Is(err, runtime.ErrConflict) {
			return err
		}
	}
}
