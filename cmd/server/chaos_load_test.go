package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// load is readers of credentials, each of one connection and from random nodes, until it is ended.
type load struct {
	c       *cluster
	late    time.Duration // how much longer than the provider a node may take a token to live: as long as the answer was on its way to it
	stop    chan struct{}
	readers sync.WaitGroup

	mu      sync.Mutex
	reads   int
	refused []refusal
	wrong   []string // what no circumstance excuses, the first few
}

// refusal is a read that got no token.
type refusal struct {
	account
	At   time.Time
	Code string // of the problem; "" where the node did not answer at all
	Text string
}

// read starts so many readers for each connection, each reading about every pause.
func (c *cluster) load(accounts []account, readers int, pause, late time.Duration) *load {
	l := &load{c: c, late: late + 50*time.Millisecond, stop: make(chan struct{})}
	for i, a := range accounts {
		for n := range readers {
			random := c.random(uint64(10_000 + i*readers + n))
			l.readers.Go(func() { l.readAll(a, random, pause) })
		}
	}
	return l
}

func (l *load) readAll(a account, random *rand.Rand, pause time.Duration) {
	for {
		select {
		case <-l.stop:
			return
		case <-time.After(jitter(random, pause)):
		}
		if n := l.c.somewhere(random); n != nil {
			l.readOnce(n, a)
		}
	}
}

// somewhere is a random node that is up, nil if none is.
func (c *cluster) somewhere(random *rand.Rand) *member {
	up := slices.DeleteFunc(slices.Clone(c.Nodes), func(n *member) bool { return n.down.Load() })
	if len(up) == 0 {
		return nil
	}
	return up[random.IntN(len(up))]
}

func (l *load) readOnce(n *member, a account) {
	began := time.Now()
	got, err := l.c.read(n, a.ID)
	if err != nil && !n.down.Load() {
		got, err = l.c.read(n, a.ID) // as clients do whose connection broke before they got an answer
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads++
	if err != nil || got.Status != http.StatusOK {
		if err == nil || !n.down.Load() { // or it was killed in this read
			l.refused = append(l.refused, refusal{a, began, got.Code(), fmt.Sprintf("%v %d %s", err, got.Status, got.Body)})
		}
		return
	}
	token, err := tokenIn(got)
	grant, expires, issued := l.c.Provider.Issued(token)
	switch {
	case err != nil || !issued:
		l.blame("connection %s: no token of the provider's (%v)", a.ID, err)
	case grant != a.Grant:
		l.blame("connection %s: the token of grant %d, not of %d", a.ID, grant, a.Grant)
	case expires.Add(l.late).Before(began):
		l.blame("connection %s: a token that had expired %s before it was asked for", a.ID, began.Sub(expires))
	}
}

// blame notes what was wrong. mu is held.
func (l *load) blame(format string, args ...any) {
	if len(l.wrong) < 10 {
		l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
	}
}

// end stops the readers, and fails the test for what they got wrong and for refusals that nothing excuses. It returns how
// many reads there were.
func (l *load) end(t *testing.T, excused func(refusal) bool) int {
	t.Helper()
	close(l.stop)
	l.readers.Wait()
	for _, text := range l.wrong {
		t.Error(text)
	}
	causes := map[string]int{}
	for _, r := range l.refused {
		if excused == nil || !excused(r) {
			causes[r.Code]++
			if causes[r.Code] <= 3 {
				t.Errorf("a reader of connection %s (grant %d) at %s: %s", r.ID, r.Grant, r.At.Format(time.StampMilli), r.Text)
			}
		}
	}
	if len(causes) > 0 {
		t.Errorf("reads refused, by code: %v", maps.Collect(maps.All(causes)))
	}
	return l.reads
}
