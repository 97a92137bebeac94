package bench

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/runtime"
	"claviger/runtime/egress"
	"claviger/runtime/fakeprovider"
)

const (
	readsFew  = 1_000 // rows of the database that a larger one is compared with
	readsPass = 1_000 // reads of one pass
	readsDue  = 100   // rows that are due
)

// BenchmarkReads compares a database of many connections with one of 1,000, in turn. hot: credentials that the engine has
// in memory, 1,000 of them again and again. cold: credentials of connections at random from an engine that has none in
// memory. due: the look at what is due, of which there are 100; shared: the same as one of three nodes looks. Each ratio is
// the median over the passes of what the median read takes.
func BenchmarkReads(b *testing.B) {
	onEach(b, false, func(b *testing.B, d *database) {
		many := size(b, "CLAVIGER_BENCH_ROWS", 3*readsFew)
		small, large := newShelf(b, d, readsFew), newShelf(b, d.another(b), many)
		for _, c := range []struct {
			name string
			pass func(*shelf) []time.Duration
		}{
			{"hot", (*shelf).hot}, {"cold", (*shelf).cold},
			{"due", func(s *shelf) []time.Duration { return s.due(runtime.DueQuery{}) }},
			{"shared", func(s *shelf) []time.Duration { return s.due(runtime.DueQuery{Share: 1, Of: 3}) }},
		} {
			b.Run(c.name, func(b *testing.B) {
				small.b, large.b = b, b
				c.pass(small)
				c.pass(large)
				var ratios, few, many []float64
				b.ResetTimer()
				for range b.N {
					for range 5 {
						a, z := middle(c.pass(small)), middle(c.pass(large))
						ratios, few, many = append(ratios, z/a), append(few, a), append(many, z)
					}
				}
				report(b, "ratio", ratios)
				b.ReportMetric(median(few)*1e6, "few-p50-µs")
				b.ReportMetric(median(many)*1e6, "many-p50-µs")
			})
		}
	})
}

// middle is the median, in seconds.
func middle(took []time.Duration) float64 {
	slices.Sort(took)
	return took[len(took)/2].Seconds()
}

// shelf is a database full of connections with valid tokens, and an engine that has read some.
type shelf struct {
	b      *testing.B
	n      int
	store  runtime.Store
	set    *connectors.Set
	guard  *egress.Guard
	engine *runtime.Engine
}

func newShelf(b *testing.B, d *database, n int) *shelf {
	b.Helper()
	s := &shelf{b: b, n: n, store: d.open(b)}
	var err error
	if s.set, err = connectors.NewSet(context.Background(), connectors.SetConfig{Sources: []connectors.Source{connectors.FromFS("demo", fakeprovider.DemoConnector())}}); err != nil {
		b.Fatal(err)
	}
	if s.guard, err = egress.NewGuard(nil); err != nil {
		b.Fatal(err)
	}
	s.fill()
	d.settle(b)
	s.engine = s.fresh()
	b.Cleanup(s.engine.Close)
	return s
}

// fill stores the connections. Of each that is n/100th the token is due now, of the others within a day.
func (s *shelf) fill() {
	s.b.Helper()
	at := time.Now().UTC().Truncate(time.Microsecond)
	if err := s.store.PutIntegration(context.Background(), &runtime.Integration{Key: "demo", Connector: "demo", CreatedAt: at, UpdatedAt: at}); err != nil {
		s.b.Fatal(err)
	}
	var work errgroup.Group
	work.SetLimit(stormReaders)
	for i := range s.n {
		work.Go(func() error {
			c := sample(i, at)
			c.Integration, c.Due = "demo", at.Add(time.Hour+rand.N(24*time.Hour))
			if i%(s.n/readsDue) == 0 {
				c.Due = at.Add(-rand.N(time.Hour))
			}
			return s.store.PutConnection(context.Background(), c)
		})
	}
	if err := work.Wait(); err != nil {
		s.b.Fatal(err)
	}
}

// fresh is an engine that has nothing in memory.
func (s *shelf) fresh() *runtime.Engine {
	s.b.Helper()
	engine, err := runtime.New(runtime.Config{
		Store: s.store, Connectors: s.set, Hooks: jsbridge.NewPool(jsbridge.PoolConfig{}), Guard: s.guard, PublicURL: "http://127.0.0.1",
	})
	if err != nil {
		s.b.Fatal(err)
	}
	return engine
}

func (s *shelf) read(e *runtime.Engine, i int) {
	if _, err := e.Credentials(context.Background(), admin, id(i), runtime.CredentialsQuery{}); err != nil {
		s.b.Fatal(err)
	}
}

// hot reads the same connections every time. Reads are too quick for the clock: twenty are timed together.
func (s *shelf) hot() (took []time.Duration) {
	const together = 20
	for range readsPass {
		first := rand.IntN(hotSet)
		began := time.Now()
		for i := range together {
			s.read(s.engine, (first+i*37)%hotSet*(s.n/hotSet))
		}
		took = append(took, time.Since(began)/together)
	}
	return took
}

// cold reads each connection once.
func (s *shelf) cold() (took []time.Duration) {
	e := s.fresh()
	defer e.Close()
	seen := map[int]bool{}
	for len(took) < readsPass {
		i := rand.IntN(s.n)
		if seen[i] {
			continue
		}
		seen[i] = true
		began := time.Now()
		s.read(e, i)
		took = append(took, time.Since(began))
	}
	return took
}

// due looks for what is due as the engine does.
func (s *shelf) due(q runtime.DueQuery) (took []time.Duration) {
	q.Limit, q.Owner = 128, "node/run"
	for range readsPass / 10 {
		began := time.Now()
		list, err := s.store.Due(context.Background(), q)
		took = append(took, time.Since(began))
		if err != nil || len(list) != q.Limit {
			s.b.Fatal(len(list), err)
		}
		if q.Of == 0 && (list[readsDue-1].At.After(began) || !list[readsDue].At.After(began)) {
			s.b.Fatal("expected a hundred that are due")
		}
	}
	return took
}
