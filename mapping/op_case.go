package mapping

import (
	"strconv"

	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

var opCase = operator{
	Doc: Doc{
		Name: "$case",
		Summary: "The value of the first case whose filter holds, else the default. A case without a filter always holds; a filter that is " +
			"undefined does not. Where the value of the case is undefined, so is the result.",
		Takes: "a list of cases, or {cases, default}",
		Parameters: []Parameter{
			{Name: "cases", Text: "a list of {filter, value}"},
			{Name: "default", Text: "the value where no case holds; else that is undefined", Optional: true},
		},
		Examples: []Example{
			{"$case:\n  cases:\n    - filter: {$eval: {$var: sandbox}, is: true}\n      value: https://test.example.com\n  default: https://www.example.com",
				`{"sandbox": true}`, `"https://test.example.com"`},
			{`$case: [{filter: {$var: none}, value: first}, {value: second}]`, ``, `"second"`},
			{`$case: {cases: [{filter: {$var: eu}, value: 1}]}`, `{"eu": false}`, `undefined`},
		},
	},
	compile: compileCase,
}

// selection is $case.
type selection struct {
	branches  []branch
	otherwise expr
}

type branch struct{ filter, value expr } // filter is nil where the branch always holds

func compileCase(c *compiler, call call) expr {
	e := &selection{otherwise: nothing}
	cases := call.arg
	if cases.Kind == yamlpos.Map && !isFormula(cases) {
		if !c.fields(call) {
			return nothing
		}
		e.otherwise = c.optional(call.arg.Get("default"), call.context)
		cases = call.arg.Get("cases")
		if cases.Kind != yamlpos.List {
			return c.wrongShape(call, cases, "cases that are a list")
		}
	} else if cases.Kind != yamlpos.List {
		return c.wrongShape(call, cases, call.op.Takes)
	}
	for _, n := range cases.Items {
		if !c.keys(call, n, nil, []string{"filter", "value"}) {
			continue
		}
		if n.Get("value") == nil {
			c.add(finding.Warningf(n.Pos, "a case without a value gives undefined"))
		}
		e.branches = append(e.branches, branch{c.filter(n.Get("filter"), call), c.optional(n.Get("value"), call.context)})
	}
	return e
}

// filter compiles the filter of a case; nil where it always holds, as one that is written as false does in that format.
func (c *compiler) filter(n *yamlpos.Node, call call) expr {
	switch {
	case n == nil:
		return nil
	case n.Kind == yamlpos.List:
		c.add(finding.Errorf(n.Pos, "a filter that is a list of conditions is an older form").
			Suggest("use $eval, several in $and: {$eval: {$var: field}, is: value}"))
		return c.value(n, call.argument())
	case n.Kind != yamlpos.Map && !value.Truthy(n.Value()):
		c.add(finding.Warningf(n.Pos, "a filter that is written as %s counts as none: the case always holds", written(n)).
			Suggest("leave the case out, or write a formula"))
		return nil
	}
	return c.value(n, call.argument())
}

func written(n *yamlpos.Node) string {
	if n.Kind == yamlpos.String {
		return strconv.Quote(n.Text)
	}
	return n.Text
}

func (e *selection) eval(r *run) any {
	for _, b := range e.branches {
		if !r.spend(stepCost) {
			break
		}
		if b.filter == nil || value.Truthy(b.filter.eval(r)) {
			return b.value.eval(r)
		}
	}
	return e.otherwise.eval(r)
}

func (e *selection) each(visit func(expr)) {
	for _, b := range e.branches {
		if b.filter != nil {
			visit(b.filter)
		}
		visit(b.value)
	}
	visit(e.otherwise)
}

func (e *selection) choices() []expr {
	var all []expr
	for _, b := range e.branches {
		all = append(all, b.value)
		if b.filter == nil { // what follows is never reached
			return all
		}
	}
	return append(all, e.otherwise)
}
