package mapping

import (
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

var opIterate = operator{
	Doc: Doc{
		Name: "$iterate",
		Summary: "A list made of another, item by item. In it the variables are item, index (from 0) and parent, which holds the variables " +
			"around it. Results that are undefined, null, false, 0 or \"\" are dropped; where none is left, or where there is no list, the result is undefined.",
		Takes: "{source, item}",
		Parameters: []Parameter{
			{Name: "source", Text: "the list"},
			{Name: "item", Text: "the mapping for one item"},
		},
		Examples: []Example{
			{`$iterate: {source: {$var: sites}, item: {id: {$var: item.id}, owner: {$var: parent.owner}}}`,
				`{"sites": [{"id": 7}, {"id": 8}], "owner": "ann"}`, `[{"id":7,"owner":"ann"},{"id":8,"owner":"ann"}]`},
			{`$iterate: {source: [a, b, c], item: {$var: index}}`, ``, `[1,2]`},
			{`$iterate: {source: {$var: none}, item: {$var: item}}`, ``, `undefined`},
		},
	},
	compile: compileIterate,
}

func compileIterate(c *compiler, call call) expr {
	if !c.fields(call) {
		return nothing
	}
	source := call.arg.Get("source")
	if source.Kind != yamlpos.List && !isFormula(source) {
		c.wrongShape(call, source, "a source that is a list")
	}
	e := &iterate{source: c.value(source, call.argument()), at: call.at}
	inner := call.context
	inner.scope = &scope{outer: call.scope, from: variablesOf(e.source)}
	e.item = c.child("*", call.arg.Get("item"), inner)
	return e
}

type iterate struct {
	source, item expr
	at           place
}

func (e *iterate) eval(r *run) any {
	source, _ := e.source.eval(r).([]any)
	outer, loop := r.vars, r.loop
	r.loop = e.at
	defer func() { r.vars, r.loop = outer, loop }()
	var items []any
	for i, item := range source {
		if !r.spend(stepCost) {
			return value.Undefined
		}
		r.vars = value.Of("item", item, "parent", outer, "index", value.Int(i))
		if v := e.item.eval(r); value.Truthy(v) {
			items = append(items, v)
		}
	}
	if len(items) == 0 {
		return value.Undefined
	}
	return items
}

func (e *iterate) each(visit func(expr)) {
	visit(e.source)
	visit(e.item)
}
