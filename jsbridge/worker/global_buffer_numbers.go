package worker

import (
	_ "embed"
	"strings"

	"github.com/dop251/goja"
)

//go:embed global_buffer_numbers.js
var bufferNumbersScript string

// bufferNumbersGlobal is what reads and writes numbers in a Buffer: 80 methods, which few hooks use.
var bufferNumbersGlobal = global{name: "buffer numbers", script: bufferNumbersScript}

// numbersLater is numbersLater(prototype): it gets the methods for numbers when one of them is first asked for. Until
// then an object stands behind it that is asked for every name that it does not have.
func numbersLater(m *machine, call goja.FunctionCall) goja.Value {
	prototype := call.Argument(0).ToObject(m.vm)
	behind := m.vm.NewDynamicObject(&lazyNumbers{m: m, prototype: prototype})
	m.rethrow(behind.SetPrototype(prototype.Prototype()))
	m.rethrow(prototype.SetPrototype(behind))
	return goja.Undefined()
}

// lazyNumbers is the object behind the prototype.
type lazyNumbers struct {
	m         *machine
	prototype *goja.Object
	added     bool
}

// Get adds all the methods if the name may be one of theirs.
func (l *lazyNumbers) Get(name string) goja.Value {
	mine := strings.HasPrefix(name, "read") || strings.HasPrefix(name, "write") || strings.HasPrefix(name, "swap")
	if l.added || !mine {
		return nil
	}
	l.added = true
	script := l.m.touch(&bufferNumbersGlobal).ToObject(l.m.vm)
	addTo, _ := goja.AssertFunction(script.Get("addTo"))
	_, err := addTo(goja.Undefined(), l.prototype)
	l.m.rethrow(err)
	return l.prototype.Get(name)
}

// Has tells whether Get would give the method.
func (l *lazyNumbers) Has(name string) bool { return l.Get(name) != nil }

// Set is not called: assignments make own properties of buffers.
func (l *lazyNumbers) Set(string, goja.Value) bool { return false }

// Delete reports success without effect, as for a property that is not there.
func (l *lazyNumbers) Delete(string) bool { return true }

// Keys is empty.
func (l *lazyNumbers) Keys() []string { return nil }
