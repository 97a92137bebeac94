package bench

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/egress"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/seal"
	"claviger/runtime/secret"
)

const (
	stormReaders = 256
	stormLatency = 20 * time.Millisecond
	stormCalls   = 32 // that an endpoint takes at a time: egress.PerEndpoint's default
)

// stormSize is how many connections expire together.
func stormSize(b *testing.B) int { return size(b, "CLAVIGER_BENCH_STORM", 500) }

// BenchmarkStorm reads, with 256 readers, connections whose tokens have all expired, from an engine that has just started.
// ratio is against the smaller of two rates: what the endpoint lets through, 32 calls at a time of 20 ms each, and half the
// bare durable writes of the same records by as many writers (a renewal makes two: the lease and the token). A round is
// both; ratio is the median of the rounds. Each connection is renewed by exactly one call, or the benchmark fails.
func BenchmarkStorm(b *testing.B) {
	onEach(b, true, func(b *testing.B, d *database) {
		s := newStorm(b, d, stormSize(b))
		var ratios, renewals, writes []float64
		b.ResetTimer()
		for range b.N {
			w := s.expire()
			a := s.rage(s.node())
			ratios, renewals, writes = append(ratios, a/min(s.most(1), w/2)), append(renewals, a), append(writes, w)
		}
		report(b, "ratio", ratios)
		report(b, "renewals/s", renewals)
		report(b, "bare-writes/s", writes)
	})
}

// storm is many connections that expire together.
type storm struct {
	b        *testing.B
	database *database
	store    runtime.Store // the benchmark's own way to the records
	set      *connectors.Set
	endpoint *endpoint
	renewed  int // times that each connection has been renewed
	all      []*runtime.Connection
}

func newStorm(b *testing.B, d *database, n int) *storm {
	b.Helper()
	set, err := connectors.NewSet(context.Background(), connectors.SetConfig{Sources: []connectors.Source{connectors.FromFS("demo", fakeprovider.DemoConnector())}})
	if err != nil {
		b.Fatal(err)
	}
	s := &storm{b: b, database: d, store: d.open(b), set: set, endpoint: newEndpoint(b, n, stormLatency)}
	at := time.Now().UTC()
	err = s.store.PutIntegration(context.Background(), &runtime.Integration{
		Key: "demo", Connector: "demo", Hosts: []string{"127.0.0.1"}, CreatedAt: at, UpdatedAt: at,
		Parameters: value.Of("baseUrl", s.endpoint.url, "clientId", fakeprovider.DemoClientID, "clientSecret", fakeprovider.DemoClientSecret),
	})
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		s.all = append(s.all, expired(i, at))
	}
	s.put()
	return s
}

// expired is a connection whose token ended an hour ago.
func expired(i int, at time.Time) *runtime.Connection {
	c := sample(i, at.Add(-2*time.Hour))
	c.Integration, c.Due = "demo", at.Add(-time.Hour).Truncate(time.Microsecond)
	c.Token.Grant, c.Token.Refresh, c.Token.ExpiresAt = "authorization_code", secret.New(refreshToken(i)), at.Add(-time.Hour)
	return c
}

// most is how many calls a second nodes can make of the endpoint.
func (s *storm) most(nodes int) float64 {
	return float64(nodes*stormCalls) / s.endpoint.latency.Seconds()
}

// put stores all connections as they were at first and returns how many a second.
func (s *storm) put() float64 {
	return s.each(func(i int) error { return s.store.PutConnection(context.Background(), s.all[i]) })
}

// expire brings all connections back to where they were, past every engine.
func (s *storm) expire() float64 {
	s.each(func(i int) error {
		c, err := s.store.Connection(context.Background(), s.all[i].ID)
		if err == nil {
			s.all[i].Version, s.all[i].Fence = c.Version, c.Fence
		}
		return err
	})
	return s.put()
}

// each does something for all connections, by 256 callers, and returns how many a second.
func (s *storm) each(one func(i int) error) float64 {
	s.b.Helper()
	var next atomic.Int64
	var callers sync.WaitGroup
	began := time.Now()
	for range min(stormReaders, len(s.all)) {
		callers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(s.all); i = int(next.Add(1)) - 1 {
				if err := one(i); err != nil {
					s.b.Error(err)
				}
			}
		})
	}
	callers.Wait()
	took := time.Since(began)
	if s.b.Failed() {
		s.b.FailNow()
	}
	return float64(len(s.all)) / took.Seconds()
}

// rage reads all connections, each from one of the nodes in turn, and returns how many were renewed a second. All are
// renewed by exactly one call each.
func (s *storm) rage(nodes ...*node) float64 {
	s.b.Helper()
	s.renewed++
	defer func() {
		for _, n := range nodes {
			n.end()
		}
	}()
	rate := s.each(func(i int) error { return s.read(nodes[i%len(nodes)], i) })
	s.once()
	return rate
}

// once checks that nobody has renewed anything twice.
func (s *storm) once() {
	s.b.Helper()
	for i := range s.all {
		if n := int(s.endpoint.calls[i].Load()); n != s.renewed {
			s.b.Fatalf("%d calls for connection %d, want %d", n, i, s.renewed)
		}
	}
}

// read reads credentials, which must be of the last renewal.
func (s *storm) read(n *node, i int) error {
	a, err := n.engine.Credentials(context.Background(), admin, s.all[i].ID, runtime.CredentialsQuery{})
	if err != nil {
		return err
	}
	if token := a.Credentials.Text("access_token"); !strings.HasPrefix(token, fmt.Sprintf("access-%d-%d-", i, s.renewed)) {
		return fmt.Errorf("connection %d: a reader got %.20s…", i, token)
	}
	return nil
}

var admin = &runtime.Caller{Scopes: []runtime.Scope{runtime.ScopeAdmin}}

// node is an engine as a server has it: with a store, a way out and a journal of its own.
type node struct {
	engine *runtime.Engine
	end    func()
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

// report reports the median, and how far the values lie apart.
func report(b *testing.B, name string, values []float64) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(values), name)
}

