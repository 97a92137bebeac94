package mapping

import (
	"fmt"

	"claviger/mapping/finding"
	"claviger/mapping/value"
)

// workBudget bounds one evaluation, so that nested loops and large variables end in an error and not in a standstill.
const (
	workBudget = 16 << 20
	stepCost   = 16 // computing a value; handing on one that exists costs 1 for it and each value in it
	textUnit   = 4  // bytes of text that cost 1
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
	left    int   // of the budget
	loop    place // of the innermost $iterate
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

// spend takes cost from the budget; false when the evaluation has failed, by this or before.
func (r *run) spend(cost int) bool {
	if r.left -= cost; r.left < 0 {
		r.fail(r.loop, "the mapping computes too much; is there a loop over a long list inside another?")
	}
	return r.err == nil
}

// made pays for a value that was computed, text included.
func (r *run) made(v any) any {
	cost := stepCost
	if s, ok := v.(string); ok {
		cost += len(s) / textUnit
	}
	r.spend(cost)
	return v
}

// handed pays for a value that is there already.
func (r *run) handed(v any) any {
	r.spend(weight(v, r.left))
	return v
}

// weight counts the values in v and their text, not much further than limit.
func weight(v any, limit int) int {
	n := 1
	switch t := v.(type) {
	case string:
		n += len(t) / textUnit
	case []any:
		for _, item := range t {
			if n > limit {
				break
			}
			n += weight(item, limit-n)
		}
	case *value.Object:
		for k, item := range t.All() {
			if n > limit {
				break
			}
			n += len(k)/textUnit + weight(item, limit-n)
		}
	}
	return n
}
