package jsbridge

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// queue decides which of the calls that wait gets the next worker. Nobody can take everything from everybody:
//
//   - one connector has at most half of the workers, and a bounded number of calls that wait;
//   - a quarter of the workers is kept for connectors that have been light lately and have no call under way, so that even
//     many heavy connectors at once do not hold up the others.
//
// Among those that may have a worker, who came first is first. It is not safe for concurrent use: the pool's lock is.
type queue struct {
	size    int // of the pool
	waiting []*ticket
	busy    map[string]int // calls under way, by connector
	all     int            // calls under way
	loads   map[string]load
	mean    time.Duration // of the last few calls of anybody
}

// ticket is one call's place in the queue.
type ticket struct {
	connector string
	turn      chan handover
}

// load is what a connector has asked of the workers lately. Both figures fade, by half in halfLife.
type load struct {
	used    time.Duration // time of workers, in all
	slowest time.Duration // of one call
	at      time.Time     // when the figures held
}

const (
	halfLife     = 20 * time.Second
	lightUse     = 3 * time.Second        // a connector that may use the reserve has used less than this lately,
	lightCall    = 500 * time.Millisecond // and none of its calls took longer than this
	waitersEach  = 16                     // calls of one connector that may wait, for each worker of the pool
	waitersInAll = 64                     // likewise of all
)

func newQueue(size int) queue {
	return queue{size: size, busy: map[string]int{}, loads: map[string]load{}}
}

// faded is the load as it is at a later time.
func (l load) faded(now time.Time) load {
	share := math.Exp2(-now.Sub(l.at).Seconds() / halfLife.Seconds())
	fade := func(d time.Duration) time.Duration { return time.Duration(float64(d) * share) }
	return load{fade(l.used), fade(l.slowest), now}
}

// overloaded says that no worker became free in time, and when it may be worth trying again.
type overloaded struct{ after time.Duration }

func (e *overloaded) Error() string {
	return fmt.Sprintf("the hook workers are busy; try again in %s", e.after.Round(time.Second))
}

func (q *queue) overloaded() error {
	after := q.mean * time.Duration(len(q.waiting)+1) / time.Duration(q.size)
	return &overloaded{min(max(after, time.Second), time.Minute)}
}

// join takes a place, unless too many wait already. Who could run at once is not turned away because others wait.
func (q *queue) join(connector string) (*ticket, error) {
	own := 0
	for _, t := range q.waiting {
		if t.connector == connector {
			own++
		}
	}
	if own >= waitersEach*q.size || len(q.waiting) >= waitersInAll*q.size && !q.mayRun(connector) {
		return nil, q.overloaded()
	}
	t := &ticket{connector, make(chan handover, 1)}
	q.waiting = append(q.waiting, t)
	return t, nil
}

func (q *queue) remove(t *ticket) {
	q.waiting = slices.DeleteFunc(q.waiting, func(other *ticket) bool { return other == t })
}

// next takes the first call out of the queue that may have one of so many workers that idle, nil if there is none, and
// counts it as under way.
func (q *queue) next(idle int) *ticket {
	for i, t := range q.waiting {
		if q.mayRun(t.connector) && q.mayTake(t.connector, idle) {
			q.waiting = slices.Delete(q.waiting, i, i+1)
			q.busy[t.connector]++
			q.all++
			return t
		}
	}
	return nil
}

// startable is how many of those that wait could run if there were workers.
func (q *queue) startable() int {
	if len(q.waiting) == 0 {
		return 0
	}
	could := *q
	could.busy = maps.Clone(q.busy)
	n := 0
	for _, t := range q.waiting {
		if could.mayRun(t.connector) {
			could.busy[t.connector]++
			could.all++
			n++
		}
	}
	return n
}

func (q *queue) mayRun(connector string) bool {
	own := q.busy[connector]
	if own >= max(q.size/2, 1) {
		return false
	}
	return q.all < q.size-q.reserve() || own == 0 && q.all < q.size && q.isLight(connector)
}

// mayTake keeps workers that are running, and not only places, for the light ones: those of killed calls take a while to be
// replaced. Where less than half of the places are taken there is no need.
func (q *queue) mayTake(connector string, idle int) bool {
	return idle > q.reserve() || q.all < q.size/2 || q.busy[connector] == 0 && q.isLight(connector)
}

// isLight tells whether a connector has shown to ask little. Of one that is new nothing is known.
func (q *queue) isLight(connector string) bool {
	l, known := q.loads[connector]
	if !known {
		return false
	}
	l = l.faded(time.Now())
	return l.used < lightUse && l.slowest < lightCall
}

// reserve is how many workers are kept for the light ones.
func (q *queue) reserve() int {
	if q.size == 1 {
		return 0
	}
	return max(q.size/4, 1)
}

// end counts the end of a call that took so long; 0 is a call that never began.
func (q *queue) end(connector string, took time.Duration) {
	q.all--
	if q.busy[connector]--; q.busy[connector] == 0 {
		delete(q.busy, connector)
	}
	if took == 0 {
		return
	}
	q.mean = (q.mean + took) / 2
	l := q.loads[connector].faded(time.Now())
	q.loads[connector] = load{l.used + took, max(l.slowest, took), l.at}
}
