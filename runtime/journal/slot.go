package journal

import (
	"fmt"
	"log/slog"
	"sync"

	"claviger/runtime/secret"
)

// Slot is a place in the journal that is one caller's from Reserve, or from the Open that found its entry, until Release:
//
//	reserved ──Write──▶ written ──Release──▶ released: another's
//	   └───────────────Release──────────────────▲
//
// It is safe for concurrent use and prints as [secret].
type Slot struct {
	journal *Journal
	index   int64
	mu      sync.Mutex // held while it is being written, so that Release waits
	state   state
	used    int // bytes of the header and name that have been written, or may have been
	name    string
	plain   secret.Text // of a left entry
}

type state int

const (
	reserved state = iota
	written
	released
)

// Write seals plain, bound to name (1 to 255 bytes, stored in the clear), and stores both. When it returns nil they are on
// the disk, and Left of the next process has them unless Release was called.
//
// A slot is written once: another Write is refused with ErrWritten and changes nothing. After any other error the slot is
// still reserved and may be tried again; it is not known then whether the next process will find the entry.
// Errors wrap ErrTooLarge (of at most MaxEntry bytes none is), ErrClosed, or what the disk answered; none quotes plain.
func (s *Slot) Write(name string, plain []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.state != reserved:
		return fmt.Errorf("write %q: %w", name, ErrWritten)
	case len(name) == 0 || len(name) > maxName:
		return fmt.Errorf("expected a name of 1 to %d bytes for a journal entry, found %d", maxName, len(name))
	case len(plain) > MaxEntry:
		return fmt.Errorf("write %q: %w, found %d", name, ErrTooLarge, len(plain))
	}
	if err := s.journal.begin(); err != nil {
		return fmt.Errorf("write %q: %w", name, err)
	}
	defer s.journal.done()
	if err := s.write(name, plain); err != nil {
		return fmt.Errorf("write %q: %w", name, err)
	}
	s.name = name
	s.turn(written)
	return nil
}

func (s *Slot) write(name string, plain []byte) error {
	sealed, err := s.journal.keys.Seal(sealID, name, plain)
	if err != nil {
		return err
	}
	record := encode(name, s.journal.sequence.Add(1), sealed)
	if len(record) > slotSize {
		return fmt.Errorf("%w, found %d and %d of its seal", ErrTooLarge, len(plain), len(sealed)-len(plain))
	}
	s.used = max(s.used, headerSize+len(name))
	return s.journal.put(record, s.index*slotSize)
}

// Release frees the slot for others and forgets what it held. Nothing waits for the disk: a machine that goes down before
// the next Write may still have the entry at the next start. It is safe to call twice, and on a slot that was not written.
func (s *Slot) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plain = secret.Text{}
	if s.state == released || s.journal.begin() != nil {
		return
	}
	defer s.journal.done()
	if s.used > 0 {
		s.journal.file.WriteAt(make([]byte, s.used), s.index*slotSize) // should it fail, the entry comes back
	}
	s.turn(released)
}

// turn changes the slot's state. A released slot is reserved again as another Slot, so that this one can do nothing to it.
func (s *Slot) turn(to state) {
	j := s.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	j.counts[s.state]--
	s.state = to
	if to != released {
		j.counts[to]++
		return
	}
	j.free = append(j.free, s.index)
	j.grown.Signal()
}

func (s *Slot) is(state state) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == state
}

// Name is the name that the entry was written with, "" before.
func (s *Slot) Name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.name
}

// Plain is a copy of what an entry of Left holds; of other slots, and after Release, it is empty.
func (s *Slot) Plain() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return []byte(s.plain.Reveal())
}

// Format makes every fmt verb print secret.Redacted.
func (s *Slot) Format(f fmt.State, _ rune) { fmt.Fprint(f, secret.Redacted) }

// MarshalText is secret.Redacted.
func (s *Slot) MarshalText() ([]byte, error) { return []byte(secret.Redacted), nil }

// LogValue is secret.Redacted.
func (s *Slot) LogValue() slog.Value { return slog.StringValue(secret.Redacted) }
