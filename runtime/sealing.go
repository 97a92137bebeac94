package runtime

import (
	"context"
	"time"
)

// Sealer seals a secret field of a record with authenticated encryption bound to the record's id and the field's name:
// what was sealed for one record or field does not open as another. Safe for concurrent use.
type Sealer interface {
	Seal(id, field string, plain []byte) ([]byte, error)
	Open(id, field string, sealed []byte) ([]byte, error)
}

// Keyring is a Sealer with several keys, which come and go (package seal has one). Safe for concurrent use.
type Keyring interface {
	Sealer
	// Keys are the ids of the keys that open, the oldest first, and that of the one that seals.
	Keys() (ids []string, active string)
	// SealUnder is Seal under a key that need not be the one that seals.
	SealUnder(key, id, field string, plain []byte) ([]byte, error)
	// Drop forgets keys. It is an error to name the one that seals.
	Drop(ids []string) error
}

// SealingStore knows which keys records are sealed with. Of each key it knows one of these; a key comes in with the ring
// that holds it, and is retired and then dropped when a rotation ends.
//
//	unknown ──AdmitKeys──▶ admitted: a ring without it is refused
//	                          │ RetireKeys
//	                          ▼
//	                       retired: no write that is sealed with it is taken any more
//	                          │ DropKeys
//	                          ▼
//	                       dropped: rings forget it, for good
type SealingStore interface {
	// AdmitKeys notes that records may be sealed with the keys of the ring from now on, and drops from it those that have
	// been dropped. The error is for people and says why this is not the ring of these records: it lacks a key, or seals with
	// one that has been retired. Nothing has changed then.
	AdmitKeys(ctx context.Context, keys Keyring) error
	// RetireKeys ends the use of keys for sealing. When it returns, no write is under way that does.
	RetireKeys(ctx context.Context, ids []string) error
	// DropKeys forgets keys that are retired. The caller knows that nothing is sealed with them.
	DropKeys(ctx context.Context, ids []string) error
	// KeyUse counts records by the id of the key that they are sealed with: those with fields of several keys under each of
	// them. It reads every record, and takes as long as that.
	KeyUse(ctx context.Context) (map[string]int, error)

	// Reseal seals the next few records anew that are not sealed with the active key, in the order of their ids, without a
	// change of their versions; ErrConflict while another node has the lease to do so. Owner is NODE/RUN, as that of a
	// lease on a connection; its lease lasts for life from now on.
	Reseal(ctx context.Context, owner string, life time.Duration, limit int) (Resealing, error)
	// Resealing is how far that is, without doing anything.
	Resealing(ctx context.Context) (Resealing, error)
	// ResealAgain has a pass that is done begin anew.
	ResealAgain(ctx context.Context) error
}

// Resealing is how far the records have been sealed anew with a key. A store keeps it, so that it goes on behind what was
// done when the process ended.
type Resealing struct {
	Key      string   // the active one; "" before the first pass
	Done     bool     // all records have been looked at
	Records  int      // that have been sealed anew, in this pass
	Unopened []string // records that could not be opened and are as they were, KIND/ID: the first MaxUnopened of this pass
	Failed   int      // how many could not be opened
}

// MaxUnopened is how many records that cannot be opened are named.
const MaxUnopened = 20
