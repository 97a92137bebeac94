package bench

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

const adminKey = "clv_bench-admin-key-0123456789abcdef"

// The test binary is the baseline's server too.
func TestMain(m *testing.M) {
	if address := os.Getenv("BENCH_ECHO"); address != "" {
		serveEcho(address)
		return
	}
	if address := os.Getenv("BENCH_UPSTREAM"); address != "" {
		serveUpstream(address)
	}
	if address := os.Getenv("BENCH_PROXY"); address != "" {
		debug.SetGCPercent(2400) // what serve has with a small heap
		serveReverseProxy(address, os.Getenv("BENCH_TARGET"))
	}
	debug.SetGCPercent(400) // what serve comes to with a heap of this size
	os.Exit(m.Run())
}

// serveEcho answers every path with the same bytes to who knows the key: what any server must do at least.
func serveEcho(address string) {
	body, err := os.ReadFile(os.Getenv("BENCH_BODY"))
	if err != nil {
		panic(err)
	}
	want := sha256.Sum256([]byte(os.Getenv("BENCH_KEY")))
	keys := map[string]bool{hex.EncodeToString(want[:]): true}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.GET("/v1/connections/:id/credentials", func(c echo.Context) error {
		sum := sha256.Sum256([]byte(strings.TrimPrefix(c.Request().Header.Get("Authorization"), "Bearer ")))
		if !keys[hex.EncodeToString(sum[:])] {
			return c.NoContent(http.StatusUnauthorized)
		}
		return c.Blob(http.StatusOK, "application/json", body)
	})
	panic(e.Start(address))
}

// process is a server in its own process.
type process struct {
	cmd *exec.Cmd
}

func start(b *testing.B, ready string, env []string, name string, args ...string) *process {
	b.Helper()
	p := &process{cmd: exec.Command(name, args...)}
	p.cmd.Env = append(os.Environ(), env...)
	var log bytes.Buffer
	p.cmd.Stderr = &log
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if r, err := http.Get(ready); err == nil {
			r.Body.Close()
			return p
		}
		if time.Now().After(deadline) {
			b.Fatalf("%s is not ready: %s", name, log.String())
		}
	}
}

// cpu is the CPU time that the process has used, user and system. It is what getrusage tells of a process, read from
// outside while it runs, in ticks of 10 ms.
func (p *process) cpu(b *testing.B) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// build makes the real program.
func build(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "claviger")
	if out, err := exec.Command("go", "build", "-o", path, "claviger/cmd/server").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return path
}

func freeAddress(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// load sends n requests with 16 callers, path(i) each, and returns the median latency.
func load(b *testing.B, base, key string, n int, path func(i int) string) time.Duration {
	b.Helper()
	return loadFrom(b, 16, base, key, n, path)
}

// loadFrom is load with so many callers.
func loadFrom(b *testing.B, callers int, base, key string, n int, path func(i int) string) time.Duration {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers}}
	defer client.CloseIdleConnections()
	took := make([]time.Duration, n)
	var next atomic.Int64
	var failed atomic.Value
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				began := time.Now()
				if err := get(client, base+path(i), key); err != nil {
					failed.Store(err)
					return
				}
				took[i] = time.Since(began)
			}
		})
	}
	wg.Wait()
	if err, ok := failed.Load().(error); ok {
		b.Fatal(err)
	}
	slices.Sort(took)
	return took[n/2]
}

func get(c *http.Client, url, key string) error {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+key)
	response, err := c.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %d", url, response.StatusCode)
	}
	return nil
}

func median(list []float64) float64 {
	slices.Sort(list)
	return (list[(len(list)-1)/2] + list[len(list)/2]) / 2
}
