package mapping

import (
	"claviger/mapping/value"
)

// Deferred is a formula with its variables bound, to be evaluated when more is known: Options.Defer. It is safe for
// concurrent use.
type Deferred struct {
	formula *deferred
	program *Program
	vars    *value.Object
	env     Env
}

// Eval evaluates the formula with extra laid over the variables that it was bound with. The error is an *EvalError.
func (d *Deferred) Eval(extra *value.Object) (any, error) {
	vars := d.vars
	if extra.Len() > 0 {
		vars = vars.Clone()
		vars.Merge(extra)
	}
	return d.program.eval(d.formula.expr, vars, d.env)
}

// Vars returns every use of a variable, as Program.Vars does.
func (d *Deferred) Vars() []VarRef { return d.program.vars(d.formula.expr) }

// MarshalJSON is the formula as its author wrote it.
func (d *Deferred) MarshalJSON() ([]byte, error) { return value.Encode(d.formula.source) }

// deferred evaluates to a *Deferred.
type deferred struct {
	expr   expr
	source any
}

func (e *deferred) eval(r *run) any {
	return &Deferred{formula: e, program: r.program, vars: r.vars, env: r.env}
}

func (e *deferred) each(visit func(expr)) { visit(e.expr) }
