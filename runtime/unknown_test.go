package runtime_test

import (
	"testing"
	"time"

	"claviger/runtime"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/grant"
)

// lost is an answer that the provider gave, after it did what was asked, and that never came.
func lost(times int) fakeprovider.Fault {
	return fakeprovider.Fault{Mode: fakeprovider.Reset, Processed: true, Grant: "refresh_token", Times: times}
}

func retrying(policy string) files {
	return oauth(files{"auth/get-oauth-config.map.yml": oauthConfig("refreshRetry: " + policy + "\n")})
}

func TestUnknownOutcomeIsTriedOnceMore(t *testing.T) {
	for name, c := range map[string]struct {
		rotation fakeprovider.Rotation
		code     runtime.Code
	}{
		"and the refresh token was spent": {fakeprovider.Rotate, runtime.CodeReconnectRequired},
		"and it was not":                  {fakeprovider.RotateNever, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, oauth(nil), fakeprovider.Options{Rotation: c.rotation})
			id := r.connect()
			r.Provider.Misbehave(lost(1))
			r.pass(time.Hour)
			r.refused(id, runtime.CodeUnknownOutcome)
			r.pass(unknownWait - time.Second)
			if e := r.refused(id, runtime.CodeUnknownOutcome); e.RetryAfter <= 0 || e.RetryAfter > 2*time.Second {
				t.Errorf("callers are told to come back after %s", e.RetryAfter)
			}
			_, err := r.Refresh(t.Context(), admin, id)
			r.wantCode(err, runtime.CodeUnknownOutcome)
			r.wantCalls("refresh_token", 1)
			r.pass(2 * time.Second)
			if c.code == "" {
				r.credentials(id)
				if s := r.wantStatus(id, runtime.Connected); s.Renewal != (runtime.Renewal{}) {
					t.Errorf("left over: %+v", s.Renewal)
				}
				return
			}
			r.refused(id, c.code)
			if s := r.wantStatus(id, runtime.ReconnectRequired); s.LastError.Reason != "lost_response" || s.LastError.Code != "invalid_grant" {
				t.Errorf("%+v", s.LastError)
			}
			r.wantCalls("refresh_token", 2)
		})
	}
}

// The present token is served while it lives, for a second attempt could end it early; then there is exactly one, and
// where its outcome is unknown too only the user can help.
func TestUnknownOutcomeTwice(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	token := r.credentials(id).Credentials.Text("access_token")
	r.Provider.Misbehave(lost(0))
	r.pass(time.Hour - 4*time.Minute) // fading: renewed behind the reader's back
	r.credentials(id)
	r.eventually("the first renewal has failed", func() bool { return r.stored(id).LastError != nil })
	for range 7 {
		r.pass(unknownWait)
		if r.credentials(id).Credentials.Text("access_token") != token {
			t.Error("another token")
		}
	}
	r.pass(25 * time.Second) // it lives for another five
	r.credentials(id)
	r.wantCalls("refresh_token", 1)
	r.wantStatus(id, runtime.Connected)
	r.pass(5 * time.Second)
	r.refused(id, runtime.CodeReconnectRequired)
	r.pass(unknownWait)
	r.refused(id, runtime.CodeReconnectRequired)
	if c := r.wantStatus(id, runtime.ReconnectRequired); c.LastError.Reason != "lost_response" {
		t.Errorf("%+v", c.LastError)
	}
	r.wantCalls("refresh_token", 2)
}

// Who asks for a renewal gets the one further attempt after a while, and no other.
func TestUnknownOutcomeForced(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.Provider.Misbehave(lost(0))
	for _, code := range []runtime.Code{runtime.CodeUnknownOutcome, runtime.CodeUnknownOutcome, runtime.CodeNotRefreshable} {
		_, err := r.Refresh(t.Context(), admin, id)
		r.wantCode(err, code)
		_, err = r.Refresh(t.Context(), admin, id)
		if e := runtime.AsError(err); e.Code != runtime.CodeUnknownOutcome && e.Code != runtime.CodeNotRefreshable {
			t.Errorf("at once: %v", err)
		}
		r.pass(unknownWait)
	}
	r.wantCalls("refresh_token", 2)
	r.wantStatus(id, runtime.Connected)
	r.credentials(id)
	r.pass(time.Hour)
	c, err := r.Connection(t.Context(), admin, id)
	r.ok(err)
	if c.Status != runtime.ReconnectRequired || c.LastError.Reason != "lost_response" {
		t.Errorf("%s, %+v", c.Status, c.LastError)
	}
}

func (r *rig) eventually(what string, f func() bool) {
	r.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if f() {
			return
		}
	}
	r.Fatalf("never: %s", what)
}

func TestRefreshRetryNever(t *testing.T) {
	r := newRig(t, retrying("never"), fakeprovider.Options{})
	id := r.connect()
	r.Provider.Misbehave(lost(0))
	r.pass(time.Hour)
	r.refused(id, runtime.CodeReconnectRequired)
	if s := r.wantStatus(id, runtime.ReconnectRequired); s.LastError.Reason != "lost_response" || s.LastError.Class != grant.Unknown {
		t.Errorf("%+v", s.LastError)
	}
	r.pass(unknownWait)
	r.refused(id, runtime.CodeReconnectRequired)
	r.wantCalls("refresh_token", 1)
}

func TestRefreshRetryAlways(t *testing.T) {
	r := newRig(t, retrying("always"), fakeprovider.Options{Rotation: fakeprovider.RotateNever})
	id := r.connect()
	r.Provider.Misbehave(lost(4))
	r.pass(time.Hour)
	for n := range 4 {
		r.refused(id, runtime.CodeUnknownOutcome)
		r.refused(id, runtime.CodeUnknownOutcome)
		r.wantCalls("refresh_token", n+1)
		r.pass(unknownWait)
	}
	r.credentials(id)
	r.wantCalls("refresh_token", 5)
}

// Asking again in the client's own name spends nothing, so an unknown outcome is only a passing failure there.
func TestUnknownOutcomeOfClientCredentials(t *testing.T) {
	r := newRig(t, oauth(files{"auth/get-oauth-config.map.yml": oauthConfig("grantType: client_credentials\n")}), fakeprovider.Options{})
	created, err := r.CreateConnection(t.Context(), admin, runtime.NewConnection{Integration: "app"})
	r.ok(err)
	r.config.CircuitPause = time.Nanosecond
	r.restart()
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Reset, Times: 5})
	r.pass(time.Hour)
	for range 5 {
		r.refused(created.Connection.ID, runtime.CodeUnknownOutcome)
		r.pass(10 * time.Minute)
	}
	r.credentials(created.Connection.ID)
}

// A marker whose process ended before it could say what became of its renewal is an unknown outcome.
func TestMarkerOfADeadProcess(t *testing.T) {
	for _, policy := range []string{"once", "never"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, retrying(policy), fakeprovider.Options{})
			id := r.connect()
			r.pass(time.Hour - time.Minute)
			r.markedBy(id, "a-dead-process")
			r.restart()
			r.credentials(id)
			r.wantCalls("refresh_token", 0)
			r.pass(unknownWait + time.Minute)
			if policy == "never" {
				r.refused(id, runtime.CodeReconnectRequired)
				r.wantCalls("refresh_token", 0)
				return
			}
			r.credentials(id)
			r.wantCalls("refresh_token", 1)
		})
	}
}

// markedBy leaves a connection as a process that ended in the middle of its renewal leaves it.
func (r *rig) markedBy(id, node string) {
	r.Helper()
	c := r.stored(id)
	c.Renewal.Lease = &runtime.Lease{Owner: node, Since: r.Store.now(), Until: r.Store.now()}
	r.ok(r.Store.PutConnection(r.Context(), c))
}
