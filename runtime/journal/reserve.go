package journal

import "fmt"

// growth is one attempt to make more slots, which all who wait for one share.
type growth struct {
	ended bool
	err   error
}

// Reserve takes a free slot, without touching the disk; where there is none it waits for the file to grow, or for another's
// Release. The error wraps ErrFull and the cause when there is no room: then nothing may be sent. It is tried afresh by the
// next call. The other error is ErrClosed.
func (j *Journal) Reserve() (*Slot, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for !j.closed {
		if last := len(j.free) - 1; last >= 0 {
			s := &Slot{journal: j, index: j.free[last]}
			j.free = j.free[:last]
			j.counts[reserved]++
			return s, nil
		}
		g := j.grow()
		for len(j.free) == 0 && !g.ended && !j.closed {
			j.grown.Wait()
		}
		if len(j.free) == 0 && g.err != nil && !j.closed {
			return nil, fmt.Errorf("%w: %w", ErrFull, g.err)
		}
	}
	return nil, ErrClosed
}

// minGroup and maxGroup bound by how many slots the file grows at once; between them it is by a quarter of what it has.
const minGroup, maxGroup = 4, 32

// grow is the growth under way, begun if there is none. The caller holds j.mu.
func (j *Journal) grow() *growth {
	if j.growth != nil {
		return j.growth
	}
	g, n := &growth{}, min(max(minGroup, j.end/4), maxGroup)
	j.growth = g
	j.busy.Add(1)
	go func() {
		defer j.busy.Done()
		err := j.addGroup(n)
		j.mu.Lock()
		defer j.mu.Unlock()
		g.ended, g.err, j.growth = true, err, nil
		j.grown.Broadcast()
	}()
	return g
}

func (j *Journal) addGroup(n int64) error {
	zeros := make([]byte, slotSize)
	for range n {
		if err := j.add(zeros); err != nil {
			return err
		}
	}
	return nil
}

// add makes the file one slot longer and hands that out. Zeros that are really written leave nothing for a later write to
// run out of: neither blocks, nor a note of the file system's that those have been written. Each slot reaches the disk by
// itself, so that a writer who has to wait for its turn waits for no more than that.
func (j *Journal) add(zeros []byte) error {
	at := j.end * slotSize // only a growth changes it, and there is one at a time
	if err := room(j.file, slotSize); err != nil {
		return err
	}
	if err := j.put(zeros, at); err != nil {
		j.file.Truncate(at) // give back what there was; should it fail, the next growth writes over it
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return ErrClosed
	}
	j.free = append(j.free, j.end)
	j.end++
	j.grown.Signal()
	return nil
}
