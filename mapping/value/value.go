// Package value holds the JSON-like values that flow between authors' files, hooks, providers and the store.
//
// A value is one of
//
//	Undefined         there is nothing here: vanishes from the object or list that would hold it
//	nil               null
//	bool, string
//	json.Number       every number, in the form JavaScript prints; integers keep all their digits
//	[]any             a list of values
//	*Object           an object that keeps the order of its keys
//
// and, in the result of an evaluation only, other Go values that the package mapping documents. Values are treated as
// immutable once they have been handed on: who wants to change an Object clones it first.
package value

import (
	"fmt"
	"iter"
	"maps"
	"slices"
)

type undefined struct{}

// Undefined is the value that is not there. Compare with ==.
var Undefined any = undefined{}

// MarshalJSON is null, as a missing result prints.
func (undefined) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// Object is an object whose keys keep their order. The zero value is empty and usable; a nil *Object reads as empty.
// Not safe for concurrent use while it is changed.
type Object struct {
	keys   []string
	values []any
	index  map[string]int // only beyond indexFrom keys: below that a scan is faster
}

const indexFrom = 12

// NewObject returns an empty object with room for n keys.
func NewObject(n int) *Object {
	return &Object{keys: make([]string, 0, n), values: make([]any, 0, n)}
}

// Of builds an object from alternating keys and values: Of("a", "x", "b", nil). It is meant for literals; an odd count or
// a key that is no string panics.
func Of(pairs ...any) *Object {
	o := NewObject(len(pairs) / 2)
	for i := 0; i < len(pairs); i += 2 {
		o.Set(pairs[i].(string), pairs[i+1])
	}
	return o
}

func (o *Object) find(key string) int {
	if o == nil {
		return -1
	}
	if o.index != nil {
		if i, ok := o.index[key]; ok {
			return i
		}
		return -1
	}
	return slices.Index(o.keys, key)
}

// Get returns the value at key, or Undefined.
func (o *Object) Get(key string) any {
	if i := o.find(key); i >= 0 {
		return o.values[i]
	}
	return Undefined
}

// Has tells whether key is there (with whatever value, null included).
func (o *Object) Has(key string) bool { return o.find(key) >= 0 }

// Text returns the string at key, or "" where there is none or another kind of value.
func (o *Object) Text(key string) string {
	s, _ := o.Get(key).(string)
	return s
}

// Set puts v at key, keeping the key's place if it has one. Undefined deletes.
func (o *Object) Set(key string, v any) {
	if v == Undefined {
		o.Delete(key)
		return
	}
	if i := o.find(key); i >= 0 {
		o.values[i] = v
		return
	}
	o.keys, o.values = append(o.keys, key), append(o.values, v)
	switch {
	case o.index != nil:
		o.index[key] = len(o.keys) - 1
	case len(o.keys) > indexFrom:
		o.reindex()
	}
}

// Delete removes key, if it is there.
func (o *Object) Delete(key string) {
	i := o.find(key)
	if i < 0 {
		return
	}
	o.keys, o.values = slices.Delete(o.keys, i, i+1), slices.Delete(o.values, i, i+1)
	if o.index != nil {
		o.reindex()
	}
}

func (o *Object) reindex() {
	o.index = make(map[string]int, len(o.keys))
	for i, k := range o.keys {
		o.index[k] = i
	}
}

// Len is the number of keys.
func (o *Object) Len() int {
	if o == nil {
		return 0
	}
	return len(o.keys)
}

// Keys returns the keys in order, as a copy.
func (o *Object) Keys() []string {
	if o == nil {
		return nil
	}
	return slices.Clone(o.keys)
}

// All goes over keys and values in order. The object must not be changed meanwhile.
func (o *Object) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		if o == nil {
			return
		}
		for i, k := range o.keys {
			if !yield(k, o.values[i]) {
				return
			}
		}
	}
}

// Clone copies the object; the values in it are shared.
func (o *Object) Clone() *Object {
	if o == nil {
		return NewObject(0)
	}
	return &Object{keys: slices.Clone(o.keys), values: slices.Clone(o.values), index: maps.Clone(o.index)}
}

// Merge lays the keys of over on o, later wins, shallowly. o changes.
func (o *Object) Merge(over *Object) {
	for k, v := range over.All() {
		o.Set(k, v)
	}
}

// MarshalJSON keeps the order of the keys.
func (o *Object) MarshalJSON() ([]byte, error) { return Encode(o) }

// UnmarshalJSON reads an object, keeping the order of its keys; of a key that comes twice the last counts.
func (o *Object) UnmarshalJSON(src []byte) error {
	v, err := Decode(src)
	if err != nil {
		return err
	}
	read, ok := v.(*Object)
	if !ok {
		return fmt.Errorf("expected a JSON object, found %s", Kind(v))
	}
	*o = *read
	return nil
}
