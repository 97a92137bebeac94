package egress

import (
	"context"
	"net/url"
	"testing"
)

func TestSlotsForgetIdleEndpoints(t *testing.T) {
	s := newSlots(1)
	release, err := s.take(t.Context(), "a:443")
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.take(gone, "a:443"); err == nil {
		t.Fatal("two calls in one slot")
	}
	if len(s.endpoints) != 1 {
		t.Errorf("%d endpoints while one is used", len(s.endpoints))
	}
	release()
	release()
	if len(s.endpoints) != 0 {
		t.Errorf("%d endpoints while none is used", len(s.endpoints))
	}
}

// A seat that has been left lets others in, and its own context waits for a slot like everybody.
func TestSeatThatIsLeft(t *testing.T) {
	g, err := NewGuard([]string{"127.0.0.1"}, PerEndpoint(1))
	if err != nil {
		t.Fatal(err)
	}
	hosts, _ := ParseHosts([]string{"127.0.0.1"})
	u := &url.URL{Scheme: "http", Host: "127.0.0.1:9", Path: "/token"}
	first, err := g.Seat(t.Context(), u, hosts)
	if err != nil {
		t.Fatal(err)
	}
	within := first.In(t.Context())
	release, err := g.slot(within, first.addr)
	if err != nil {
		t.Fatal(err)
	}
	release() // of the seat, which stays
	if len(g.slots.endpoints) != 1 {
		t.Fatal("a call has ended the seat that it used")
	}
	first.Leave()
	first.Leave()
	second, err := g.Seat(t.Context(), u, hosts)
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(within)
	cancel()
	if _, err := g.slot(ended, first.addr); err == nil {
		t.Error("a call goes by a seat that has been left")
	}
	second.Leave()
	if len(g.slots.endpoints) != 0 {
		t.Errorf("%d endpoints while none is used", len(g.slots.endpoints))
	}
}
