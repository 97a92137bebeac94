package runtime_test

import (
	"context"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/grant"
)

// impatient gives token requests little time.
func (r *rig) impatient() {
	r.config.TokenTimeout = 300 * time.Millisecond
	r.restart()
}

// A token endpoint that hangs or drips holds nobody for longer than the deadline, and its outcome is unknown.
func TestEndpointThatTakesItsTime(t *testing.T) {
	for _, mode := range []fakeprovider.Mode{fakeprovider.Hang, fakeprovider.Drip} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, oauth(nil), fakeprovider.Options{})
			r.impatient()
			id := r.connect()
			r.Provider.Misbehave(fakeprovider.Fault{Mode: mode, On: fakeprovider.Token})
			r.pass(hour)
			began := time.Now()
			if e := r.refused(id, runtime.CodeUnknownOutcome); e.Failure.Class != grant.Unknown {
				t.Errorf("%+v", e.Failure)
			}
			failed, err := r.tryConnect()
			r.wantCode(err, runtime.CodeUnknownOutcome)
			r.wantStatus(failed, runtime.Failed)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("took %s", took)
			}
			r.wantCalls("authorization_code", 2)
		})
	}
}

// It blocks only the connections that need it.
func TestOneSlowEndpointIsNobodyElses(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	other := fakeprovider.New(fakeprovider.Options{AutoApprove: true, Lifetime: time.Hour, Clients: []fakeprovider.Client{{ID: "client", Secret: "client-secret-0123456789"}}, Now: r.Store.now})
	_, err := r.PutIntegration(t.Context(), admin, runtime.NewIntegration{Key: "other", Connector: "app",
		Parameters: value.Of("baseUrl", other.Start(t), "clientId", "client", "clientSecret", "client-secret-0123456789")})
	r.ok(err)
	var slow []string
	for range 40 { // more than there are slots for one endpoint
		slow = append(slow, r.connect())
	}
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{Integration: "other", Parameters: value.NewObject(0)})
	_, err = r.Callback(t.Context(), "other", callback, v.browser())
	r.ok(err)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang})
	r.impatient()
	r.pass(hour)
	ctx, leave := context.WithCancel(t.Context())
	for _, id := range slow {
		go r.Credentials(ctx, admin, id, runtime.CredentialsQuery{})
	}
	r.eventually("the slow endpoint is full", func() bool { return r.Provider.TokenCalls("refresh_token") >= 32 })
	began := time.Now()
	r.credentials(id)
	if took := time.Since(began); took > 250*time.Millisecond {
		t.Errorf("took %s", took)
	}
	leave()
	r.Close()
}

// A caller who leaves does not stop a renewal.
func TestRenewalGoesOnWithoutItsCaller(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, DelayMS: 300})
	r.pass(hour)
	ctx, leave := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer leave()
	_, err := r.Credentials(ctx, admin, id, runtime.CredentialsQuery{})
	r.wantCode(err, runtime.CodeProviderUnavailable)
	old := r.stored(id).Token.Access
	r.Close() // waits for what is under way
	if r.stored(id).Token.Access.Equal(old) {
		t.Error("the renewal was dropped")
	}
	r.wantCalls("refresh_token", 1)
}

func TestExchangeGoesOnWithoutItsBrowser(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0)})
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, DelayMS: 300})
	ctx, leave := context.WithCancel(t.Context())
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		r.Callback(ctx, "app", callback, v.browser())
	}()
	r.eventually("the code is sent", func() bool { return r.Provider.TokenCalls("authorization_code") > 0 })
	leave()
	<-answered
	r.Close()
	r.wantStatus(id, runtime.Connected)
}

// A fault of ours in one renewal ends that one only.
func TestPanicIsOneCallsOwn(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.config.Observer = clumsy{}
	r.restart()
	r.pass(hour)
	r.refused(id, runtime.CodeInternal)
	r.config.Observer = nil
	r.restart()
	r.wantStatus(id, runtime.Connected)
}

// clumsy is an observer that panics when a token was asked for.
type clumsy struct{}

func (clumsy) TokenCall(string, string, string, time.Duration) { panic("clumsy") }
func (clumsy) HookCall(string, string, string, time.Duration)  {}
func (clumsy) APICall(string, string, string)                  {}
func (clumsy) Authorization(string, string)                    {}
func (clumsy) CredentialsRead(string)                          {}
func (clumsy) CircuitsOpen(int)                                {}
func (clumsy) RecordsToReseal(int)                             {}
func (clumsy) BackgroundRenewal(string, string)                {}
