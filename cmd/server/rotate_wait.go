package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"claviger/runtime"
)

const (
	nodePause     = 200 * time.Millisecond // between two looks at the nodes
	resealPause   = time.Second            // between two looks at what servers do
	progressPause = 2 * time.Second        // between two words on it
	resealBatch   = 200                    // records at a time where no server wants the disk
	resealLease   = 10 * time.Second
)

// await waits until every live node has taken a step. The error says which have not.
func (t *rotation) await(step string, has func(runtime.Node) bool) error {
	said := ""
	for end := time.Now().Add(t.wait); ; {
		nodes, err := runtime.LiveNodes(t.w.ctx, t.store)
		if err != nil {
			return err
		}
		var missing []string
		for _, n := range nodes {
			if !has(n) {
				missing = append(missing, n.ID)
			}
		}
		list := strings.Join(missing, ", ")
		switch {
		case list == "":
			return nil
		case time.Now().After(end):
			return fmt.Errorf("not within %s: that all nodes %s (waited for %s); give those with a copy of the keyset the new one, and run this command again", t.wait, step, list)
		case list != said:
			t.say("waiting for nodes to %s: %s", step, list)
			said = list
		}
		if err := pause(t.w.ctx, nodePause); err != nil {
			return err
		}
	}
}

// reseal waits until nothing is sealed with another key than the active one. While no server runs it does the work itself.
func (t *rotation) reseal() error {
	l, err := t.foreign()
	if err == nil && l.records > 0 {
		err = t.store.ResealAgain(t.w.ctx) // what could not be opened before may be open to it now
	}
	for all, said := l.records, time.Now(); err == nil && l.records > 0; {
		var p runtime.Resealing
		if p, err = t.next(); err != nil || p.Key != t.keys.Active() {
			continue
		}
		if p.Done {
			l, err = t.again(p)
		}
		if time.Since(said) > progressPause {
			t.say("sealed anew: %d of %d records", p.Records, max(all, p.Records))
			said = time.Now()
		}
	}
	if err == nil {
		t.say("every record is sealed with key %s; `claviger rotate --finish` drops the old one", t.keys.Active())
	}
	return err
}

// again begins another pass where one has left something: a node has sealed with the old key when others did not any more.
func (t *rotation) again(p runtime.Resealing) (left, error) {
	l, err := t.foreign()
	switch {
	case err != nil || l.records == 0:
		return l, err
	case l.records <= p.Failed:
		return l, fmt.Errorf("%s; they cannot be opened: %s", l, strings.Join(p.Unopened, ", "))
	}
	return l, t.store.ResealAgain(t.w.ctx)
}

// next is how far it is after a while, or after some records of its own.
func (t *rotation) next() (p runtime.Resealing, err error) {
	nodes, err := runtime.LiveNodes(t.w.ctx, t.store)
	if err != nil {
		return p, err
	}
	if len(nodes) == 0 {
		p, err = t.store.Reseal(t.w.ctx, "rotate/"+t.keys.Active(), resealLease, resealBatch)
		if !errors.Is(err, runtime.ErrConflict) {
			return p, err
		}
	}
	if err := pause(t.w.ctx, resealPause); err != nil {
		return p, err
	}
	return t.store.Resealing(t.w.ctx)
}

// left is what is not sealed with the active key.
type left struct {
	records int
	keys    []string
}

func (l left) String() string {
	return fmt.Sprintf("%d records are still sealed with other keys (%s)", l.records, strings.Join(l.keys, ", "))
}

// foreign counts it.
func (t *rotation) foreign() (l left, err error) {
	use, err := t.store.KeyUse(t.w.ctx)
	for key, n := range use {
		if key != t.keys.Active() {
			l.records += n
			l.keys = append(l.keys, fmt.Sprintf("%s: %d", key, n))
		}
	}
	return l, err
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return errors.New("ended before all was done; run this command again to go on")
	case <-time.After(d):
		return nil
	}
}
