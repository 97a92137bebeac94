package runtime_test

import (
	"testing"
	"time"

	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// overtake gives another node the lease of a renewal that is under way, as when its process is stopped for longer than that.
func (r *rig) overtake(id string) *runtime.Connection {
	r.Helper()
	c := r.endLease(id)
	r.ok(r.Store.Store.TakeLease(r.Context(), c, "node_b/run", time.Millisecond))
	return c
}

// endLease ends the lease of a renewal that is under way.
func (r *rig) endLease(id string) *runtime.Connection {
	r.Helper()
	r.eventually("the renewal is sent", func() bool { return r.Provider.TokenCalls("refresh_token") == 1 })
	c := r.stored(id)
	c.Renewal.Lease = nil
	r.ok(r.Store.Store.PutConnection(r.Context(), c))
	return c
}

// lateAnswer lets a renewal's answer come when another node has the lease, and returns once it is kept.
func (r *rig) lateAnswer(id string) {
	r.Helper()
	r.pass(time.Hour - 20*time.Second)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, DelayMS: 300, Grant: "refresh_token"})
	done := make(chan error, 1)
	go func() { _, err := r.Refresh(r.Context(), admin, id); done <- err }()
	r.overtake(id)
	r.eventually("the late answer is kept", func() bool { return r.stored(id).Renewal.Spare != nil })
	r.wantCode(<-done, runtime.CodeUnknownOutcome) // of the other node's attempt
	r.Provider.Misbehave()
	r.wantCalls("refresh_token", 1)
}

// A late answer is used when the provider refuses the grant that the row still has; one more renewal tells that it is good.
func TestLateAnswerSavesTheGrant(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{Rotation: fakeprovider.RotateSingleUse})
	id := r.connect()
	r.lateAnswer(id)
	r.config.JournalGrace = time.Second
	r.restart()
	r.pass(time.Hour)
	a := r.credentials(id)
	r.wantCalls("refresh_token", 3) // the first, whose answer was late; the refused one; that with the spare
	c := r.wantStatus(id, runtime.Connected)
	if c.Renewal.Spare != nil || c.Token.Access.Reveal() != a.Credentials.Text("access_token") {
		t.Errorf("%+v", c.Renewal)
	}
	r.pass(time.Hour)
	r.credentials(id)
	r.wantCalls("refresh_token", 4)
}

// Where reuse has killed the grant, the late answer is tried once, and then the user has to come.
func TestLateAnswerOfADeadGrant(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{Rotation: fakeprovider.Rotate})
	id := r.connect()
	r.lateAnswer(id)
	r.config.JournalGrace = time.Second
	r.restart()
	r.pass(time.Hour)
	r.refused(id, runtime.CodeReconnectRequired)
	r.wantCalls("refresh_token", 3)
	if c := r.wantStatus(id, runtime.ReconnectRequired); c.LastError.Reason != "lost_response" || c.Renewal.Spare != nil {
		t.Errorf("%+v", c.LastError)
	}
	r.refused(id, runtime.CodeReconnectRequired)
	r.wantCalls("refresh_token", 3)
}

// A late answer that comes when the grant has been given up brings the connection back.
func TestLateAnswerAfterTheEnd(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{Rotation: fakeprovider.RotateSingleUse})
	id := r.connect()
	r.pass(time.Hour - 20*time.Second)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, DelayMS: 400, Grant: "refresh_token", Times: 1})
	go r.Refresh(r.Context(), admin, id)
	c := r.overtake(id)
	c.Status, c.Renewal = runtime.ReconnectRequired, runtime.Renewal{Failure: &runtime.Failure{Class: "reauth", Reason: "lost_response", At: c.UpdatedAt}}
	c.LastError = c.Renewal.Failure
	r.ok(r.Store.Store.PutConnection(r.Context(), c))
	r.eventually("it is connected again", func() bool { return r.stored(id).Status == runtime.Connected && r.stored(id).Renewal.Spare == nil })
	r.eventually("the spare is tried, and what it brought is stored", func() bool {
		c := r.stored(id)
		return r.Provider.TokenCalls("refresh_token") == 2 && c.Renewal.Failure == nil && c.Renewal.Lease == nil && c.Renewal.Answer == nil
	})
	r.pass(time.Hour)
	r.credentials(id)
	r.wantCalls("refresh_token", 3)
}

// A late answer to a grant that had been given up is tried for the next reader, where the process that kept it died before.
func TestLateAnswerOfADeadProcess(t *testing.T) {
	for name, status := range map[string]runtime.Status{"refused": runtime.ReconnectRequired, "without an answer": runtime.Connected} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, oauth(nil), fakeprovider.Options{Rotation: fakeprovider.RotateSingleUse})
			id := r.connect()
			r.lateAnswer(id)
			c := r.stored(id)
			c.LastError = &runtime.Failure{Class: "unknown", Reason: "lost_response", At: c.UpdatedAt}
			c.Status, c.Renewal = status, runtime.Renewal{Spare: c.Renewal.Spare, Failure: c.LastError, Over: status == runtime.Connected}
			r.ok(r.Store.Store.PutConnection(r.Context(), c))
			r.restart()
			r.pass(time.Hour)
			r.credentials(id)
			r.wantCalls("refresh_token", 2)
			r.wantStatus(id, runtime.Connected)
		})
	}
}

// What another node has got meanwhile is used, and not overwritten by what comes late.
func TestLateAnswerBesideANewerToken(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{Rotation: fakeprovider.RotateNever})
	id := r.connect()
	r.pass(time.Hour - 20*time.Second)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, DelayMS: 300, Grant: "refresh_token", Times: 1})
	done := make(chan error, 1)
	go func() { _, err := r.Refresh(r.Context(), admin, id); done <- err }()
	r.endLease(id)
	other := r.node("node_b")
	if _, err := other.Refresh(t.Context(), admin, id); err != nil {
		t.Fatal(err)
	}
	newer := r.stored(id).Token.Access
	r.ok(<-done)
	c := r.stored(id)
	if !c.Token.Access.Equal(newer) || c.Renewal.Spare == nil {
		t.Errorf("the newer token is kept: %t; the late answer: %v", c.Token.Access.Equal(newer), c.Renewal.Spare != nil)
	}
	r.wantCalls("refresh_token", 2)
}

// Where the outcomes of two attempts are unknown, a late answer is tried before the user has to come.
func TestLateAnswerAfterUnknownOutcomes(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{Rotation: fakeprovider.RotateSingleUse})
	id := r.connect()
	r.lateAnswer(id) // beside the other node's attempt
	r.config.JournalGrace = time.Second
	r.restart()
	r.pass(time.Hour)
	r.Provider.Misbehave(unsent(1))
	a := r.credentials(id)
	r.wantCalls("refresh_token", 3) // the first, whose answer was late; the one without an answer; that with the spare
	c := r.wantStatus(id, runtime.Connected)
	if c.Renewal.Spare != nil || c.Token.Access.Reveal() != a.Credentials.Text("access_token") {
		t.Errorf("%+v", c.Renewal)
	}
}

// The same where no further attempt is made, because one more could end the grant.
func TestLateAnswerWhereNothingIsTriedAgain(t *testing.T) {
	for name, lives := range map[string]bool{"while the token lives": true, "after it": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, retrying("never"), fakeprovider.Options{Rotation: fakeprovider.RotateSingleUse})
			id := r.connect()
			if lives {
				r.pass(10 * time.Minute)
			} else {
				r.pass(time.Hour)
			}
			r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, DelayMS: 400, Grant: "refresh_token", Times: 1})
			go r.Refresh(r.Context(), admin, id)
			c := r.overtake(id)
			c.Renewal = runtime.Renewal{Unknown: 1, Over: true, Failure: &runtime.Failure{Class: "unknown", Reason: "lost_response", At: c.UpdatedAt}}
			c.LastError = c.Renewal.Failure
			if !lives {
				c.Status = runtime.ReconnectRequired
			}
			r.ok(r.Store.Store.PutConnection(r.Context(), c))
			r.eventually("the late answer is tried", func() bool {
				return r.Provider.TokenCalls("refresh_token") == 2 && r.stored(id).Renewal == (runtime.Renewal{})
			})
			r.wantStatus(id, runtime.Connected)
			r.credentials(id)
		})
	}
}

// A late answer that nothing can be made of is dropped, and then the user has to come.
func TestLateAnswerThatIsOfNoUse(t *testing.T) {
	for name, given := range map[string]bool{"before the grant is given up": false, "after it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, profiled(), fakeprovider.Options{Rotation: fakeprovider.RotateSingleUse})
			id := r.connect()
			if !given {
				r.lateAnswer(id)
				r.config.JournalGrace = time.Second
				r.restart()
				r.pass(time.Hour)
				r.Provider.Misbehave(apiDown)
				r.refused(id, runtime.CodeReconnectRequired)
				r.wantCalls("refresh_token", 2)
			} else {
				r.pass(time.Hour - 20*time.Second)
				r.Provider.Misbehave(apiDown, fakeprovider.Fault{Mode: fakeprovider.Latency, DelayMS: 400, Grant: "refresh_token", Times: 1})
				go r.Refresh(r.Context(), admin, id)
				c := r.overtake(id)
				c.Status, c.Renewal = runtime.ReconnectRequired, runtime.Renewal{Failure: &runtime.Failure{Class: "reauth", Reason: "lost_response", At: c.UpdatedAt}}
				c.LastError = c.Renewal.Failure
				r.ok(r.Store.Store.PutConnection(r.Context(), c))
				r.eventually("the late answer is tried", func() bool { return r.Provider.Calls(fakeprovider.API) > 0 && r.stored(id).Renewal.Spare == nil })
			}
			if c := r.wantStatus(id, runtime.ReconnectRequired); c.LastError.Reason != "lost_response" || c.Renewal.Spare != nil {
				t.Errorf("%+v, %+v", c.LastError, c.Renewal)
			}
		})
	}
}
