package journal

import (
	"sync"
	"sync/atomic"
)

// commit lets concurrent writers share the wait for the disk. Whoever has written joins the batch that gathers; the first
// of a batch syncs for all of it, as soon as the batch before has been synced, and from then on others gather the next. A
// writer who is alone waits for nobody.
type commit struct {
	mu        sync.Mutex
	gathering *batch
	turn      sync.Mutex   // one sync at a time
	failures  atomic.Int64 // syncs that failed
}

type batch struct {
	done     chan struct{}
	failures int64 // before its sync began
	err      error
}

// put writes b at the offset and returns when it is on the disk, or with the error of the write or of its sync.
//
// The kernel tells of a page that it could not write once, to the sync of that moment, and then takes the page for clean:
// the next sync answers well. So a write that was made before another's sync failed is made again, however its own went.
// That is also why all syncs of the file go through here.
func (j *Journal) put(b []byte, at int64) error {
	for {
		before := j.commit.failures.Load()
		if _, err := j.file.WriteAt(b, at); err != nil {
			return err
		}
		batch := j.sync()
		if batch.err != nil || batch.failures == before {
			return batch.err
		}
	}
}

// sync returns the batch, synced, that covers what the caller has written.
func (j *Journal) sync() *batch {
	c := &j.commit
	c.mu.Lock()
	if b := c.gathering; b != nil {
		c.mu.Unlock()
		<-b.done
		return b
	}
	b := &batch{done: make(chan struct{})}
	c.gathering = b
	c.mu.Unlock()

	c.turn.Lock()
	defer c.turn.Unlock()
	c.mu.Lock()
	c.gathering = nil
	c.mu.Unlock()
	b.failures = c.failures.Load()
	if b.err = j.datasync(j.file); b.err != nil {
		c.failures.Add(1)
	}
	close(b.done)
	return b
}
