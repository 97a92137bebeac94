package postgres

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
	"claviger/runtime/store/postgres/pgtest"
)

// BenchmarkReseal measures how fast connections of some 2 KiB are sealed anew at the server's pace, and what renewals wait
// for meanwhile.
func BenchmarkReseal(b *testing.B) {
	for _, writers := range []int{0, 16} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) { benchReseal(b, writers) })
	}
}

func benchReseal(b *testing.B, writers int) {
	ctx, path := context.Background(), filepath.Join(b.TempDir(), "keyset.json")
	ring, err := seal.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	s, err := Open(ctx, pgtest.Own(b, "-c", "shared_buffers=1GB", "-c", "max_wal_size=4GB").Create(b).SocketURL(), ring)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if err := s.PutIntegration(ctx, &runtime.Integration{Key: "github", Connector: "github"}); err != nil {
		b.Fatal(err)
	}
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
			for done := false; !done; {
				at := time.Now()
				p, err := s.Reseal(ctx, "a/1", time.Minute, 32)
				if err != nil {
					b.Fatal(err)
				}
				done = p.Done
				time.Sleep(2 * time.Since(at))
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
