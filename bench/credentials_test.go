package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/secret"
	"claviger/runtime/store/sqlite"
)

var connections = flag.Int("connections", 20_000, "how many connections BenchmarkCredentialsCold stores")

// hotSet is how many connections are read again and again.
const hotSet = 1_000

// BenchmarkCredentialsHot reads valid credentials of a hot set, with API key check, against an echo handler that returns
// the same bytes with the same key check. cpu-ratio is the median of ten ratios of CPU time per request.
func BenchmarkCredentialsHot(b *testing.B) {
	s := newServer(b, hotSet)
	s.compare(b, func(i int) string { return s.path(i % hotSet) })
}

// BenchmarkCredentialsCold reads connections at random: most of them are in no cache of the server's.
func BenchmarkCredentialsCold(b *testing.B) {
	s := newServer(b, *connections)
	s.compare(b, func(int) string { return s.path(rand.IntN(*connections)) })
	b.ReportMetric(float64(*connections), "connections")
}

// server is the real program with stored connections, and the baseline beside it.
type server struct {
	claviger, echo    *process
	url, echoURL, key string
}

func newServer(b *testing.B, n int) *server {
	b.Helper()
	data, program := b.TempDir(), build(b)
	fill(b, data, n)
	out, err := exec.Command(program, "keys", "create", "--data", data, "--scope", "use").Output()
	if err != nil {
		b.Fatal(err)
	}
	s := &server{key: strings.TrimSpace(string(out))}
	address := freeAddress(b)
	s.url = "http://" + address
	folder, err := filepath.Abs("../testdata/connectors/api-key")
	if err != nil {
		b.Fatal(err)
	}
	s.claviger = start(b, s.url+"/readyz", []string{"CLAVIGER_API_KEY=" + adminKey}, program, "serve", "--listen", address, "--data", data, "--connectors", folder, "--log-level", "warn")
	s.startEcho(b)
	return s
}

func (s *server) path(i int) string { return "/v1/connections/" + id(i) + "/credentials" }

func id(i int) string { return fmt.Sprintf("con_%016d", i) }

// startEcho starts the baseline with the bytes that the server answers.
func (s *server) startEcho(b *testing.B) {
	b.Helper()
	r, err := http.NewRequest(http.MethodGet, s.url+s.path(0), nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.key)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || !json.Valid(body) || !bytes.Contains(body, []byte("access_token")) {
		b.Fatalf("%d %s %v", response.StatusCode, body, err)
	}
	file := filepath.Join(b.TempDir(), "body")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		b.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	address := freeAddress(b)
	s.echoURL = "http://" + address
	s.echo = start(b, s.echoURL+"/", []string{"BENCH_ECHO=" + address, "BENCH_BODY=" + file, "BENCH_KEY=" + s.key}, self)
}

// compare runs both in turn, ten times.
func (s *server) compare(b *testing.B, path func(i int) string) {
	const requests = 20_000
	load(b, s.url, s.key, requests, path)
	load(b, s.echoURL, s.key, requests, path)
	var cpu, p50 []float64
	var ours, theirs time.Duration
	b.ResetTimer()
	for range b.N {
		for range 10 {
			a, aMid := s.measure(b, s.claviger, s.url, requests, path)
			e, eMid := s.measure(b, s.echo, s.echoURL, requests, path)
			cpu, p50 = append(cpu, a.Seconds()/e.Seconds()), append(p50, aMid.Seconds()/eMid.Seconds())
			ours, theirs = ours+a, theirs+e
		}
	}
	runs := float64(len(cpu) * requests)
	b.ReportMetric(median(cpu), "cpu-ratio")
	b.ReportMetric(median(p50), "p50-ratio")
	b.ReportMetric(float64(ours.Microseconds())/runs, "cpu-µs/request")
	b.ReportMetric(float64(theirs.Microseconds())/runs, "echo-cpu-µs/request")
	b.ReportMetric(0, "ns/op")
}

func (s *server) measure(b *testing.B, p *process, url string, n int, path func(i int) string) (time.Duration, time.Duration) {
	before := p.cpu(b)
	mid := load(b, url, s.key, n, path)
	return p.cpu(b) - before, mid
}

// fill stores n connections of an API-key integration, as the server would.
func fill(b *testing.B, data string, n int) {
	b.Helper()
	fillFor(b, data, n, "https://api.example")
}

// fillFor is fill for an API at an address.
func fillFor(b *testing.B, data string, n int, baseURL string) {
	b.Helper()
	ctx := context.Background()
	store := open(b, data)
	defer store.Close()
	at := time.Now().UTC()
	err := store.PutIntegration(ctx, &runtime.Integration{
		Key: "bench", Connector: "api-key", Parameters: value.Of("baseUrl", baseURL), Hosts: []string{"127.0.0.1", "api.example"}, CreatedAt: at, UpdatedAt: at,
	})
	if err != nil {
		b.Fatal(err)
	}
	work := errgroup.Group{}
	work.SetLimit(64)
	for i := range n {
		work.Go(func() error { return store.PutConnection(ctx, sample(i, at)) })
	}
	if err := work.Wait(); err != nil {
		b.Fatal(err)
	}
}

func open(b *testing.B, data string) *sqlite.Store {
	b.Helper()
	path := filepath.Join(data, "claviger.db")
	ring, err := seal.Open(filepath.Join(data, "keyset.json"), func() (bool, error) { return sqlite.Sealed(context.Background(), path) })
	if err != nil {
		b.Fatal(err)
	}
	store, err := sqlite.Open(context.Background(), path, ring)
	if err != nil {
		b.Fatal(err)
	}
	return store
}

// sample is a connection with a token that is long valid and about as large as those of real providers.
func sample(i int, at time.Time) *runtime.Connection {
	token := fmt.Sprintf("token-%d-", i) + strings.Repeat("x", 900)
	return &runtime.Connection{
		ID: id(i), Integration: "bench", Owner: fmt.Sprint("owner-", i%1000), Status: runtime.Connected, CreatedAt: at, UpdatedAt: at,
		Token: &runtime.Token{
			Access: secret.New(token), IssuedAt: at, ExpiresAt: at.Add(24 * time.Hour),
			Credentials: value.Of("access_token", token, "token_type", "Bearer", "scope", "read write"),
		},
	}
}
