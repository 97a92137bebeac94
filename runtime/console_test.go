package runtime_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// logged makes the rig's engine write its log where the test can read it.
func (r *rig) logged() *lockedLog {
	l := &lockedLog{}
	r.config.Log = slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
	r.restart()
	return l
}

type lockedLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (r *rig) hookLogs(on bool) {
	r.Helper()
	_, err := r.PutIntegration(r.Context(), admin, runtime.NewIntegration{Key: "app", Connector: "app", HookLogs: on})
	r.ok(err)
}

// chatty prints all it knows before and after its exchange, and makes a token that nobody else has seen.
var chatty = hooked(connectors.GetTokenData, "get-token-data.js", `exports.getTokenData = async (all) => {
	const {connectorParameters: p, queryParameters, redirectUri, codeVerifier} = all;
	const made = 'made-by-the-hook-' + Math.random();
	console.debug('about to', made);
	console.warn(all);
	const answer = await (await fetch(p.baseUrl + '/token', {method: 'POST', body: new URLSearchParams({grant_type: 'authorization_code', code: queryParameters.code,
		redirect_uri: redirectUri, code_verifier: codeVerifier, client_id: p.clientId, client_secret: p.clientSecret})})).json();
	console.error('got %j', answer, btoa(answer.access_token), encodeURIComponent(JSON.stringify(answer)));
	console.log('two\nlines');
	if (p.baseUrl.includes('?')) throw new Error('no');
	return {...answer, access_token: made};
};`)

func TestConsoleOutputIsKeptOnlyWhereItIsAskedFor(t *testing.T) {
	r := newRig(t, chatty, fakeprovider.Options{})
	log := r.logged()
	r.wantTold(r.connect(), `
		authorized: connected
	`)
	if strings.Contains(log.String(), "about to") {
		t.Errorf("%s", log)
	}
	r.hookLogs(true)
	id := r.connect()
	all := r.timeline(id)
	if len(all) != 5 || all[4].Kind != runtime.EventAuthorized {
		t.Fatalf("%s", told(all))
	}
	for i, want := range []string{"debug", "warn", "error", "log"} {
		if e := all[i]; e.Kind != runtime.EventConsole || e.Level != want || e.Method != "getTokenData" || e.At.IsZero() {
			t.Errorf("%+v", e)
		}
	}
	if all[0].Message != "about to [secret]" || all[3].Message != "two\nlines" {
		t.Errorf("%s", told(all))
	}
	if strings.Contains(told(all), r.stored(id).Token.Access.Reveal()) || !strings.Contains(all[1].Message, "clientSecret: '[secret]'") || strings.Count(all[2].Message, "[secret]") < 4 {
		t.Errorf("%s", told(all))
	}
	for _, part := range []string{"level=WARN msg=console", `text="about to [secret]" method=getTokenData connector=app integration=app connection=` + id} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("no %q in\n%s", part, log)
		}
	}
	secrets := append(r.Provider.Secrets(), "client-secret-0123456789", "made-by-the-hook")
	for _, secret := range secrets {
		if strings.Contains(log.String(), secret) || strings.Contains(told(all), secret) {
			t.Errorf("%s was written", secret)
		}
	}
	r.hookLogs(false)
	if all := r.timeline(r.connect()); len(all) != 1 {
		t.Errorf("%s", told(all))
	}
}

// What a hook has printed before it failed is what its author needs most; and no amount of it drowns the rest.
func TestConsoleOutputOfAFailure(t *testing.T) {
	hook := "  for (let i = 0; i < 300; i++) console.log('line', i, 'x'.repeat(i));\n  throw new Error('thrown');"
	r := newRig(t, refreshing(hook), fakeprovider.Options{})
	log := r.logged()
	r.hookLogs(true)
	id := r.connect()
	_, err := r.Refresh(t.Context(), admin, id)
	r.wantCode(err, runtime.CodeConnectorFailed)
	all := r.timeline(id)
	if len(all) != 53 || all[0].Kind != runtime.EventAuthorized || all[1].Message != "line 0 " || all[52].Kind != runtime.EventFailed {
		t.Fatalf("%s", told(all))
	}
	if all[51].Message != "… and 250 more, which the server's log has" || !strings.Contains(log.String(), "line 299 xxx") {
		t.Errorf("%s", all[51].Message)
	}
}

// The log of one verb is bounded in its lines: that of an empty one is far longer than the line.
func TestConsoleOutputOfManyLines(t *testing.T) {
	r := newRig(t, refreshing("  for (let i = 0; i < 10000; i++) console.log('');\n  throw new Error('thrown');"), fakeprovider.Options{})
	log := r.logged()
	r.hookLogs(true)
	id := r.connect()
	_, err := r.Refresh(t.Context(), admin, id)
	r.wantCode(err, runtime.CodeConnectorFailed)
	if n := strings.Count(log.String(), "msg=console"); n != 501 || len(log.String()) > 150<<10 || !strings.Contains(log.String(), `text="… and 9500 more lines" connector=app`) {
		t.Errorf("%d lines, %d bytes: …%s", n, len(log.String()), log.String()[len(log.String())-1000:])
	}
	all := r.timeline(id)
	if len(all) != 53 || all[51].Message != "… and 9950 more, of which the server's log has 450" {
		t.Errorf("%s", told(all))
	}
}

// Where nothing comes to an outcome, what was printed is kept nevertheless: when a link is opened, or no worker was free.
func TestConsoleOutputWithoutAnOutcome(t *testing.T) {
	f := hookedConfig()
	f["auth/get-oauth-config.js"] = "console.log('loaded');\n" + strings.Replace(configHook, "=> ({", "=> (console.log('called'), {", 1)
	r := newRig(t, f, fakeprovider.Options{})
	r.hookLogs(true)
	id, _ := r.begin(visitor{}, runtime.NewConnection{Parameters: value.NewObject(0)})
	r.wantTold(id, `
		console getOAuthConfig log: loaded
		console getOAuthConfig log: called
		console getOAuthConfig log: loaded
		console getOAuthConfig log: called
	`)
	long := strings.Repeat("é", 3000)
	f["auth/get-oauth-config.js"] = "console.log('" + long + "');\n" + configHook
	r.reload("app", f)
	id, _ = r.begin(visitor{}, runtime.NewConnection{Parameters: value.NewObject(0)})
	if all := r.timeline(id); all[0].Message != long[:4000]+"…" {
		t.Errorf("%d bytes", len(all[0].Message))
	}
}

// One who prints without end meets the limit of its call, and what it has printed until then is told.
func TestConsoleOutputOverItsLimit(t *testing.T) {
	r := newRig(t, refreshing("  for (;;) console.log('again ' + credentials.access_token);"), fakeprovider.Options{})
	r.config.HookLimits = jsbridge.Limits{Log: 4096, Wall: 10 * time.Second}
	r.restart()
	r.hookLogs(true)
	id := r.connect()
	_, err := r.Refresh(t.Context(), admin, id)
	r.wantCode(err, runtime.CodeConnectorFailed)
	all := r.timeline(id)
	if len(all) < 20 || all[5].Message != "again [secret]" || !strings.Contains(all[len(all)-1].Message, "logged more than 4 KiB") {
		t.Errorf("%s", told(all))
	}
}
