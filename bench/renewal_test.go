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
	tokens []atomic.Pointer[oauth2.Token]
	own    []*runtime.Connection // for bare writes
}

func newRenewals(b *testing.B) *renewals {
	b.Helper()
	options := fakeprovider.DemoOptions()
	options.Rotation = fakeprovider.RotateNever
	provider := fakeprovider.New(options)
	url := provider.Start(b)
	r := &renewals{
		b: b, store: open(b, b.TempDir()), admin: &runtime.Caller{Scopes: []runtime.Scope{runtime.ScopeAdmin}},
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: writers}}, tokens: make([]atomic.Pointer[oauth2.Token], writers),
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
	r.prepare(url, provider)
	return r
}

// prepare stores an integration and a connection for each caller, with refresh tokens that the provider gave.
func (r *renewals) prepare(url string, provider *fakeprovider.Provider) {
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
		token := grantToken(r.b, r.oauth, url)
		r.tokens[i].Store(token)
		c := sample(i, time.Now().UTC())
		c.Integration = "demo"
		c.Token.Grant, c.Token.Refresh, c.Token.Access = "authorization_code", secret.New(token.RefreshToken), secret.New(token.AccessToken)
		c.Token.Credentials = value.Of("access_token", token.AccessToken, "token_type", "Bearer", "scope", "profile offline_access")
		own := *c
		own.ID = "own_" + c.ID
		r.own = append(r.own, &own)
		for _, put := range []*runtime.Connection{c, &own} {
			if err := r.store.PutConnection(ctx, put); err != nil {
				r.b.Fatal(err)
			}
		}
	}
}

// grantToken walks the provider's consent by hand, with PKCE.
func grantToken(b *testing.B, c *oauth2.Config, url string) *oauth2.Token {
	b.Helper()
	verifier := oauth2.GenerateVerifier()
	config := *c
	config.Endpoint.AuthURL, config.RedirectURL, config.Scopes = url+"/authorize", "http://127.0.0.1/callback", []string{"profile", "offline_access"}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(config.AuthCodeURL("state-of-bench", oauth2.S256ChallengeOption(verifier)) + "&approve=1")
	if err != nil {
		b.Fatal(err)
	}
	response.Body.Close()
	location, err := response.Location()
	if err != nil {
		b.Fatal(err)
	}
	token, err := config.Exchange(context.Background(), location.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		b.Fatal(err)
	}
	return token
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
	old := r.tokens[i].Load()
	_, err := r.oauth.TokenSource(ctx, &oauth2.Token{RefreshToken: old.RefreshToken}).Token()
	return err
}

func (r *renewals) write(i int) error {
	return r.store.PutConnection(context.Background(), r.own[i])
}
