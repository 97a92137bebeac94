package mapping

import (
	"io"
	"sync"
)

// Doc is what the reference tells about an operator.
type Doc struct {
	Name       string // "$concat"
	Summary    string // one sentence or two
	Parameters []Parameter
	Examples   []Example
}

// Parameter is a part of an operator's argument.
type Parameter struct {
	Name string // as written in a mapping; "" for an argument that is not an object
	Text string
}

// Example is a use of an operator. It runs as a test, with the clock at 2026-01-02T03:04:05.678Z and randomness all zero.
type Example struct {
	Mapping   string // YAML
	Variables string // JSON object; "" for none
	Result    string // JSON; "undefined" where nothing comes out
}

// operator is a word of the language.
type operator struct {
	Doc
	// compile makes the operator's expression of its argument; after an error it returns nothing.
	compile func(c *compiler, call call) expr
}

// operators is every word of the language, in the order of the reference.
func operators() []operator { return []operator{} }

var operatorTable = sync.OnceValue(func() map[string]*operator {
	table := map[string]*operator{}
	for _, o := range operators() {
		table[o.Name] = &o
	}
	return table
})

// Operators returns the documentation of every operator, in the order of the reference.
func Operators() []Doc {
	var docs []Doc
	for _, o := range operators() {
		docs = append(docs, o.Doc)
	}
	return docs
}

// WriteHelp writes the reference of the language as plain text.
func WriteHelp(w io.Writer) error { return nil }
