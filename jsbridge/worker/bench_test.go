package worker_test

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dop251/goja"

	"claviger/jsbridge"
	"claviger/jsbridge/worker"
	"claviger/mapping/value"
)

func TestMain(m *testing.M) {
	worker.MaybeRun()
	os.Exit(m.Run())
}

// benchHook is a hook of ordinary size that uses the language and no global of ours, so that a bare VM can run it.
const benchHook = `
class Form {
  constructor() {
    this.fields = [];
  }

  add(name, value) {
    if (value !== undefined && value !== null) {
      this.fields.push([name, value]);
    }
    return this;
  }

  encode() {
    return this.fields
      .map(([name, value]) => encodeURIComponent(name) + '=' + encodeURIComponent(String(value)))
      .join('&');
  }
}

const defaults = { grant_type: 'authorization_code', audience: null };

const scopesOf = (parameters) => (parameters?.scopes ?? ['read']).join(' ');

function merge(...parts) {
  const all = {};
  for (const part of parts) {
    for (const [key, value] of Object.entries(part)) {
      all[key] = value;
    }
  }
  return all;
}

exports.getTokenData = async function ({
  connectorParameters,
  connectionParameters,
  codeVerifier,
  queryParameters,
  redirectUri
}) {
  const form = new Form();
  const all = merge(defaults, {
    code: queryParameters.code,
    redirect_uri: redirectUri,
    client_id: connectorParameters.clientId,
    client_secret: connectorParameters.clientSecret,
    code_verifier: codeVerifier
  });
  for (const name of Object.keys(all)) {
    form.add(name, all[name]);
  }
  const { region = 'eu', ...others } = connectionParameters;
  return {
    body: form.encode(),
    scope: scopesOf(connectorParameters),
    host: ` + "`${region}.example.com`" + `,
    more: Object.keys(others).length,
    access_token: queryParameters.code.split('').reverse().join('')
  };
};
`

// bare is the same work in this process: a fresh VM, the compiled program, arguments in and result out as Go values.
type bare struct{ program *goja.Program }

func newBare(b *testing.B) *bare {
	p, err := goja.Compile("a.js", "(function (exports) {"+benchHook+"\n})", false)
	if err != nil {
		b.Fatal(err)
	}
	return &bare{p}
}

func (h *bare) call() map[string]any {
	vm := goja.New()
	v, err := vm.RunProgram(h.program)
	if err != nil {
		panic(err)
	}
	module, _ := goja.AssertFunction(v)
	exports := vm.NewObject()
	if _, err := module(goja.Undefined(), exports); err != nil {
		panic(err)
	}
	hook, _ := goja.AssertFunction(exports.Get("getTokenData"))
	v, err = hook(exports, vm.ToValue(map[string]any{
		"connectorParameters":  map[string]any{"clientId": "client", "clientSecret": "s e c", "scopes": []any{"a", "b"}},
		"connectionParameters": map[string]any{"region": "us", "subdomain": "acme"},
		"codeVerifier":         "0123456789abcdef0123456789abcdef0123456789a",
		"queryParameters":      map[string]any{"code": "0123456789abcdef", "state": "s"},
		"redirectUri":          "https://app.example.com/oauth/callback/demo",
	}))
	if err != nil {
		panic(err)
	}
	return v.Export().(*goja.Promise).Result().Export().(map[string]any)
}

// piped is the hook in a worker.
type piped struct {
	pool *jsbridge.Pool
	call jsbridge.Call
}

func newPiped(b *testing.B, size int) *piped {
	p := jsbridge.NewPool(jsbridge.PoolConfig{Size: size})
	b.Cleanup(p.Close)
	return &piped{p, jsbridge.Call{
		Connector: "demo", Method: "getTokenData", Script: jsbridge.NewScript("a.js", map[string]string{"a.js": benchHook}, 0, 0),
		Args: value.Of(
			"connectorParameters", value.Of("clientId", "client", "clientSecret", "s e c", "scopes", []any{"a", "b"}),
			"connectionParameters", value.Of("region", "us", "subdomain", "acme"),
			"codeVerifier", "0123456789abcdef0123456789abcdef0123456789a",
			"queryParameters", value.Of("code", "0123456789abcdef", "state", "s"),
			"redirectUri", "https://app.example.com/oauth/callback/demo",
		),
	}}
}

func (h *piped) run() any {
	v, err := h.pool.Call(context.Background(), h.call)
	if err != nil {
		panic(err)
	}
	return v
}

const rounds = 10

// ratio runs a and b in turn, each n times a round, and reports the median time of b over the median time of a.
func ratio(b *testing.B, n int, first, second func()) {
	first()
	second()
	var ratios, times []float64
	for range rounds {
		x := timed(n, first)
		y := timed(n, second)
		ratios = append(ratios, float64(y)/float64(x))
		times = append(times, float64(y.Microseconds())/float64(n))
	}
	slices.Sort(ratios)
	slices.Sort(times)
	b.ReportMetric(ratios[rounds/2], "ratio")
	b.ReportMetric(times[rounds/2], "us/call")
	b.ReportMetric(0, "ns/op")
}

func timed(n int, f func()) time.Duration {
	begin := time.Now()
	for range n {
		f()
	}
	return time.Since(begin)
}

// BenchmarkCall compares a call through the pipe with one in a bare VM; the aim is a ratio of at most 2.5.
func BenchmarkCall(b *testing.B) {
	here, there := newBare(b), newPiped(b, 2)
	for b.Loop() {
		ratio(b, 300, func() { here.call() }, func() { there.run() })
	}
}

// BenchmarkCallsTogether compares eight callers at once; the ratio of times is to stay under 1/0.8 = 1.25.
func BenchmarkCallsTogether(b *testing.B) {
	here, there := newBare(b), newPiped(b, 0)
	together := func(f func()) func() {
		return func() {
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					for range 25 {
						f()
					}
				})
			}
			all.Wait()
		}
	}
	for b.Loop() {
		ratio(b, 3, together(func() { here.call() }), together(func() { there.run() }))
	}
}
