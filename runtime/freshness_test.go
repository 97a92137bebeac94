package runtime_test

import (
	"testing"
	"time"

	"claviger/runtime"
	"claviger/runtime/egress"
	"claviger/runtime/fakeprovider"
)

// The freshness rules of interfaces.md: margin = min(max(L/10, 30 s), 300 s, L/2), a given refreshMargin capped at L/2;
// inside it, with at least min(10 s, L/4) left, the present token goes out at once.
func TestFreshness(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct {
		lifetime    time.Duration
		config      string
		left        time.Duration // of the token's life when the reader comes
		minValidity time.Duration
		fresh       bool // the reader gets the new token
		renewed     bool // somebody renews
	}{
		"an hour, before the margin":        {lifetime: hour, left: 305 * s},
		"an hour, in the margin":            {lifetime: hour, left: 295 * s, renewed: true},
		"an hour, near the end of it":       {lifetime: hour, left: 12 * s, renewed: true},
		"an hour, too late":                 {lifetime: hour, left: 8 * s, fresh: true, renewed: true},
		"an hour, dead":                     {lifetime: hour, left: -s, fresh: true, renewed: true},
		"ten minutes, before the margin":    {lifetime: 600 * s, left: 65 * s},
		"ten minutes, in the margin":        {lifetime: 600 * s, left: 55 * s, renewed: true},
		"two minutes, before the margin":    {lifetime: 120 * s, left: 33 * s},
		"two minutes, in the margin":        {lifetime: 120 * s, left: 27 * s, renewed: true},
		"twenty seconds, before the half":   {lifetime: 20 * s, left: 12 * s},
		"twenty seconds, in the margin":     {lifetime: 20 * s, left: 7 * s, renewed: true},
		"twenty seconds, in the last L/4":   {lifetime: 20 * s, left: 3 * s, fresh: true, renewed: true},
		"refreshMargin, before it":          {lifetime: hour, config: "refreshMargin: 1200", left: 1205 * s},
		"refreshMargin, in it":              {lifetime: hour, config: "refreshMargin: 1200", left: 1195 * s, renewed: true},
		"refreshMargin beyond the half":     {lifetime: hour, config: "refreshMargin: 3000", left: 1805 * s},
		"refreshMargin capped at the half":  {lifetime: hour, config: "refreshMargin: 3000", left: 1795 * s, renewed: true},
		"minValidity that is met":           {lifetime: hour, left: 605 * s, minValidity: 600 * s},
		"minValidity that is not":           {lifetime: hour, left: 595 * s, minValidity: 600 * s, fresh: true, renewed: true},
		"minValidity in the margin":         {lifetime: hour, left: 100 * s, minValidity: 60 * s, renewed: true},
		"minValidity beyond any life":       {lifetime: hour, left: 3000 * s, minValidity: 2 * hour, fresh: true, renewed: true},
		"minValidity beyond any life, new":  {lifetime: hour, left: 3500 * s, minValidity: 2 * hour},
		"a margin of its own, nearly ended": {lifetime: hour, config: "refreshMargin: 5", left: 7 * s},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, oauth(files{"auth/get-oauth-config.map.yml": oauthConfig(c.config + "\n")}), fakeprovider.Options{Lifetime: c.lifetime})
			id := r.connect()
			first := r.credentials(id)
			r.pass(c.lifetime - c.left)
			second, err := r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{MinValidity: c.minValidity})
			r.ok(err)
			if fresh := second.Credentials.Text("access_token") != first.Credentials.Text("access_token"); fresh != c.fresh {
				t.Errorf("the reader got the new token: %v", fresh)
			}
			if c.renewed {
				r.eventually("a renewal", func() bool { return r.Provider.TokenCalls("refresh_token") == 1 })
				r.eventually("the new token", func() bool {
					return r.credentials(id).Credentials.Text("access_token") != first.Credentials.Text("access_token")
				})
				r.wantCalls("refresh_token", 1)
				return
			}
			r.wantCalls("refresh_token", 0)
		})
	}
}

// A reader of minValidity still gets the token that works when the renewal fails.
func TestMinValidityThatCannotBeHad(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.TemporarilyUnavailable})
	r.pass(55 * time.Minute)
	_, err := r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{MinValidity: 20 * time.Minute})
	r.ok(err)
}

// Two readers with different wishes share one renewal.
func TestForcedAndWaitingShareOneRenewal(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.pass(hour)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, DelayMS: 300})
	done := make(chan error, 20)
	for i := range cap(done) {
		go func() {
			var err error
			if i%2 == 0 {
				_, err = r.Refresh(t.Context(), admin, id)
			} else {
				_, err = r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{})
			}
			done <- err
		}()
	}
	for range cap(done) {
		r.ok(<-done)
	}
	r.wantCalls("refresh_token", 1)
}

// Time is the database's: a wall clock that is off by hours changes nothing.
func TestWallClockDoesNotMatter(t *testing.T) {
	for _, off := range []time.Duration{-5 * time.Hour, 5 * time.Hour} {
		r := newRig(t, oauth(nil), fakeprovider.Options{})
		guard, err := egress.NewGuard([]string{"127.0.0.1"}, egress.Clock(func() time.Time { return r.Store.now().Add(off) }))
		r.ok(err)
		r.config.Guard = guard
		r.restart()
		id := r.connect()
		r.pass(50 * time.Minute)
		r.credentials(id)
		r.wantCalls("refresh_token", 0)
		r.pass(11 * time.Minute)
		r.credentials(id)
		r.wantCalls("refresh_token", 1)
	}
}
