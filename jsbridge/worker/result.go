package worker

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"

	"github.com/dop251/goja"

	"claviger/jsbridge/wire"
	"claviger/mapping/value"
)

// maxNested is how deep a result may nest.
const maxNested = value.MaxDepth

// encoder writes a result as JSON: as JSON.stringify does, except that what JSON cannot hold is an error and not null.
type encoder struct {
	m    *machine
	what string // is being written: the result
	out  []byte
	path []string       // of the value being written
	open []*goja.Object // the lists and objects around it
	made int            // values so far
}

// unencodable is a value that a result cannot hold.
type unencodable struct{ message string }

func (e *unencodable) Error() string { return e.message }

// encode is the result as JSON; empty for undefined.
func (m *machine) encode(v goja.Value) ([]byte, error) {
	e := &encoder{m: m, what: "the result"}
	var failed error
	err := m.try(func() { _, failed = e.value(v, "") })
	if err != nil {
		return nil, err
	}
	return e.out, failed
}

// refuse is the error for the value at the present path.
func (e *encoder) refuse(format string, args ...any) error {
	at := e.what
	if len(e.path) > 0 {
		at += "'s "
		for i, step := range e.path {
			if i > 0 && step[0] != '[' {
				at += "."
			}
			at += step
		}
	}
	return &unencodable{at + " " + fmt.Sprintf(format, args...)}
}

// value writes v, the member key of its holder. It writes nothing and returns false for undefined.
func (e *encoder) value(v goja.Value, key string) (bool, error) {
	if len(e.out) > wire.MaxResult {
		return false, &unencodable{fmt.Sprintf("%s is larger than %d MiB", e.what, wire.MaxResult>>20)}
	}
	if e.made++; e.made > wire.MaxValues/2 {
		return false, &unencodable{fmt.Sprintf("%s holds more than %d values", e.what, wire.MaxValues/2)}
	}
	switch t := v.(type) {
	case *goja.Object:
		return e.object(t, key)
	case *goja.Symbol:
		return false, e.refuse("is a symbol, which JSON cannot hold")
	case goja.String:
		return true, e.text(t)
	}
	if v == nil || goja.IsUndefined(v) {
		return false, nil
	}
	if goja.IsNull(v) {
		e.out = append(e.out, "null"...)
		return true, nil
	}
	return true, e.scalar(v)
}

func (e *encoder) scalar(v goja.Value) error {
	switch t := v.Export().(type) {
	case bool:
		e.out = strconv.AppendBool(e.out, t)
	case int64:
		e.out = strconv.AppendInt(e.out, t, 10)
	case float64:
		if math.IsNaN(t) || math.IsInf(t, 0) {
			return e.refuse("is %s, which JSON cannot hold", v.String())
		}
		e.out = append(e.out, value.Float(t)...)
	case *big.Int:
		return e.refuse("is a BigInt, which JSON cannot hold; use String(…) or Number(…)")
	default:
		return e.refuse("is of a kind that JSON cannot hold")
	}
	return nil
}

func (e *encoder) text(s goja.String) error {
	if s.Length() > wire.MaxResult {
		return e.refuse("is a text of more than %d MiB", wire.MaxResult>>20)
	}
	text, err := value.Encode(s.String())
	e.out = append(e.out, text...)
	return err
}

// object writes what toJSON gives, else the primitive in a wrapper object, else a list or an object.
func (e *encoder) object(o *goja.Object, key string) (bool, error) {
	if toJSON, ok := goja.AssertFunction(o.Get("toJSON")); ok {
		v, err := toJSON(o, e.m.vm.ToValue(key))
		if err != nil {
			return false, err
		}
		inner, ok := v.(*goja.Object)
		if !ok {
			return e.value(v, key)
		}
		o = inner
	}
	if _, ok := goja.AssertFunction(o); ok {
		return false, e.refuse("is a function, which JSON cannot hold")
	}
	switch o.ClassName() {
	case "Number":
		return e.value(o.ToNumber(), key)
	case "String":
		return e.value(o.ToString(), key)
	case "Boolean":
		return e.value(e.m.vm.ToValue(o.Export()), key)
	}
	switch o.ExportType() {
	case bigIntType:
		return false, e.refuse("is a BigInt, which JSON cannot hold; use String(…) or Number(…)")
	case promiseType:
		return false, e.refuse("is a promise; it must be awaited")
	}
	return true, e.nested(o)
}

// What ExportType gives for objects that are no plain ones. Export itself would copy all that an object holds.
var (
	bigIntType  = reflect.TypeFor[*big.Int]()
	promiseType = reflect.TypeFor[*goja.Promise]()
	proxyType   = reflect.TypeFor[goja.Proxy]()
	bufferType  = reflect.TypeFor[goja.ArrayBuffer]()
	bytesType   = reflect.TypeFor[[]byte]()
	mapType     = reflect.TypeFor[[][2]any]()
	setType     = reflect.TypeFor[[]any]()
)

// isList is Array.isArray.
func isList(o *goja.Object) bool {
	for o != nil && o.ExportType() == proxyType {
		o = o.Export().(goja.Proxy).Target()
	}
	return o != nil && o.ClassName() == "Array"
}

func (e *encoder) nested(o *goja.Object) error {
	if len(e.open) >= maxNested {
		return &unencodable{fmt.Sprintf("%s is nested more than %d deep", e.what, maxNested)}
	}
	for _, outer := range e.open {
		if outer == o {
			return e.refuse("is a cycle: it holds itself")
		}
	}
	e.open = append(e.open, o)
	defer func() { e.open = e.open[:len(e.open)-1] }()
	if isList(o) {
		return e.list(o)
	}
	return e.members(o)
}

func (e *encoder) list(o *goja.Object) error {
	e.out = append(e.out, '[')
	n := o.Get("length").ToInteger()
	for i := range n {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		index := strconv.FormatInt(i, 10)
		e.path = append(e.path, "["+index+"]")
		wrote, err := e.value(o.Get(index), index)
		if err != nil {
			return err
		}
		if !wrote {
			e.out = append(e.out, "null"...)
		}
		e.path = e.path[:len(e.path)-1]
	}
	e.out = append(e.out, ']')
	return nil
}

func (e *encoder) members(o *goja.Object) error {
	e.out = append(e.out, '{')
	first := true
	for _, key := range o.Keys() {
		member, before := o.Get(key), len(e.out)
		if !first {
			e.out = append(e.out, ',')
		}
		name, err := value.Encode(key)
		if err != nil {
			return err
		}
		e.out = append(append(e.out, name...), ':')
		e.path = append(e.path, pathStep(key))
		wrote, err := e.value(member, key)
		if err != nil {
			return err
		}
		e.path = e.path[:len(e.path)-1]
		if !wrote {
			e.out = e.out[:before]
			continue
		}
		first = false
	}
	e.out = append(e.out, '}')
	return nil
}

// pathStep is a key as a path shows it: quoted where it is empty, long or odd.
func pathStep(key string) string {
	if key == "" || len(key) > 64 {
		return strconv.Quote(key[:min(len(key), 64)])
	}
	for _, r := range key {
		if r < ' ' || r == '.' || r == '[' {
			return strconv.Quote(key)
		}
	}
	return key
}
