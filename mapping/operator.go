package mapping

import "sync"

// Doc is what the reference tells about an operator.
type Doc struct {
	Name       string // "$concat"
	Summary    string // a sentence or two
	Takes      string // what its argument is: "a list, or {values, delimiter}"
	Parameters []Parameter
	Examples   []Example
}

// Parameter is a part of an operator's argument.
type Parameter struct {
	Name     string // the key in the argument; "" for what is not an object's key
	Text     string
	Optional bool // an argument without it is complete
}

// Example is a use of an operator. It runs as a test, with the clock at 2026-01-02T03:04:05.678Z and random bytes all zero.
type Example struct {
	Mapping   string // YAML
	Variables string // JSON object; "" for none
	Result    string // JSON; "undefined" where nothing comes out
}

// operator is a word of the language: its documentation, and what makes an expression of its argument. After an error
// compile returns nothing.
type operator struct {
	Doc
	keysBeside bool // takes keys beside its own
	compile    func(c *compiler, call call) expr
}

// operators is every word of the language, in the order of the reference. A new one is a file op_<name>.go and a line here.
func operators() []operator {
	return []operator{
		opVar, opConcat, opTpl, opEval, opAnd, opOr, opNot, opCase, opMap, opFirstNotEmpty, opIterate, opMergeObjects,
		opBase64, opURLEncode, opHash, opUUID, opNow, opPlain, opExtractDate, opExtractTime, opDomainFromEmail,
	}
}

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

// argumentKeys is the keys that an argument of the operator can have.
func (o *operator) argumentKeys() []string {
	var keys []string
	for _, p := range o.Parameters {
		if p.Name != "" {
			keys = append(keys, p.Name)
		}
	}
	return keys
}
