// Package journal keeps what must not be lost until the database has it: a token answer is sealed and on the disk as soon
// as its last byte has arrived, even if the database is away, the disk is full, or the process is killed just after.
//
//	j, err := journal.Open("claviger-data/journal", ring)
//	for _, s := range j.Left() { …store s.Plain() as s.Name(); s.Release() }   // what an earlier process could not store
//
//	s, err := j.Reserve()                          // before the request: without a slot nothing is sent
//	err = s.Write("renewal/con_123/7", answer)     // durable when it returns
//	s.Release()                                    // the database has it
//
// A slot is a place in the file that exists on the disk before it is reserved: writing to it needs no more room. An entry
// is what is written to a slot, under a name in the clear; the rest of it is sealed.
//
// The package knows neither tokens nor the database, and its callers decide what a left entry is still good for: a release
// that a crash undoes brings its entry back.
package journal

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
)

// MaxEntry is the largest entry, in bytes before it is sealed.
const MaxEntry = 320 << 10

var (
	// ErrLocked says that another process has the journal open.
	ErrLocked = errors.New("another claviger uses this data folder: stop it, or give this one a folder of its own")
	// ErrVersion says that another version of claviger wrote entries that this one cannot read.
	ErrVersion = errors.New("written by another version of claviger, which has to store its entries first: start that version and stop it again")
	// ErrFull says that there is no room for another slot. It comes with the cause, such as ENOSPC.
	ErrFull = errors.New("no room for another journal slot: make room on the disk")
	// ErrTooLarge says that an entry is larger than MaxEntry.
	ErrTooLarge = fmt.Errorf("expected a journal entry of at most %d bytes", MaxEntry)
	// ErrWritten says that a slot holds an entry already, or has been released.
	ErrWritten = errors.New("expected a journal slot that is reserved and not yet written: reserve another")
	// ErrTorn says that an entry was never written completely, or has been damaged on the disk since. It cannot come back.
	ErrTorn = errors.New("not written completely, or damaged on the disk")
	// ErrClosed says that the journal has been closed.
	ErrClosed = errors.New("the journal is closed")
)

// Sealer seals entries, bound to an id and the name of a field. Package seal's Ring is one.
type Sealer interface {
	Seal(id, field string, plain []byte) ([]byte, error)
	Open(id, field string, sealed []byte) ([]byte, error)
}

// Journal is an open journal file. It is safe for concurrent use.
type Journal struct {
	file     *os.File
	keys     Sealer
	left     []*Slot
	damaged  []error
	sequence atomic.Uint64 // of the newest entry
	datasync func(*os.File) error
	commit   commit
	shut     func() error

	mu     sync.Mutex
	grown  sync.Cond      // a slot came free, or a growth or the journal ended
	busy   sync.WaitGroup // writes, wipes and growths under way
	free   []int64        // indexes of free slots
	end    int64          // index of the slot that the file grows by next
	growth *growth        // under way, or nil
	closed bool
	kept   int           // slots whose entry cannot be opened now
	counts [released]int // how many slots are reserved, and how many written
}

// Open opens the journal at path, or makes it (mode 0600) in its folder, which exists. No other process can open it until
// this one closes it or ends: the error then, after a moment, wraps ErrLocked. What earlier processes wrote is kept: see Left and Damaged.
// An error that wraps ErrVersion says what to do.
func Open(path string, keys Sealer) (*Journal, error) {
	file, err := claim(path)
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	j := &Journal{file: file, keys: keys, datasync: datasync}
	j.grown.L = &j.mu
	j.shut = sync.OnceValue(j.close)
	if err := j.recover(); err != nil {
		return nil, errors.Join(fmt.Errorf("journal %s: %w", path, err), Unlock(file))
	}
	return j, nil
}

// Left are the entries that earlier processes wrote and that nobody has released, oldest first. Each is whole, and opens
// under the name that it was written with. Entries whose Write did not return, or returned an error, may be among them, and
// so may released ones, if the machine went down soon after their release.
func (j *Journal) Left() []*Slot {
	var list []*Slot
	for _, s := range j.left {
		if s.is(written) {
			list = append(list, s)
		}
	}
	return list
}

// Damaged tells of what Open found and could not hand out, one error each, with the entry's name where it can be read.
//
// One that wraps ErrTorn is gone, and its slot is free: usually a Write that never returned, or a released entry that lay
// where a Write began. It is told at each start until its slot has been used again. Any other (an unknown key, a wrong key,
// a place on the disk that cannot be read) keeps its slot, also over restarts, until an Open with the right keys hands the
// entry out and it is released.
func (j *Journal) Damaged() []error { return j.damaged }

// Live is how many slots hold an entry that has not been released, those of Left included.
func (j *Journal) Live() int { return j.count(written) }

// Reserved is how many slots are reserved and neither written nor released.
func (j *Journal) Reserved() int { return j.count(reserved) }

func (j *Journal) count(state state) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.counts[state]
}

// Close waits for writes under way and closes the file; others then get ErrClosed. When no slot holds an entry, the file is
// emptied, else it is kept for the next Open. Slots that are released afterwards come back then. Safe to call twice.
func (j *Journal) Close() error { return j.shut() }

func (j *Journal) close() error {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	j.grown.Broadcast()
	j.busy.Wait()
	var err error
	if j.Live() == 0 && j.kept == 0 {
		err = j.file.Truncate(0)
	}
	return errors.Join(err, j.file.Sync(), Unlock(j.file))
}

// begin keeps the file open until end.
func (j *Journal) begin() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return ErrClosed
	}
	j.busy.Add(1)
	return nil
}

func (j *Journal) done() { j.busy.Done() }
