package store_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/secret"
	"claviger/runtime/store"
)

var at = time.Date(2026, 11, 23, 8, 0, 0, 120000000, time.UTC)

func connection() *runtime.Connection {
	return &runtime.Connection{
		ID: "c1", Integration: "github", Owner: "tenant", AuthOption: "app", Status: runtime.Connected, Label: "octocat",
		AccountID: "17", Labels: map[string]string{"plan": "team"}, Scopes: []string{"repo"}, Granted: []string{},
		Parameters: value.Of("domain", "acme"),
		Token: &runtime.Token{
			Access: secret.New("at-1"), Refresh: secret.New("rt-1"), IssuedAt: at, ExpiresAt: at.Add(time.Hour),
			Query: value.Of("realmId", "9"), Credentials: value.Of("z", "at-1", "a", value.Int(3600)),
			Grant: "authorization_code", NoRefreshToken: true, Margin: time.Minute,
		},
		Renewal: runtime.Renewal{
			Attempts: 2, NotBefore: at, Lease: &runtime.Lease{Owner: "n1/r1", Since: at, Until: at.Add(time.Minute)}, Unknown: 1,
			Answer: &runtime.Answer{Response: value.Of("access_token", "at-2"), ReceivedAt: at, Query: value.Of("realmId", "9")},
		},
		LastError: &runtime.Failure{Class: "transient", Message: "503", Status: 503, At: at},
		CreatedAt: at, UpdatedAt: at.In(time.FixedZone("", 3600)), Version: 7,
	}
}

// The stored format: a database that an older version wrote must still be read, so these texts change only together with
// a migration.
func TestConnectionFormat(t *testing.T) {
	ring := seal.Generate()
	row, err := store.NewCodec(ring).Connection(connection())
	if err != nil {
		t.Fatal(err)
	}
	opened := func(field string, sealed []byte) string {
		plain, err := ring.Open("connection/c1", field, sealed)
		if err != nil {
			t.Error(err)
		}
		return string(plain)
	}
	for name, c := range map[string]struct{ got, want string }{
		"columns": {strings.Join([]string{row.ID, row.Integration, row.Owner, row.Status}, " "), "c1 github tenant connected"},
		"doc": {row.Doc, `{"authOption":"app","label":"octocat","accountId":"17","labels":{"plan":"team"},"scopes":["repo"],"granted":[],` +
			`"renewal":{"attempts":2,"notBefore":"2026-11-23T08:00:00.12Z","unknown":1},` +
			`"lastError":{"class":"transient","message":"503","status":503,"at":"2026-11-23T08:00:00.12Z"},` +
			`"createdAt":"2026-11-23T08:00:00.12Z","updatedAt":"2026-11-23T08:00:00.12Z"}`},
		"parameters": {opened("parameters", row.Parameters), `{"domain":"acme"}`},
		"token": {opened("token", row.Token), `{"access":"at-1","refresh":"rt-1","issuedAt":"2026-11-23T08:00:00.12Z","expiresAt":"2026-11-23T09:00:00.12Z",` +
			`"query":{"realmId":"9"},"credentials":{"z":"at-1","a":3600},"grant":"authorization_code","noRefreshToken":true,"margin":60000000000}`},
		"answer": {opened("answer", row.Answer), `{"response":{"access_token":"at-2"},"receivedAt":"2026-11-23T08:00:00.12Z","query":{"realmId":"9"}}`},
	} {
		if c.got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, c.got, c.want)
		}
	}
}

func TestIntegrationFormat(t *testing.T) {
	row, err := store.NewCodec(seal.Generate()).Integration(&runtime.Integration{
		Key: "github", Connector: "gh", Parameters: value.Of("clientSecret", "cs"), ReturnURLs: []string{"https://a.example"}, RequireCompletion: true,
		RedirectURI: "https://b.example/cb", Hosts: []string{"github.com"}, PendingHosts: []string{"c.example"},
		Misconfigured: &runtime.Failure{Class: "misconfigured", Message: "invalid_client", At: at}, CreatedAt: at, UpdatedAt: at,
	})
	want := `{"connector":"gh","returnUrls":["https://a.example"],"requireCompletion":true,"redirectUri":"https://b.example/cb","hosts":["github.com"],` +
		`"pendingHosts":["c.example"],"misconfigured":{"class":"misconfigured","message":"invalid_client","at":"2026-11-23T08:00:00.12Z"},` +
		`"createdAt":"2026-11-23T08:00:00.12Z","updatedAt":"2026-11-23T08:00:00.12Z"}`
	if err != nil || row.Doc != want {
		t.Errorf("%v\n got %s\nwant %s", err, row.Doc, want)
	}
}

func TestFlowFormat(t *testing.T) {
	ring := seal.Generate()
	row, err := store.NewCodec(ring).Flow(&runtime.Flow{
		ID: "f1", Connection: "c1", Integration: "github", Stage: runtime.FlowClaimed, ConnectHash: []byte{1}, CookieHash: []byte{2}, StateHash: []byte{},
		ReturnURL: "https://a.example", Reconnect: true, AllowAccountChange: true, ExpiresAt: at,
		Pinned: runtime.Pinned{ConnectorVersion: "v", Hosts: []string{"github.com"}, Verifier: secret.New("ver"), State: secret.New("st"), Query: value.Of("code", "x")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"integration":"github","stage":"claimed","cookieHash":"Ag==","returnUrl":"https://a.example","reconnect":true,"allowAccountChange":true,"expiresAt":"2026-11-23T08:00:00.12Z"}`
	if row.Doc != want || row.ExpiresAt != at.UnixMicro() || row.StateHash != nil {
		t.Errorf("%+v", row)
	}
	pinned, err := ring.Open("flow/f1", "pinned", row.Pinned)
	if err != nil || string(pinned) != `{"connectorVersion":"v","hosts":["github.com"],"verifier":"ver","state":"st","query":{"code":"x"}}` {
		t.Errorf("%s, %v", pinned, err)
	}
}

func TestEventFormat(t *testing.T) {
	c := store.NewCodec(seal.Generate())
	rows, lines, err := c.Events("c1", 7, []runtime.Event{
		{At: at, Kind: runtime.EventRefreshed, By: runtime.ByCaller, Key: "key_1"},
		{At: at, Kind: runtime.EventConsole, Message: "text", Method: "test", Level: "warn"},
		{At: at, Kind: runtime.EventFailed, Message: "why", By: runtime.ByReader, Failure: &runtime.Failure{Class: "transient", Message: "503", At: at}},
		{At: at, Kind: runtime.EventRefreshed, By: runtime.ByReader},
	})
	want := []store.EventRow{
		{Connection: "c1", Seq: 7<<16 + 2, Doc: `{"at":"2026-11-23T08:00:00.12Z","kind":"console","message":"text","method":"test","level":"warn"}`},
		{Connection: "c1", Seq: 7<<16 + 3, Doc: `{"at":"2026-11-23T08:00:00.12Z","kind":"failed","message":"why","by":"reader",` +
			`"failure":{"class":"transient","message":"503","at":"2026-11-23T08:00:00.12Z"}}`},
	}
	if err != nil || !reflect.DeepEqual(rows, want) || lines != "458753 1795420800120000000 caller key_1\n458756 1795420800120000000 reader \n" {
		t.Errorf("%v\n got %+v %q\nwant %+v", err, rows, lines, want)
	}
	read, err := c.ReadLines("c1", lines)
	if err != nil || len(read) != 2 || read[0] != (runtime.Event{Seq: 458753, At: at, Kind: runtime.EventRefreshed, By: runtime.ByCaller, Key: "key_1"}) {
		t.Errorf("%+v, %v", read, err)
	}
	for _, damaged := range []string{"1\n", "x 1 reader \n", "1 x reader \n"} {
		if _, err := c.ReadLines("c1", damaged); err == nil || !strings.Contains(err.Error(), "decode recent of connection/c1") {
			t.Errorf("%q: %v", damaged, err)
		}
	}
}

func TestDamagedRowsAreErrors(t *testing.T) {
	ring := seal.Generate()
	c := store.NewCodec(ring)
	text := func(plain string) []byte {
		sealed, _ := ring.Seal("connection/c1", "token", []byte(plain))
		return sealed
	}
	for want, row := range map[string]store.ConnectionRow{
		"decode connection/c1":               {ID: "c1", Doc: `{`},
		"decode token of connection/c1":      {ID: "c1", Doc: `{}`, Token: text(`[]`)},
		"cannot parse":                       {ID: "c1", Doc: `{}`, Token: text(`{"issuedAt":"soon"}`)},
		"value out of range":                 {ID: "c1", Doc: `{}`, Token: text(`{"margin":99999999999999999999}`)},
		"sealed for another record or field": {ID: "c1", Doc: `{}`, Token: []byte{}},
		"open answer of connection/c1":       {ID: "c1", Doc: `{}`, Answer: text(`{}`)},
	} {
		if _, err := c.ReadConnection(row); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := c.ReadFlow(store.FlowRow{ID: "f1", Doc: `{}`}); err == nil {
		t.Error("a flow that pins nothing was read")
	}
}

// FuzzReadConnection reads rows whose texts are anybody's: what can be read at all is stored and read again as it is.
func FuzzReadConnection(f *testing.F) {
	ring := seal.Generate()
	c := store.NewCodec(ring)
	row, _ := c.Connection(connection())
	f.Add(row.Doc, `{"access":"a","margin":1,"query":{"b":[1,2]},"issuedAt":"2026-11-23T08:00:00Z"}`)
	f.Add(`{}`, `{"access":1,"query":[],"margin":"x","noRefreshToken":0}`)
	f.Fuzz(func(t *testing.T, doc, token string) {
		sealed, err := ring.Seal("connection/c1", "token", []byte(token))
		if err != nil {
			t.Fatal(err)
		}
		read, err := c.ReadConnection(store.ConnectionRow{ID: "c1", Doc: doc, Token: sealed})
		if err != nil {
			return
		}
		row, err := c.Connection(read)
		if err != nil {
			return // a text or a year that is no longer what it was made of
		}
		again, err := c.ReadConnection(row)
		if err != nil || !reflect.DeepEqual(again, read) {
			t.Fatalf("%v\n got %+v\nwant %+v", err, again, read)
		}
	})
}
