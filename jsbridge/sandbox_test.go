package jsbridge_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"claviger/jsbridge"
)

// What a worker says of its sandbox is what the kernel says of the worker.
func TestWorkersAreConfined(t *testing.T) {
	if goruntime.GOOS != "linux" {
		t.Fatal("this test knows Linux alone")
	}
	p := newPool(t, 2)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	report, err := p.Sandbox(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Log("sandbox:", report)
	wantJSON(t, p, folder("a.js", "exports.go = () => 1"), "1")
	want := []string{`CapEff:\t0+\n`, `CapPrm:\t0+\n`}
	if report.NoNewPrivs {
		want = append(want, `NoNewPrivs:\t1\n`)
	}
	if report.Syscalls {
		want = append(want, `Seccomp:\t2\n`)
	}
	if os.Getuid() == 0 && report.User > 0 {
		want = append(want, `Uid:\t65\d{3}\t65\d{3}\t65\d{3}\t65\d{3}\n`, `Gid:\t65\d{3}\t`, `Groups:\t *\n`)
	}
	users := map[string]bool{}
	// Counted once: the pool may be starting another one meanwhile.
	running := workers(t)
	for _, pid := range running {
		users[confinement(t, pid, want)] = true
	}
	if os.Getuid() == 0 && report.User > 0 && len(users) != len(running) {
		t.Errorf("%d workers share %d users", len(running), len(users))
	}
}

// confinement waits until the status of a worker, which may be starting, has all that is wanted, and returns its user.
func confinement(t *testing.T, pid int, want []string) string {
	t.Helper()
	var text []byte
	lacks := func() string {
		text, _ = os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		for _, pattern := range want {
			if !regexp.MustCompile(pattern).Match(text) {
				return pattern
			}
		}
		return ""
	}
	for end := time.Now().Add(10 * time.Second); lacks() != ""; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("worker %d: no %s in\n%s", pid, lacks(), text)
		}
	}
	return regexp.MustCompile(`Uid:\t\d+`).FindString(string(text))
}

// A pool that requires the whole sandbox uses no worker that lacks a part of it.
func TestSandboxIsRequired(t *testing.T) {
	p := jsbridge.NewPool(jsbridge.PoolConfig{Command: []string{os.Args[0], hostileCommand, "silence"}, Size: 1, RequireSandbox: true})
	defer p.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if _, err := p.Sandbox(ctx); err == nil || !strings.Contains(err.Error(), "sandbox is incomplete") {
		t.Errorf("got %v", err)
	}
	_, err := call(p, folder("a.js", "exports.go = () => 1"), nil)
	wantError(t, err, "a.js:1:1", "sandbox is incomplete")
}
