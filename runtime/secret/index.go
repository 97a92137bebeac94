package secret

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"slices"
)

// index finds any of many forms in one pass. It reads a text through a window of eight bytes, the length of the shortest
// form; only where these begin some form is more compared.
//
// Long forms are cut into blocks of block bytes, the last reaching back to be full: the cost stays bounded whatever the
// secrets and the text look like, and most of a long secret is recognised even where the text has been cut.
//
// Of blocks and short forms only 64 bits of a hash are kept. That a text of another meaning has the same is possible, as
// anything is; it would be blacked out.
type index struct {
	seed    maphash.Seed
	short   map[uint64]uint32   // first eight bytes → lengths of the forms of fewer than block bytes: bit n is MinRedacted+n
	hashes  map[uint64]struct{} // of short forms and of blocks
	filter  [1 << 10]uint64     // a bit for each hash of first eight bytes: nearly every position ends here
	entries int                 // what add has cost so far
}

const (
	block = 32
	// maxEntries bounds the memory of an index to some 10 MiB, and the time to make it. A token of 4 KiB takes 4,000 to
	// 15,000 of them; what is outside of ASCII takes more.
	maxEntries = 300_000
)

// span is a place in a text: from ≤ i < to.
type span struct{ from, to int }

func newIndex() *index {
	return &index{seed: maphash.MakeSeed(), short: map[uint64]uint32{}, hashes: map[uint64]struct{}{}}
}

// add makes all forms of a secret known. It returns false where there are too many: then the index is of no use any more.
func (x *index) add(secret string) bool {
	seen := map[uint64]struct{}{}
	forms(secret, func(form string) bool {
		if len(form) < MinRedacted {
			return true
		}
		h := maphash.String(x.seed, form)
		if _, twice := seen[h]; !twice {
			seen[h] = struct{}{}
			x.addForm(form, h)
		}
		return x.entries <= maxEntries
	})
	return x.entries <= maxEntries
}

func (x *index) addForm(form string, h uint64) {
	if len(form) < block {
		x.short[x.mark(form)] |= 1 << (len(form) - MinRedacted)
		x.hashes[h] = struct{}{}
		x.entries += 2
		return
	}
	for at := 0; at < len(form); at += block {
		at = min(at, len(form)-block)
		part := form[at : at+block]
		x.mark(part)
		x.hashes[maphash.String(x.seed, part)] = struct{}{}
		x.entries++
	}
}

func (x *index) mark(form string) uint64 {
	key := binary.BigEndian.Uint64([]byte(form[:8]))
	h := hash(key)
	x.filter[h>>6] |= 1 << (h & 63)
	return key
}

// hash is 16 bits of a multiplicative hash.
func hash(key uint64) uint64 { return key * 0x9e3779b97f4a7c15 >> 48 }

// find returns the places of all forms in s and in what s says once its escapes are undone; sorted, apart from each other.
func (x *index) find(s string) []span {
	if x == nil || len(x.hashes) == 0 {
		return nil
	}
	var found []span
	for _, v := range views(s) {
		found = x.scan(v, found)
	}
	slices.SortFunc(found, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	joined := found[:0]
	for _, f := range found {
		if n := len(joined); n > 0 && f.from <= joined[n-1].to {
			joined[n-1].to = max(joined[n-1].to, f.to)
			continue
		}
		joined = append(joined, f)
	}
	return joined
}

func (x *index) scan(v view, found []span) []span {
	var key uint64
	for i := range len(v.text) {
		key = key<<8 | uint64(v.text[i])
		if h := hash(key); i < 7 || x.filter[h>>6]&(1<<(h&63)) == 0 {
			continue
		}
		from := i - 7
		if to := x.match(key, v.text, from); to > 0 {
			found = append(found, v.origin(from, to))
		}
	}
	return found
}

// match is the end of the longest form that begins at from, 0 if none does.
func (x *index) match(key uint64, text string, from int) int {
	if from+block <= len(text) && x.has(text[from:from+block]) {
		return from + block
	}
	for lengths := x.short[key]; lengths != 0; {
		n := bits.Len32(lengths) - 1
		lengths &^= 1 << n
		if to := from + MinRedacted + n; to <= len(text) && x.has(text[from:to]) {
			return to
		}
	}
	return 0
}

func (x *index) has(form string) bool {
	_, ok := x.hashes[maphash.String(x.seed, form)]
	return ok
}
