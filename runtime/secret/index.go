package secret

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// index finds any of many forms in one pass. It reads a text through a window of eight bytes, the length of the shortest
// form; only where these begin some form is more compared.
//
// Long forms are cut into blocks of block bytes, the last reaching back to be full: the cost stays bounded whatever the
// secrets and the text look like, and most of a long secret is recognised even where the text has been cut.
type index struct {
	short  map[uint64][]string // first eight bytes → forms of fewer than block bytes, longest first
	starts map[uint64]struct{} // first eight bytes of blocks
	blocks map[string]struct{}
	filter [1 << 10]uint64 // a bit for each hash of first eight bytes: nearly every position ends here
}

const block = 32

// span is a place in a text: from ≤ i < to.
type span struct{ from, to int }

func newIndex(secrets map[string]struct{}) *index {
	x := &index{short: map[uint64][]string{}, starts: map[uint64]struct{}{}, blocks: map[string]struct{}{}}
	seen := map[string]struct{}{}
	for secret := range secrets {
		for form := range forms(secret) {
			if _, twice := seen[form]; !twice {
				seen[form] = struct{}{}
				x.add(form)
			}
		}
	}
	for _, list := range x.short {
		slices.SortFunc(list, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	}
	return x
}

func (x *index) add(form string) {
	if len(form) < block {
		key := x.mark(form)
		x.short[key] = append(x.short[key], form)
		return
	}
	for at := 0; at < len(form); at += block {
		at = min(at, len(form)-block)
		part := form[at : at+block]
		x.starts[x.mark(part)] = struct{}{}
		x.blocks[part] = struct{}{}
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
	if x == nil || len(x.short)+len(x.starts) == 0 {
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
	if _, ok := x.starts[key]; ok && from+block <= len(text) {
		if _, ok := x.blocks[text[from:from+block]]; ok {
			return from + block
		}
	}
	for _, form := range x.short[key] {
		if len(text)-from >= len(form) && text[from:from+len(form)] == form {
			return from + len(form)
		}
	}
	return 0
}
