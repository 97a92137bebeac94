package runtime_test

import (
	goruntime "runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"claviger/connectors"
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

// What a hook or a provider makes of a connection beyond what is kept of one is refused, and named.
func TestCredentialsWithoutEnd(t *testing.T) {
	large := `'x'.repeat(300 << 10)`
	token := func(text string) string {
		return "exports.getTokenData = () => ({access_token: 'an-access-token', refresh_token: 'a-refresh-token', more: " + text + "});"
	}
	typed := files{
		"spec.yml": "parametersSchema: {type: object}\nauth:\n  type: client-credentials\n  inputSchema: {type: object}\n" +
			"  getCredentialsFromConnectionParameters: {implementationType: javascript}\n",
		"auth/get-credentials-from-connection-parameters.js": "exports.getCredentialsFromConnectionParameters = () => ({access_token: 'y'.repeat(15e6)});",
	}
	for name, c := range map[string]struct {
		files files
		code  runtime.Code
		words string
	}{
		"getTokenData": {hooked(connectors.GetTokenData, "get-token-data.js", token(large)), runtime.CodeProviderMalformed,
			"getTokenData of connector app failed at auth/get-token-data.js:1:1: the token response is larger than 256 KiB, the most that is kept of one connection"},
		"an extraction": {hooked(connectors.GetCredentialsFromTokenResponse, "get-credentials-from-token-response.js",
			"exports.getCredentialsFromTokenResponse = () => ({token: "+large+"});"), runtime.CodeConnectorFailed, "getCredentialsFromTokenResponse of connector app failed at"},
		"typed": {typed, runtime.CodeConnectorFailed,
			"getCredentialsFromConnectionParameters of connector app failed at auth/get-credentials-from-connection-parameters.js:1:1: the credentials are larger than 256 KiB"},
		"the provider": {oauth(nil), runtime.CodeProviderMalformed, "connector app: the token response is larger than 256 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, c.files, fakeprovider.Options{})
			if name == "the provider" {
				r.Provider.Misbehave(answered("", map[string]any{"more": strings.Repeat("x", 300<<10)}))
			}
			var err error
			if name == "typed" {
				_, err = r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app", Parameters: value.NewObject(0)})
			} else {
				var id string
				id, err = r.tryConnect()
				r.wantStatus(id, runtime.Failed)
			}
			if e := r.wantCode(err, c.code); !strings.Contains(e.Message, c.words) {
				t.Errorf("%s", e.Message)
			}
		})
	}
}

// A renewal that brings too much leaves the token that is there, and of the new one what the next renewal needs.
func TestRenewalWithoutEnd(t *testing.T) {
	for name, f := range map[string]files{"hook": refreshing(`return {access_token: 'new', more: 'x'.repeat(300 << 10)}`), "provider": oauth(nil)} {
		r := newRig(t, f, fakeprovider.Options{})
		id := r.connect()
		before := r.stored(id).Token
		r.Provider.Misbehave(answered("refresh_token", map[string]any{"more": strings.Repeat("x", 300<<10)}))
		_, err := r.Refresh(t.Context(), admin, id)
		if e := r.wantCode(err, runtime.CodeProviderMalformed); !strings.Contains(e.Message, "larger than 256 KiB") || !strings.Contains(e.Message, "connector app") {
			t.Errorf("%s: %s", name, e.Message)
		}
		if after := r.wantStatus(id, runtime.Connected).Token; !after.Access.Equal(before.Access) || after.Credentials.Has("more") {
			t.Errorf("%s: the token has changed", name)
		}
		if name == "provider" { // which revokes a grant whose refresh token is used twice
			r.Provider.Misbehave()
			_, err := r.Refresh(t.Context(), admin, id)
			r.ok(err)
		}
	}
}

// What no connection can have is looked for in vain, and a cursor that no page gave is refused.
func TestListOfWhatCannotBe(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	r.connect()
	for _, f := range []runtime.ConnectionFilter{{Owner: "\x00"}, {Owner: "a\n"}, {Integration: "\x00"}} {
		list, err := r.Connections(t.Context(), admin, f)
		if r.ok(err); len(list) != 0 {
			t.Errorf("%+v finds %d", f, len(list))
		}
	}
	for _, cursor := range []string{"\x00", "\xff"} {
		_, err := r.Connections(t.Context(), admin, runtime.ConnectionFilter{After: cursor})
		r.wantCode(err, runtime.CodeInvalidRequest)
	}
}
