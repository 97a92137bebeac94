package worker

import "container/list"

// Limits of the programs that a worker keeps. A compiled program takes about eight times the size of its source.
const (
	cacheScripts = 512
	cacheBytes   = 4 << 20
)

// cache keeps the bundles that were used last, by hash.
type cache struct {
	byHash map[string]*list.Element
	recent *list.List // of *bundle, the last used in front
	bytes  int
}

func newCache() *cache { return &cache{byHash: map[string]*list.Element{}, recent: list.New()} }

func (c *cache) get(hash string) *bundle {
	e, ok := c.byHash[hash]
	if !ok {
		return nil
	}
	c.recent.MoveToFront(e)
	return e.Value.(*bundle)
}

// put adds b and drops the oldest ones beyond the limits, but never b.
func (c *cache) put(b *bundle) {
	c.byHash[b.hash] = c.recent.PushFront(b)
	c.bytes += b.size
	for c.recent.Len() > 1 && (c.recent.Len() > cacheScripts || c.bytes > cacheBytes) {
		last := c.recent.Back()
		old := c.recent.Remove(last).(*bundle)
		delete(c.byHash, old.hash)
		c.bytes -= old.size
	}
}
