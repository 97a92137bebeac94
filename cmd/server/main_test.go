package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"claviger/jsbridge/worker"
	"claviger/runtime/store/postgres/pgtest"
)

// The test binary is the real program too: as a hook worker, as `claviger` in scripts, and as a server in its own
// process that can be killed.
func TestMain(m *testing.M) {
	worker.MaybeRun()
	if os.Getenv("CLAVIGER_TEST_MAIN") != "" {
		main()
		return
	}
	if err := flag.Set("test.parallel", "8"); err != nil { // tests of servers mostly wait
		panic(err)
	}
	testscript.Main(tests{m}, map[string]func(){"claviger": main})
}

// tests are the binary's, which share a PostgreSQL server.
type tests struct{ *testing.M }

func (t tests) Run() int { return pgtest.Main(t.M) }

// adminKey is the bootstrap key of every server that tests start.
const adminKey = "clv_test-admin-key-0123456789abcdef"

// testServer is the real program in a process of its own.
type testServer struct {
	t    testing.TB
	URL  string
	Data string
	args []string
	cmd  *exec.Cmd
	done chan error
	log  *lockedBuffer

	noKey  bool   // the environment holds no admin key
	binary string // empty: this test's own, which holds the whole program
}

// startServer starts the program on a free port and waits until it is ready. It is stopped at the test's end.
func startServer(t testing.TB, args ...string) *testServer {
	t.Helper()
	return startBinary(t, "", args...)
}

// startBuilt is startServer for a program that is built as users build it, and holds nothing of the tests.
func startBuilt(t testing.TB, args ...string) *testServer {
	t.Helper()
	program := filepath.Join(t.TempDir(), "claviger")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return startBinary(t, program, args...)
}

func startBinary(t testing.TB, binary string, args ...string) *testServer {
	t.Helper()
	s := &testServer{t: t, Data: t.TempDir(), args: args, log: &lockedBuffer{}, binary: binary}
	s.URL = "http://" + freeAddress(t)
	s.Start()
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			t.Logf("server's log:\n%s", s.Log())
		}
	})
	return s
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Start starts the process again, on the same data, and waits until it is ready.
func (s *testServer) Start() {
	s.t.Helper()
	s.launch()
	s.awaitReady()
}

func (s *testServer) launch() {
	s.t.Helper()
	s.cmd = s.program(append([]string{"serve", "--listen", strings.TrimPrefix(s.URL, "http://"), "--data", s.Data, "--log-level", "debug"}, s.args...)...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.done = make(chan error, 1)
	go func() { s.done <- s.cmd.Wait() }()
}

func (s *testServer) awaitReady() {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		if r, err := http.Get(s.URL + "/readyz"); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case err := <-s.done:
			s.t.Fatalf("the server ended: %v\n%s", err, s.Log())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the server is not ready\n%s", s.Log())
		}
	}
}

// program is the real program with other arguments.
func (s *testServer) program(args ...string) *exec.Cmd {
	s.t.Helper()
	binary := s.binary
	if binary == "" {
		self, err := os.Executable()
		if err != nil {
			s.t.Fatal(err)
		}
		binary = self
	}
	c := exec.Command(binary, args...)
	c.Env = append(os.Environ(), "CLAVIGER_TEST_MAIN=1")
	if !s.noKey {
		c.Env = append(c.Env, "CLAVIGER_API_KEY="+adminKey)
	}
	return c
}

// Stop ends the process as an operator would.
func (s *testServer) Stop() { s.end(syscall.SIGTERM) }

// Kill ends the process as a power cut would.
func (s *testServer) Kill() { s.end(syscall.SIGKILL) }

func (s *testServer) end(signal syscall.Signal) {
	if s.cmd.ProcessState != nil {
		return
	}
	_ = s.cmd.Process.Signal(signal) // it may have ended by itself
	select {
	case <-s.done:
	case <-time.After(40 * time.Second):
		_ = s.cmd.Process.Kill()
		s.t.Error("the server did not stop")
	}
}

// Log is everything the process has written.
func (s *testServer) Log() string { return s.log.String() }

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// answer is an HTTP answer, read.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

// JSON is the body as a map; the test fails if it is none.
func (a answer) JSON(t testing.TB) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(a.Body), &m); err != nil {
		t.Fatalf("no JSON object (%d): %s", a.Status, a.Body)
	}
	return m
}

// Code is the problem's code, "" if the answer is no problem.
func (a answer) Code() string {
	var p struct{ Code string }
	_ = json.Unmarshal([]byte(a.Body), &p) // a page has no code
	return p.Code
}

// API calls /v1 with the admin key; body is sent as JSON unless nil.
func (s *testServer) API(method, path string, body any) answer {
	s.t.Helper()
	return s.APIAs(adminKey, method, path, body)
}

// APIAs calls /v1 with a key.
func (s *testServer) APIAs(key, method, path string, body any) answer {
	s.t.Helper()
	var source io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		source = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, s.URL+path, source)
	if err != nil {
		s.t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	a, err := do(http.DefaultClient, request)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func do(c *http.Client, r *http.Request) (answer, error) {
	response, err := c.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(text)}, err
}

// Want calls the API and fails the test unless the answer has the status.
func (s *testServer) Want(status int, method, path string, body any) map[string]any {
	s.t.Helper()
	a := s.API(method, path, body)
	if a.Status != status {
		s.t.Fatalf("%s %s: want %d, got %d: %s", method, path, status, a.Status, a.Body)
	}
	if a.Body == "" {
		return nil
	}
	return a.JSON(s.t)
}

// Connect creates a connection and returns its id and link.
func (s *testServer) Connect(body map[string]any) (id, link string) {
	s.t.Helper()
	m := s.Want(http.StatusCreated, http.MethodPost, "/v1/connections", body)
	id, _ = m["id"].(string)
	link, _ = m["connectUrl"].(string)
	return id, link
}

// browser is a person's browser without a window: cookies, no redirects by itself.
type browser struct {
	t testing.TB
	c *http.Client
}

func newBrowser(t testing.TB) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, &http.Client{
		Jar: jar, Timeout: 60 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Get opens an address and returns the answer and where it redirects, "" if it does not.
func (b *browser) Get(address string) (answer, string) {
	b.t.Helper()
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.send(request)
}

// Post sends a form.
func (b *browser) Post(address string, form url.Values) (answer, string) {
	b.t.Helper()
	request, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(request)
}

func (b *browser) send(r *http.Request) (answer, string) {
	b.t.Helper()
	a, err := do(b.c, r)
	if err != nil {
		b.t.Fatal(err)
	}
	target := a.Header.Get("Location")
	if target != "" {
		next, err := r.URL.Parse(target)
		if err != nil {
			b.t.Fatal(err)
		}
		target = next.String()
	}
	return a, target
}

// Follow opens an address and everything it redirects to, and returns the last answer and its address.
func (b *browser) Follow(address string) (answer, string) {
	b.t.Helper()
	for range 20 {
		a, next := b.Get(address)
		if next == "" {
			return a, address
		}
		address = next
	}
	b.t.Fatal("too many redirects")
	return answer{}, ""
}

// eventually waits until f is true.
func eventually(t testing.TB, limit time.Duration, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("not within %s: %s", limit, what)
}

// parallel runs f n times at once and returns the errors.
func parallel(n int, f func(i int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// folder is a connector folder of testdata.
func folder(t testing.TB, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("../../testdata/connectors", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return path
}

var (
	_ = fmt.Sprint
	_ = context.Background
)
