package jsbridge_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"claviger/jsbridge"
	"claviger/mapping/value"
)

func TestArguments(t *testing.T) {
	p := newPool(t, 1)
	text := `{"__proto__":{"a":1},"b":[1,2.5,-3e-7,"ü\u0000😀",null,true,{}],"constructor":"c","toString":0}`
	args, err := value.DecodeObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	got, err := call(p, folder("a.js", "exports.go = (args) => args"), args)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := value.Encode(args)
	if jsonText(t, got) != string(want) {
		t.Errorf("got  %s\nwant %s", jsonText(t, got), want)
	}
	if got, err := call(p, folder("a.js", "exports.go = (args) => Object.keys(args).length"), nil); err != nil || got != value.Int(0) {
		t.Errorf("without arguments: %v %v", got, err)
	}
}

func TestArgumentsThatCannotBePassed(t *testing.T) {
	p := newPool(t, 1)
	s := folder("a.js", "exports.go = async ({n}) => n + 1")
	var deep any = "x"
	for range 1001 {
		deep = []any{deep}
	}
	_, err := call(p, s, value.Of("deep", deep))
	wantError(t, err, "a.js:1:1", "the arguments cannot be passed on: nested more than 1000 deep")
	_, err = call(p, s, value.Of("large", strings.Repeat("x", 65<<20)))
	wantError(t, err, "a.js:1:1", "the script or the arguments are larger than 64 MiB")
	_, err = call(p, folder("a.js", "exports.go = () => 1", "b.js", strings.Repeat("/", 65<<20)), nil)
	wantError(t, err, "a.js:1:1", "the script or the arguments are larger than 64 MiB")
	wantJSON(t, p, s, "42")
}

// Clock and randomness are what the caller hands in: the same call gives the same result.
func TestClockAndRandomness(t *testing.T) {
	p := newPool(t, 2)
	s := folder("a.js", `exports.go = async () => [
		new Date().toISOString().slice(0, 19), Math.floor(Date.now() / 1e4), String(new Date(2001, 0, 1)).includes('GMT+0000'),
		Math.random(), crypto.randomUUID(), require('crypto').randomBytes(4).toString('hex'), Math.random() < 1]`)
	run := func(seed byte) string {
		got, err := p.Call(context.Background(), jsbridge.Call{
			Connector: "demo", Method: "go", Script: s, Now: time.Date(2031, 2, 3, 4, 5, 6, 500e6, time.UTC),
			Random: bytes.NewReader(bytes.Repeat([]byte{seed}, 32)),
		})
		if err != nil {
			t.Fatal(err)
		}
		return jsonText(t, got)
	}
	first := run(1)
	if !strings.HasPrefix(first, `["2031-02-03T04:05:06",192785790,true,`) {
		t.Errorf("got %s", first)
	}
	if again := run(1); again != first {
		t.Errorf("got %s, then %s", first, again)
	}
	if other := run(2); other == first {
		t.Errorf("another seed gives the same: %s", other)
	}
	_, err := p.Call(context.Background(), jsbridge.Call{Connector: "demo", Method: "go", Script: s, Random: strings.NewReader("short")})
	wantError(t, err, "a.js:1:1", "no randomness for the call")
}

func TestLimitsUnder(t *testing.T) {
	got := jsbridge.Limits{Wall: time.Hour, Fetches: 3}.Under(jsbridge.Limits{Wall: time.Minute, CPU: time.Hour, Log: 10})
	want := jsbridge.DefaultLimits()
	want.Wall, want.CPU, want.Fetches, want.Log = time.Minute, time.Hour, 3, 10
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
