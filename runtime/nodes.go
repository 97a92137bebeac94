package runtime

import (
	"context"
	"slices"
	"time"
)

const (
	beatEvery = time.Second
	nodeLives = 5 * time.Second // a node that has not been seen for longer is taken to have ended
	leaveTime = 2 * time.Second
)

// Beat tells other nodes that this one lives, and learns which others do, until ctx ends. Then it takes its leave.
func (e *Engine) Beat(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	failing := false
	for {
		err := e.beat(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			e.log.Error("telling other nodes that this one lives", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			e.depart(context.WithoutCancel(ctx))
			return
		case <-tick.C:
		}
	}
}

func (e *Engine) beat(ctx context.Context) error {
	n := Node{ID: e.node, Run: e.run}
	if e.sealing != nil {
		n.Keys, n.Active = e.sealing()
	}
	if e.journalKeys != nil {
		n.Sealed = e.journalKeys()
	}
	if err := e.watchTwins(ctx); err != nil {
		return err
	}
	if err := e.store.Beat(ctx, n); err != nil {
		return storeError("node", e.node, err)
	}
	nodes, err := LiveNodes(ctx, e.store)
	if err != nil {
		return storeError("node", "", err)
	}
	before := e.nodes.Swap(&nodes)
	if before == nil || !slices.EqualFunc(*before, nodes, func(a, b Node) bool { return a.ID == b.ID }) {
		e.lookForDue() // the shares are others now
	}
	return nil
}

// watchTwins looks, before each beat but the first, whether it was this process that told of the node last. If not, another
// uses a copy of its data folder: a lease that a process of the same node has left counts for nothing, so both must not renew.
func (e *Engine) watchTwins(ctx context.Context) error {
	if e.nodes.Load() == nil {
		return nil
	}
	nodes, err := LiveNodes(ctx, e.store)
	if err != nil {
		return storeError("node", "", err)
	}
	if slices.ContainsFunc(nodes, func(n Node) bool { return n.ID == e.node && n.Run != e.run }) {
		if e.onlyOne() == nil {
			e.log.Error("another server has the same node.id, so its data folder is a copy of this one's or the other way round: "+
				"neither renews a token until one of them is stopped, and node.id and journal are deleted in its folder", "node", e.node)
		}
		e.twin.Store(new(time.Now()))
	}
	return nil
}

// onlyOne is an error where another process could take this one's leases for its own.
func (e *Engine) onlyOne() error {
	if seen := e.twin.Load(); seen == nil || time.Since(*seen) > 2*nodeLives {
		return nil
	}
	return errorf(CodeInternal, "nothing is renewed: two servers have the same node.id, since one's data folder is a copy of the other's")
}

// LiveNodes are those that have been seen of late, by their ids.
func LiveNodes(ctx context.Context, s Store) ([]Node, error) {
	at, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	return s.Nodes(ctx, at.Add(-nodeLives))
}

func (e *Engine) depart(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, leaveTime)
	defer cancel()
	if err := e.store.Leave(ctx, e.node); err != nil {
		e.log.Warn("the other nodes will notice only in a while that this one has ended", "error", err)
	}
}

// Nodes are those that lived when this one was told last, by their ids: itself, too, and nobody before the first beat.
func (e *Engine) Nodes() []Node {
	if nodes := e.nodes.Load(); nodes != nil {
		return slices.Clone(*nodes)
	}
	return nil
}

// share is this node's part of what all have to do: part share of of.
func (e *Engine) share() (share, of int) {
	nodes := e.nodes.Load()
	if nodes == nil {
		return 0, 1
	}
	share = slices.IndexFunc(*nodes, func(n Node) bool { return n.ID == e.node })
	if share < 0 { // the others do not see it; it looks at everything, which costs some work twice
		return 0, 1
	}
	return share, len(*nodes)
}

// dueMost is how far connections that are due are counted.
const dueMost = 10_000

// DueNow tells how many connections are due for a renewal now, counting to 10,000, and for how long the first of them has
// been.
func (e *Engine) DueNow(ctx context.Context) (n int, longest time.Duration, err error) {
	at, err := e.now(ctx)
	if err != nil {
		return 0, 0, err
	}
	if e.following.away() {
		return 0, 0, errAway()
	}
	n, since, err := e.store.DueCount(ctx, at, dueMost)
	if err != nil {
		return 0, 0, storeError("due", "", err)
	}
	if !since.IsZero() {
		longest = at.Sub(since)
	}
	return n, longest, nil
}
