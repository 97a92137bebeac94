package store

import (
	"time"

	"claviger/runtime"
)

// NodeRow is a stored node. Nothing in it is secret.
//
//	id       text     primary key
//	seen_at  integer  Micros
//	doc      text     nodeDoc in JSON
type NodeRow struct {
	ID     string
	SeenAt int64
	Doc    string
}

type nodeDoc struct {
	Run    string   `json:"run"`
	Keys   []string `json:"keys,omitzero"`
	Active string   `json:"active,omitzero"`
	Sealed []string `json:"sealed,omitzero"`
}

// Node encodes n as it was seen at a time.
func (c Codec) Node(n runtime.Node, at time.Time) (NodeRow, error) {
	doc, err := document("node/"+n.ID, nodeDoc{Run: n.Run, Keys: n.Keys, Active: n.Active, Sealed: n.Sealed})
	return NodeRow{ID: n.ID, SeenAt: Micros(at), Doc: doc}, err
}

// ReadNode decodes a row.
func (c Codec) ReadNode(row NodeRow) (runtime.Node, error) {
	var doc nodeDoc
	if err := readDocument("node/"+row.ID, row.Doc, &doc); err != nil {
		return runtime.Node{}, err
	}
	return runtime.Node{ID: row.ID, Run: doc.Run, Keys: doc.Keys, Active: doc.Active, Sealed: doc.Sealed, SeenAt: readMicros(row.SeenAt)}, nil
}

// NodeOf is the node part of a lease's owner, with the slash behind it.
func NodeOf(owner string) string {
	for i := range owner {
		if owner[i] == '/' {
			return owner[:i+1]
		}
	}
	return owner + "/"
}
