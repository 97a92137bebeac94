package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
	"claviger/runtime/store/postgres/pgtest"
)

// clock shifts the wall clock of a PostgreSQL server, and of nothing else, by libfaketime: so the wall clocks of all nodes
// are wrong by that much, as seen from the time that they must go by. A Go program's own clock cannot be shifted that way.
type clock struct{ file string }

func newClock(t *testing.T, shift time.Duration) (*clock, *pgtest.Server) {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/*/faketime/libfaketime.so.1")
	if len(found) == 0 {
		t.Fatal("the test needs libfaketime: install Debian's package faketime")
	}
	dir, err := os.MkdirTemp("", "clock-") // the database's user must get into it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := &clock{filepath.Join(dir, "shift")}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c.set(t, shift)
	return c, pgtest.OwnIn(t, []string{
		"LD_PRELOAD=" + found[0], "FAKETIME_TIMESTAMP_FILE=" + c.file, "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1",
	})
}

// set shifts the clock at once.
func (c *clock) set(t *testing.T, shift time.Duration) {
	t.Helper()
	next := c.file + ".next"
	if err := os.WriteFile(next, fmt.Appendf(nil, "%+ds\n", int(shift.Seconds())), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, c.file); err != nil { // nobody sees half of it
		t.Fatal(err)
	}
}

// wantShift checks that a database's clock is off by as much: or the test would show nothing.
func wantShift(t *testing.T, db *pgtest.Database, shift time.Duration) {
	t.Helper()
	text := strings.TrimSpace(db.Exec(t, "SELECT extract(epoch FROM clock_timestamp())"))
	at, err := strconv.ParseFloat(text, 64)
	if off := at - float64(time.Now().UnixMicro())/1e6; err != nil || math.Abs(off-shift.Seconds()) > 10 {
		t.Fatalf("the database's clock is off by %.1f s, expected %s (%v)", off, shift, err)
	}
}

// The wall clocks of the nodes are an hour off the database's, to one side or the other: each token is renewed once, when
// it is due, and no reader notices.
func TestChaosClocksDiffer(t *testing.T) {
	t.Parallel()
	for name, shift := range map[string]time.Duration{"nodes behind": time.Hour, "nodes ahead": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, server := newClock(t, shift)
			db := server.Create(t)
			wantShift(t, db, shift)
			const lifetime = 4 * time.Second
			c := newCluster(t, clusterPlan{nodes: 2, db: db, provider: fakeprovider.Options{Lifetime: lifetime}})
			accounts := c.connect("app", figure(20, 300), lifetime/2)
			load := c.load(accounts, 2, figure(400*time.Millisecond, 2*time.Second), 0)
			time.Sleep(figure[time.Duration](2, 15) * lifetime)
			reads := load.end(t, nil)
			renewals := c.wantOncePerExpiry(t, accounts)
			c.wantWorking(t, accounts)
			wantShift(t, db, shift)
			for _, n := range c.Nodes { // or it would go by a clock of its own
				ends, err := time.Parse(time.RFC3339Nano, fmt.Sprint(c.shown(n, accounts[0].ID)["expiresAt"]))
				if left := ends.Sub(time.Now().Add(shift)); err != nil || left.Abs() > 2*lifetime {
					t.Errorf("a token ends in %s by the database's clock, of a lifetime of %s (%v)", left, lifetime, err)
				}
			}
			t.Logf("%d reads, %d renewals of %d connections", reads, renewals, len(accounts))
		})
	}
}

// The database's clock jumps an hour ahead while the nodes run, and they learn of it at different moments. By that clock
// every token has expired: each is renewed, and no refresh token is presented twice for it.
func TestChaosClockJumps(t *testing.T) {
	t.Parallel()
	clock, server := newClock(t, 0)
	db := server.Create(t)
	const lifetime = 30 * time.Minute
	c := newCluster(t, clusterPlan{nodes: 2, db: db, provider: fakeprovider.Options{Lifetime: lifetime}})
	accounts := c.connect("app", figure(20, 300), 0)
	load := c.load(accounts, 2, figure(400*time.Millisecond, 2*time.Second), 0)
	jumps := figure(1, 5)
	for i := range jumps {
		shift := time.Duration(i+1) * time.Hour
		clock.set(t, shift)
		wantShift(t, db, shift)
		for _, n := range c.Nodes { // one after the other learns of it: at a start the clock is read
			n.Restart()
			time.Sleep(figure(2*time.Second, 20*time.Second))
		}
	}
	load.end(t, nil)
	for _, g := range c.Provider.Ledger() {
		if g.Dead || g.Reused() > 0 || g.Refreshes() != jumps {
			t.Errorf("grant %d: dead %v, renewed %d times, spent tokens presented again %d times", g.ID, g.Dead, g.Refreshes(), g.Reused())
		}
	}
	c.wantWorking(t, accounts)
	t.Logf("%d renewals of %d connections", c.Provider.TokenCalls("refresh_token"), len(accounts))
}
