package worker

import (
	_ "embed"

	"github.com/dop251/goja"
)

//go:embed global_clone.js
var cloneScript string

// cloneGlobal is structuredClone, per the HTML standard, for the values of the language. Of what can be transferred
// there are buffers alone.
//
//	structuredClone({at: new Date(0), list: new Set([1])})
var cloneGlobal = global{
	name: "clone", provides: []string{"structuredClone"}, script: cloneScript,
	natives: map[string]native{"detach": detachBuffer, "detached": isDetached},
}

// detachBuffer is detach(buffer): it has no bytes any more.
func detachBuffer(_ *machine, call goja.FunctionCall) goja.Value {
	if b, ok := call.Argument(0).Export().(goja.ArrayBuffer); ok {
		b.Detach()
	}
	return goja.Undefined()
}

// isDetached is detached(buffer) → boolean.
func isDetached(m *machine, call goja.FunctionCall) goja.Value {
	b, ok := call.Argument(0).Export().(goja.ArrayBuffer)
	return m.vm.ToValue(ok && b.Detached())
}
