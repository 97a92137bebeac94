package store

import (
	"fmt"
	"maps"
	"slices"
)

// Admission is what a database knows of the keys that its records are sealed with:
//
//	sealing_keys  id     text   primary key
//	              proof  bytes  sealed as (keyset/ID, proof) with that key: nothing; only that key opens it
//	retired_keys  id     text   primary key; a key that nothing is sealed with any more
//	              dropped  boolean  its proof is gone, and rings forget it
//
// A key has a row in sealing_keys before anything is sealed with it, so that a ring that lacks it is noticed.
type Admission struct {
	Proofs  map[string][]byte
	Retired map[string]bool // dropped
}

// Admit compares a ring with what is known, drops from it what has been dropped, and returns the proofs of keys that are not
// known yet. The error says what to do.
func (a Admission) Admit(keys Keyring) (proofs map[string][]byte, err error) {
	ids, active := keys.Keys()
	if _, retired := a.Retired[active]; retired {
		return nil, fmt.Errorf("this is an old keyset of this database: it seals with key %s, which a rotation has retired; put in its place the keyset that the rotation made%s", active, a.sealing())
	}
	for _, key := range slices.Sorted(maps.Keys(a.Proofs)) {
		if _, err := keys.Open("keyset/"+key, "proof", a.Proofs[key]); err != nil {
			return nil, fmt.Errorf("this is not the keyset of this database, whose records are sealed with key %s: name the right file, or put it back from its backup (%w)", key, err)
		}
	}
	proofs = map[string][]byte{}
	for _, id := range ids {
		if _, known := a.Proofs[id]; known || a.Retired[id] {
			continue
		}
		if proofs[id], err = keys.SealUnder(id, "keyset/"+id, "proof", nil); err != nil {
			return nil, err
		}
	}
	return proofs, keys.Drop(slices.DeleteFunc(ids, func(id string) bool { return !a.Retired[id] }))
}

// sealing names the keys that are in use, as the end of a sentence.
func (a Admission) sealing() string {
	for _, key := range slices.Sorted(maps.Keys(a.Proofs)) {
		if _, retired := a.Retired[key]; !retired {
			return ", which has key " + key
		}
	}
	return ""
}
