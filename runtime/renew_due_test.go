package runtime_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/seal"
	"claviger/runtime/secret"
	"claviger/runtime/store/sqlite"
)

// renewing runs the loop that renews what is due until the test, or what it returns, ends it.
func (r *rig) renewing() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	engine := r.Engine
	go func() {
		defer close(done)
		engine.RenewDue(ctx)
	}()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	r.Cleanup(stop)
	return stop
}

// within waits until f holds.
func (r *rig) within(d time.Duration, what string, f func() bool) {
	r.Helper()
	for end := time.Now().Add(d); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			r.Fatalf("not within %s: %s", d, what)
		}
	}
}

// dues are the ids that the store calls due, in its order.
func (r *rig) dues() map[string]time.Time {
	r.Helper()
	list, err := r.Store.Due(r.Context(), runtime.DueQuery{Limit: 10_000})
	r.ok(err)
	dues := map[string]time.Time{}
	for _, d := range list {
		dues[d.ID] = d.At
	}
	return dues
}

func TestRenewedThoughNobodyReads(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	first := r.stored(id)
	due := first.Due.Sub(first.Token.IssuedAt)
	if due < 49*time.Minute || due > 55*time.Minute {
		t.Fatalf("due after %s", due)
	}
	stop := r.renewing()
	time.Sleep(50 * time.Millisecond)
	r.wantCalls("refresh_token", 0)
	stop()
	for n := range 3 {
		r.pass(due + time.Second)
		stop := r.renewing()
		r.within(5*time.Second, "a renewal", func() bool { return r.Provider.TokenCalls("refresh_token") == n+1 })
		r.within(5*time.Second, "the next due time", func() bool { return r.stored(id).Due.After(r.Store.now()) })
		stop()
		c := r.wantStatus(id, runtime.Connected)
		due = c.Due.Sub(r.Store.now())
	}
	r.wantCalls("refresh_token", 3)
	events, err := r.Events(t.Context(), admin, id, "", 0)
	r.ok(err)
	if len(events) != 4 || events[0].By != runtime.ByBackground {
		t.Errorf("%+v", events)
	}
}

// A loop that sleeps is woken by a connection that is due before it would wake.
func TestEarlierDueWakes(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{Lifetime: 2 * time.Second})
	r.renewing()
	time.Sleep(50 * time.Millisecond)
	id := r.connect()
	r.within(4*time.Second, "two renewals", func() bool { return r.Provider.TokenCalls("refresh_token") == 2 })
	r.wantStatus(id, runtime.Connected)
}

// What is due is known after a restart, and how long an unused refresh token lives as well.
func TestDueIsKnownAfterRestart(t *testing.T) {
	r := newRig(t, oauth(files{"auth/get-oauth-config.map.yml": oauthConfig("refreshTokenLifetime: 1000\n")}), fakeprovider.Options{Lifetime: 30 * 24 * time.Hour})
	id := r.connect()
	c := r.stored(id)
	if after := c.Due.Sub(c.Token.IssuedAt); after < 700*time.Second || after > 801*time.Second {
		t.Fatalf("due after %s", after)
	}
	r.restart()
	if due := r.dues()[id]; !due.Equal(c.Due) {
		t.Fatalf("due at %s, before the restart at %s", due, c.Due)
	}
	r.pass(801 * time.Second)
	r.renewing()
	r.within(5*time.Second, "a renewal", func() bool { return r.Provider.TokenCalls("refresh_token") == 1 })
	r.within(5*time.Second, "the next due time", func() bool { return r.stored(id).Due.After(r.Store.now()) })
	if c := r.stored(id); c.Token.RefreshLife != 1000*time.Second {
		t.Errorf("%+v", c.Token)
	}
}

func TestNeverDue(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	for name, alter := range map[string]func(*runtime.Connection){
		"over":                func(c *runtime.Connection) { c.Renewal.Over = true },
		"no refresh token":    func(c *runtime.Connection) { c.Token.Refresh = secret.Text{} },
		"no refresh expected": func(c *runtime.Connection) { c.Token.NoRefreshToken = true },
		"unknown expiry":      func(c *runtime.Connection) { c.Token.ExpiresAt = time.Time{} },
		"reconnect required":  func(c *runtime.Connection) { c.Status = runtime.ReconnectRequired },
	} {
		c := r.stored(id)
		token := *c.Token
		whole := *c
		alter(c)
		c.Due = r.Store.now() // as a row from before, or from before the connector changed
		r.ok(r.Store.PutConnection(t.Context(), c))
		r.restart()
		stop := r.renewing()
		r.within(5*time.Second, name+" is never due", func() bool { return len(r.dues()) == 0 })
		stop()
		whole.Version, whole.Token = c.Version, &token
		r.ok(r.Store.PutConnection(t.Context(), &whole))
	}
	r.wantCalls("refresh_token", 0)
}

// Rows from before there were due times get theirs, and what is late among them is renewed.
func TestConnectionsFromBefore(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	late := r.connect()
	r.pass(time.Hour)
	fresh := r.connect()
	due := r.stored(fresh).Due
	for _, id := range []string{late, fresh} {
		r.ok(r.Store.Postpone(t.Context(), id, r.stored(id).Version, time.UnixMicro(0)))
	}
	r.restart()
	r.renewing()
	r.within(5*time.Second, "due times of both", func() bool {
		dues := r.dues()
		return dues[fresh].Equal(due) && dues[late].After(r.Store.now())
	})
	r.wantCalls("refresh_token", 1)
}

// While the token lives readers get it, whatever becomes of renewals in the background; the next attempt waits for its time.
func TestFailedBackgroundRenewalDisturbsNobody(t *testing.T) {
	for _, c := range failing {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, oauth(nil), fakeprovider.Options{})
			id := r.connect()
			token := r.credentials(id).Credentials.Text("access_token")
			c.fault.Grant = "refresh_token"
			r.Provider.Misbehave(c.fault)
			r.pass(r.stored(id).Due.Sub(r.Store.now()) + time.Millisecond)
			r.renewing()
			r.within(10*time.Second, "a failure", func() bool { return r.stored(id).Renewal.Failure != nil })
			time.Sleep(100 * time.Millisecond)
			r.wantCalls("refresh_token", c.calls)
			after := r.stored(id)
			if c.code == runtime.CodeReconnectRequired {
				if after.Status != runtime.ReconnectRequired || !after.Due.IsZero() {
					t.Errorf("%s, due %s", after.Status, after.Due)
				}
			} else if !after.Due.After(r.Store.now()) || after.Due.Before(after.Renewal.NotBefore) {
				t.Errorf("due at %s, not before %s", after.Due, after.Renewal.NotBefore)
			}
			if got := r.credentials(id).Credentials.Text("access_token"); got != token {
				t.Error("the token that lives was not handed out")
			}
		})
	}
}

// An integration whose client is refused is left alone until its parameters change, and then goes on.
func TestMisconfiguredIntegrationWaits(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	var ids []string
	for range 5 {
		ids = append(ids, r.connect())
	}
	r.integrate("other")
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.InvalidClient, Grant: "refresh_token"})
	r.pass(55 * time.Minute)
	stop := r.renewing()
	r.within(10*time.Second, "the failure is stored", func() bool {
		i, err := r.Store.Integration(t.Context(), "app")
		return err == nil && i.Misconfigured != nil
	})
	stop()
	r.Close() // waits for those under way
	r.restart()
	calls := r.Provider.TokenCalls("refresh_token")
	r.pass(time.Hour)
	stop = r.renewing()
	time.Sleep(100 * time.Millisecond)
	stop()
	r.wantCalls("refresh_token", calls)
	r.Provider.Misbehave()
	r.integrate("app")
	r.pass(time.Minute) // beyond what is remembered of an integration
	r.renewing()
	r.within(10*time.Second, "all are renewed", func() bool {
		for _, id := range ids {
			if !r.stored(id).Due.After(r.Store.now()) {
				return false
			}
		}
		return true
	})
	r.wantCalls("refresh_token", calls+5)
}

// A provider that hangs takes its own places only: connections of others are renewed beside it.
func TestHangingProviderStopsNoOther(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	dead := fakeprovider.New(fakeprovider.Options{})
	base := dead.Start(t)
	dead.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang})
	_, err := r.PutIntegration(t.Context(), admin, runtime.NewIntegration{Key: "dead", Connector: "app",
		Parameters: value.Of("baseUrl", base, "clientId", "client", "clientSecret", "client-secret-0123456789")})
	r.ok(err)
	good := r.connect()
	for n := range 300 { // due long before the good one
		c := *r.stored(good)
		c.ID, c.Integration, c.Version, c.Due = "con_dead"+strings.Repeat("x", n), "dead", 0, time.UnixMicro(int64(n+1))
		r.ok(r.Store.PutConnection(t.Context(), &c))
	}
	r.config.TokenTimeout = time.Second
	r.restart()
	r.pass(56 * time.Minute)
	r.renewing()
	r.within(900*time.Millisecond, "the good one is renewed", func() bool { return r.Provider.TokenCalls("refresh_token") == 1 })
	if n := dead.TokenCalls("refresh_token"); n > 16 {
		t.Errorf("%d calls to the provider that hangs", n)
	}
}

// Each of many is renewed once, in the order in which they are due.
func TestManyDue(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{Rotation: fakeprovider.RotateNever})
	id := r.connect()
	const n = 400
	for i := range n {
		c := *r.stored(id)
		c.ID, c.Version, c.Due = "con_"+strings.Repeat("y", i+1), 0, time.UnixMicro(int64(i+1))
		r.ok(r.Store.PutConnection(t.Context(), &c))
	}
	r.pass(56 * time.Minute)
	r.renewing()
	r.within(20*time.Second, "all are renewed", func() bool { return r.Provider.TokenCalls("refresh_token") >= n+1 })
	r.within(5*time.Second, "none is due", func() bool {
		for _, at := range r.dues() {
			if !at.After(r.Store.now()) {
				return false
			}
		}
		return true
	})
	r.wantCalls("refresh_token", n+1)
}

// The loop survives a store that does not answer, and ends with the engine.
func TestDueSurvivesTheStore(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	var refusals atomic.Int64
	r.Store.whenStoring(func(*runtime.Connection) error { refusals.Add(1); return errors.New("no disk") })
	r.pass(56 * time.Minute)
	done := make(chan struct{})
	go func() { defer close(done); r.RenewDue(context.Background()) }()
	r.within(5*time.Second, "a refused write", func() bool { return refusals.Load() > 0 })
	r.wantCalls("refresh_token", 0)
	r.Store.whenStoring(func(*runtime.Connection) error { return nil })
	r.pass(time.Minute)
	r.within(30*time.Second, "a renewal", func() bool { return r.stored(id).Due.After(r.Store.now()) })
	r.Close()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("the loop goes on after Close")
	}
}

// Two processes on one store renew each connection once.
func TestTwoProcessesRenewOnce(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	for range 20 {
		r.connect()
	}
	first := r.Engine
	r.start()
	r.pass(56 * time.Minute)
	ctx, cancel := context.WithCancel(context.Background())
	var loops sync.WaitGroup
	for _, e := range []*runtime.Engine{first, r.Engine} {
		loops.Go(func() { e.RenewDue(ctx) })
	}
	r.within(20*time.Second, "all are renewed", func() bool {
		for _, at := range r.dues() {
			if !at.After(r.Store.now()) {
				return false
			}
		}
		return true
	})
	cancel()
	loops.Wait()
	r.wantCalls("refresh_token", 20)
}

// A due time survives the process: another store on the same file has it.
func TestDueSurvivesReopening(t *testing.T) {
	dir := t.TempDir()
	ring, err := seal.Open(filepath.Join(dir, "keyset.json"), func() (bool, error) { return false, nil })
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "claviger.db")
	at := time.Now().Truncate(time.Microsecond)
	for n := range 2 {
		s, err := sqlite.Open(t.Context(), path, ring)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			err = errors.Join(s.PutIntegration(t.Context(), &runtime.Integration{Key: "app"}),
				s.PutConnection(t.Context(), &runtime.Connection{ID: "c1", Integration: "app", Due: at}))
		} else if due, _ := s.Due(t.Context(), runtime.DueQuery{Limit: 1}); len(due) != 1 || !due[0].At.Equal(at) {
			t.Fatalf("%v", due)
		}
		if err = errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
	}
}
