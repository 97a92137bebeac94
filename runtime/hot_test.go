package runtime

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"claviger/mapping/value"
)

// The memory of connections is bounded in bytes as well, and counts them right whatever comes and goes.
func TestHotIsBoundedInBytes(t *testing.T) {
	h, err := newHot(50, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	large := func(n int) *Connection {
		return &Connection{Token: &Token{Credentials: value.Of("access_token", strings.Repeat("x", n))}}
	}
	for n := range 500 {
		h.keep(fmt.Sprint(n%70), &held{version: int64(n), connection: large(n * 7919 % 100_000), answer: &CredentialsAnswer{}})
		if n%9 == 0 {
			h.bury(fmt.Sprint(n % 31))
		}
		sum := 0
		for _, v := range h.held.Values() {
			sum += v.bytes
		}
		if sum != h.bytes || sum > 1<<20 {
			t.Fatalf("%d bytes are held, %d counted", sum, h.bytes)
		}
	}
	if n := h.held.Len(); n < 10 || h.bytes < 1<<19 {
		t.Errorf("only %d are held, of %d bytes", n, h.bytes)
	}
	h.keep("one", &held{version: 1, connection: large(2 << 20)})
	if h.get("one") == nil || h.held.Len() != 1 {
		t.Error("the newest is not held")
	}
}

// What another process has stored is not undone by who read before it.
func TestHotKeepsNothingOlderThanItWasTold(t *testing.T) {
	h, err := newHot(50, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	keep := func(version, epoch int64) {
		h.keep("one", &held{version: version, epoch: epoch, connection: &Connection{}})
	}
	keep(3, 1)
	h.forget("one", 3)
	if h.get("one") == nil {
		t.Error("what memory has is forgotten")
	}
	h.forget("one", 5)
	keep(4, 1)
	if h.get("one") != nil {
		t.Error("an older version is kept")
	}
	keep(5, 2)
	keep(5, 1)
	if v := h.get("one"); v == nil || v.epoch != 2 {
		t.Errorf("%+v", v)
	}
	h.forget("one", math.MaxInt64)
	keep(6, 2)
	if h.get("one") != nil || h.bytes != 0 {
		t.Errorf("a deleted one is kept; %d bytes", h.bytes)
	}
}
