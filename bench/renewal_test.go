package bench

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/egress"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/seal"
	"claviger/runtime/secret"
	"claviger/runtime/store/sqlite"
)

// writers is how many renewals run at a time.
const writers = 16

// BenchmarkRenewal renews connections, 16 at a time, storage included. ratio is against the smaller of two rates of the
// same run: bare x/oauth2 refreshes at the same endpoint, and half the bare durable writes of the same record to the same
// store with the same group commit (a renewal makes two: the marker and the token).
func BenchmarkRenewal(b *testing.B) {
	r := newRenewals(b)
	var ratios []float64
	var ours, refreshes, writes float64
	b.ResetTimer()
	for range b.N {
		for range 10 {
			a, f, w := r.rate(r.renew), r.rate(r.refresh), r.rate(r.write)
			ratios = append(ratios, a/min(f, w/2))
			ours, refreshes, writes = ours+a, refreshes+f, writes+w
		}
	}
	n := float64(len(ratios))
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(ours/n, "renewals/s")
	b.ReportMetric(refreshes/n, "bare-refreshes/s")
	b.ReportMetric(writes/n, "bare-writes/s")
	b.ReportMetric(0, "ns/op")
}

type renewals struct {
	b      *testing.B
	engine *runtime.Engine
	store  *sqlite.Store
	admin  *runtime.Caller
	oauth  *oauth2.Config
	client *http.Client
	own    []*runtime.Connection // for bare writes
}

func newRenewals(b *testing.B) *renewals {
	b.Helper()
	url := newEndpoint(b, writers, 0).url
	r := &renewals{
		b: b, store: open(b, b.TempDir()), admin: &runtime.Caller{Scopes: []runtime.Scope{runtime.ScopeAdmin}},
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: writers}},
	}
	b.Cleanup(func() { _ = r.store.Close() })
	set, err := connectors.NewSet(context.Background(), connectors.SetConfig{Sources: []connectors.Source{connectors.FromFS("demo", fakeprovider.DemoConnector())}})
	if err != nil {
		b.Fatal(err)
	}
	guard, err := egress.NewGuard([]string{"127.0.0.1"})
	if err != nil {
		b.Fatal(err)
	}
	r.engine, err = runtime.New(runtime.Config{
		Store: r.store, Connectors: set, Hooks: jsbridge.NewPool(jsbridge.PoolConfig{}), Guard: guard, PublicURL: "http://127.0.0.1",
		LocalStore: true, Journal: openJournal(b, seal.Generate()),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(r.engine.Close)
	r.prepare(url)
	return r
}

// prepare stores an integration and a connection for each caller, and renews each once.
func (r *renewals) prepare(url string) {
	ctx := context.Background()
	r.oauth = &oauth2.Config{
		ClientID: fakeprovider.DemoClientID, ClientSecret: fakeprovider.DemoClientSecret,
		Endpoint: oauth2.Endpoint{TokenURL: url + "/token", AuthStyle: oauth2.AuthStyleInHeader},
	}
	_, err := r.engine.PutIntegration(ctx, r.admin, runtime.NewIntegration{Key: "demo", Connector: "demo", Parameters: value.Of(
		"baseUrl", url, "clientId", fakeprovider.DemoClientID, "clientSecret", fakeprovider.DemoClientSecret)})
	if err != nil {
		r.b.Fatal(err)
	}
	for i := range writers {
		c := sample(i, time.Now().UTC())
		c.Integration = "demo"
		c.Token.Grant, c.Token.Refresh = "authorization_code", secret.New(refreshToken(i))
		r.put(c)
		if err := r.renew(i); err != nil {
			r.b.Fatal(err)
		}
		own, err := r.store.Connection(ctx, c.ID)
		if err != nil {
			r.b.Fatal(err)
		}
		own.ID, own.Version = "own_"+own.ID, 0
		r.own = append(r.own, own)
		r.put(own)
	}
}

func (r *renewals) put(c *runtime.Connection) {
	r.b.Helper()
	if err := r.store.PutConnection(context.Background(), c); err != nil {
		r.b.Fatal(err)
	}
}

// rate runs one of the three for a moment with all callers and returns how many a second were done.
func (r *renewals) rate(one func(i int) error) float64 {
	const span = 500 * time.Millisecond
	var done atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for i := range writers {
		wg.Go(func() {
			for time.Since(began) < span {
				if err := one(i); err != nil {
					r.b.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(done.Load()) / time.Since(began).Seconds()
}

func (r *renewals) renew(i int) error {
	_, err := r.engine.Refresh(context.Background(), r.admin, id(i))
	return err
}

func (r *renewals) refresh(i int) error {
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, r.client)
	_, err := r.oauth.TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken(i)}).Token()
	return err
}

func (r *renewals) write(i int) error {
	return r.store.PutConnection(context.Background(), r.own[i])
}
