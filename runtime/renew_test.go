package runtime_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"claviger/runtime"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/grant"
)

// unknownWait is how long the outcome of a renewal may stay unknown before it is tried once more (lifecycle.md 5).
const unknownWait = 30 * time.Second

func TestFiftyReadersOneRenewal(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	for n := range 3 {
		r.pass(time.Hour)
		var readers sync.WaitGroup
		tokens := make([]string, 50)
		for i := range tokens {
			readers.Go(func() {
				a, err := r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{})
				if err != nil {
					t.Error(err)
					return
				}
				tokens[i] = a.Credentials.Text("access_token")
			})
		}
		readers.Wait()
		r.wantCalls("refresh_token", n+1)
		for _, token := range tokens {
			if token != tokens[0] || token == "" {
				t.Fatal("readers got different tokens")
			}
		}
	}
}

// failing are the ways in which a renewal fails, with what callers of a dead token get.
var failing = []struct {
	name  string
	fault fakeprovider.Fault
	class grant.Class
	code  runtime.Code
	calls int // while the caller waits
}{
	{"invalid_grant", fakeprovider.Fault{Mode: fakeprovider.InvalidGrant}, grant.Reauth, runtime.CodeReconnectRequired, 1},
	{"invalid_client", fakeprovider.Fault{Mode: fakeprovider.InvalidClient}, grant.Misconfigured, runtime.CodeMisconfigured, 1},
	{"invalid_scope", fakeprovider.Fault{Mode: fakeprovider.OAuthError, Error: "invalid_scope"}, grant.Misconfigured, runtime.CodeMisconfigured, 1},
	{"429", fakeprovider.Fault{Mode: fakeprovider.RateLimited, RetryAfter: 90}, grant.Transient, runtime.CodeProviderUnavailable, 1},
	{"503 with an OAuth error", fakeprovider.Fault{Mode: fakeprovider.TemporarilyUnavailable}, grant.Transient, runtime.CodeProviderUnavailable, 1},
	{"503 of a gateway", fakeprovider.Fault{Mode: fakeprovider.Unavailable}, grant.Unknown, runtime.CodeUnknownOutcome, 1},
	{"reset", fakeprovider.Fault{Mode: fakeprovider.Reset}, grant.Unknown, runtime.CodeUnknownOutcome, 1},
	{"reset in the answer", fakeprovider.Fault{Mode: fakeprovider.ResetHalf}, grant.Unknown, runtime.CodeUnknownOutcome, 1},
	{"HTML", fakeprovider.Fault{Mode: fakeprovider.HTML}, grant.Malformed, runtime.CodeProviderMalformed, 2},
	{"oversize", fakeprovider.Fault{Mode: fakeprovider.Oversized}, grant.Malformed, runtime.CodeProviderMalformed, 2},
	{"nested", fakeprovider.Fault{Mode: fakeprovider.DeepJSON}, grant.Malformed, runtime.CodeProviderMalformed, 2},
	{"redirect", fakeprovider.Fault{Mode: fakeprovider.Redirect}, grant.Malformed, runtime.CodeProviderMalformed, 2},
}

func TestFailedRenewal(t *testing.T) {
	for _, c := range failing {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, oauth(nil), fakeprovider.Options{})
			id := r.connect()
			token := r.credentials(id).Credentials.Text("access_token")
			c.fault.Grant = "refresh_token"
			r.Provider.Misbehave(c.fault)

			r.pass(time.Hour - 8*time.Second) // too near its end to be handed out without trying
			if r.credentials(id).Credentials.Text("access_token") != token {
				t.Error("the token that still works was not handed out")
			}
			r.wantCalls("refresh_token", c.calls)
			stored := r.stored(id)
			if stored.LastError == nil || stored.LastError.Class != c.class {
				t.Fatalf("the failure is not seen: %+v", stored.LastError)
			}
			if (stored.Status == runtime.ReconnectRequired) != (c.class == grant.Reauth) {
				t.Errorf("the status is %s", stored.Status)
			}
			for range 5 {
				r.credentials(id)
			}
			r.wantCalls("refresh_token", c.calls)

			r.pass(8 * time.Second)
			e := r.refused(id, c.code)
			if e.Failure == nil || e.Failure.Class != c.class {
				t.Errorf("the problem has the failure %+v", e.Failure)
			}
			if c.class != grant.Reauth {
				r.wantStatus(id, runtime.Connected)
			}
		})
	}
}

func TestNothingListens(t *testing.T) {
	r := newRig(t, oauth(files{"auth/get-oauth-config.map.yml": oauthConfig("refreshUri: 'http://127.0.0.1:1/token'\n")}), fakeprovider.Options{})
	id := r.connect()
	r.pass(time.Hour)
	if e := r.refused(id, runtime.CodeProviderUnavailable); e.Failure.Class != grant.Transient {
		t.Errorf("%+v", e.Failure)
	}
	r.wantStatus(id, runtime.Connected)
}

func TestReauthMakesNoMoreCalls(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.Provider.WithdrawConsent()
	r.pass(time.Hour)
	r.refused(id, runtime.CodeReconnectRequired)
	if c := r.wantStatus(id, runtime.ReconnectRequired); c.LastError.Reason != "refused" || c.LastError.Code != "invalid_grant" {
		t.Errorf("%+v", c.LastError)
	}
	r.pass(24 * time.Hour)
	r.refused(id, runtime.CodeReconnectRequired)
	_, err := r.Refresh(t.Context(), admin, id)
	r.wantCode(err, runtime.CodeReconnectRequired)
	r.wantCalls("refresh_token", 1)
}

func TestMisconfiguredIntegrationStopsAttempts(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	one, other := r.connect(), r.connect()
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.InvalidClient, Grant: "refresh_token"})
	r.pass(time.Hour)
	r.refused(one, runtime.CodeMisconfigured)
	r.pass(time.Hour)
	r.refused(one, runtime.CodeMisconfigured)
	r.refused(other, runtime.CodeMisconfigured)
	_, err := r.Refresh(t.Context(), admin, one)
	r.wantCode(err, runtime.CodeMisconfigured)
	r.wantCalls("refresh_token", 1)
	for _, id := range []string{one, other} {
		r.wantStatus(id, runtime.Connected)
	}
	i, err := r.Integration(t.Context(), admin, "app")
	r.ok(err)
	if i.Misconfigured == nil || i.Misconfigured.Code != "invalid_client" {
		t.Errorf("the integration does not say so: %+v", i.Misconfigured)
	}

	r.Provider.Misbehave()
	r.integrate("app")
	r.credentials(one)
	r.credentials(other)
	if c := r.stored(one); c.LastError != nil {
		t.Errorf("%+v", c.LastError)
	}
}

func TestTemplateErrorWaitsForAnotherVersion(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.reload("app", oauth(files{"auth/get-oauth-config.map.yml": oauthConfig("refreshUri: {$concat: [{$var: connectorParameters.baseUrl}, /, {$var: connectionParameters.missing}]}\n")}))
	r.pass(time.Hour)
	e := r.refused(id, runtime.CodeMisconfigured)
	if e.Failure.Method != "getOAuthConfig" || e.Failure.File == "" {
		t.Errorf("%+v", e.Failure)
	}
	r.wantStatus(id, runtime.Connected)
	r.reload("app", oauth(nil))
	r.credentials(id)
	r.wantCalls("refresh_token", 1)
}

func TestRetryAfterIsHonoured(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.RateLimited, RetryAfter: 90, Times: 1})
	r.pass(time.Hour)
	if e := r.refused(id, runtime.CodeProviderUnavailable); e.RetryAfter != 90*time.Second {
		t.Errorf("callers are told to come back after %s", e.RetryAfter)
	}
	r.pass(89 * time.Second)
	r.refused(id, runtime.CodeProviderUnavailable)
	r.wantCalls("refresh_token", 1)
	r.pass(2 * time.Second)
	r.credentials(id)
	r.wantCalls("refresh_token", 2)
}

func TestMalformedIsTriedOnceMore(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.HTML, Times: 1})
	r.pass(time.Hour)
	r.credentials(id)
	r.wantCalls("refresh_token", 2)

	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.HTML})
	r.pass(time.Hour)
	for range 3 {
		r.refused(id, runtime.CodeProviderMalformed)
		r.pass(9 * time.Second)
	}
	r.wantCalls("refresh_token", 4)
	r.wantStatus(id, runtime.Connected)
	r.Provider.Misbehave()
	_, err := r.Refresh(t.Context(), admin, id)
	r.ok(err)
}

func TestUnknownExpiryIsRenewedOnRequestOnly(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.NoExpiresIn})
	id := r.connect()
	r.pass(10 * 365 * 24 * time.Hour)
	first := r.credentials(id)
	r.wantCalls("refresh_token", 0)
	_, err := r.Refresh(t.Context(), admin, id)
	r.ok(err)
	if second := r.credentials(id); second.Credentials.Text("access_token") == first.Credentials.Text("access_token") {
		t.Error("the same token")
	}
}

// An answer whose token is dead already must not make every reader ask the provider.
func TestTokenThatIsDeadOnArrival(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.Provider.Misbehave(answered("refresh_token", map[string]any{"expires_at": 1_000_000_000}))
	r.pass(time.Hour)
	for range 5 {
		r.refused(id, runtime.CodeProviderMalformed)
	}
	r.wantCalls("refresh_token", 1)
}

func TestTokenOutlivesAStoreThatFails(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	old := r.stored(id).Token.Access
	r.pass(time.Hour)
	failures := 0
	r.Store.whenStoring(func(c *runtime.Connection) error {
		if c.Token.Access.Equal(old) || failures == 3 {
			return nil // the marker, or the disk is back
		}
		failures++
		return errors.New("disk full")
	})
	r.credentials(id)
	r.wantCalls("refresh_token", 1)
	if failures != 3 || r.stored(id).Token.Access.Equal(old) {
		t.Errorf("%d failures, stored anew: %v", failures, !r.stored(id).Token.Access.Equal(old))
	}
}

func TestWithoutAMarkerNothingIsSent(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.pass(time.Hour)
	r.Store.whenStoring(func(*runtime.Connection) error { return errors.New("disk full") })
	r.refused(id, runtime.CodeStoreUnavailable)
	r.wantCalls("refresh_token", 0)
}
