package runtime_test

import (
	"strings"
	"testing"
	"time"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// typing is a folder of the auth type client-credentials with an input schema.
func typing(schema string) files {
	return files{"spec.yml": "parametersSchema: {type: object}\nauth:\n  type: client-credentials\n  inputSchema: " + schema + "\n"}
}

// asking is an oauth folder with an input schema.
func asking(schema string) files {
	return oauth(files{"spec.yml": oauth(nil)["spec.yml"] + "  inputSchema: " + schema + "\n"})
}

// submit sends the connect page's form; what it does not ask for is not read.
func (r *rig) submit(link string, v visitor, typed *value.Object) (*runtime.Step, error) {
	return r.SubmitConnect(r.Context(), handleOf(link), v.browser(), func(fields []connectors.Field) *value.Object {
		o := value.NewObject(0)
		for _, f := range fields {
			if typed.Has(f.Name) {
				o.Set(f.Name, typed.Get(f.Name))
			}
		}
		return o
	})
}

func fieldNames(f *runtime.Form) string {
	var names []string
	for _, field := range f.Fields {
		names = append(names, field.Name)
	}
	return strings.Join(names, " ")
}

const keyAndRegion = `{type: object, required: [apiKey, region], properties: {apiKey: {type: string, format: password}, region: {type: string, enum: [eu, us]}, note: {type: string, default: none}}}`

// What the platform said with the request is fixed; the page asks for the rest.
func TestPageAsksForWhatIsMissing(t *testing.T) {
	r := newRig(t, typing(keyAndRegion), fakeprovider.Options{})
	created, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app", Parameters: value.Of("region", "eu")})
	r.ok(err)
	v := visitor{}
	step, err := r.OpenConnect(t.Context(), handleOf(created.ConnectURL), v.browser())
	r.ok(err)
	v.take(step)
	if step.Form == nil || fieldNames(step.Form) != "apiKey note" {
		t.Fatalf("the page asks for %q", fieldNames(step.Form))
	}
	_, err = r.submit(created.ConnectURL, v, value.Of("apiKey", "key-0123456789", "region", "us"))
	r.ok(err)
	c := r.credentials(created.Connection.ID).Credentials
	if c.Text("apiKey") != "key-0123456789" || c.Text("region") != "eu" || c.Text("note") != "none" {
		t.Errorf("%s", r.credentials(created.Connection.ID).JSON)
	}
}

func TestWrongInputIsRefusedAtOnce(t *testing.T) {
	r := newRig(t, typing(keyAndRegion), fakeprovider.Options{})
	for name, parameters := range map[string]*value.Object{
		"wrong, one missing": value.Of("region", "mars"),
		"undeclared":         value.Of("regio", "eu"),
		"wrong":              value.Of("region", "mars", "apiKey", "key-0123456789"),
	} {
		_, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app", Parameters: parameters})
		if e := runtime.AsError(err); e.Code != runtime.CodeInvalidParameters || len(e.Fields) != 1 {
			t.Errorf("%s: %v %+v", name, err, e.Fields)
		}
	}
	list, err := r.Connections(t.Context(), admin, runtime.ConnectionFilter{})
	r.ok(err)
	if len(list) != 0 {
		t.Errorf("%d connections were kept", len(list))
	}
}

func TestDefaultsWithoutParameters(t *testing.T) {
	r := newRig(t, typing(`{type: object, properties: {region: {type: string, default: eu}}}`), fakeprovider.Options{})
	created, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app"})
	r.ok(err)
	if c := r.credentials(created.Connection.ID).Credentials; c.Text("region") != "eu" {
		t.Errorf("%s", r.credentials(created.Connection.ID).JSON)
	}
}

// Reconnecting what the user types means that the user types it again.
func TestReconnectingAsksAgainForTypedCredentials(t *testing.T) {
	r := newRig(t, typing(keyAndRegion), fakeprovider.Options{})
	created, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app", Parameters: value.Of("apiKey", "key-0123456789", "region", "eu")})
	r.ok(err)
	id := created.Connection.ID
	again, err := r.ReconnectConnection(t.Context(), admin, id, runtime.Reconnect{})
	r.ok(err)
	v := visitor{}
	step, err := r.OpenConnect(t.Context(), handleOf(again.ConnectURL), v.browser())
	r.ok(err)
	v.take(step)
	if step.Form == nil || fieldNames(step.Form) != "apiKey note" {
		t.Fatalf("what the platform had fixed is asked for, or the key is not: %+v", step)
	}
	if step.Form.Values.Has("apiKey") {
		t.Errorf("known is %v", step.Form.Values)
	}
	_, err = r.submit(again.ConnectURL, v, value.Of("apiKey", "key-9876543210", "region", "us"))
	r.ok(err)
	if c := r.credentials(id).Credentials; c.Text("apiKey") != "key-9876543210" || c.Text("region") != "eu" {
		t.Errorf("%s", r.credentials(id).JSON)
	}
}

// A link whose way to the provider cannot be made shows a page, or sends the browser back to the platform.
func TestLinkThatCannotGoOn(t *testing.T) {
	for _, returnURL := range []string{"", "https://platform.test/back?keep=1"} {
		f := asking(`{type: object, required: [where], properties: {where: {type: string}}}`)
		f["auth/get-oauth-config.map.yml"] = strings.Replace(oauthConfig(""), "clientAuthLocation: body", "clientAuthLocation: {$var: connectionParameters.where}", 1)
		r := newRig(t, f, fakeprovider.Options{})
		created, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app", ReturnURL: returnURL})
		r.ok(err)
		v := visitor{}
		step, err := r.OpenConnect(t.Context(), handleOf(created.ConnectURL), v.browser())
		r.ok(err)
		v.take(step)
		step, err = r.submit(created.ConnectURL, v, value.Of("where", "nowhere"))
		if returnURL == "" {
			r.wantCode(err, runtime.CodeMisconfigured)
		} else if want := "https://platform.test/back?connection=" + created.Connection.ID + "&keep=1&status=failed"; err != nil || step == nil || step.Redirect != want {
			t.Errorf("the step is %+v, the error %v", step, err)
		}
		r.wantStatus(created.Connection.ID, runtime.Failed)
	}
}

// A link whose way fails for the moment is good for another try.
func TestLinkSurvivesAnIssuerThatIsDown(t *testing.T) {
	f := oauth(files{"auth/get-oauth-config.map.yml": `
clientId: {$var: connectorParameters.clientId}
clientSecret: {$var: connectorParameters.clientSecret}
issuer: {$var: connectorParameters.baseUrl}
clientAuthLocation: body
`})
	r := newRig(t, f, fakeprovider.Options{})
	created, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app", ReturnURL: "https://platform.test/back"})
	r.ok(err)
	r.restart() // what discovery found is forgotten
	v := visitor{}
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.TemporarilyUnavailable, On: fakeprovider.Discovery})
	step, err := r.OpenConnect(t.Context(), handleOf(created.ConnectURL), v.browser())
	r.wantCode(err, runtime.CodeProviderUnavailable)
	v.take(step)
	r.wantStatus(created.Connection.ID, runtime.Pending)
	r.Provider.Misbehave()
	callback := r.visit(v, created)
	r.restart()
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang, On: fakeprovider.Discovery})
	r.impatient(300 * time.Millisecond)
	_, err = r.Callback(t.Context(), "app", callback, v.browser()) // the same page, once it is back
	r.wantCode(err, runtime.CodeProviderUnavailable)
	r.wantStatus(created.Connection.ID, runtime.Pending)
	r.Provider.Misbehave()
	_, err = r.Callback(t.Context(), "app", callback, v.browser())
	r.ok(err)
	r.wantStatus(created.Connection.ID, runtime.Connected)
}

// What the user typed is asked for again, with what may be shown of it.
func TestReconnectingShowsWhatWasTyped(t *testing.T) {
	r := newRig(t, typing(keyAndRegion), fakeprovider.Options{})
	created, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app"})
	r.ok(err)
	v := visitor{}
	step, err := r.OpenConnect(t.Context(), handleOf(created.ConnectURL), v.browser())
	r.ok(err)
	v.take(step)
	_, err = r.submit(created.ConnectURL, v, value.Of("apiKey", "key-0123456789", "region", "us"))
	r.ok(err)
	again, err := r.ReconnectConnection(t.Context(), admin, created.Connection.ID, runtime.Reconnect{})
	r.ok(err)
	step, err = r.OpenConnect(t.Context(), handleOf(again.ConnectURL), visitor{}.browser())
	r.ok(err)
	if step.Form == nil || fieldNames(step.Form) != "apiKey region note" || step.Form.Values.Text("region") != "us" || step.Form.Values.Has("apiKey") {
		t.Errorf("the page asks for %+v", step.Form)
	}
}

// What the platform said of a connection that was never made is not forgotten, nor the user's to change.
func TestReconnectingAfterAFailureKeepsWhatWasGiven(t *testing.T) {
	f := asking(`{type: object, required: [realm], properties: {realm: {type: string}}}`)
	f["auth/get-oauth-config.map.yml"] = oauthConfig("extra: {realm: {$var: connectionParameters.realm}}\n")
	r := newRig(t, f, fakeprovider.Options{})
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{Parameters: value.Of("realm", "fixed")})
	callback.Del("code")
	callback.Set("error", "access_denied")
	_, err := r.Callback(t.Context(), "app", callback, v.browser())
	r.wantCode(err, runtime.CodeProviderRefused)
	r.ok(r.reconnect(id, runtime.Reconnect{}, nil))
	if got := r.Provider.LastRequest(fakeprovider.Authorize).Params.Get("realm"); got != "fixed" {
		t.Errorf("the provider was sent %q", got)
	}
	r.wantStatus(id, runtime.Connected)
}
