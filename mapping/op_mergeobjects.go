package mapping

import "claviger/mapping/value"

var opMergeObjects = operator{
	Doc: Doc{
		Name:       "$mergeObjects",
		Summary:    "One object with the keys of all, of the same key the last. What is no object is skipped; an empty result is undefined.",
		Takes:      "a list of objects",
		Parameters: []Parameter{{Text: "the objects, or a formula that gives them"}},
		Examples: []Example{
			{`$mergeObjects: [{prompt: consent, audience: api}, {$var: extra}]`, `{"extra": {"prompt": "none"}}`, `{"prompt":"none","audience":"api"}`},
			{`$mergeObjects: [{}, null]`, ``, `undefined`},
		},
	},
	compile: func(c *compiler, call call) expr {
		o, ok := c.operands(call, call.arg, call.context)
		if !ok {
			return nothing
		}
		return &mergeObjects{o}
	},
}

type mergeObjects struct{ operands }

func (e *mergeObjects) eval(r *run) any {
	merged := value.NewObject(4)
	for v := range e.all(r) {
		if o, ok := v.(*value.Object); ok && r.spend(stepCost+o.Len()) {
			merged.Merge(o)
		}
	}
	if merged.Len() == 0 {
		return value.Undefined
	}
	return merged
}

func (e *mergeObjects) choices() []expr { return e.known() }
