package runtime_test

import (
	"strings"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// opened is a rig with a circuit that opened on the connections' renewals, and stays open for pause.
func opened(t *testing.T, pause time.Duration, fault fakeprovider.Fault) (r *rig, ids []string) {
	r = newRig(t, oauth(nil), fakeprovider.Options{Rotation: fakeprovider.RotateNever})
	r.config.CircuitPause = pause
	r.restart()
	for range 7 {
		ids = append(ids, r.connect())
	}
	fault.Grant = "refresh_token"
	r.Provider.Misbehave(fault)
	r.pass(time.Hour)
	for _, id := range ids[:5] {
		_, err := r.Refresh(t.Context(), admin, id)
		if err == nil {
			t.Fatal("a renewal succeeded")
		}
	}
	return r, ids
}

func TestCircuitOpens(t *testing.T) {
	for _, fault := range []fakeprovider.Fault{{Mode: fakeprovider.Reset}, {Mode: fakeprovider.Unavailable}} {
		r, ids := opened(t, time.Hour, fault)
		calls := r.Provider.TokenCalls("refresh_token")
		for _, id := range []string{ids[5], ids[6]} {
			before := r.stored(id)
			_, err := r.Refresh(t.Context(), admin, id)
			e := r.wantCode(err, runtime.CodeProviderUnavailable)
			if e.RetryAfter < 50*time.Minute || !strings.Contains(e.Message, "127.0.0.1 has not answered 5 requests") {
				t.Errorf("%+v", e)
			}
			if after := r.stored(id); after.Version != before.Version || after.Renewal != before.Renewal {
				t.Errorf("the refusal was stored: %+v", after.Renewal)
			}
			r.refused(id, runtime.CodeProviderUnavailable)
		}
		r.renewing()
		r.within(5*time.Second, "they are postponed", func() bool {
			return r.stored(ids[5]).Due.After(r.Store.now()) && r.stored(ids[6]).Due.After(r.Store.now())
		})
		r.wantCalls("refresh_token", calls)
	}
}

func TestCircuitLetsOneThroughAndCloses(t *testing.T) {
	r, ids := opened(t, 300*time.Millisecond, fakeprovider.Fault{Mode: fakeprovider.Unavailable})
	time.Sleep(320 * time.Millisecond)
	calls := r.Provider.TokenCalls("refresh_token")
	_, err := r.Refresh(t.Context(), admin, ids[5]) // the trial, which fails
	r.wantCode(err, runtime.CodeUnknownOutcome)
	_, err = r.Refresh(t.Context(), admin, ids[6])
	r.wantCode(err, runtime.CodeProviderUnavailable)
	r.wantCalls("refresh_token", calls+1)

	r.Provider.Misbehave()
	time.Sleep(320 * time.Millisecond)
	for range 2 {
		_, err = r.Refresh(t.Context(), admin, ids[6])
		r.ok(err)
	}
	r.wantCalls("refresh_token", calls+3)
}

// What a provider answers, whatever it is, opens no circuit.
func TestAnswersOpenNoCircuit(t *testing.T) {
	for _, mode := range []fakeprovider.Mode{fakeprovider.InvalidGrant, fakeprovider.HTML, fakeprovider.RateLimited, fakeprovider.TemporarilyUnavailable} {
		r, ids := opened(t, time.Hour, fakeprovider.Fault{Mode: mode})
		r.Provider.Misbehave()
		if _, err := r.Refresh(t.Context(), admin, ids[6]); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
	}
}

// An endpoint to which no connection can be made opens its own circuit, not that of another.
func TestCircuitOfOneEndpoint(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{Rotation: fakeprovider.RotateNever})
	listener, err := listen("127.0.0.1:0")
	r.ok(err)
	nowhere := "http://" + listener.Addr().String()
	listener.Close()
	_, err = r.PutIntegration(t.Context(), admin, runtime.NewIntegration{Key: "dead", Connector: "app",
		Parameters: value.Of("baseUrl", nowhere, "clientId", "client", "clientSecret", "client-secret-0123456789")})
	r.ok(err)
	good := r.connect()
	for n := range 6 {
		c := *r.stored(good)
		c.ID, c.Integration, c.Version = "con_dead"+strings.Repeat("x", n), "dead", 0
		r.ok(r.Store.PutConnection(t.Context(), &c))
		_, err := r.Refresh(t.Context(), admin, c.ID)
		if open := strings.Contains(r.wantCode(err, runtime.CodeProviderUnavailable).Message, "left alone"); open != (n == 5) {
			t.Errorf("attempt %d: %v", n, err)
		}
	}
	_, err = r.Refresh(t.Context(), admin, good)
	r.ok(err)
}
