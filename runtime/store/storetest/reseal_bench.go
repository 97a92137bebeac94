package storetest

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/secret"
)

// ResealBench is what a store's benchmark of sealing anew is made of.
type ResealBench struct {
	// Open opens an empty database.
	Open func(b *testing.B, keys *seal.Ring) (runtime.Store, error)
	// Fill puts n connections of some 2 KiB of the integration "github" there, c0000000 and so on.
	Fill  func(b *testing.B, s runtime.Store, n int)
	Paces map[string]Pace
}

// Pace is how many records are sealed anew at a time, and how long is rested after them, as a multiple of the time they took.
type Pace struct{ Limit, Share int }

// Run measures how fast connections are sealed anew at each pace, and what renewals wait for meanwhile.
func (d ResealBench) Run(b *testing.B) {
	for name, pace := range d.Paces {
		for _, writers := range []int{0, 16} {
			b.Run(fmt.Sprintf("%s/writers=%d", name, writers), func(b *testing.B) { d.run(b, pace, writers) })
		}
	}
}

func (d ResealBench) run(b *testing.B, p Pace, writers int) {
	ctx, path := context.Background(), filepath.Join(b.TempDir(), "keyset.json")
	ring, err := seal.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	s, err := d.Open(b, ring)
	if err == nil {
		err = s.PutIntegration(ctx, &runtime.Integration{Key: "github", Connector: "github"})
	}
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const n = 20_000
	d.Fill(b, s, n)
	ring.Guard(func(ctx context.Context, candidate *seal.Ring) error { return s.AdmitKeys(ctx, candidate) })
	var took [2][]time.Duration
	for b.Loop() {
		took[0] = append(took[0], renewals(b, s, writers, n, func() { time.Sleep(time.Second) })...)
		err := seal.Edit(path, func(k *seal.Keyset) (*seal.Keyset, error) { return k.WithNew().Activated(), nil })
		if err == nil {
			err = ring.Reload(ctx)
		}
		if err != nil {
			b.Fatal(err)
		}
		took[1] = append(took[1], renewals(b, s, writers, n, func() {
			began := time.Now()
			for {
				at := time.Now()
				progress, err := s.Reseal(ctx, "a/1", time.Minute, p.Limit)
				if err != nil {
					b.Error(err)
				}
				if progress.Done || err != nil {
					break
				}
				time.Sleep(time.Duration(p.Share) * time.Since(at))
			}
			b.ReportMetric(n/time.Since(began).Seconds(), "records/s")
		})...)
	}
	for i, name := range []string{"alone", "beside"} {
		if slices.Sort(took[i]); len(took[i]) > 0 {
			b.ReportMetric(float64(took[i][len(took[i])/2].Microseconds())/1000, name+"-p50-ms")
			b.ReportMetric(float64(took[i][len(took[i])*99/100].Microseconds())/1000, name+"-p99-ms")
		}
	}
}

// renewals writes connections as renewals do while f runs, and returns how long each took.
func renewals(b *testing.B, s runtime.Store, writers, n int, f func()) (took []time.Duration) {
	var over atomic.Bool
	each := make(chan []time.Duration, writers)
	for w := range writers {
		go func() {
			var took []time.Duration
			for i := w; !over.Load(); i += 7919 {
				c, err := s.Connection(context.Background(), fmt.Sprintf("c%07d", i%n))
				if err == nil {
					c.Token.Access = secret.New(c.Token.Access.Reveal()[1:] + "b")
					began := time.Now()
					err = s.PutConnection(context.Background(), c)
					took = append(took, time.Since(began))
				}
				if err != nil && err != runtime.ErrConflict {
					b.Error(err)
					break
				}
			}
			each <- took
		}()
	}
	f()
	over.Store(true)
	for range writers {
		took = append(took, <-each...)
	}
	return took
}
