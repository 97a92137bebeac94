package sqlite

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

// BenchmarkReseal measures how fast connections of some 2 KiB are sealed anew, at the server's pace and without a pause, and
// what renewals wait for meanwhile.
func BenchmarkReseal(b *testing.B) {
	for name, pace := range map[string]struct{ limit, share int }{"server": {32, 2}, "alone": {200, 0}} {
		for _, writers := range []int{0, 16} {
			b.Run(fmt.Sprintf("%s/writers=%d", name, writers), func(b *testing.B) { benchReseal(b, pace.limit, pace.share, writers) })
		}
	}
}

func benchReseal(b *testing.B, limit, share, writers int) {
	ctx, s, ring, path := context.Background(), (*Store)(nil), (*seal.Ring)(nil), filepath.Join(b.TempDir(), "keyset.json")
	ring, err := seal.Create(path)
	if err == nil {
		s, err = Open(ctx, filepath.Join(b.TempDir(), "claviger.db"), ring)
	}
	if err == nil {
		err = s.PutIntegration(ctx, &runtime.Integration{Key: "github", Connector: "github"})
	}
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const n = 20_000
	fill(b, s, n)
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
				p, err := s.Reseal(ctx, "a/1", time.Minute, limit)
				if err != nil {
					b.Error(err)
				}
				if p.Done || err != nil {
					break
				}
				time.Sleep(time.Duration(share) * time.Since(at))
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
func renewals(b *testing.B, s *Store, writers, n int, f func()) (took []time.Duration) {
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
