package jsbridge_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claviger/jsbridge"
	"claviger/mapping/value"
)

// Each hook harms its own call and nothing else: the call fails in time with an error that says why, and the next one,
// on the same pool of one worker, works.
func TestAbuse(t *testing.T) {
	files, err := filepath.Glob("../testdata/abuse/plain/*.js")
	if err != nil || len(files) < 70 {
		t.Fatalf("%d abusive hooks, %v", len(files), err)
	}
	p := newPool(t, 1)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".js"), func(t *testing.T) { abuse(t, p, file) })
	}
}

// slack is how much later than its limit a call may end: a second, and another one for a machine that runs other tests too.
const slack = 2 * time.Second

func abuse(t *testing.T, p *jsbridge.Pool, file string) {
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(source), "\n")
	want, ok := strings.CutPrefix(line, "// expect: ")
	if !ok {
		t.Fatalf("%s does not say what to expect", file)
	}
	limits := jsbridge.Limits{Wall: 20 * time.Second} // it is another limit that must end it, however slow the machine
	switch want {
	case "ran longer than":
		limits.Wall = 300 * time.Millisecond
	case "a limit":
		limits.Wall = time.Second
	}
	begin := time.Now()
	_, err = p.Call(context.Background(), jsbridge.Call{Connector: "demo", Method: "go", Limits: limits, Script: folder("a.js", string(source))})
	took := time.Since(begin)
	if took > limits.Wall+slack {
		t.Errorf("took %s", took)
	}
	if want == "works" {
		if err != nil {
			t.Error(err)
		}
	} else {
		e := failed(t, err)
		if want != "a limit" && !strings.Contains(e.Error(), want) || e.Message == "" || e.File != "a.js" || e.Overloaded {
			t.Errorf("got %+v, want …%s…", e, want)
		}
		if strings.Contains(e.Message, "worker") {
			t.Errorf("unclear: %v", e)
		}
		t.Logf("%.200v [%s] after %s", e, e.Limit, took.Round(time.Millisecond))
	}
	wantJSON(t, p, folder("good.js", `exports.go = async ({n}) => n + 1`), "42")
}

func TestCPULimit(t *testing.T) {
	_, err := newPool(t, 1).Call(context.Background(), jsbridge.Call{
		Connector: "demo", Method: "go", Limits: jsbridge.Limits{CPU: 200 * time.Millisecond}, Script: folder("a.js", "exports.go = () => { while (true) {} }"),
	})
	if e := failed(t, err); e.Limit != "cpu" || !strings.Contains(e.Message, "more than 200ms of CPU time") || e.Line != 1 {
		t.Errorf("got %+v", e)
	}
}

// Source that ends the parser ends only its own worker.
func TestAbusiveSource(t *testing.T) {
	p := newPool(t, 1)
	nested := strings.Repeat("(", 300000) + "1" + strings.Repeat(")", 300000)
	for _, name := range []string{"a.js", "a.ts"} {
		for _, source := range []string{
			"exports.go = () => " + nested,
			"exports.go = () => 1; async function* f() {}; " + nested,
			"exports.go = " + strings.Repeat("[", 300000),
			"exports.go = `" + strings.Repeat("${`", 100000),
			"exports.go = () => { " + strings.Repeat("if (1) {", 300000),
			"exports.go = () => " + strings.Repeat("-~", 1000000) + "1",
		} {
			begin := time.Now()
			_, err := p.Call(context.Background(), jsbridge.Call{
				Connector: "demo", Method: "go", Limits: jsbridge.Limits{Wall: 3 * time.Second, Memory: 192 << 20}, Script: folder(name, source),
			})
			took := time.Since(begin)
			if err != nil {
				if e := failed(t, err); e.File != name || e.Message == "" || took > 4*time.Second {
					t.Errorf("got %+v after %s", e, took)
				}
			}
			t.Logf("%s %s…: %v after %s", name, source[:24], err, took.Round(time.Millisecond))
			wantJSON(t, p, folder("good.js", `exports.go = async ({n}) => n + 1`), "42")
		}
	}
}

func TestMemoryLimit(t *testing.T) {
	p := newPool(t, 1)
	fill := folder("a.js", "exports.go = ({mb}) => { const a = []; for (let i = 0; i < mb; i++) a.push(new Uint8Array(1 << 20)); return a.length }")
	run := func(mb int, limit int64) error {
		_, err := p.Call(context.Background(), jsbridge.Call{
			Connector: "demo", Method: "go", Script: fill, Args: value.Of("mb", value.Int(mb)), Limits: jsbridge.Limits{Memory: limit},
		})
		return err
	}
	if err := run(400, 512<<20); err != nil {
		t.Errorf("400 MiB of 512: %v", err)
	}
	if e := failed(t, run(600, 512<<20)); e.Limit != "memory" || e.Message != "the hook used more than 512 MiB of memory" {
		t.Errorf("600 MiB of 512: %+v", e)
	}
	if e := failed(t, run(100, 64<<20)); e.Limit != "memory" {
		t.Errorf("100 MiB of 64: %+v", e)
	}
	if err := run(30, 64<<20); err != nil {
		t.Errorf("30 MiB of 64: %v", err)
	}
}

func TestCancel(t *testing.T) {
	p := newPool(t, 1)
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := p.Call(ctx, jsbridge.Call{Connector: "demo", Method: "go", Script: folder("a.js", "exports.go = () => { while (true) {} }")})
	e := failed(t, err)
	if e.Unwrap() != context.DeadlineExceeded || e.Limit != "" || time.Since(begin) > time.Second {
		t.Errorf("got %+v after %s", e, time.Since(begin))
	}
	wantJSON(t, p, folder("good.js", `exports.go = async ({n}) => n + 1`), "42")
}

func TestOverloaded(t *testing.T) {
	p := newPool(t, 1)
	busy := make(chan struct{})
	go func() {
		defer close(busy)
		_, _ = p.Call(context.Background(), jsbridge.Call{
			Connector: "slow", Method: "go", Limits: jsbridge.Limits{Wall: time.Second}, Script: folder("a.js", "exports.go = () => new Promise(r => setTimeout(r, 500))"),
		})
	}()
	time.Sleep(100 * time.Millisecond)
	_, err := p.Call(context.Background(), jsbridge.Call{
		Connector: "demo", Method: "go", Limits: jsbridge.Limits{Wall: 50 * time.Millisecond}, Script: folder("a.js", "exports.go = () => 1"),
	})
	if e := failed(t, err); !e.Overloaded {
		t.Errorf("got %+v", e)
	}
	wantJSON(t, p, folder("a.js", `exports.go = async ({n}) => n + 1`), "42")
	<-busy
}

func TestNoWorkerToBeHad(t *testing.T) {
	p := jsbridge.NewPool(jsbridge.PoolConfig{Command: []string{"/nonexistent/claviger"}})
	defer p.Close()
	_, err := call(p, folder("a.js", "exports.go = () => 1"), nil)
	wantError(t, err, "a.js:1:1", "cannot start a hook worker")
	p = jsbridge.NewPool(jsbridge.PoolConfig{Command: []string{os.Args[0], "-test.run=^$"}})
	defer p.Close()
	_, err = call(p, folder("a.js", "exports.go = () => 1"), nil)
	wantError(t, err, "a.js:1:1", "cannot start a hook worker")
}

func TestClose(t *testing.T) {
	p := jsbridge.NewPool(jsbridge.PoolConfig{Command: workerCommand(t), Size: 1})
	ended := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := call(p, folder("a.js", "exports.go = () => { while (true) {} }"), nil)
			ended <- err
		}()
	}
	time.Sleep(200 * time.Millisecond)
	p.Close()
	for range 2 {
		if err := <-ended; err == nil {
			t.Error("a call outlived the pool")
		}
	}
	if _, err := call(p, folder("a.js", "exports.go = () => 1"), nil); err == nil {
		t.Error("a closed pool takes calls")
	}
	p.Close()
}
