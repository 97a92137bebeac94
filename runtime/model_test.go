package runtime_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"claviger/jsbridge"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/seal"
)

// The model of the promises is small. The provider's refresh tokens are good once, and one that comes twice ends the grant.
// Of each grant it is known whether the newest answer reached the engine (delivered) or was lost on its way or with a
// process, and how many attempts in a row got no answer at all (silent).
//
//   - Whoever reads gets the newest delivered token as long as it lives, unless the store is away; never an older one than
//     before, never one that has expired, never a lost one.
//   - A refresh token comes twice only where an answer was lost, and then once, unless what came of that is lost too.
//   - In the end, with everything well again: where the newest answer was delivered the connection works, unless two
//     attempts since have been silent; where it was lost it is reconnect_required, with the reason lost_response. Nothing
//     else comes of any sequence of events.
func TestModel(t *testing.T) {
	t.Parallel()
	testModel(t, oauth(nil), 2)
}

// The same with refreshRetry: never, where one silent attempt is the last.
func TestModelWhereNothingIsTriedAgain(t *testing.T) {
	t.Parallel()
	testModel(t, retrying("never"), 1)
}

// shortModel is the short form, in a few seconds, unless something else was asked for.
var shortModel = sync.OnceValue(func() error {
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() != checks.DefValue {
		return nil
	}
	return flag.Set("rapid.checks", "15")
})

func testModel(t *testing.T, f files, tries int) {
	if err := shortModel(); err != nil {
		t.Fatal(err)
	}
	pool := jsbridge.NewPool(jsbridge.PoolConfig{})
	t.Cleanup(pool.Close)
	rapid.Check(t, func(rt *rapid.T) {
		m := newModel(t, pool, f, tries)
		defer m.end()
		rt.Repeat(map[string]func(*rapid.T){
			"":                          m.check,
			"time passes":               m.timePasses,
			"somebody reads":            m.read,
			"somebody renews":           m.renew,
			"the provider misbehaves":   m.misbehave,
			"a crash":                   m.crash,
			"a crash in a renewal":      m.crashInRenewal,
			"the key is rotated":        m.rotate,
			"the store goes":            m.storeGoes,
			"the store goes in renewal": m.storeGoesInRenewal,
			"the store comes back":      m.storeComesBack,
		})
		m.settle(rt)
	})
}

func (m *model) timePasses(rt *rapid.T) {
	spans := []time.Duration{time.Second, 20 * time.Second, 31 * time.Second, 5 * time.Minute, 50 * time.Minute, 2 * time.Hour}
	m.store.MoveClock(rapid.SampledFrom(spans).Draw(rt, "span"))
}

func (m *model) any(rt *rapid.T) *modelled {
	return rapid.SampledFrom(m.all).Draw(rt, "connection")
}

// read reads and judges what a reader gets.
func (m *model) read(rt *rapid.T) {
	c := m.any(rt)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	before, at := m.newest(c), m.store.now()
	due := before.delivered && before.expires.After(at) && !c.troubled // to whoever reads
	a, err := m.engine.Credentials(ctx, admin, c.id, runtime.CredentialsQuery{})
	if err != nil {
		if due {
			rt.Fatalf("connection %d: its token lives, and a reader is told %v", c.grant, err)
		}
		m.wantTold(rt, err)
		return
	}
	got, ok := m.wire.token(a.Credentials.Text("access_token"))
	switch {
	case !ok || got.grant != c.grant:
		rt.Fatalf("connection %d: a token of grant %d", c.grant, got.grant)
	case !got.expires.After(at):
		rt.Fatalf("connection %d: a token that has expired", c.grant)
	case got.expires.Before(c.seen) || due && got.expires.Before(before.expires):
		rt.Fatalf("connection %d: the token until %s, after that until %s; the newest that came is until %s", c.grant, got.expires, c.seen, before.expires)
	}
	c.seen = got.expires
	if got.expires.Equal(before.expires) && !m.store.fail.Load() {
		c.troubled = false
	}
}

func (m *model) renew(rt *rapid.T) {
	c := m.any(rt)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if _, err := m.engine.Refresh(ctx, admin, c.id); err != nil {
		m.wantTold(rt, err)
	}
}

// wantTold checks that an error is one that callers are told of, not one of ours.
func (m *model) wantTold(rt *rapid.T, err error) {
	if e := runtime.AsError(err); e.Code == runtime.CodeInternal {
		rt.Fatalf("%v", err)
	}
}

// misbehave lets the next renewal go wrong.
func (m *model) misbehave(rt *rapid.T) {
	f := rapid.SampledFrom([]fakeprovider.Fault{
		{Mode: fakeprovider.Reset},
		{Mode: fakeprovider.Reset, Processed: true},
		{Mode: fakeprovider.ResetHalf},
		{Mode: fakeprovider.TemporarilyUnavailable},
		{Mode: fakeprovider.RateLimited},
		{Mode: fakeprovider.HTML},
	}).Draw(rt, "fault")
	f.Grant, f.Times = "refresh_token", 1
	m.provider.Misbehave(f)
}

// crash ends the engine without notice, when nothing is under way.
func (m *model) crash(*rapid.T) {
	m.wire.quiet()
	m.kill()
	m.start()
}

// crashInRenewal ends it while a renewal is: before the provider has got it, or after it has answered.
func (m *model) crashInRenewal(rt *rapid.T) {
	c, processed := m.any(rt), rapid.Bool().Draw(rt, "processed")
	if m.store.fail.Load() {
		rt.Skip("nothing is sent") // rapid takes another step then; the test goes on
	}
	m.wire.quiet()
	m.provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang, Grant: "refresh_token", Times: 1, Processed: processed})
	calls := m.provider.TokenCalls("refresh_token")
	engine, done := m.engine, make(chan struct{})
	go func() {
		defer close(done)
		_, _ = engine.Refresh(context.Background(), admin, c.id)
	}()
	limit := time.After(300 * time.Millisecond)
	for m.provider.TokenCalls("refresh_token") == calls {
		select {
		case <-time.After(time.Millisecond):
			continue
		case <-done: // it was not sent
		case <-limit: // it waits for the store
		}
		m.provider.Misbehave()
		return
	}
	m.kill()
	m.start()
}

func (m *model) storeGoes(*rapid.T) {
	m.wire.quiet()
	m.trouble()
	m.store.fail.Store(true)
}

func (m *model) trouble() {
	for _, c := range m.all {
		c.troubled = true
	}
}

func (m *model) storeComesBack(*rapid.T) { m.store.fail.Store(false) }

// rotate makes a new key the one that seals; the old one goes on opening what it has sealed.
func (m *model) rotate(rt *rapid.T) {
	err := seal.Edit(filepath.Join(m.dir, "keyset.json"), func(k *seal.Keyset) (*seal.Keyset, error) { return k.WithNew().Activated(), nil })
	if err = errors.Join(err, m.ring.Reload(context.Background())); err != nil {
		rt.Fatal(err)
	}
}

// storeGoesInRenewal lets the store fail between a renewal's marker and its outcome.
func (m *model) storeGoesInRenewal(rt *rapid.T) {
	c := m.any(rt)
	m.trouble()
	m.disturbed++
	before := m.newest(c)
	m.store.failAfterLease.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	_, _ = m.engine.Refresh(ctx, admin, c.id)
	m.wire.quiet()
	if took := !m.store.failAfterLease.Swap(false); took && !m.newest(c).expires.After(before.expires) {
		m.wire.unheard(c.grant)
	}
}

// check holds after every event: spent tokens come back only where an answer was lost. The refusal that follows can be lost
// too, with a process or for want of a store, and is asked for again.
func (m *model) check(rt *rapid.T) {
	for _, g := range m.provider.Ledger() {
		if lost := m.wire.lost(g.ID); g.Reused() > 0 && (lost == 0 || g.Reused() > lost+m.disturbed) {
			rt.Fatalf("grant %d: spent refresh tokens came back %d times, %d answers were lost", g.ID, g.Reused(), lost)
		}
	}
}

// settle makes everything well again and looks what has become of each connection.
func (m *model) settle(rt *rapid.T) {
	m.store.fail.Store(false)
	m.provider.Misbehave()
	for _, c := range m.all {
		if err := m.settled(c); err != nil {
			rt.Fatal(err)
		}
	}
	m.check(rt)
}

func (m *model) settled(c *modelled) error {
	var err error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		m.store.MoveClock(2 * time.Hour)
		if _, err = m.engine.Credentials(context.Background(), admin, c.id, runtime.CredentialsQuery{}); err == nil {
			if newest := m.newest(c); !newest.delivered {
				return fmt.Errorf("connection %d works, though its newest answer was lost", c.grant)
			}
			return nil
		}
		var e *runtime.Error
		if errors.As(err, &e) && e.Code == runtime.CodeReconnectRequired {
			switch newest := m.newest(c); {
			case e.Failure == nil || e.Failure.Reason != "lost_response":
				return fmt.Errorf("connection %d: %w (%+v)", c.grant, err, e.Failure)
			case newest.delivered && m.wire.silent(c.grant) < m.tries:
				return fmt.Errorf("connection %d was given up, though every answer came: %w", c.grant, err)
			}
			return nil
		}
	}
	return fmt.Errorf("connection %d does not come to rest: %w", c.grant, err)
}
