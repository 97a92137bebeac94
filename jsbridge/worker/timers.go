package worker

import (
	"container/heap"
	"time"

	"github.com/dop251/goja"
)

// timers are the timeouts, intervals and immediates of one call, the earliest first.
type timers struct {
	queue  timerQueue
	byID   map[int64]*timer
	lastID int64
}

type timer struct {
	id     int64
	at     time.Time
	every  time.Duration // 0: once
	index  int           // in the queue; -1: fired or cleared
	callee goja.Callable
	args   []goja.Value
}

// maxDelay is the longest delay that setTimeout takes; beyond it means 1 ms, as in Node.
const maxDelay = time.Duration(1<<31-1) * time.Millisecond

// add starts a timer. A delay below 1 ms is 1 ms for timeouts and intervals; immediates are due now.
func (t *timers) add(delay time.Duration, repeat bool, callee goja.Callable, args []goja.Value) int64 {
	t.lastID++
	added := &timer{id: t.lastID, at: time.Now().Add(delay), callee: callee, args: args}
	if repeat {
		added.every = delay
	}
	if t.byID == nil {
		t.byID = map[int64]*timer{}
	}
	t.byID[added.id] = added
	heap.Push(&t.queue, added)
	return added.id
}

func (t *timers) clear(id int64) {
	if found, ok := t.byID[id]; ok {
		delete(t.byID, id)
		if found.index >= 0 {
			heap.Remove(&t.queue, found.index)
		}
	}
}

// next is when the earliest timer is due; false where there is none.
func (t *timers) next() (time.Time, bool) {
	if len(t.queue) == 0 {
		return time.Time{}, false
	}
	return t.queue[0].at, true
}

// fire runs the earliest timer if it is due.
func (t *timers) fire(now time.Time) error {
	if len(t.queue) == 0 || t.queue[0].at.After(now) {
		return nil
	}
	due := heap.Pop(&t.queue).(*timer)
	if due.every > 0 {
		due.at = now.Add(due.every)
		heap.Push(&t.queue, due)
	} else {
		delete(t.byID, due.id)
	}
	_, err := due.callee(goja.Undefined(), due.args...)
	return err
}

// timerQueue is a heap by time, then by age.
type timerQueue []*timer

func (q timerQueue) Len() int { return len(q) }

func (q timerQueue) Less(i, j int) bool {
	if q[i].at.Equal(q[j].at) {
		return q[i].id < q[j].id
	}
	return q[i].at.Before(q[j].at)
}

func (q timerQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *timerQueue) Push(x any) {
	added := x.(*timer)
	added.index = len(*q)
	*q = append(*q, added)
}

func (q *timerQueue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	last.index = -1
	return last
}
