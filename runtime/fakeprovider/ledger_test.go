package fakeprovider_test

import (
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
)

func TestLedger(t *testing.T) {
	a := start(t, fakeprovider.Options{Lifetime: time.Minute})
	first := a.connected()
	second := a.renew(first.Refresh)
	other := a.connected()
	a.renew(second.Refresh)
	a.renew(second.Refresh) // ends the grant

	list := a.p.Ledger()
	if len(list) != 2 || list[0].ID >= list[1].ID {
		t.Fatalf("%+v", list)
	}
	g := list[0]
	if !g.Dead || len(g.Refresh) != 3 || len(g.Access) != 3 || g.Refreshes() != 2 || g.Reused() != 1 {
		t.Errorf("the first: %+v", g)
	}
	if g := list[1]; g.Dead || len(g.Refresh) != 1 || g.Refreshes() != 0 || g.Reused() != 0 {
		t.Errorf("the second: %+v", g)
	}
	id, expires, ok := a.p.Issued(second.Access)
	if !ok || id != g.ID || !expires.Equal(g.Access[1].Expires) || g.Access[1].Expires.Sub(g.Access[1].Issued) != time.Minute {
		t.Errorf("%d, %s, %v", id, expires, ok)
	}
	if id, _, ok := a.p.Issued(first.Refresh); !ok || id != g.ID {
		t.Errorf("a refresh token: %d, %v", id, ok)
	}
	if id, _, _ := a.p.Issued(other.Access); id != list[1].ID {
		t.Errorf("grant %d", id)
	}
	if _, _, ok := a.p.Issued("fpat_unknown"); ok {
		t.Error("it knows a token that it has not issued")
	}
}
