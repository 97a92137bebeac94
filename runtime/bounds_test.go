package runtime_test

import (
	goruntime "runtime"
	"syscall"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// random is a function of JavaScript that makes a text of n bytes of latin1.
const random = `const random = (n) => Array.from({length: n / 1000}, () => String.fromCharCode(...Array.from({length: 1000}, () => 1 + Math.random() * 255))).join('');
`

// What a hook returns costs the server little, and tells nothing, however many secrets are in it.
func TestSecretsWithoutEnd(t *testing.T) {
	for name, result := range map[string]string{
		"a large one":          `[{token: random(1 << 20)}]`,
		"a less large one":     `[{token: random(60000)}]`,
		"many":                 `Array.from({length: 60000}, () => ({token: Math.random() + ''}))`,
		"many names":           `[Object.fromEntries(Array.from({length: 200000}, (_, i) => ['name' + i, 'x']))]`,
		"a name without end":   `[{['a'.repeat(10e6)]: 'a long value'}]`,
		"an array without end": `[Array.from({length: 1e6}, () => 'x')]`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, files{
				"spec.yml": "parametersSchema: {type: object}\nauth:\n  type: client-credentials\n  inputSchema: {type: object}\n" +
					"  getCredentialsFromConnectionParameters: {implementationType: javascript}\n",
				"auth/get-credentials-from-connection-parameters.js": random + "exports.getCredentialsFromConnectionParameters = () => " + result + ";",
			}, fakeprovider.Options{})
			before, began := allocated(), cpu()
			created, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app", Parameters: value.NewObject(0)})
			if err == nil {
				t.Fatalf("expected a failure, got %+v", created.Connection)
			}
			t.Logf("%s of CPU, %d MiB: %v", cpu()-began, (allocated()-before)>>20, err)
			if took := cpu() - began; took > 1500*time.Millisecond {
				t.Errorf("it took %s", took)
			}
			if n := allocated() - before; n > 100<<20 {
				t.Errorf("it took %d MiB", n>>20)
			}
			if len(err.Error()) > 2_000 {
				t.Errorf("%d bytes of error", len(err.Error()))
			}
		})
	}
}

// cpu is the time that this process has computed.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func allocated() uint64 {
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	return m.TotalAlloc
}
