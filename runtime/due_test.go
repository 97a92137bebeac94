package runtime

import (
	"fmt"
	"testing"
	"time"

	"claviger/runtime/secret"
)

// Tokens that were issued together are due one after the other: before the margin of freshness where there is room, never
// before half of the lifetime.
func TestDueIsSpread(t *testing.T) {
	issued := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		lifetime, margin, from, to time.Duration
	}{
		{time.Hour, 0, 49 * time.Minute, 55 * time.Minute},
		{time.Minute, 0, 30 * time.Second, 36 * time.Second},
		{10 * time.Minute, 0, 480 * time.Second, 540 * time.Second},
		{2 * time.Second, 0, time.Second, 1200 * time.Millisecond},
		{time.Hour, 50 * time.Minute, 30 * time.Minute, 36 * time.Minute}, // capped at half of the lifetime
		{60 * 24 * time.Hour, 0, 60*24*time.Hour - 65*time.Minute, 60*24*time.Hour - 5*time.Minute},
	} {
		tenths := map[int]int{}
		for n := range 1000 {
			token := &Token{IssuedAt: issued, ExpiresAt: issued.Add(c.lifetime), Margin: c.margin}
			after := token.due(fmt.Sprintf("con_%d", n)).Sub(issued)
			if after < c.from || after >= c.to {
				t.Fatalf("of %s due after %s", c.lifetime, after)
			}
			tenths[int(10*(after-c.from)/(c.to-c.from))]++
		}
		for tenth := range 10 {
			if n := tenths[tenth]; n < 60 || n > 140 {
				t.Errorf("of %s are %d of 1,000 due in the tenth %d", c.lifetime, n, tenth)
			}
		}
	}
}

func TestDueBeforeAnUnusedRefreshTokenDies(t *testing.T) {
	issued := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for _, c := range []struct {
		lifetime, refresh time.Duration // 0: not known
		from, to          time.Duration
	}{
		{0, 0, 0, 0},
		{0, 14 * day, 8*14*day/10 - time.Hour, 8 * 14 * day / 10},
		{30 * day, 10 * time.Hour, 7 * time.Hour, 8 * time.Hour},
		{time.Hour, 14 * day, 49 * time.Minute, 55 * time.Minute},
	} {
		token := &Token{IssuedAt: issued, Refresh: secret.New("refresh"), RefreshLife: c.refresh}
		if c.lifetime > 0 {
			token.ExpiresAt = issued.Add(c.lifetime)
		}
		due := token.due("con_1")
		if c.to == 0 && due.IsZero() {
			continue
		}
		if after := due.Sub(issued); after < c.from || after > c.to {
			t.Errorf("%+v: due after %s", c, after)
		}
		token.Refresh = secret.Text{}
		if due := token.due("con_1"); c.lifetime == 0 && !due.IsZero() {
			t.Errorf("%+v: due at %s without a refresh token", c, due)
		}
	}
}
