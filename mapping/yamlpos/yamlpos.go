// Package yamlpos reads an author's YAML file into a tree that never loses its place: every value and every key knows its
// file, line and column, so that whoever interprets the tree can say exactly where a mistake is.
//
//	node, findings := yamlpos.Parse("auth/test.yml", src)
//	if name := node.Get("name"); name != nil {
//		fmt.Println(name.Pos, name.Text) // auth/test.yml:3:7 Freshdesk
//	}
//
// A tree holds what JSON can hold: null, booleans, numbers, texts, lists and maps, read by YAML 1.2's core schema (so `yes`,
// `1_000` and `2024-01-15` are texts). Keys are text as written and keep their order. Aliases and merge keys are already
// expanded; parts of a tree may therefore be shared, and a tree is read, never changed.
//
// It knows nothing of what a file means. It is the one package that knows the YAML library.
package yamlpos

import (
	"encoding/json"

	"claviger/mapping/finding"
	"claviger/mapping/value"
)

// Kind is the kind of a node.
type Kind int

// The kinds of node. The zero Kind is Null.
const (
	Null Kind = iota
	Bool
	Number
	String
	List
	Map
)

// String names the kind for messages, as value.Kind does.
func (k Kind) String() string {
	return [...]string{"null", "boolean", "number", "string", "list", "object"}[k]
}

// Node is a value at its place. The zero Node is null at an unknown place.
type Node struct {
	Kind  Kind
	Pos   finding.Pos
	Text  string  // scalars only: "null", "true", "false", a number in the form of value.Number, or the string
	Items []*Node // lists only
	Pairs []Pair  // maps only; after the finding "duplicate key" a key may stand here twice
}

// Pair is a key of a map with its value.
type Pair struct {
	Key    string // the text as written: 1.0 is "1.0"
	KeyPos finding.Pos
	Value  *Node
}

// Pair returns the pair at key, nil where n is no map or has no such key. A nil Node has no keys.
func (n *Node) Pair(key string) *Pair {
	if n == nil {
		return nil
	}
	for i := range n.Pairs {
		if n.Pairs[i].Key == key {
			return &n.Pairs[i]
		}
	}
	return nil
}

// Get returns the value at key, nil where n is no map or has no such key.
func (n *Node) Get(key string) *Node {
	if p := n.Pair(key); p != nil {
		return p.Value
	}
	return nil
}

// Value returns the tree as a plain value; a nil Node is null.
func (n *Node) Value() any {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case Bool:
		return n.Text == "true"
	case Number:
		return json.Number(n.Text)
	case String:
		return n.Text
	case List:
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			list[i] = item.Value()
		}
		return list
	case Map:
		o := value.NewObject(len(n.Pairs))
		for _, p := range n.Pairs {
			o.Set(p.Key, p.Value.Value())
		}
		return o
	}
	return nil
}

// FromValue makes a tree of a plain value, for a formula that did not come out of a file. Every node stands at the same
// place. Undefined and Go values that are no plain value become null.
func FromValue(at finding.Pos, v any) *Node {
	n := &Node{Pos: at, Text: "null"}
	switch t := v.(type) {
	case bool:
		n.Kind, n.Text = Bool, value.String(t)
	case json.Number:
		n.Kind, n.Text = Number, string(value.Number(string(t)))
	case string:
		n.Kind, n.Text = String, t
	case []any:
		n.Kind, n.Text, n.Items = List, "", make([]*Node, len(t))
		for i, item := range t {
			n.Items[i] = FromValue(at, item)
		}
	case *value.Object:
		n.Kind, n.Text, n.Pairs = Map, "", make([]Pair, 0, t.Len())
		for k, item := range t.All() {
			n.Pairs = append(n.Pairs, Pair{Key: k, KeyPos: at, Value: FromValue(at, item)})
		}
	}
	return n
}
