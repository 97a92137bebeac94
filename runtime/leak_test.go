package runtime_test

import (
	"context"
	goruntime "runtime"
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

func settledGoroutines() int {
	time.Sleep(20 * time.Millisecond)
	goruntime.GC()
	return goruntime.NumGoroutine()
}
