package mapping

import (
	"io"
	"time"

	"claviger/mapping/finding"
	"claviger/mapping/value"
)

// Program is a compiled mapping. It never changes and is safe for concurrent use.
type Program struct {
	root expr
	at   place
	file string
}

// Env is what an evaluation may take from outside besides its variables. A nil field is an error for the operator that
// needs it and for no other.
type Env struct {
	Now    func() time.Time // for $now
	Random io.Reader        // for $uuid: 16 bytes each
}

// Eval computes the value for the given variables; nil is none. The result is value.Undefined where everything in it is. It
// may share parts with the variables and with the program, so it is read, not changed; parts that Options.Defer named are
// *Deferred. The error is an *EvalError.
func (p *Program) Eval(vars *value.Object, env Env) (any, error) {
	return p.eval(p.root, vars, env)
}

func (p *Program) eval(e expr, vars *value.Object, env Env) (any, error) {
	if vars == nil {
		vars = value.NewObject(0)
	}
	r := run{program: p, vars: vars, env: env, left: workBudget, loop: p.at}
	v := e.eval(&r)
	if r.err != nil {
		return nil, r.err
	}
	return v, nil
}

// EvalError is a failure at run time, with the place in the mapping that it comes from.
type EvalError struct {
	Pos     finding.Pos
	Message string // lower case, no full stop; names variables, never holds their values
}

// Error is "file:line:col: message".
func (e *EvalError) Error() string { return e.Pos.String() + ": " + e.Message }
