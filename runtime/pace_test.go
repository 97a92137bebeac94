package runtime

import (
	"strconv"
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	p, err := newPace(10, 3)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1000, 0)
	for range 3 {
		if err := p.take("a", at); err != nil {
			t.Fatal(err)
		}
	}
	err = p.take("a", at)
	if e := AsError(err); e.Code != CodeRateLimited || e.RetryAfter != 100*time.Millisecond {
		t.Errorf("%+v", e)
	}
	if p.take("b", at) != nil || p.check("c", at) != nil || p.check("a", at) == nil || p.take("a", at.Add(100*time.Millisecond)) != nil {
		t.Error("one is another's")
	}
	// What was had in advance is paid for later.
	for range 13 {
		p.charge("d", at)
	}
	if p.check("d", at.Add(time.Second)) == nil || p.check("d", at.Add(1100*time.Millisecond)) != nil {
		t.Error("a debt is forgotten, or stays")
	}
	// However many come, so many are kept, and those that come again and again.
	for i := range 3 * paceMemory {
		p.charge(strconv.Itoa(i), at)
		p.charge("e", at)
	}
	if n := p.buckets.Len(); n != paceMemory || p.check("e", at.Add(time.Minute)) == nil {
		t.Errorf("%d buckets", n)
	}
}
