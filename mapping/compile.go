package mapping

import (
	"claviger/mapping/finding"
	"claviger/mapping/yamlpos"
)

// Options tell what the places of a mapping's result are used for. A path is the way from the result's root, which has the
// empty one; list indices are "0", and "*" where only the evaluation knows them. It is valid only during the call.
type Options struct {
	// Strict names places whose text must be complete: where a variable part of a $concat or $tpl is missing there, the
	// evaluation fails and names the variable. Null and undefined are missing, and so is "" unless it is written in a $case
	// or $map. nil: nowhere.
	Strict func(path []string) bool
	// Defer names places whose formula is not evaluated with the rest: the result holds a *Deferred there. nil: none.
	Defer func(path []string) bool
}

// Compile makes a program of a mapping. All mistakes are found, not only the first; the program is nil if one of them is an
// error. n is not kept.
func Compile(n *yamlpos.Node, o Options) (*Program, finding.List) {
	if n == nil {
		return nil, finding.List{finding.Errorf(finding.Pos{}, "there is no mapping")}
	}
	c := compiler{program: &Program{file: n.Pos.File, at: placeOf(n.Pos)}, options: o, operators: operatorTable()}
	c.program.root = c.compile(n, context{output: true})
	if c.findings.HasErrors() {
		return nil, c.findings
	}
	return c.program, c.findings
}
