package mapping

import (
	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

var opMap = operator{
	Doc: Doc{
		Name: "$map",
		Summary: "Translates a value: the `to` of the first entry whose `from` equals it, in structure or loosely as JavaScript's == does, " +
			"else the default.",
		Takes: "{value, mapping, default}",
		Parameters: []Parameter{
			{Name: "value", Text: "the value to translate"},
			{Name: "mapping", Text: "a list of {from, to}, or a formula that gives it"},
			{Name: "default", Text: "the value where no entry fits; else that is undefined", Optional: true},
		},
		Examples: []Example{
			{"$map:\n  value: {$var: region}\n  mapping:\n    - {from: eu, to: https://eu.example.com}\n    - {from: us, to: https://us.example.com}",
				`{"region": "us"}`, `"https://us.example.com"`},
			{`$map: {value: {$var: code}, mapping: [{from: "1", to: one}], default: many}`, `{"code": 1}`, `"one"`},
			{`$map: {value: x, mapping: [{from: y, to: z}], default: other}`, ``, `"other"`},
		},
	},
	compile: compileMap,
}

// translation is $map.
type translation struct {
	value     expr
	entries   []entry
	table     expr // the formula that gives the entries, or nil
	otherwise expr
}

type entry struct{ from, to expr }

func compileMap(c *compiler, call call) expr {
	if !c.fields(call) {
		return nothing
	}
	e := &translation{
		value:     c.value(call.arg.Get("value"), call.argument()),
		otherwise: c.optional(call.arg.Get("default"), call.context),
	}
	entries := call.arg.Get("mapping")
	switch {
	case isFormula(entries):
		e.table = c.value(entries, call.argument())
		return e
	case entries.Kind != yamlpos.List:
		return c.wrongShape(call, entries, "a mapping that is a list")
	}
	for _, n := range entries.Items {
		if !c.keys(call, n, nil, []string{"from", "to"}) {
			continue
		}
		for _, key := range []string{"from", "to"} {
			if n.Get(key) == nil {
				c.add(finding.Warningf(n.Pos, "an entry without %q: that is undefined", key))
			}
		}
		e.entries = append(e.entries, entry{c.optional(n.Get("from"), call.argument()), c.optional(n.Get("to"), call.context)})
	}
	return e
}

func (e *translation) eval(r *run) any {
	v := e.value.eval(r)
	if e.table != nil {
		return e.lookUp(r, v)
	}
	for _, entry := range e.entries {
		if !r.spend(stepCost) {
			return value.Undefined
		}
		if corresponds(v, entry.from.eval(r)) {
			return entry.to.eval(r)
		}
	}
	return e.otherwise.eval(r)
}

// lookUp is eval with entries that are known only now.
func (e *translation) lookUp(r *run, v any) any {
	table, _ := e.table.eval(r).([]any)
	for _, item := range table {
		if !r.spend(stepCost) {
			return value.Undefined
		}
		if o, ok := item.(*value.Object); ok && corresponds(v, o.Get("from")) {
			return o.Get("to")
		}
	}
	return e.otherwise.eval(r)
}

func corresponds(v, from any) bool { return value.LooseEqual(v, from) || value.Equal(v, from) }

func (e *translation) each(visit func(expr)) {
	visit(e.value)
	for _, entry := range e.entries {
		visit(entry.from)
		visit(entry.to)
	}
	if e.table != nil {
		visit(e.table)
	}
	visit(e.otherwise)
}

func (e *translation) choices() []expr {
	var all []expr
	for _, entry := range e.entries {
		all = append(all, entry.to)
	}
	if e.table != nil {
		all = append(all, &opaque{e.table})
	}
	return append(all, e.otherwise)
}
