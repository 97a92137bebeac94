package mapping

import (
	"fmt"

	"claviger/mapping/finding"
	"claviger/mapping/value"
)

// workBudget bounds one evaluation: a unit is a value that is computed or handed on, or textUnit bytes of text.
const (
	workBudget = 1_000_000
	textUnit   = 32
)

// expr is a compiled piece of a mapping. eval never fails by itself: a failure is kept in the run, and what is computed
// after it does not count.
type expr interface {
	eval(r *run) any
	// each visits the pieces that this one is directly made of.
	each(visit func(expr))
}

// run is one evaluation under way.
type run struct {
	program *Program
	vars    *value.Object
	env     Env
	left    int // of the budget
	err     *EvalError
}

// place is a position in the program's file, small because a program keeps many.
type place struct{ line, col int32 }

func placeOf(p finding.Pos) place { return place{int32(p.Line), int32(p.Col)} }

func (p *Program) pos(at place) finding.Pos {
	return finding.Pos{File: p.file, Line: int(at.line), Col: int(at.col)}
}

// fail ends the evaluation, unless it has failed before.
func (r *run) fail(at place, format string, args ...any) any {
	if r.err == nil {
		r.err = &EvalError{Pos: r.program.pos(at), Message: fmt.Sprintf(format, args...)}
	}
	return value.Undefined
}

// spend takes n units from the budget; false when the evaluation has failed, by this or before.
func (r *run) spend(at place, n int) bool {
	if r.left -= n; r.left < 0 {
		r.fail(at, "the mapping computes too much: more than %d values", workBudget)
	}
	return r.err == nil
}
