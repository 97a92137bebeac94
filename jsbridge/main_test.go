package jsbridge_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"claviger/jsbridge"
	"claviger/jsbridge/worker"
	"claviger/mapping/value"
)

// TestMain lets the test binary be its own worker, as the server is, and for some tests a worker gone wrong.
func TestMain(m *testing.M) {
	worker.MaybeRun()
	if len(os.Args) > 2 && os.Args[1] == hostileCommand {
		actHostile(os.Args[2])
		return
	}
	if len(os.Args) > 1 && os.Args[1] == parentCommand {
		actParent()
		return
	}
	os.Exit(m.Run())
}

// newPool is a pool that lives as long as the test.
func newPool(t testing.TB, size int) *jsbridge.Pool {
	t.Helper()
	p := jsbridge.NewPool(jsbridge.PoolConfig{Command: workerCommand(t), Size: size})
	t.Cleanup(p.Close)
	return p
}

// folder is a script of several files: name, source, name, source, …; the first is the entry.
func folder(pairs ...string) *jsbridge.Script {
	files := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		files[pairs[i]] = pairs[i+1]
	}
	return jsbridge.NewScript(pairs[0], files, 0, 0)
}

// call runs the method go of a script.
func call(p *jsbridge.Pool, s *jsbridge.Script, args *value.Object) (any, error) {
	return p.Call(context.Background(), jsbridge.Call{Connector: "demo", Method: "go", Script: s, Args: args})
}

// wantJSON fails unless the script returns what the JSON text says.
func wantJSON(t *testing.T, p *jsbridge.Pool, s *jsbridge.Script, want string) {
	t.Helper()
	got, err := call(p, s, value.Of("n", value.Int(41)))
	if err != nil {
		t.Errorf("failed: %v", err)
		return
	}
	if text := jsonText(t, got); text != want {
		t.Errorf("got %s, want %s", text, want)
	}
}

func jsonText(t *testing.T, v any) string {
	t.Helper()
	if v == value.Undefined {
		return "undefined"
	}
	text, err := value.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// failed is the *Error of a call, which must have failed.
func failed(t *testing.T, err error) *jsbridge.Error {
	t.Helper()
	var e *jsbridge.Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %T %v, want *jsbridge.Error", err, err)
	}
	return e
}

// wantError fails unless err is that of a hook at file:line:col with a message that contains part.
func wantError(t *testing.T, err error, at, part string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want %s: …%s…", at, part)
		return
	}
	failed(t, err)
	if !strings.HasPrefix(err.Error(), at+": ") || !strings.Contains(err.Error(), part) {
		t.Errorf("got  %v\nwant %s: …%s…", err, at, part)
	}
}
