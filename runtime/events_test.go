package runtime_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/grant"
)

// timeline is a connection's events, the oldest first.
func (r *rig) timeline(id string) []runtime.Event {
	r.Helper()
	var all []runtime.Event
	for cursor := ""; ; cursor = fmt.Sprint(all[0].Seq) {
		page, err := r.Events(r.Context(), admin, id, cursor, 3)
		r.ok(err)
		for _, e := range page {
			all = append([]runtime.Event{e}, all...)
		}
		if len(page) < 3 {
			return all
		}
	}
}

// told is what a timeline says: kind, cause, level and message of each event.
func told(events []runtime.Event) string {
	var b strings.Builder
	for _, e := range events {
		b.WriteString(strings.Join(strings.Fields(fmt.Sprint(e.Kind, " ", e.By, " ", e.Key, " ", e.Method, " ", e.Level)), " ") + ": " + e.Message + "\n")
	}
	return b.String()
}

func (r *rig) wantTold(id, want string) []runtime.Event {
	r.Helper()
	all := r.timeline(id)
	if got := told(all); got != strings.ReplaceAll(strings.TrimLeft(want, "\n"), "\t", "") {
		r.Errorf("the timeline tells\n%s\nwant%s", got, want)
	}
	for i, e := range all {
		if i > 0 && e.Seq <= all[i-1].Seq || e.At.IsZero() {
			r.Errorf("event %d: %+v", i, e)
		}
	}
	return all
}

func TestTimeline(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	key := &runtime.Caller{KeyID: "key_one", Scopes: []runtime.Scope{runtime.ScopeUse}}
	_, err := r.Refresh(t.Context(), key, id)
	r.ok(err)
	r.pass(hour - 2*time.Minute)
	r.credentials(id)
	r.eventually("it is renewed in the background", func() bool { return len(r.timeline(id)) == 3 })
	r.pass(hour)
	r.credentials(id)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.InvalidGrant, Grant: "refresh_token"})
	r.pass(hour)
	r.refused(id, runtime.CodeReconnectRequired)
	created, err := r.ReconnectConnection(t.Context(), admin, id, runtime.Reconnect{})
	r.ok(err)
	v := visitor{}
	_, err = r.Callback(t.Context(), "app", r.visit(v, created), v.browser())
	r.ok(err)
	all := r.wantTold(id, `
		authorized: connected
		refreshed caller key_one: renewed: somebody asked for it
		refreshed background: renewed in the background: it was time
		refreshed reader: renewed: a reader needed it
		failed reader: `+r.timeline(id)[4].Message+`
		reconnect_required: `+r.timeline(id)[4].Message+`
		authorized: connected again
	`+"")
	for _, e := range all[4:6] {
		if e.Failure == nil || e.Failure.Class != grant.Reauth || e.Failure.Code != "invalid_grant" {
			t.Errorf("%+v", e.Failure)
		}
	}
}

// Who may not see a connection may not see what happened to it, and a cursor is one that we gave.
func TestTimelineIsAsPrivateAsItsConnection(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	v := visitor{}
	id, _ := r.begin(v, runtime.NewConnection{Owner: "acme", Parameters: value.NewObject(0)})
	use := []runtime.Scope{runtime.ScopeUse}
	for _, c := range []struct {
		by   *runtime.Caller
		code runtime.Code
	}{
		{&runtime.Caller{}, runtime.CodeForbidden},
		{&runtime.Caller{Scopes: use, Owners: []string{"other"}}, runtime.CodeNotFound},
		{&runtime.Caller{Scopes: use, Integrations: []string{"other"}}, runtime.CodeNotFound},
		{&runtime.Caller{Scopes: use, Owners: []string{"acme"}}, ""},
	} {
		_, err := r.Events(t.Context(), c.by, id, "", 10)
		if c.code == "" {
			r.ok(err)
			continue
		}
		r.wantCode(err, c.code)
	}
	for _, cursor := range []string{"x", "-1", "0", "1.5", "99999999999999999999"} {
		_, err := r.Events(t.Context(), admin, id, cursor, 10)
		r.wantCode(err, runtime.CodeInvalidRequest)
	}
	_, err := r.Events(t.Context(), admin, "con_x", "", 10)
	r.wantCode(err, runtime.CodeNotFound)
}

func TestTimelineOfFailedAuthorizations(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.InvalidGrant, Grant: "authorization_code"})
	id, err := r.tryConnect()
	if err == nil {
		t.Fatal("it connected")
	}
	all := r.timeline(id)
	if len(all) != 1 || all[0].Kind != runtime.EventFailed || all[0].Failure.Code != "invalid_grant" || all[0].By != "" {
		t.Errorf("%s", told(all))
	}
	// A link that nobody follows.
	created, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app", Parameters: value.NewObject(0)})
	r.ok(err)
	r.pass(time.Hour)
	_, err = r.Connection(t.Context(), admin, created.Connection.ID)
	r.ok(err)
	r.wantTold(created.Connection.ID, `
		failed: nobody finished connecting before the link expired
	`+"")
}
