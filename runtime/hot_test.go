package runtime

import (
	"fmt"
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
