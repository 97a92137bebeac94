package mapping

import (
	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

// Data is a formula that came as data, from a hook for instance, with its variables bound: what Deferred is to one that an
// author wrote. It is safe for concurrent use.
type Data struct {
	program *Program
	vars    *value.Object
}

// FromData compiles v with the variables vars, which may be nil. mistakes are the texts of the errors in it, which has no
// position to name; where there are any the formula is not to be evaluated.
func FromData(v any, vars *value.Object) (d *Data, mistakes []string) {
	program, found := Compile(yamlpos.FromValue(finding.Pos{}, v), Options{})
	for _, f := range found {
		if f.Severity == finding.Error {
			mistakes = append(mistakes, f.Text())
		}
	}
	return &Data{program, vars}, mistakes
}

// Eval evaluates the formula with extra laid over its variables; it has no clock and no randomness. The error is an
// *EvalError.
func (d *Data) Eval(extra *value.Object) (any, error) {
	vars := value.NewObject(4)
	vars.Merge(d.vars)
	vars.Merge(extra)
	return d.program.Eval(vars, Env{})
}

// Vars returns every use of a variable, as Program.Vars does.
func (d *Data) Vars() []VarRef { return d.program.Vars() }
