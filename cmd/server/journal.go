package main

import (
	"path/filepath"
	"slices"
	"sync"

	"claviger/runtime"
	"claviger/runtime/journal"
	"claviger/runtime/seal"
)

// nodeJournal is the journal in the data folder as the engine uses it. It knows which encryption keys its entries need.
type nodeJournal struct {
	*journal.Journal
	ring *seal.Ring
	mu   sync.Mutex
	keys map[*nodeSlot][]string
}

func (h *house) openJournal(data string, ring *seal.Ring) (*nodeJournal, error) {
	j, err := journal.Open(filepath.Join(data, "journal"), ring)
	if err != nil {
		return nil, err
	}
	for _, damaged := range j.Damaged() {
		h.log.Warn("an entry of the journal cannot be used", "error", damaged)
	}
	h.atEnd(func() { h.complain("closing the journal", j.Close()) })
	return &nodeJournal{Journal: j, ring: ring, keys: map[*nodeSlot][]string{}}, nil
}

type nodeSlot struct {
	*journal.Slot
	of *nodeJournal
}

// Reserve takes room for an entry.
func (n *nodeJournal) Reserve() (runtime.Slot, error) {
	s, err := n.Journal.Reserve()
	if err != nil {
		return nil, err
	}
	return &nodeSlot{Slot: s, of: n}, nil
}

// Left are the entries of an earlier process, which may need any key.
func (n *nodeJournal) Left() []runtime.Slot {
	var left []runtime.Slot
	for _, s := range n.Journal.Left() {
		slot := &nodeSlot{Slot: s, of: n}
		n.need(slot, n.all())
		left = append(left, slot)
	}
	return left
}

func (n *nodeJournal) all() []string {
	ids, _ := n.ring.Keys()
	return ids
}

// sealing are the key that seals and those that may be the next to: a key comes after those that it follows.
func (n *nodeJournal) sealing() []string {
	ids, active := n.ring.Keys()
	return ids[slices.Index(ids, active):]
}

func (n *nodeJournal) need(s *nodeSlot, keys []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.keys[s] = keys
}

// Keys are the ids of the encryption keys that entries need.
func (n *nodeJournal) Keys() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var ids []string
	for _, keys := range n.keys {
		ids = append(ids, keys...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Write keeps an entry, sealed with the key that is active now, or becomes so meanwhile.
func (s *nodeSlot) Write(name string, plain []byte) error {
	s.of.need(s, s.of.sealing())
	before := s.of.ring.Active()
	err := s.Slot.Write(name, plain)
	s.of.need(s, []string{before, s.of.ring.Active()})
	return err
}

// Release forgets the entry.
func (s *nodeSlot) Release() {
	s.Slot.Release()
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	delete(s.of.keys, s)
}
