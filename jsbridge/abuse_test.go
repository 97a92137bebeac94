package jsbridge_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"claviger/jsbridge"
	"claviger/mapping/value"
)

// Each hook harms its own call and nothing else: the call fails in time with an error that says why, and the next one,
// on the same pool of one worker, works.
func TestAbuse(t *testing.T) {
	p := newPool(t, 1)
	good := folder("good.js", `exports.go = async ({n}) => n + 1`)
	const wall = time.Second
	for name, test := range map[string]struct {
		source string
		part   string // of the error
		limits jsbridge.Limits
	}{
		"endless loop":              {"while (true) {}", "a.js:1:", jsbridge.Limits{Wall: 300 * time.Millisecond}},
		"endless loop in a finally": {"for (;;) { try { throw 1 } catch { continue } finally { continue } }", "ran longer than", jsbridge.Limits{Wall: 300 * time.Millisecond}},
		"endless microtasks":        {"await new Promise(() => { const f = () => Promise.resolve().then(f); f() })", "ran longer than", jsbridge.Limits{Wall: 300 * time.Millisecond}},
		"endless timers":            {"await new Promise(() => { const f = () => setImmediate(f); f() })", "ran longer than", jsbridge.Limits{Wall: 300 * time.Millisecond}},
		"sleep":                     {"await new Promise(r => setTimeout(r, 1e6))", "ran longer than", jsbridge.Limits{Wall: 300 * time.Millisecond}},
		"cpu":                       {"while (true) {}", "more than 200ms of CPU time", jsbridge.Limits{CPU: 200 * time.Millisecond}},
		"never settles":             {"await new Promise(() => {})", "never settles", jsbridge.Limits{}},
		"endless getter in result":  {"return {get a() { while (true) {} }}", "ran longer than", jsbridge.Limits{Wall: 300 * time.Millisecond}},
		"endless toJSON":            {"return {toJSON() { while (true) {} }}", "ran longer than", jsbridge.Limits{Wall: 300 * time.Millisecond}},
		"endless getter in error":   {"throw {get message() { while (true) {} }}", "ran longer than", jsbridge.Limits{Wall: 300 * time.Millisecond}},
		"growing text":              {"let s = 'x'; while (true) s += s", "", jsbridge.Limits{}},
		"growing list":              {"const a = []; while (true) a.push(new Array(1000).fill(a.length))", "", jsbridge.Limits{}},
		"repeat 2^30":               {"return 'x'.repeat(2 ** 30)", "", jsbridge.Limits{}},
		"repeat 2^40":               {"return 'x'.repeat(2 ** 40)", "", jsbridge.Limits{}},
		"padStart":                  {"return 'x'.padStart(2 ** 31, 'ab')", "", jsbridge.Limits{}},
		"bigint shift":              {"return String(1n << 2n ** 40n)", "", jsbridge.Limits{}},
		"bigint power":              {"return String(2n ** 2n ** 33n)", "", jsbridge.Limits{}},
		"array fill":                {"return new Array(1e8).fill(0)", "", jsbridge.Limits{}},
		"array of a length":         {"return Array.from({length: 2 ** 32 - 1})", "", jsbridge.Limits{}},
		"array sort":                {"return Array(4294967295).sort()", "", jsbridge.Limits{}},
		"array join":                {"return new Array(1e9).join('x')", "", jsbridge.Limits{}},
		"array-like indexOf":        {"return Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1)", "", jsbridge.Limits{}},
		"apply of 1e8":              {"return Math.max.apply(null, {length: 1e8})", "", jsbridge.Limits{}},
		"array buffer":              {"return new Uint8Array(2e9).fill(1).length", "", jsbridge.Limits{}},
		"replace bomb":              {"let s = '$`'.repeat(1000); for (;;) s = s.replaceAll('$`', '$`$`')", "", jsbridge.Limits{}},
		"JSON.parse of brackets":    {"return JSON.parse('['.repeat(5e6))", "", jsbridge.Limits{}},
		"JSON.parse balanced":       {"return JSON.parse('['.repeat(2e6) + ']'.repeat(2e6))", "", jsbridge.Limits{}},
		"JSON.stringify deep":       {"let a = {}; for (let i = 0; i < 1e6; i++) a = {a}; return JSON.stringify(a).length", "", jsbridge.Limits{}},
		"eval of parentheses":       {"return eval('('.repeat(3e5) + '1' + ')'.repeat(3e5))", "", jsbridge.Limits{}},
		"Function of parentheses":   {"return new Function('return ' + '('.repeat(5e5) + '1' + ')'.repeat(5e5))()", "", jsbridge.Limits{}},
		"deep recursion":            {"const f = () => f() + 1; return f()", "too much recursion", jsbridge.Limits{Wall: 5 * time.Second}},
		"recursion through getter":  {"const o = {get a() { return o.a }}; return o.a", "too much recursion", jsbridge.Limits{Wall: 5 * time.Second}},
		"recursion through sort":    {"const f = () => [2, 1].sort(f); return f()", "too much recursion", jsbridge.Limits{Wall: 5 * time.Second}},
		"recursion through replace": {"const f = () => 'a'.replace('a', f); return f()", "too much recursion", jsbridge.Limits{Wall: 5 * time.Second}},
		"recursion of toString":     {"const o = {toString() { return '' + o }}; return '' + o", "too much recursion", jsbridge.Limits{Wall: 5 * time.Second}},
		"bind chain":                {"let f = () => 1; for (let i = 0; i < 5e6; i++) f = f.bind(null); return f()", "", jsbridge.Limits{}},
		"proxy chain":               {"let o = {}; for (let i = 0; i < 2e6; i++) o = new Proxy(o, {}); return o.x", "", jsbridge.Limits{}},
		"prototype chain":           {"let o = {}; for (let i = 0; i < 5e6; i++) o = Object.create(o); return o.x === undefined", "", jsbridge.Limits{}},
		"flat of a deep list":       {"let a = []; for (let i = 0; i < 3e6; i++) a = [a]; return a.flat(Infinity)", "", jsbridge.Limits{}},
		"backreference":             {`return /^(a+)+\1$/.test('a'.repeat(40) + 'b')`, "ran longer than", jsbridge.Limits{Wall: 300 * time.Millisecond}},
		"lookahead":                 {`return /^(?=(a+)+$)(a|aa)+$/.test('a'.repeat(40) + 'b')`, "ran longer than", jsbridge.Limits{Wall: 300 * time.Millisecond}},
		"promise flood":             {"const all = []; for (;;) all.push(Promise.resolve().then(() => new Promise(() => {})))", "", jsbridge.Limits{}},
		"timer flood":               {"for (;;) setTimeout(() => {}, 1e6)", "", jsbridge.Limits{}},
		"giant log":                 {"console.log('x'.repeat(1e6))", "logged more than 256 KiB", jsbridge.Limits{}},
		"endless log":               {"for (;;) { try { console.log('') } catch {} }", "logged more than 256 KiB", jsbridge.Limits{}},
		"log of a deep object":      {"let a = {}; for (let i = 0; i < 1e5; i++) a = {a, b: 'x'.repeat(100)}; for (;;) console.log(a)", "logged more than 256 KiB", jsbridge.Limits{}},
		"log with a getter":         {"console.log({get a() { while (true) {} }})", "ran longer than", jsbridge.Limits{Wall: 300 * time.Millisecond}},
		"interrupt in a promise":    {"await Promise.all([1, 2].map(async () => { while (true) {} }))", "ran longer than", jsbridge.Limits{Wall: 300 * time.Millisecond}},
		"symbol toPrimitive":        {"return `${{[Symbol.toPrimitive]: () => { while (true) {} }}}`", "ran longer than", jsbridge.Limits{Wall: 300 * time.Millisecond}},
	} {
		t.Run(name, func(t *testing.T) {
			switch {
			case test.limits.Wall != 0:
			case test.part == "":
				test.limits.Wall = wall
			default: // it is another limit that must end it, however slow the machine
				test.limits.Wall = 20 * time.Second
			}
			begin := time.Now()
			_, err := p.Call(context.Background(), jsbridge.Call{
				Connector: "demo", Method: "go", Limits: test.limits, Script: folder("a.js", "exports.go = async () => { "+test.source+" }"),
			})
			took := time.Since(begin)
			e := failed(t, err)
			if !strings.Contains(e.Error(), test.part) || e.Message == "" || e.File != "a.js" || e.Overloaded {
				t.Errorf("got %+v, want …%s…", e, test.part)
			}
			if strings.Contains(e.Message, "worker") {
				t.Errorf("unclear: %v", e)
			}
			if took > test.limits.Wall+time.Second {
				t.Errorf("took %s", took)
			}
			t.Logf("%v [%s] after %s", e, e.Limit, took.Round(time.Millisecond))
			wantJSON(t, p, good, "42")
		})
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
