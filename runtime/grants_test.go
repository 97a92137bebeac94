package runtime_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// wantGrant checks which consent the stored token comes from, counted from 1.
func (r *rig) wantGrant(id string, n int) *runtime.Connection {
	r.Helper()
	c := r.wantStatus(id, runtime.Connected)
	if grant, _, ok := r.Provider.Issued(c.Token.Access.Reveal()); !ok || grant != n {
		r.Fatalf("the token is of grant %d, not %d", grant, n)
	}
	return c
}

// A new connection whose write was done and not heard of is not written again over what a renewal has stored meanwhile.
func TestConnectionThatWasStoredUnheard(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{Rotation: fakeprovider.Rotate})
	other := r.node("node_b")
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{Parameters: value.NewObject(0)})
	var newer *runtime.Connection
	var once atomic.Bool
	r.Store.whenStoring(func(c *runtime.Connection) error {
		if c.Token == nil || !once.CompareAndSwap(false, true) {
			return nil
		}
		stored := *c
		r.ok(r.Store.Store.PutConnection(r.Context(), &stored))
		var err error
		newer, err = other.Refresh(r.Context(), admin, id)
		r.ok(err)
		return errors.New("the connection to the database is broken")
	})
	_, err := r.Callback(r.Context(), "app", callback, v.browser())
	r.ok(err)
	if c := r.wantStatus(id, runtime.Connected); newer == nil || !c.Token.Access.Equal(newer.Token.Access) {
		t.Error("the newer token was overwritten")
	}
	_, err = r.Refresh(r.Context(), admin, id)
	r.ok(err)
	r.wantCalls("refresh_token", 2)
}

// Of two reconnections the newer one's token stays, whichever is stored last.
func TestOlderReconnectionThatIsStoredLast(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{Rotation: fakeprovider.Rotate})
	id := r.connect()
	var newer *runtime.Connection
	var once atomic.Bool
	r.Store.whenStoring(func(c *runtime.Connection) error {
		if c.Token != nil && once.CompareAndSwap(false, true) { // the write of the first one
			r.pass(10 * time.Second)
			r.ok(r.reconnect(id, runtime.Reconnect{}, nil))
			newer = r.stored(id)
		}
		return nil
	})
	r.ok(r.reconnect(id, runtime.Reconnect{}, nil))
	if c := r.wantGrant(id, 3); newer == nil || !c.Token.Access.Equal(newer.Token.Access) || c.LastError != nil {
		t.Errorf("the newer token was overwritten, or has the older's error: %+v", c.LastError)
	}
	r.credentials(id)
}

// A late answer of the grant before a reconnection is not kept: it would put the former account in the place of the new one.
func TestLateAnswerOfTheFormerGrant(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{Rotation: fakeprovider.Rotate})
	id := r.connect()
	other := r.node("node_b")
	r.pass(time.Hour - 20*time.Second)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, DelayMS: 800, Grant: "refresh_token"})
	done := make(chan error, 1)
	go func() { _, err := r.Refresh(r.Context(), admin, id); done <- err }()
	r.endLease(id)
	r.Provider.Misbehave()
	r.ok(other.reconnect(id, runtime.Reconnect{AllowAccountChange: true}, nil))
	_, err := other.Refresh(r.Context(), admin, id)
	r.ok(err)
	r.ok(<-done)
	if r.wantGrant(id, 2).Renewal.Spare != nil {
		t.Error("the late answer is kept")
	}
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.InvalidGrant, Times: 1, Grant: "refresh_token"})
	_, err = other.Refresh(r.Context(), admin, id)
	r.wantCode(err, runtime.CodeReconnectRequired)
	if c := r.stored(id); c.Token != nil {
		if grant, _, _ := r.Provider.Issued(c.Token.Access.Reveal()); grant != 2 {
			t.Errorf("the token is of grant %d", grant)
		}
	}
	r.wantCalls("refresh_token", 3)
}

// A reconnection that comes while the answer to a renewal is being kept stays, without a failure, and the renewal gives way.
func TestReconnectionWhileAnAnswerIsKept(t *testing.T) {
	r := newRig(t, oauth(files{
		"spec.yml": oauth(nil)["spec.yml"] + "  getCredentialsFromRefreshTokenResponse: {implementationType: mapping}\n",
		"auth/get-credentials-from-refresh-token-response.map.yml": "{access_token: {$var: tokenResponse.access_token}}\n",
	}), fakeprovider.Options{Rotation: fakeprovider.Rotate})
	id := r.connect()
	r.pass(time.Hour - 20*time.Second)
	var fresh *runtime.Connection
	var once atomic.Bool
	r.Store.whenStoring(func(c *runtime.Connection) error {
		if c.Renewal.Answer != nil && c.Renewal.Answer.Exchange == nil && once.CompareAndSwap(false, true) {
			r.ok(r.reconnect(id, runtime.Reconnect{}, nil))
			fresh = r.stored(id)
		}
		return nil
	})
	_, err := r.Refresh(r.Context(), admin, id)
	r.ok(err)
	c := r.wantGrant(id, 2)
	if fresh == nil || !c.Token.Access.Equal(fresh.Token.Access) || c.LastError != nil || !c.Renewal.NotBefore.IsZero() {
		t.Errorf("%+v, %+v", c.LastError, c.Renewal)
	}
	r.credentials(id)
	r.wantCalls("refresh_token", 1)
}

// The answer to a reconnection that a killed process left in its journal is made the connection's token, though another node
// has renewed the former grant meanwhile.
func TestReconnectionOfADeadProcessBesideARenewal(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{Rotation: fakeprovider.Rotate})
	d := newDiary(t)
	r.config.LocalStore, r.config.Journal = false, d.begin(t)
	r.restart()
	id := r.connect()
	created, err := r.ReconnectConnection(r.Context(), admin, id, runtime.Reconnect{})
	r.ok(err)
	v := visitor{}
	callback := r.visit(v, created)
	r.Store.whenStoring(func(*runtime.Connection) error { return errors.New("killed") })
	go r.Callback(r.Context(), "app", callback, v.browser())
	r.eventually("the answer is in the journal", func() bool { return d.open.Live() == 1 })
	r.die(d)
	elsewhere := *r
	elsewhere.config.LocalStore, elsewhere.config.Journal = true, nil
	_, err = elsewhere.node("node_b").Refresh(r.Context(), admin, id)
	r.ok(err)
	r.wantGrant(id, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go r.Deliver(ctx)
	r.eventually("the journal is empty", func() bool { return d.open.Live() == 0 })
	r.eventually("it is made of the answer", func() bool { return r.stored(id).Renewal.Answer == nil })
	r.wantGrant(id, 2)
	r.credentials(id)
	r.wantCalls("authorization_code", 2)
}
