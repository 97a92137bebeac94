package egress

import (
	"context"
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
