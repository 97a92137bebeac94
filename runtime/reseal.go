package runtime

import (
	"context"
	"errors"
	"slices"
	"time"
)

const (
	resealTick  = 2 * time.Second  // how often it is looked whether there is something to seal anew
	resealBatch = 32               // records in one transaction
	resealLife  = 15 * time.Second // of the lease of the node that does it: longer than a batch and its pause
	resealShare = 2                // the pause after a batch, in times that it took: what is left of the disk is for renewals
	resealPause = 5 * time.Second  // the longest
)

// Reseal seals records anew with the active key while older ones are known, until ctx ends: one node at a time, and only
// while all that live seal with the same key. It takes about a third of the time that one writer has. What a process had
// done when it ended is not done again.
func (e *Engine) Reseal(ctx context.Context) {
	r := resealer{e: e}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		wait, err := r.round(ctx)
		if err != nil && !r.failing && ctx.Err() == nil {
			e.log.Error("sealing records anew", "error", err)
		}
		r.failing = err != nil
		timer.Reset(wait)
	}
}

// resealer is what Reseal knows of the pass that it works on.
type resealer struct {
	e       *Engine
	failing bool
	pass    Resealing // as it was last seen
	all     int       // records of the pass
}

// round seals the next records, if it is this node's turn, and returns how long there is nothing to do.
func (r *resealer) round(ctx context.Context) (time.Duration, error) {
	if !r.e.mayReseal() {
		r.e.observer.RecordsToReseal(0)
		return resealTick, nil
	}
	began := time.Now()
	pass, err := r.e.store.Reseal(ctx, r.e.run, resealLife, resealBatch)
	switch {
	case errors.Is(err, ErrConflict):
		r.pass = Resealing{}
		r.e.observer.RecordsToReseal(0) // the node that does it tells
		return resealTick, nil
	case err != nil:
		return resealTick, storeError("record", "", err)
	}
	took := time.Since(began)
	if err := r.tell(ctx, pass); err != nil {
		return resealTick, err
	}
	if pass.Done {
		return resealTick, nil
	}
	return min(resealShare*took, resealPause), nil
}

// mayReseal tells whether there are older keys, and whether all nodes seal with this one's: two that disagree would seal
// each other's records anew for ever.
func (e *Engine) mayReseal() bool {
	if e.sealing == nil {
		return false
	}
	ids, active := e.sealing()
	nodes := e.Nodes()
	return ids[0] != active && len(nodes) > 0 && !slices.ContainsFunc(nodes, func(n Node) bool { return n.Active != active })
}

// tell logs and counts what has changed since the pass was last seen.
func (r *resealer) tell(ctx context.Context, pass Resealing) error {
	before := r.pass
	if before.Key != pass.Key || before.Records > pass.Records || before.Done && !pass.Done {
		before = Resealing{Key: pass.Key}
		use, err := r.e.store.KeyUse(ctx)
		if err != nil {
			return storeError("record", "", err)
		}
		r.all = pass.Records
		for key, n := range use {
			if key != pass.Key {
				r.all += n
			}
		}
		if r.all > 0 && !pass.Done {
			r.e.log.Info("sealing records anew", "key", pass.Key, "records", r.all)
		}
	}
	for _, record := range pass.Unopened[min(len(before.Unopened), len(pass.Unopened)):] {
		r.e.log.Error("a record cannot be opened, and is not sealed anew", "record", record)
	}
	if pass.Done && !before.Done {
		r.e.log.Info("records are sealed anew", "key", pass.Key, "records", pass.Records, "failed", pass.Failed)
		r.all = pass.Records + pass.Failed
	}
	r.pass = pass
	r.e.observer.RecordsToReseal(max(r.all-pass.Records, 0))
	return nil
}
