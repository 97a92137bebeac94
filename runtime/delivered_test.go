package runtime_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"claviger/connectors"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// unsent is a renewal that the provider has not got, though it may have.
func unsent(times int) fakeprovider.Fault {
	return fakeprovider.Fault{Mode: fakeprovider.Reset, Grant: "refresh_token", Times: times}
}

// dieAnswered lets the process die when a renewal of its has been answered and the store has not taken the answer: the
// journal has it, for the next process.
func (r *rig) dieAnswered(d *diary, id string) {
	r.Helper()
	r.Store.whenStoring(func(c *runtime.Connection) error {
		if c.Renewal.Lease == nil {
			return errors.New("away")
		}
		return nil
	})
	go r.Refresh(r.Context(), admin, id)
	r.eventually("the answer is in the journal", func() bool { return d.open.Live() == 1 })
	r.die(d)
}

func journaled(t *testing.T, f files) (*rig, *diary) {
	r, d := newRig(t, f, fakeprovider.Options{Rotation: fakeprovider.RotateSingleUse}), newDiary(t)
	r.config.LocalStore, r.config.Journal = false, d.begin(t)
	r.restart()
	return r, d
}

// The answer that the journal brings settles what was not known before it, though it has died waiting: the next outcome that
// is unknown is the first, and there is one further attempt.
func TestDeliveredAnswerSettlesWhatWasUnknown(t *testing.T) {
	r, d := journaled(t, oauth(nil))
	id := r.connect()
	r.pass(time.Hour)
	r.Provider.Misbehave(unsent(1))
	r.refused(id, runtime.CodeUnknownOutcome)
	r.pass(unknownWait)
	r.dieAnswered(d, id)
	r.wantCalls("refresh_token", 2)
	r.pass(2 * time.Hour)
	r.Provider.Misbehave(unsent(1))
	r.refused(id, runtime.CodeUnknownOutcome)
	r.pass(unknownWait)
	r.credentials(id)
	r.wantCalls("refresh_token", 4)
	if c := r.wantStatus(id, runtime.Connected); c.Renewal != (runtime.Renewal{}) {
		t.Errorf("left over: %+v", c.Renewal)
	}
}

// Whoever asks for a renewal before the token's end may be answered after a renewal whose answer was lost: what the journal
// brings of it need not wait for the end of the old token, which the wait for the lost answer is until.
func TestDeliveredAnswerIsNotPutOff(t *testing.T) {
	r, d := journaled(t, oauth(nil))
	id := r.connect()
	old := r.credentials(id).Credentials.Text("access_token")
	r.Provider.Misbehave(unsent(1))
	_, err := r.Refresh(t.Context(), admin, id)
	r.wantCode(err, runtime.CodeUnknownOutcome)
	r.pass(unknownWait)
	r.dieAnswered(d, id)
	go r.Deliver(t.Context())
	r.eventually("it is delivered", func() bool { return r.stored(id).Renewal.Answer != nil })
	if r.credentials(id).Credentials.Text("access_token") == old {
		t.Error("the old token is handed out though the new one is there")
	}
	r.wantCalls("refresh_token", 2)
}

// A node that comes back with the answer in its journal when another has given the connection up, for want of that answer,
// brings it back.
func TestDeliveredAnswerAfterTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		files files
		lives bool // the old token, still
	}{
		"while the old token lives":            {retrying("never"), true},
		"after it":                             {retrying("never"), false},
		"a hook's, while the old token lives":  {askingItselfNever(), true},
		"a hook's, after the old token's life": {askingItselfNever(), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, d := journaled(t, c.files)
			r.config.JournalGrace = time.Second
			r.restart()
			id := r.connect()
			other := r.node("node_b")
			other.Store = &weakStore{Store: r.Store.Store}
			other.config.Store, other.config.Journal = other.Store, nil
			other.restart()
			if c.lives {
				r.pass(time.Hour - 10*time.Minute)
			} else {
				r.pass(time.Hour)
			}
			r.dieAnswered(d, id)
			r.wantCalls("refresh_token", 1)
			r.pass(unknownWait + time.Minute)
			if _, err := other.Refresh(t.Context(), admin, id); err == nil || !r.stored(id).Renewal.Over {
				t.Fatalf("it was not given up: %v, %+v", err, r.stored(id).Renewal)
			}
			go r.Deliver(t.Context())
			r.eventually("it is delivered", func() bool {
				return r.stored(id).Renewal.Answer != nil || r.stored(id).Status == runtime.Connected && !r.stored(id).Renewal.Over
			})
			r.credentials(id)
			r.wantCalls("refresh_token", 1)
			if c := r.wantStatus(id, runtime.Connected); c.Renewal != (runtime.Renewal{}) {
				t.Errorf("left over: %+v", c.Renewal)
			}
		})
	}
}

// askingItselfNever is a hook that asks for tokens, where refreshRetry is never.
func askingItselfNever() files {
	f := askingItself("")
	f["auth/get-oauth-config.map.yml"] = oauthConfig("refreshRetry: never\n")
	return f
}

// What a hook was answered before it asked for a token is no answer to a renewal: a process that dies while it waits for
// that leaves an unknown outcome.
func TestHookThatDiesBeforeItsToken(t *testing.T) {
	f := askingItself("")
	name := "auth/refresh-credentials.js"
	f[name] = strings.Replace(f[name], "  const answer", "  await fetch(connectorParameters.baseUrl + '/api/echo');\n  const answer", 1)
	r, d := journaled(t, f)
	r.config.HookLimits.Wall = time.Second
	r.restart()
	id := r.connect()
	r.pass(time.Hour)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang, Grant: "refresh_token"})
	go r.Refresh(r.Context(), admin, id)
	r.eventually("the hook waits for its token", func() bool { return r.Provider.TokenCalls("refresh_token") == 1 })
	if d.open.Live() != 1 {
		t.Fatal("what the hook was answered is not recorded")
	}
	r.die(d)
	r.refused(id, runtime.CodeUnknownOutcome)
	r.wantCalls("refresh_token", 1)
	r.pass(unknownWait)
	r.credentials(id)
	r.wantCalls("refresh_token", 2)
	if n := d.open.Live(); n != 0 {
		t.Errorf("%d entries are left in the journal", n)
	}
}

// The same at the exchange: the code may be spent and is not sent again.
func TestExchangeHookThatDiesBeforeItsToken(t *testing.T) {
	r, d := journaled(t, hooked(connectors.GetTokenData, "get-token-data.js", strings.Replace(tokenDataHook, "(await ", "(await fetch(p.baseUrl + '/api/echo'), await ", 1)))
	r.config.HookLimits.Wall = time.Second
	r.restart()
	v := visitor{}
	id, callback := r.begin(v, runtime.NewConnection{})
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang})
	go r.Callback(r.Context(), "app", callback, v.browser())
	r.eventually("the code is sent", func() bool { return r.Provider.TokenCalls("authorization_code") == 1 })
	if d.open.Live() != 1 {
		t.Fatal("what the hook was answered is not recorded")
	}
	r.die(d)
	go r.Deliver(r.Context())
	r.eventually("the journal is empty", func() bool { return d.open.Live() == 0 })
	r.pass(3 * time.Minute)
	c, err := r.Connection(t.Context(), admin, id)
	r.ok(err)
	if c.Status != runtime.Failed || c.LastError == nil || c.LastError.Class != "unknown" {
		t.Errorf("%s, %+v", c.Status, c.LastError)
	}
	r.wantCalls("authorization_code", 1)
}
