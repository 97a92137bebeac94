package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
)

// grants is the provider's ledger by grant.
func (c *cluster) grants() map[int]fakeprovider.Grant {
	all := map[int]fakeprovider.Grant{}
	for _, g := range c.Provider.Ledger() {
		all[g.ID] = g
	}
	return all
}

// wantOncePerExpiry checks the provider's ledger: as many calls as refresh tokens that were spent, none of them presented
// twice, no grant ended, and of one grant no renewal sooner after the one before than half of a lifetime. It returns how
// many renewals there were.
func (c *cluster) wantOncePerExpiry(t *testing.T, accounts []account) int {
	t.Helper()
	spent, calls := 0, 0
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) { // one may be under way
		before := c.Provider.TokenCalls("refresh_token")
		spent = 0
		for _, g := range c.Provider.Ledger() {
			spent += g.Refreshes()
		}
		calls = c.Provider.TokenCalls("refresh_token")
		if calls == spent && before == calls {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("%d renewals were sent, %d refresh tokens spent", calls, spent)
			break
		}
	}
	grants := c.grants()
	for _, a := range accounts {
		g := grants[a.Grant]
		if g.Dead || g.Reused() > 0 {
			t.Errorf("grant %d: dead %v, spent tokens presented again %d times", g.ID, g.Dead, g.Reused())
		}
		for i := 1; i < len(g.Access); i++ {
			if gap := g.Access[i].Issued.Sub(g.Access[i-1].Issued); gap < c.Lifetime/2-100*time.Millisecond {
				t.Errorf("grant %d: renewed %s after the time before, of a lifetime of %s", g.ID, gap, c.Lifetime)
			}
		}
	}
	return spent
}

// wantWorking checks that connections are connected, and that every node hands out a living token of their grant.
func (c *cluster) wantWorking(t *testing.T, accounts []account) {
	t.Helper()
	err := parallel(8, func(worker int) error {
		for i := worker; i < len(accounts); i += 8 {
			for at, n := range c.Nodes {
				if err := c.works(n, accounts[i]); err != nil {
					return fmt.Errorf("node %d: %w", at, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func (c *cluster) works(n *member, a account) error {
	began := time.Now()
	got, err := c.read(n, a.ID)
	if err != nil {
		return err
	}
	token, err := tokenIn(got)
	if err != nil {
		return fmt.Errorf("connection %s: %w", a.ID, err)
	}
	if grant, expires, _ := c.Provider.Issued(token); grant != a.Grant || expires.Before(began) {
		return fmt.Errorf("connection %s: a token of grant %d, not %d, that expires %s after it was asked for", a.ID, grant, a.Grant, expires.Sub(began))
	}
	return nil
}

// shown is a connection as a node shows it.
func (c *cluster) shown(n *member, id string) map[string]any {
	c.t.Helper()
	return n.Want(http.StatusOK, http.MethodGet, "/v1/connections/"+id, nil)
}
