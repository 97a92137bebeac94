package mapping

import (
	"slices"

	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

// constant is a scalar that is written in the mapping.
type constant struct {
	value any
	at    place
}

func (e *constant) eval(r *run) any { return r.handed(e.value) }

func (e *constant) each(func(expr)) {}

// nothing stands in for what could not be compiled and for what is left out.
var nothing expr = &constant{value: value.Undefined}

// object is an object in the mapping that is no formula.
type object struct {
	keys   []string
	values []expr
	whole  any // its value where everything in it is constant, else nil
}

func (e *object) eval(r *run) any {
	if e.whole != nil {
		return r.handed(e.whole)
	}
	if !r.spend(stepCost) {
		return value.Undefined
	}
	o := value.NewObject(len(e.keys))
	for i, key := range e.keys {
		if v := e.values[i].eval(r); v != value.Undefined {
			o.Set(key, v)
		}
		if r.err != nil {
			return value.Undefined
		}
	}
	if o.Len() == 0 {
		return value.Undefined
	}
	return o
}

func (e *object) each(visit func(expr)) {
	for _, v := range e.values {
		visit(v)
	}
}

// list is a list in the mapping.
type list struct {
	items []expr
	whole any // as in object
}

func (e *list) eval(r *run) any {
	if e.whole != nil {
		return r.handed(e.whole)
	}
	if !r.spend(stepCost) {
		return value.Undefined
	}
	items := make([]any, 0, len(e.items))
	for _, item := range e.items {
		if v := item.eval(r); v != value.Undefined {
			items = append(items, v)
		}
		if r.err != nil {
			return value.Undefined
		}
	}
	if len(items) == 0 {
		return value.Undefined
	}
	return items
}

func (e *list) each(visit func(expr)) {
	for _, item := range e.items {
		visit(item)
	}
}

// constantOf is the value of an expression that is the same in every evaluation; ok tells whether it is.
func constantOf(e expr) (v any, ok bool) {
	switch t := e.(type) {
	case *constant:
		return t.value, true
	case *object:
		return t.whole, t.whole != nil
	case *list:
		return t.whole, t.whole != nil
	}
	return nil, false
}

// fold sets whole where everything in the object is constant.
func (e *object) fold() expr {
	if !areConstant(e.values) {
		return e
	}
	o := value.NewObject(len(e.keys))
	for i, key := range e.keys {
		v, _ := constantOf(e.values[i])
		o.Set(key, v)
	}
	e.whole = o
	return e
}

// fold sets whole where everything in the list is constant.
func (e *list) fold() expr {
	if !areConstant(e.items) {
		return e
	}
	items := make([]any, len(e.items))
	for i, item := range e.items {
		items[i], _ = constantOf(item)
	}
	e.whole = items
	return e
}

func areConstant(all []expr) bool {
	return !slices.ContainsFunc(all, func(e expr) bool {
		_, ok := constantOf(e)
		return !ok
	})
}

// literal makes an expression of a tree in which nothing is a formula.
func literal(n *yamlpos.Node) expr {
	switch n.Kind {
	case yamlpos.Map:
		e := newObject(len(n.Pairs))
		for _, p := range n.Pairs {
			e.add(p.Key, literal(p.Value))
		}
		return e.fold()
	case yamlpos.List:
		e := &list{items: make([]expr, len(n.Items))}
		for i, item := range n.Items {
			e.items[i] = literal(item)
		}
		return e.fold()
	}
	return &constant{value: n.Value(), at: placeOf(n.Pos)}
}

func newObject(n int) *object {
	return &object{keys: make([]string, 0, n), values: make([]expr, 0, n)}
}

func (e *object) add(key string, v expr) {
	e.keys, e.values = append(e.keys, key), append(e.values, v)
}
