package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
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
			a := s.rage(s.nodes(1))
			ratios, renewals, writes = append(ratios, a/min(s.most(1), w/2)), append(renewals, a), append(writes, w)
		}
		report(b, "ratio", ratios)
		report(b, "renewals/s", renewals)
		report(b, "bare-writes/s", writes)
		b.ReportMetric(median(s.cpu), "cpu-µs/renewal")
		b.ReportMetric(median(s.others), "others-cores")
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
	cpu      []float64 // of each storm: µs of processor time for a renewal, with the database and the endpoint
	others   []float64 // how many processors worked for others meanwhile
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

// rage reads all connections, each from one of the nodes, and returns how many were renewed a second. All are renewed by
// exactly one call each. Then it ends the nodes.
func (s *storm) rage(nodes []*node) float64 {
	s.b.Helper()
	defer endAll(nodes)
	return s.renew(func(i int) error { return s.read(nodes[i%len(nodes)], i) })
}

// renew reads all connections and checks that each is renewed once.
func (s *storm) renew(read func(i int) error) float64 {
	s.b.Helper()
	s.renewed++
	before := used()
	rate := s.each(read)
	ours, others := before.since()
	s.cpu, s.others = append(s.cpu, float64(ours.Microseconds())/float64(len(s.all))), append(s.others, others)
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

// report reports the median of the rounds, and how far the lowest and the highest lie apart in parts of it.
func report(b *testing.B, name string, values []float64) {
	b.Helper()
	mid := median(values)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(mid, name)
	if len(values) > 1 {
		b.ReportMetric((slices.Max(values)-slices.Min(values))/mid, name+"-spread")
	}
}
