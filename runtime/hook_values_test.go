package runtime_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// putValue stores a value for a connection; an empty id: for the integration.
func (r *rig) putValue(id, name string, v any, life time.Duration) {
	r.Helper()
	n := runtime.NewValue{ValueKey: runtime.ValueKey{Connection: id, Name: name}, Value: v, Backend: true}
	if id == "" {
		n.Integration = "app"
	}
	if life > 0 {
		n.ExpiresAt = r.Store.now().Add(life)
	}
	_, err := r.PutValue(r.Context(), admin, n)
	r.ok(err)
}

// telling is a folder whose label is what a hook's script returns of its values.
func telling(script string, more files) files {
	f := oauth(files{
		"spec.yml":                     oauth(nil)["spec.yml"] + "  getConnectionLabel: {implementationType: javascript}\n",
		"auth/get-connection-label.js": "exports.getConnectionLabel = async ({values}) => JSON.stringify(await (async () => {" + script + "})());",
	})
	for path, text := range more {
		f[path] = text
	}
	return f
}

func (r *rig) label(id string) string {
	r.Helper()
	t, err := r.TestConnection(r.Context(), admin, id)
	r.ok(err)
	return t.Label
}

func TestValuesOfHooks(t *testing.T) {
	r := newRig(t, telling("return [Object.keys(values), (await values.connection('a/b')) ?? '-', (await values.integration('a/b')) ?? '-']", nil), fakeprovider.Options{})
	id, other := r.connect(), r.connect()
	want := func(text string) {
		t.Helper()
		if got := r.label(id); got != `[["connection","integration"],`+text+`]` {
			t.Errorf("%s, want %s", got, text)
		}
	}
	want(`"-","-"`)
	r.putValue(other, "a/b", "theirs", 0)
	want(`"-","-"`)
	r.putValue("", "a/b", "ours", 0)
	want(`"-","ours"`)
	r.putValue(id, "a/b", value.Of("n", value.Int(1)), time.Minute)
	want(`{"n":1},"ours"`)
	r.pass(2 * time.Minute)
	want(`"-","ours"`)
}

func TestNamesOfValuesOfHooks(t *testing.T) {
	r := newRig(t, telling(`const names = ['', 'a b', 'x'.repeat(129), 'a%2fb', 'ä', 'x'.repeat(128), '../a'];
		return (await Promise.all(names.map((n) => values.connection(n).then((v) => v === undefined ? 'none' : v, (e) => e.message.slice(0, 3)))))`, nil), fakeprovider.Options{})
	if got := r.label(r.connect()); got != `["the","the","the","the","the","none","none"]` {
		t.Error(got)
	}
}

// Where there is no connection yet, those of the integration alone are there.
func TestValuesBeforeThereIsAConnection(t *testing.T) {
	const look = `exports.getOAuthConfig = async ({connectorParameters: p, values}) => ({
  clientId: p.clientId, clientSecret: p.clientSecret, clientAuthLocation: 'body', tokenUri: p.baseUrl + '/token',
  authorizeUri: p.baseUrl + '/authorize?' + new URLSearchParams({whose: Object.keys(values), tenant: await values.integration('tenant')}),
});`
	r := newRig(t, oauth(files{"auth/get-oauth-config.map.yml": "", "auth/get-oauth-config.js": look}), fakeprovider.Options{})
	r.putValue("", "tenant", "acme", 0)
	created, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app"})
	r.ok(err)
	r.putValue(created.Connection.ID, "a", "b", 0) // it is there by now
	r.visit(visitor{}, created)
	if asked := r.Provider.LastRequest(fakeprovider.Authorize).Query; asked.Get("tenant") != "acme" || asked.Get("whose") != "connection,integration" {
		t.Errorf("%v", asked)
	}

	atOnce := files{
		"spec.yml": `
parametersSchema: {type: object}
auth:
  type: client-credentials
  getCredentialsFromConnectionParameters: {code: 'exports.default = async ({values}) => ({whose: Object.keys(values), of: await values.integration("tenant")})'}
`}
	r = newRig(t, atOnce, fakeprovider.Options{})
	r.putValue("", "tenant", "acme", 0)
	created, err = r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app"})
	r.ok(err)
	if got, _ := value.Encode(r.credentials(created.Connection.ID).Credentials); string(got) != `{"whose":["integration"],"of":"acme"}` {
		t.Errorf("%s", got)
	}
}

// awayStore gives no values.
type awayStore struct {
	*weakStore
	away atomic.Bool
}

func (s *awayStore) Value(ctx context.Context, k runtime.ValueKey) (*runtime.Value, error) {
	if s.away.Load() {
		return nil, errors.New("the cable is out")
	}
	return s.weakStore.Value(ctx, k)
}

// That the database does not answer says nothing of the connection.
func TestValuesThatCannotBeRead(t *testing.T) {
	f := askingItself("await values.integration('late');")
	f["auth/refresh-credentials.js"] = strings.Replace(f["auth/refresh-credentials.js"], "credentials}", "credentials, values}", 1)
	f["spec.yml"] += "  test: {code: 'exports.default = async ({values}) => { await values.integration(\"x\"); return true }'}\n"
	r := newRig(t, f, fakeprovider.Options{})
	s := &awayStore{weakStore: r.Store}
	r.config.Store = s
	r.restart()
	id := r.connect()
	s.away.Store(true)
	if _, err := r.TestConnection(t.Context(), admin, id); runtime.AsError(err).Code != runtime.CodeStoreUnavailable || strings.Contains(err.Error(), "cable") {
		t.Errorf("%v", err)
	}
	r.pass(time.Hour)
	r.refused(id, runtime.CodeStoreUnavailable)
	r.wantStatus(id, runtime.Connected)
	s.away.Store(false)
	r.pass(time.Minute)
	r.credentials(id)
	r.wantCalls("refresh_token", 1)
}

// What a hook has read shows nowhere.
func TestValuesAreSecret(t *testing.T) {
	f := telling(`console.log(await values.connection('key')); return 'it is ' + (await values.connection('key'))`, files{})
	f["spec.yml"] += "  test: {code: 'exports.default = async ({values, credentials}) => { const v = await values.integration(\"nested\"); if (v) throw new Error(\"no: \" + v.a[0].deep + \" \" + btoa(v.a[0].deep)); return true }'}\n"
	r := newRig(t, f, fakeprovider.Options{})
	id := r.connect()
	const key, deep = "the-key-of-the-connection", "the-key-that-lies-deep"
	r.putValue(id, "key", key, 0)
	if got := r.label(id); !strings.Contains(got, "[secret]") || strings.Contains(got, key) {
		t.Error(got)
	}
	r.putValue("", "nested", value.Of("a", []any{value.Of("deep", deep)}), 0)
	told, err := r.TestConnection(t.Context(), admin, id)
	r.ok(err)
	if told.OK || !strings.Contains(told.Message, "[secret]") || strings.Contains(told.Message, deep) || strings.Contains(told.Message, "dGhl") {
		t.Errorf("%+v", told)
	}
}

// askingAtAPath is askingItself at an address of which a value is a part.
func askingAtAPath(then string) files {
	f := askingItself(then)
	f["auth/refresh-credentials.js"] = strings.NewReplacer("credentials}) => {", "credentials, values}) => {\n  const path = await values.connection('path');",
		"+ '/token'", "+ '/' + path").Replace(f["auth/refresh-credentials.js"])
	return f
}

// A hook that is run again makes the requests that it had made, whatever the value is by now that they were made of.
func TestHookIsGivenItsValuesAgain(t *testing.T) {
	r := newRig(t, askingAtAPath(profile), fakeprovider.Options{Rotation: fakeprovider.Rotate})
	id := r.connect()
	r.putValue(id, "path", "token", 0)
	r.pass(time.Hour)
	r.Provider.Misbehave(apiDown)
	if _, err := r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{}); err == nil {
		t.Fatal("expected a failure")
	}
	if a := r.wantStatus(id, runtime.Connected).Renewal.Answer; a == nil || len(a.Recorded) != 2 {
		t.Fatalf("%+v", a)
	}
	r.putValue(id, "path", "nowhere", 0)
	r.restart()
	r.Provider.Misbehave()
	r.pass(10 * time.Minute)
	r.credentials(id)
	r.wantCalls("refresh_token", 1)

	// The next renewal begins anew.
	r.putValue(id, "path", "token", 0)
	r.pass(time.Hour)
	r.credentials(id)
	r.wantCalls("refresh_token", 2)
}

// What a hook lacked behind its answer is put while the answer waits.
func TestValueIsPutWhileAnAnswerWaits(t *testing.T) {
	r := newRig(t, askingAtAPath("if (!(await values.connection('late'))) throw new TypeError('the value is missing');"), fakeprovider.Options{Rotation: fakeprovider.Rotate})
	id := r.connect()
	r.putValue(id, "path", "token", 0)
	r.pass(time.Hour)
	r.refused(id, runtime.CodeConnectorFailed)
	r.putValue(id, "late", "here", 0)
	r.pass(time.Minute)
	r.credentials(id)
	r.wantCalls("refresh_token", 1)
}

func TestValuesOfTheHookOfADeadProcess(t *testing.T) {
	r := newRig(t, askingAtAPath(profile), fakeprovider.Options{Rotation: fakeprovider.Rotate})
	d := newDiary(t)
	r.config.HookLimits.Wall = 4 * time.Second
	r.config.Journal = d.begin(t)
	r.restart()
	id := r.connect()
	r.putValue(id, "path", "token", 0)
	r.pass(time.Hour)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang, On: fakeprovider.API})
	go r.Refresh(r.Context(), admin, id)
	r.eventually("the hook waits for its second answer", func() bool { return r.Provider.Calls(fakeprovider.API) == 1 })
	r.die(d)
	r.putValue(id, "path", "nowhere", 0)
	r.credentials(id)
	r.wantCalls("refresh_token", 1)
}
