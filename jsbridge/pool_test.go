package jsbridge_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"claviger/jsbridge"
	"claviger/mapping/value"
)

// Many callers at once, good and bad, each get what is theirs.
func TestConcurrentCalls(t *testing.T) {
	p := newPool(t, 2)
	fetch := func(_ context.Context, r jsbridge.FetchRequest) (*jsbridge.FetchResponse, error) {
		return &jsbridge.FetchResponse{Status: 200, URL: r.URL, Body: r.Body}, nil
	}
	scripts := []*jsbridge.Script{
		folder("a.js", "exports.go = async ({n}) => { console.log(n); return n }"),
		folder("b.js", "exports.go = async ({n}) => { const all = await Promise.all([1, 2].map((i) => fetch('https://a.example/' + i, {method: 'POST', body: String(n)}))); return Number(await all[1].text()) }"),
		folder("c.js", "exports.go = async ({n}) => { await new Promise((r) => setTimeout(r, 2)); return n }"),
		folder("d.js", "exports.go = async ({n}) => { throw Object.assign(new Error('no ' + n), {code: 'c' + n}) }"),
		folder("e.js", "exports.go = async ({n}) => { while (true) {} }"),
	}
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 30 {
				n := g*1000 + i
				kind := n % 4
				if i == 15 && g < 3 {
					kind = 4
				}
				var logged []string
				got, err := p.Call(context.Background(), jsbridge.Call{
					Connector: "demo", Method: "go", Script: scripts[kind], Args: value.Of("n", value.Int(n)), Fetch: fetch,
					Limits: jsbridge.Limits{CPU: 300 * time.Millisecond},
					Log:    func(l jsbridge.LogLine) { logged = append(logged, l.Text) },
				})
				switch kind {
				case 3:
					if e := failed(t, err); e.Code != fmt.Sprintf("c%d", n) {
						t.Errorf("got %+v", e)
					}
				case 4:
					if e := failed(t, err); e.Limit != "cpu" {
						t.Errorf("got %+v", e)
					}
				default:
					if err != nil || got != value.Int(n) {
						t.Errorf("%d: got %v %v", n, got, err)
					}
					if kind == 0 && (len(logged) != 1 || logged[0] != strconv.Itoa(n)) {
						t.Errorf("%d: logged %v", n, logged)
					}
				}
			}
		})
	}
	all.Wait()
}

// Nothing of one call is there in the next.
func TestNoStateBetweenCalls(t *testing.T) {
	p := newPool(t, 1)
	s := folder("a.js", `
		let calls = 0;
		const before = [globalThis.leak, Object.prototype.bad, typeof Array.prototype.map, JSON.stringify({a: 1}), typeof URL, Math.max(1, 2)].join();
		exports.go = async () => {
			calls++;
			globalThis.leak = 1;
			Object.prototype.bad = 1;
			Array.prototype.map = () => [];
			JSON.stringify = () => 'x';
			globalThis.URL = 1;
			Math.max = () => 0;
			require('./b').count++;
			return [calls, before, require('./b').count];
		}`, "b.js", "exports.count = 0")
	for range 3 {
		wantJSON(t, p, s, `[1,",,function,{\"a\":1},function,2",1]`)
	}
}

// A hook reaches nothing of this process, of the machine or of Go.
func TestNoWayOut(t *testing.T) {
	p := newPool(t, 1)
	t.Setenv("CLAVIGER_CANARY", "canary")
	for source, want := range map[string]string{
		`typeof process + typeof Deno + typeof window + typeof self + typeof global`:                                    `"undefinedundefinedundefinedundefinedundefined"`,
		`typeof require('crypto').constructor.constructor('return this')().process`:                                     `"undefined"`,
		`(() => { try { eval('1\n//# sourceMappingURL=/etc/passwd'); return 'ok' } catch (e) { return e.message } })()`: `"ok"`,
		`(() => { try { new URL('x') } catch (e) { return [typeof e.value, Object.keys(e)] } })()`:                      `["undefined",["code","input"]]`,
		`Object.keys(require('crypto').createHash('md5'))`:                                                              `[]`,
		`[typeof fetch.call, Object.getOwnPropertyNames(fetch).sort()]`:                                                 `["function",["length","name"]]`,
		`(await fetch('https://a').catch((e) => Object.keys(e)))`:                                                       `[]`,
		`Object.getPrototypeOf(globalThis).constructor === Object`:                                                      `true`,
		`(() => { const p = Object.getPrototypeOf(globalThis); p.x = 1; return [p.x === undefined, typeof x] })()`:      `[true,"undefined"]`,
	} {
		t.Run(source, func(t *testing.T) {
			wantJSON(t, p, folder("a.js", "exports.go = async () => ("+source+")"), want)
		})
	}
}

// workers are the process numbers of this process's workers.
func workers(t *testing.T) []int {
	t.Helper()
	var pids []int
	tasks, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		out, _ := os.ReadFile(task)
		for _, field := range strings.Fields(string(out)) {
			pid, _ := strconv.Atoi(field)
			pids = append(pids, pid)
		}
	}
	return pids
}

func TestWorkerHasNothing(t *testing.T) {
	// A descriptor without the close-on-exec flag, as a careless parent of the server could hand down.
	careless, err := syscall.Open("/etc/passwd", syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(careless)
	t.Setenv("CLAVIGER_CANARY", "canary")
	p := newPool(t, 1)
	wantJSON(t, p, folder("a.js", "exports.go = () => 1"), "1")
	for _, pid := range workers(t) {
		proc := fmt.Sprintf("/proc/%d/", pid)
		if env, err := os.ReadFile(proc + "environ"); err != nil || len(env) > 0 {
			t.Errorf("environment %q %v", env, err)
		}
		fds, _ := filepath.Glob(proc + "fd/*")
		for _, fd := range fds {
			target, _ := os.Readlink(fd)
			// The Go runtime holds the files that tell a container's share of the CPU.
			if strings.HasPrefix(target, "/sys/fs/cgroup/") {
				continue
			}
			if !strings.HasPrefix(target, "pipe:") && !strings.HasPrefix(target, "anon_inode:") {
				t.Errorf("descriptor %s is %s", filepath.Base(fd), target)
			}
		}
		if group, err := syscall.Getpgid(pid); err != nil || group != pid {
			t.Errorf("process group %d of %d %v", group, pid, err)
		}
		if cwd, err := os.Readlink(proc + "cwd"); err != nil || cwd != "/" {
			t.Errorf("working directory %s %v", cwd, err)
		}
	}
}

func TestIdleWorkersAreSmall(t *testing.T) {
	p := newPool(t, 2)
	wantJSON(t, p, folder("a.js", "exports.go = () => 1"), "1")
	time.Sleep(200 * time.Millisecond)
	pids := workers(t)
	if len(pids) != 3 {
		t.Errorf("%d workers, want the one that was used and two to spare", len(pids))
	}
	for _, pid := range pids {
		statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if err != nil {
			t.Fatal(err)
		}
		pages, _ := strconv.Atoi(strings.Fields(string(statm))[1])
		shared, _ := strconv.Atoi(strings.Fields(string(statm))[2])
		t.Logf("worker %d: %d KiB resident, %d of it shared", pid, pages*4, shared*4)
		if pages*4 > 40<<10 {
			t.Errorf("an idle worker has %d KiB resident", pages*4)
		}
	}
}

// A worker that is killed from outside, idle or busy, is replaced.
func TestDeadWorkersAreReplaced(t *testing.T) {
	p := newPool(t, 1)
	s := folder("a.js", "exports.go = async ({n}) => n + 1")
	wantJSON(t, p, s, "42")
	for range 3 {
		for _, pid := range workers(t) {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
		wantJSON(t, p, s, "42")
	}
}

// parentCommand makes this test binary a server that starts a pool, tells the workers' numbers, and waits.
const parentCommand = "parent"

func actParent() {
	p := jsbridge.NewPool(jsbridge.PoolConfig{Size: 1})
	go func() {
		_, _ = p.Call(context.Background(), jsbridge.Call{Connector: "demo", Method: "go", Script: folder("a.js", "exports.go = () => { while (true) {} }")})
	}()
	time.Sleep(300 * time.Millisecond)
	tasks, _ := filepath.Glob("/proc/self/task/*/children")
	for _, task := range tasks {
		out, _ := os.ReadFile(task)
		fmt.Print(string(out))
	}
	fmt.Println()
	time.Sleep(time.Minute)
}

// When the server is killed its workers die with it, in the middle of a call too.
func TestWorkersDieWithTheirParent(t *testing.T) {
	server := exec.Command(os.Args[0], parentCommand)
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 100)
	n, _ := out.Read(line)
	pid, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = server.Wait()
	for end := time.Now().Add(2 * time.Second); syscall.Kill(pid, 0) == nil && !isZombie(pid); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("worker %d outlives its parent", pid)
		}
	}
}

func isZombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}
