package runtime_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

// counted is an Observer that remembers the outcomes of renewals.
type counted struct {
	clumsy
	mu       sync.Mutex
	outcomes []string
}

func (c *counted) TokenCall(_, operation, outcome string, _ time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if operation == "refresh" {
		c.outcomes = append(c.outcomes, outcome)
	}
}

// In every class a token that works is handed out, whoever asks and however; what failed is stored, shown and counted.
func TestEveryClassLeavesAWorkingToken(t *testing.T) {
	type row struct {
		name  string
		files files
		fault fakeprovider.Fault
		class grant.Class
		state runtime.RefreshState
	}
	rows := []row{{"a hook that throws", refreshing("throw new Error('no')"), fakeprovider.Fault{}, grant.Internal, runtime.RefreshOK}}
	for _, f := range failing {
		state := map[grant.Class]runtime.RefreshState{grant.Reauth: runtime.RefreshRefused, grant.Unknown: runtime.RefreshUnknown}[f.class]
		if state == "" {
			state = runtime.RefreshFailing
		}
		rows = append(rows, row{f.name, oauth(nil), f.fault, f.class, state})
	}
	for _, c := range rows {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, c.files, fakeprovider.Options{})
			id := r.connect()
			seen := &counted{}
			r.config.Observer = seen
			r.restart()
			token := r.credentials(id).Credentials.Text("access_token")
			if c.fault.Mode != "" {
				c.fault.Grant = "refresh_token"
				r.Provider.Misbehave(c.fault)
			}
			r.pass(30 * time.Minute) // fresh for who says nothing
			for _, q := range []runtime.CredentialsQuery{{}, {MinValidity: 45 * time.Minute}, {MinValidity: 45 * time.Minute}, {}} {
				a, err := r.Credentials(t.Context(), admin, id, q)
				r.ok(err)
				if a.Credentials.Text("access_token") != token {
					t.Errorf("%+v: another token", q)
				}
			}
			r.pass(29*time.Minute + 55*time.Second)
			r.credentials(id)
			stored, err := r.Connection(t.Context(), admin, id)
			r.ok(err)
			if stored.LastError == nil || stored.LastError.Class != c.class || r.RefreshState(stored) != c.state {
				t.Errorf("state %s, last error %+v", r.RefreshState(stored), stored.LastError)
			}
			seen.mu.Lock()
			defer seen.mu.Unlock()
			if want := []string{string(c.class)}; !slices.Equal(slices.Compact(seen.outcomes), want) {
				t.Errorf("counted %q", seen.outcomes)
			}
		})
	}
}

// The failures whose class is transient: none is ever a reason to connect again.
func TestTransientStatuses(t *testing.T) {
	answer := func(status int, body string) fakeprovider.Fault {
		return fakeprovider.Fault{Mode: fakeprovider.Answer, Status: status, Body: body, Grant: "refresh_token"}
	}
	for _, fault := range []fakeprovider.Fault{
		answer(408, ""), answer(409, `{"error":"invalid_grant"}`), answer(423, ""), answer(425, ""), answer(429, `{"error":"invalid_grant"}`),
		answer(400, `{"error":"temporarily_unavailable"}`), answer(200, `{"error":"temporarily_unavailable"}`), answer(500, `{"error":"server_error"}`),
		answer(503, `{"error":"invalid_grant"}`),
	} {
		r := newRig(t, oauth(nil), fakeprovider.Options{})
		id := r.connect()
		r.Provider.Misbehave(fault)
		r.pass(hour)
		for n := 1; n <= 3; n++ {
			r.refused(id, runtime.CodeProviderUnavailable)
			c := r.wantStatus(id, runtime.Connected)
			if wait := c.Renewal.NotBefore.Sub(c.LastError.At); c.Renewal.Attempts != n || wait < 0 || wait > time.Second<<n+100*time.Millisecond {
				t.Errorf("%d %s: attempt %d, then a pause of %s", fault.Status, fault.Body, c.Renewal.Attempts, wait)
			}
			r.pass(time.Minute)
		}
		r.wantCalls("refresh_token", 3)
	}
}

func TestRetryAfterAsADate(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.pass(hour)
	for header, want := range map[string]time.Duration{
		r.Store.now().Add(2 * time.Hour).Format("Mon, 02 Jan 2006 15:04:05 GMT"): 2 * time.Hour,
		"99999999": 24 * time.Hour,
	} {
		r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Answer, Status: 503, Body: `{"error":"temporarily_unavailable"}`, Header: map[string]string{"Retry-After": header}})
		_, err := r.Refresh(t.Context(), admin, id)
		r.wantCode(err, runtime.CodeProviderUnavailable)
		c := r.stored(id)
		if wait := c.Renewal.NotBefore.Sub(c.LastError.At); wait > want || wait < want-10*time.Second {
			t.Errorf("%s: a pause of %s", header, wait)
		}
	}
}

// The provider's refusal is told once, and only where nobody has renewed meanwhile.
func TestReauthIsTriedOnceAndToldOnce(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.pass(hour)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.InvalidGrant, Grant: "refresh_token"},
		fakeprovider.Fault{Mode: fakeprovider.Latency, Grant: "refresh_token", DelayMS: 300})
	read := make(chan error)
	go func() {
		a, err := r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{})
		if err == nil && a.Credentials.Text("access_token") != "by-another-node-0123456789" {
			t.Errorf("got %s", a.JSON)
		}
		read <- err
	}()
	r.eventually("the renewal is sent", func() bool { return r.Provider.TokenCalls("refresh_token") > 0 })
	c := r.stored(id) // another node, whose clock ran ahead
	renewed := *c.Token
	renewed.Access, renewed.IssuedAt, renewed.ExpiresAt = secret.New("by-another-node-0123456789"), r.Store.now(), r.Store.now().Add(hour)
	renewed.Credentials = value.Of("access_token", "by-another-node-0123456789")
	c.Token, c.Renewal = &renewed, runtime.Renewal{}
	r.ok(r.Store.PutConnection(t.Context(), c))
	r.ok(<-read)
	if c := r.wantStatus(id, runtime.Connected); c.LastError != nil {
		t.Errorf("%+v", c.LastError)
	}

	r.pass(hour)
	for range 4 {
		r.refused(id, runtime.CodeReconnectRequired)
		r.pass(hour)
	}
	events, err := r.Events(t.Context(), admin, id, "", 0)
	r.ok(err)
	told := 0
	for _, e := range events {
		if e.Kind == runtime.EventReconnectRequired {
			told++
		}
	}
	if told != 1 {
		t.Errorf("%d events say so", told)
	}
	r.wantCalls("refresh_token", 2)
}

// A connector's own rules come before the built-in classes, in every status.
func TestOwnRulesOfRenewals(t *testing.T) {
	f := oauth(files{"auth/get-oauth-config.map.yml": oauthConfig(`
errorWhen: {$eval: {$var: response.data.ok}, is: false}
errorClasses:
  - when: {$eval: {$var: response.data.error_description}, contains: AADSTS90033}
    class: transient
  - when: {$eval: {$var: response.data.error_description}, contains: AADSTS700082}
    class: reauth
  - when: {$eval: {$var: response.data.reason}, is: no_such_app}
    class: misconfigured
`)})
	for body, want := range map[string]grant.Class{
		`{"error":"invalid_grant","error_description":"AADSTS90033: a moment"}`:    grant.Transient,
		`{"error":"invalid_request","error_description":"AADSTS700082: inactive"}`: grant.Reauth,
		`{"ok":false,"reason":"no_such_app","access_token":"never-used"}`:          grant.Misconfigured,
		`{"ok":false,"reason":"who knows"}`:                                        grant.Malformed,
	} {
		for _, status := range []int{200, 400, 403} {
			r := newRig(t, f, fakeprovider.Options{})
			id := r.connect()
			r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Answer, Status: status, Body: body, Grant: "refresh_token"})
			r.pass(hour)
			_, err := r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{})
			if e := runtime.AsError(err); e.Failure == nil || e.Failure.Class != want {
				t.Errorf("%d %s: %v", status, body, err)
			}
		}
	}
}

// The answer to a reconnection that waits for a worker outlives the end of the old grant.
func TestReconnectionOutlivesTheOldGrant(t *testing.T) {
	for _, mode := range []fakeprovider.Mode{fakeprovider.InvalidGrant, fakeprovider.Latency} {
		r, pool := crowded(t, hooked(connectors.GetAccountID, "get-account-id.js", "exports.getAccountId = () => 'an account'"))
		id := r.connect()
		created, err := r.ReconnectConnection(t.Context(), admin, id, runtime.Reconnect{})
		r.ok(err)
		v := visitor{}
		callback := r.visit(v, created)
		relieve := crowd(t, pool)
		faults := []fakeprovider.Fault{{Mode: fakeprovider.Latency, Grant: "refresh_token", DelayMS: 2500}}
		if mode != fakeprovider.Latency {
			faults = append(faults, fakeprovider.Fault{Mode: mode, Grant: "refresh_token"})
		}
		r.Provider.Misbehave(faults...)
		renewed := make(chan error)
		go func() {
			_, err := r.Refresh(t.Context(), admin, id)
			renewed <- err
		}()
		r.eventually("the renewal is sent", func() bool { return r.Provider.TokenCalls("refresh_token") > 0 })
		_, err = r.Callback(t.Context(), "app", callback, v.browser())
		r.wantOverloaded(err, "")
		<-renewed
		if c := r.stored(id); c.Renewal.Answer == nil || c.Renewal.Answer.Exchange == nil {
			t.Fatalf("%s: the answer to the reconnection is gone: %s %+v", mode, c.Status, c.Renewal)
		}
		relieve()
		r.eventually("it is connected again", func() bool {
			_, err := r.Connection(t.Context(), admin, id)
			c := r.stored(id)
			return err == nil && c.Status == runtime.Connected && c.AccountID == "an account" && c.Renewal == (runtime.Renewal{})
		})
		r.wantCalls("authorization_code", 2)
	}
}

// A refusal in a code that is not known, invalid_request too, is no answer to ask for twice.
func TestRefusalThatIsNotUnderstood(t *testing.T) {
	for body, calls := range map[string]int{`{"error":"invalid_request"}`: 1, `{"error":"who_knows"}`: 1, `{"some":"thing"}`: 2, `<html>`: 2} {
		r := newRig(t, oauth(nil), fakeprovider.Options{})
		id := r.connect()
		r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Answer, Status: 400, Body: body, Grant: "refresh_token"})
		r.pass(hour)
		for range 3 {
			r.refused(id, runtime.CodeProviderMalformed)
		}
		r.wantStatus(id, runtime.Connected)
		r.wantCalls("refresh_token", calls)
		r.pass(time.Minute)
		r.refused(id, runtime.CodeProviderMalformed)
		r.wantCalls("refresh_token", calls+1)
		r.wantStatus(id, runtime.Connected)
	}
}

// A provider that claims success and gives no token may have spent the refresh token: a refusal behind that is a lost answer.
func TestRefusalAfterAnAnswerWithoutAToken(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.HTML, Grant: "refresh_token", Processed: true, Times: 1})
	r.pass(hour)
	r.refused(id, runtime.CodeReconnectRequired)
	if c := r.wantStatus(id, runtime.ReconnectRequired); c.LastError.Reason != "lost_response" || c.LastError.Code != "invalid_grant" {
		t.Errorf("%+v", c.LastError)
	}
	r.wantCalls("refresh_token", 2)
}

// After a lost answer there is one further attempt, whatever comes back: not one more because it is HTML.
func TestOneFurtherAttemptIsOne(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{Rotation: fakeprovider.RotateNever})
	id := r.connect()
	r.Provider.Misbehave(lost(1), fakeprovider.Fault{Mode: fakeprovider.HTML, Grant: "refresh_token"})
	r.pass(hour)
	r.refused(id, runtime.CodeUnknownOutcome)
	r.pass(unknownWait + time.Second)
	r.refused(id, runtime.CodeProviderMalformed)
	r.wantCalls("refresh_token", 2)
	r.wantStatus(id, runtime.Connected)
}
