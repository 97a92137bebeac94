package runtime_test

import (
	"context"
	goruntime "runtime"
	"sync"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// After all kinds of work nothing goes on: waiters, watchers, background renewals, exchanges.
func TestNothingGoesOn(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	before := settledGoroutines()
	for range 20 {
		ctx, leave := context.WithTimeout(t.Context(), 5*time.Millisecond)
		waiting, err := r.CreateConnection(ctx, admin, runtime.NewConnection{Integration: "app", Parameters: value.NewObject(0)})
		if err == nil {
			r.WaitConnection(ctx, admin, waiting.Connection.ID, time.Minute)
		}
		leave()
		r.connect()
		r.pass(hour - time.Minute)
		r.credentials(id)
		r.pass(time.Minute)
		r.credentials(id)
	}
	r.eventually("as many goroutines as before", func() bool { return settledGoroutines() <= before+2 }) // the clients' idle connections
}

// Readers of a token that is renewed early do not pile up while its endpoint takes its time: one renewal goes on for all.
func TestReadersOfAFadingTokenLeaveNothing(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.pass(hour - 4*time.Minute)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, DelayMS: 1000})
	before := settledGoroutines()
	var readers sync.WaitGroup
	for range 20 {
		readers.Go(func() {
			for range 200 {
				if _, err := r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	readers.Wait()
	if n := goruntime.NumGoroutine(); n > before+50 {
		t.Errorf("4000 readers left %d goroutines", n-before)
	}
	r.eventually("the renewal", func() bool { return r.stored(id).Renewal.Lease == nil && r.Provider.TokenCalls("refresh_token") == 1 })
	r.wantCalls("refresh_token", 1)
}

func settledGoroutines() int {
	time.Sleep(20 * time.Millisecond)
	goruntime.GC()
	return goruntime.NumGoroutine()
}
