package runtime

import (
	"testing"
	"time"

	"claviger/runtime/grant"
)

// Full jitter: anything up to the limit is as likely, and the limit doubles up to a bound.
func TestPauseIsFullJitter(t *testing.T) {
	const base, most, draws = time.Second, 5 * time.Minute, 2000
	for attempts, limit := range map[int]time.Duration{1: 2 * time.Second, 3: 8 * time.Second, 8: 256 * time.Second, 9: most, 64: most, 1 << 40: most} {
		quarters := [4]int{}
		for range draws {
			d := pause(attempts, base, most) - base/10
			if d < 0 || d >= limit {
				t.Fatalf("attempt %d: %s, expected less than %s", attempts, d, limit)
			}
			quarters[4*d/limit]++
		}
		for i, n := range quarters {
			if n < draws/4*3/4 || n > draws/4*5/4 {
				t.Errorf("attempt %d: %d of %d in quarter %d", attempts, n, draws, i+1)
			}
		}
	}
}

// After failures of our own the pause grows by itself, is bounded, and begins anew after another outcome.
func TestPauseAfterFaults(t *testing.T) {
	at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	c := &Connection{Token: &Token{}}
	for n := range 30 {
		f := &Failure{Class: grant.Internal, At: at}
		judge(c, nil, f, 0)
		c.LastError = f
		wait := c.Renewal.NotBefore.Sub(at)
		if wait < time.Second || wait > 5*time.Minute || n == 0 && wait > 2*time.Second || n > 20 && wait < 2*time.Minute {
			t.Errorf("after %d: %s", n+1, wait)
		}
		at = c.Renewal.NotBefore
	}
	if c.Renewal.Attempts != 0 || c.Renewal.Failure != nil || c.Renewal.Unknown != 0 || c.Status != "" {
		t.Errorf("health: %s, %+v", c.Status, c.Renewal)
	}
	c.LastError = nil
	if wait := faultPause(c); wait > 2*time.Second {
		t.Errorf("after a success: %s", wait)
	}
	// What a provider asked for is not cut short by a fault of ours in an attempt that somebody forced.
	c.Renewal.NotBefore = at.Add(time.Hour)
	judge(c, nil, &Failure{Class: grant.Internal, At: at}, 0)
	if !c.Renewal.NotBefore.Equal(at.Add(time.Hour)) {
		t.Errorf("until %s", c.Renewal.NotBefore)
	}
}
