package journal

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"claviger/runtime/secret"
)

// recover reads what the file holds. It changes nothing in it; the sync makes what a killed process had written, and is
// read here, as durable as it looks.
func (j *Journal) recover() error {
	if err := j.file.Sync(); err != nil {
		return err
	}
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	sequences := map[*Slot]uint64{}
	for index := int64(0); index*slotSize < info.Size(); index++ {
		s := &Slot{journal: j, index: index, state: written}
		sequence, err := s.read()
		j.sequence.Store(max(j.sequence.Load(), sequence))
		whole := (index+1)*slotSize <= info.Size()
		switch {
		case errors.Is(err, ErrVersion):
			return err
		case errors.Is(err, ErrTorn), err == nil && s.used == 0:
			if whole { // else a growth was cut off here, and the next repeats it
				j.free = append(j.free, index)
				j.end = index + 1
			}
		default:
			j.end = index + 1
			if err != nil {
				j.kept++
				break
			}
			j.left = append(j.left, s)
			sequences[s] = sequence
		}
		if err != nil {
			j.damaged = append(j.damaged, fmt.Errorf("slot %d: %w", index, err))
		}
	}
	slices.SortStableFunc(j.left, func(a, b *Slot) int { return cmp.Compare(sequences[a], sequences[b]) })
	slices.Reverse(j.free) // those at the file's start are used first
	j.counts[written] = len(j.left)
	return nil
}

// read fills the slot with the entry that the file holds in it. used is 0 when there is none. The error wraps ErrTorn when
// there never was one, or none is left.
func (s *Slot) read() (sequence uint64, err error) {
	b := make([]byte, pageSize)
	if b, err = s.readAt(b, 0); err != nil {
		return 0, err
	}
	h, ok := decode(b)
	switch {
	case !ok && len(bytes.Trim(b[:min(len(b), headerSize)], "\x00")) == 0:
		return 0, nil
	case !ok:
		return 0, fmt.Errorf("the header of its entry was %w", ErrTorn)
	case h.version != version:
		return 0, ErrVersion
	}
	plain, err := s.open(h, b)
	if err != nil {
		return h.sequence, fmt.Errorf("entry %q: %w", h.name, err)
	}
	s.name, s.plain, s.used = h.name, secret.New(string(plain)), headerSize+len(h.name)
	return h.sequence, nil
}

// open opens the entry of a header. b is the start of the slot.
func (s *Slot) open(h header, b []byte) (plain []byte, err error) {
	if h.end() > slotSize {
		return nil, ErrTorn
	}
	if h.end() > len(b) {
		rest, err := s.readAt(make([]byte, h.end()-len(b)), len(b))
		if err != nil {
			return nil, err
		}
		b = append(b, rest...)
	}
	if h.end() > len(b) {
		return nil, ErrTorn // the file ends in it
	}
	sealed := b[headerSize+len(h.name) : h.end()]
	if crc32.Checksum(sealed, castagnoli) != h.sum {
		return nil, ErrTorn
	}
	return s.journal.keys.Open(sealID, h.name, sealed)
}

// readAt reads from the slot, less than b only where the file ends.
func (s *Slot) readAt(b []byte, from int) ([]byte, error) {
	n, err := s.journal.file.ReadAt(b, s.index*slotSize+int64(from))
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return b[:n], err
}
