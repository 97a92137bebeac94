package bench

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var large = flag.Int64("large", 64<<20, "bytes of BenchmarkProxyDownload and BenchmarkProxyUpload; 1073741824 for the promise")

// proxyCallers is how many connections call at a time.
const proxyCallers = 32

// serveUpstream is an API: small answers, and bodies of any length both ways.
func serveUpstream(address string) {
	small := []byte(`{"id":4711,"name":"` + strings.Repeat("x", 200) + `"}`)
	zeros := make([]byte, 64<<10)
	panic(http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.ParseInt(r.URL.Query().Get("n"), 10, 64)
		switch {
		case r.Method == http.MethodPost:
			n, _ = io.Copy(io.Discard, r.Body)
			fmt.Fprint(w, n)
		case n > 0:
			w.Header().Set("Content-Length", strconv.FormatInt(n, 10))
			for ; n > 0; n -= int64(len(zeros)) {
				if _, err := w.Write(zeros[:min(n, int64(len(zeros)))]); err != nil {
					return
				}
			}
		default:
			w.Header().Set("Content-Type", "application/json")
			w.Write(small)
		}
	})))
}

// serveReverseProxy is the baseline: the library's reverse proxy with a transport set for it.
func serveReverseProxy(address, upstream string) {
	target, err := url.Parse(upstream)
	if err != nil {
		panic(err)
	}
	pool := &pooled{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Header.Set("Authorization", "Bearer token") },
		Transport: &http.Transport{
			DialContext:  (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			MaxIdleConns: 1024, MaxIdleConnsPerHost: 256, IdleConnTimeout: 45 * time.Second, DisableCompression: true,
		},
		BufferPool: pool,
	}
	server := &http.Server{Addr: address, Handler: proxy, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	panic(server.ListenAndServe())
}

type pooled struct{ pool sync.Pool }

func (b *pooled) Get() []byte {
	if p, ok := b.pool.Get().(*[]byte); ok {
		return *p
	}
	return make([]byte, 32<<10)
}

func (b *pooled) Put(p []byte) { b.pool.Put(&p) }

// proxies are the server and the baseline, with one upstream.
type proxies struct {
	claviger, plain *process
	ours, theirs    string // URLs before the path of a call
}

func newProxies(b *testing.B) *proxies {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	upstream, plain, address := freeAddress(b), freeAddress(b), freeAddress(b)
	start(b, "http://"+upstream+"/", []string{"BENCH_UPSTREAM=" + upstream}, self)
	data, program := b.TempDir(), build(b)
	fillFor(b, data, 1, "http://"+upstream)
	folder, err := filepath.Abs("../testdata/connectors/api-key")
	if err != nil {
		b.Fatal(err)
	}
	p := &proxies{ours: "http://" + address + "/v1/connections/" + id(0) + "/proxy", theirs: "http://" + plain}
	p.plain = start(b, p.theirs+"/", []string{"BENCH_PROXY=" + plain, "BENCH_TARGET=http://" + upstream}, self)
	p.claviger = start(b, "http://"+address+"/readyz", []string{"CLAVIGER_API_KEY=" + adminKey}, program,
		"serve", "--listen", address, "--data", data, "--connectors", folder, "--log-level", "warn", "--egress-allow", "127.0.0.1")
	return p
}

// BenchmarkProxy makes calls with small answers through the proxy and through the library's own, in turn. cpu-ratio is the
// median of ten ratios of CPU time per call of the servers' processes.
func BenchmarkProxy(b *testing.B) {
	p := newProxies(b)
	const calls = 10_000
	path := func(int) string { return "/me" }
	measure := func(of *process, base string) (time.Duration, time.Duration) {
		before := of.cpu(b)
		mid := loadFrom(b, proxyCallers, base, adminKey, calls, path)
		return of.cpu(b) - before, mid
	}
	measure(p.claviger, p.ours)
	measure(p.plain, p.theirs)
	var cpu, p50 []float64
	var ours, theirs time.Duration
	b.ResetTimer()
	for range b.N {
		for range 10 {
			a, aMid := measure(p.claviger, p.ours)
			e, eMid := measure(p.plain, p.theirs)
			cpu, p50 = append(cpu, a.Seconds()/e.Seconds()), append(p50, aMid.Seconds()/eMid.Seconds())
			ours, theirs = ours+a, theirs+e
		}
	}
	runs := float64(len(cpu) * calls)
	b.ReportMetric(median(cpu), "cpu-ratio")
	b.ReportMetric(median(p50), "p50-ratio")
	b.ReportMetric(float64(ours.Microseconds())/runs, "cpu-µs/call")
	b.ReportMetric(float64(theirs.Microseconds())/runs, "plain-cpu-µs/call")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkProxyDownload and BenchmarkProxyUpload move one large body at a time. throughput-ratio is the median of that of the
// library's proxy; growth-MiB how much more memory the server took at its most.
func BenchmarkProxyDownload(b *testing.B) {
	newProxies(b).move(b, func(base string) (*http.Request, error) {
		return http.NewRequestWithContext(context.Background(), http.MethodGet, fmt.Sprintf("%s/x?n=%d", base, *large), nil)
	})
}

func BenchmarkProxyUpload(b *testing.B) {
	newProxies(b).move(b, func(base string) (*http.Request, error) {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, base+"/x", io.LimitReader(endless{}, *large))
		if err == nil {
			r.ContentLength = *large
		}
		return r, err
	})
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func (p *proxies) move(b *testing.B, request func(base string) (*http.Request, error)) {
	once := func(base string) time.Duration {
		r, err := request(base)
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+adminKey)
		began := time.Now()
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		defer response.Body.Close()
		n, err := io.Copy(io.Discard, response.Body)
		if err != nil || response.StatusCode != http.StatusOK || r.Method == http.MethodGet && n != *large {
			b.Fatalf("%d, %d bytes, %v", response.StatusCode, n, err)
		}
		return time.Since(began)
	}
	loadFrom(b, proxyCallers, p.ours, adminKey, 1_000, func(int) string { return "/me" })
	before := p.claviger.peak(b)
	var ratios []float64
	var ours time.Duration
	b.ResetTimer()
	for range b.N {
		for range 5 {
			theirs, mine := once(p.theirs), once(p.ours)
			ratios = append(ratios, theirs.Seconds()/mine.Seconds())
			ours += mine
		}
	}
	b.ReportMetric(median(ratios), "throughput-ratio")
	b.ReportMetric(float64(*large)*float64(len(ratios))/ours.Seconds()/(1<<20), "MiB/s")
	b.ReportMetric(float64(p.claviger.peak(b)-before)/(1<<10), "growth-MiB")
	b.ReportMetric(0, "ns/op")
}

// peak is the most memory that the process has had, in KiB.
func (p *process) peak(b *testing.B) int {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	n, err := strconv.Atoi(string(bytes.Fields(rest)[0]))
	if err != nil {
		b.Fatal(err)
	}
	return n
}
