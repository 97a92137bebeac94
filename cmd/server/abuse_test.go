package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// hookTimeout is the --hook-timeout of the servers that are abused.
const hookTimeout = 2 * time.Second

// slack is how much later than that a call may end: a second, and another one for a machine that runs other tests too.
const slack = 2 * time.Second

// hostileUpstream answers hooks in ways that could hurt who waits for them.
func hostileUpstream(t *testing.T) string {
	mux := http.NewServeMux()
	write := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for chunk := make([]byte, 1<<20); n > 0; n -= len(chunk) {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}
	}
	redirect := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	mux.HandleFunc("/small", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"ok":true}`) })
	mux.HandleFunc("/mebibyte", func(w http.ResponseWriter, r *http.Request) { write(1<<20)(w, r) })
	mux.HandleFunc("/big", func(w http.ResponseWriter, r *http.Request) { write(100<<20)(w, r) })
	mux.HandleFunc("/bomb", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for range 200 {
			if _, err := z.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
		_ = z.Close() // the other side has gone by then
	})
	mux.HandleFunc("/drip", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			fmt.Fprint(w, "x")
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(time.Second):
			}
		}
	})
	mux.HandleFunc("/hang", func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the end of the connection would not be noticed
		<-r.Context().Done()
	})
	mux.HandleFunc("/to-private", redirect("http://10.0.0.1/"))
	mux.HandleFunc("/to-metadata", redirect("http://169.254.169.254/latest/meta-data/"))
	mux.HandleFunc("/to-itself", redirect("/to-itself"))
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// abuser is a connector whose one hook does harm.
type abuser struct{ key, want string }

const abusiveSpec = `name: Abuse
parametersSchema: {type: object, properties: {base: {type: string}}}
auth:
  type: client-credentials
  getCredentialsFromConnectionParameters: {implementationType: javascript}
`

// abusers writes a connector for every file of testdata/abuse, and a well-behaved one.
func abusers(t *testing.T, dir string) []abuser {
	var all []abuser
	files, err := filepath.Glob("../../testdata/abuse/*/*.js")
	if err != nil || len(files) < 90 {
		t.Fatalf("%d abusive hooks, %v", len(files), err)
	}
	write := func(key string, source []byte) {
		folder := filepath.Join(dir, key, "auth")
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string][]byte{"../spec.yml": []byte(abusiveSpec), "get-credentials-from-connection-parameters.js": source} {
			if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		line, _, _ := strings.Cut(string(source), "\n")
		a := abuser{strings.TrimSuffix(filepath.Base(file), ".js"), strings.TrimPrefix(line, "// expect: ")}
		write(a.key, source)
		all = append(all, a)
	}
	write("good", []byte("module.exports = async ({connectorParameters: {base}}) => ({access_token: (await (await fetch(base + '/small')).json()).ok ? 't' : 'f'})\n"))
	return all
}

// Connectors that do all the harm they can run beside one that behaves: each fails its own calls in time and clearly, the
// server goes on as it was, and the good one is served as if it were alone.
func TestAbusiveConnectors(t *testing.T) {
	dir, base := t.TempDir(), hostileUpstream(t)
	all := abusers(t, dir)
	s := startServer(t, "--connectors", dir, "--hook-timeout", hookTimeout.String(), "--egress-allow", "127.0.0.1", "--hook-sandbox", "require")
	for _, a := range append(all, abuser{key: "good"}) {
		s.Want(http.StatusOK, http.MethodPut, "/v1/integrations/"+a.key, map[string]any{"connector": a.key, "parameters": map[string]any{"base": base}})
	}
	s.Want(http.StatusCreated, http.MethodPost, "/v1/connections", map[string]any{"integration": "good"})
	pid := s.cmd.Process.Pid
	before, files := residentMemory(t, pid), openFiles(t, pid)
	done := make(chan struct{})
	good, most := s.watchGood(done), watchMemory(t, pid, done)
	queue := make(chan abuser)
	var streams sync.WaitGroup
	for range 12 { // more than there are workers for
		streams.Go(func() {
			for a := range queue {
				s.abuse(t, a)
			}
		})
	}
	for _, a := range all {
		queue <- a
	}
	close(queue)
	streams.Wait()
	close(done)
	times := <-good
	slices.Sort(times)
	t.Logf("%d calls of the good connector: median %s, p99 %s, slowest %s", len(times), times[len(times)/2], times[len(times)*99/100], times[len(times)-1])
	if p99 := times[len(times)*99/100]; p99 > time.Second {
		t.Errorf("the good connector's p99 is %s", p99)
	}
	peak := <-most
	t.Logf("resident memory of the server: %d MiB before, %d MiB at most; open files: %d before, %d after", before>>20, peak>>20, files, openFiles(t, pid))
	if peak > before+300<<20 {
		t.Errorf("the server has grown from %d to %d MiB", before>>20, peak>>20)
	}
	if now := openFiles(t, pid); now > files+60 { // connections of the streams and eight workers
		t.Errorf("%d open files have become %d", files, now)
	}
}

// failures are the codes of a hook that failed; the others are for one whose fetch did, and tell why.
var failures = map[string]bool{"connector_failed": true, "provider_unavailable": true, "provider_malformed": true, "integration_misconfigured": true, "unknown_outcome": true}

// abuse makes one call of a connector that does harm.
func (s *testServer) abuse(t *testing.T, a abuser) {
	var answer answer
	var took time.Duration
	for range 60 {
		begin := time.Now()
		answer = s.API(http.MethodPost, "/v1/connections", map[string]any{"integration": a.key})
		if took = time.Since(begin); answer.Code() != "overloaded" {
			break
		}
		if answer.Status != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" || took > hookTimeout+slack {
			t.Errorf("%s: %d %s after %s", a.key, answer.Status, answer.Body, took)
		}
		time.Sleep(200 * time.Millisecond)
	}
	var p struct{ Code, Detail string }
	if answer.Status >= 300 {
		m := answer.JSON(t)
		p.Code, _ = m["code"].(string)
		p.Detail, _ = m["detail"].(string)
	}
	switch {
	case took > hookTimeout+slack:
		t.Errorf("%s: took %s", a.key, took)
	case a.want == "works":
		if answer.Status != http.StatusCreated {
			t.Errorf("%s: %d %s", a.key, answer.Status, answer.Body)
		}
	case !failures[p.Code] || p.Code != "connector_failed" && a.want != "an error" || !strings.Contains(p.Detail, "connector "+a.key):
		t.Errorf("%s: %s %d %.300s", a.key, p.Code, answer.Status, answer.Body)
	case a.want != "a limit" && a.want != "an error" && !strings.Contains(p.Detail, a.want):
		t.Errorf("%s: want …%s…, got %.300s", a.key, a.want, p.Detail)
	case !regexp.MustCompile(`get-credentials-from-connection-parameters\.js:\d+:\d+`).MatchString(p.Detail):
		t.Errorf("%s: no place in %.300s", a.key, p.Detail)
	}
	t.Logf("%s: %d %.160s after %s", a.key, answer.Status, p.Detail, took.Round(time.Millisecond))
}

// watchGood calls the good connector every 100 ms until done, and then gives how long each call took.
func (s *testServer) watchGood(done chan struct{}) chan []time.Duration {
	result := make(chan []time.Duration, 1)
	go func() {
		var times []time.Duration
		refused := 0
		var mu sync.Mutex
		var calls sync.WaitGroup
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				calls.Go(func() {
					begin := time.Now()
					answer := s.API(http.MethodPost, "/v1/connections", map[string]any{"integration": "good"})
					mu.Lock()
					defer mu.Unlock()
					times = append(times, time.Since(begin))
					switch {
					case answer.Code() == "overloaded":
						refused++
					case answer.Status != http.StatusCreated:
						s.t.Errorf("the good connector: %d %s", answer.Status, answer.Body)
					}
				})
			case <-done:
				calls.Wait()
				if refused > len(times)/20 { // where others keep the machine's processors from it, a few are
					s.t.Errorf("the good connector was refused %d times of %d", refused, len(times))
				}
				result <- times
				return
			}
		}
	}()
	return result
}

// watchMemory gives the most that a process has resident until done, in bytes.
func watchMemory(t *testing.T, pid int, done chan struct{}) chan int {
	result := make(chan int, 1)
	go func() {
		most := 0
		for {
			select {
			case <-done:
				result <- most
				return
			case <-time.After(20 * time.Millisecond):
				most = max(most, residentMemory(t, pid))
			}
		}
	}()
	return result
}

func openFiles(t *testing.T, pid int) int {
	t.Helper()
	names, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

var residentLine = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// residentMemory is the resident memory of a process in bytes. The test fails if the process is gone.
func residentMemory(t testing.TB, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	match := residentLine.FindSubmatch(text)
	if match == nil {
		t.Fatalf("process %d is dead", pid)
	}
	kib, err := strconv.Atoi(string(match[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}
