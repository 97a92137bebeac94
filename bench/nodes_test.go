package bench

import (
	"context"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"claviger/jsbridge"
	"claviger/runtime"
	"claviger/runtime/egress"
	"claviger/runtime/seal"
)

// BenchmarkStormNodes is the storm of BenchmarkStorm on one PostgreSQL, with one node and with three that know of each
// other, all in this process: each has an engine, a pool of connections with the database, a way out and a journal of its
// own. ratio is how many renewals a second three nodes make to how many one makes, where each connection is read from one
// of the nodes, as behind a load balancer; crowded-ratio is the same where each is read from all three at once. A round is
// all three storms. Each makes exactly one call for each connection, or the benchmark fails.
func BenchmarkStormNodes(b *testing.B) {
	s := newStorm(b, onPostgres(b, true), stormSize(b))
	var ratios, crowded, one, three []float64
	b.ResetTimer()
	for range b.N {
		s.expire()
		a := s.rage(s.nodes(1))
		s.expire()
		z := s.rage(s.nodes(3))
		s.expire()
		c := s.crowd(s.nodes(3))
		ratios, crowded, one, three = append(ratios, z/a), append(crowded, c/a), append(one, a), append(three, z)
	}
	report(b, "ratio", ratios)
	report(b, "crowded-ratio", crowded)
	report(b, "one/s", one)
	report(b, "three/s", three)
	b.ReportMetric(median(s.cpu), "cpu-µs/renewal")
	b.ReportMetric(median(s.others), "others-cores")
}

// crowd is rage, but for every connection that is read from all nodes at the same time.
func (s *storm) crowd(nodes []*node) float64 {
	s.b.Helper()
	defer endAll(nodes)
	return s.renew(func(i int) error {
		var readers errgroup.Group
		for _, n := range nodes {
			readers.Go(func() error { return s.read(n, i) })
		}
		return readers.Wait()
	})
}

// node is an engine as a server has it: with a store, a way out and a journal of its own.
type node struct {
	engine *runtime.Engine
	end    func()
}

// nodes starts servers, which know of each other when it returns.
func (s *storm) nodes(n int) []*node {
	s.b.Helper()
	nodes := make([]*node, n)
	for i := range nodes {
		nodes[i] = s.node()
	}
	for deadline := time.Now().Add(10 * time.Second); !s.database.local; time.Sleep(10 * time.Millisecond) {
		met := 0
		for _, one := range nodes {
			if len(one.engine.Nodes()) == n {
				met++
			}
		}
		switch {
		case met == n:
			return nodes
		case time.Now().After(deadline):
			s.b.Fatal("the nodes do not see each other")
		}
	}
	return nodes
}

func endAll(nodes []*node) {
	for _, n := range nodes {
		n.end()
	}
}

// node starts a server. On a database of several servers it does what these do for each other.
func (s *storm) node() *node {
	s.b.Helper()
	guard, err := egress.NewGuard([]string{"127.0.0.1"})
	if err != nil {
		s.b.Fatal(err)
	}
	store := s.database.open(s.b)
	engine, err := runtime.New(runtime.Config{
		Store: store, Connectors: s.set, Hooks: jsbridge.NewPool(jsbridge.PoolConfig{}), Guard: guard, PublicURL: "http://127.0.0.1",
		LocalStore: s.database.local, Journal: openJournal(s.b, seal.Generate()),
	})
	if err != nil {
		s.b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var loops sync.WaitGroup
	loops.Go(func() { engine.Deliver(ctx) })
	if !s.database.local {
		loops.Go(func() { engine.Beat(ctx) })
		loops.Go(func() { engine.Follow(ctx) })
	}
	return &node{engine, func() {
		cancel()
		loops.Wait()
		engine.Close()
		guard.CloseIdle()
		_ = store.Close()
	}}
}
