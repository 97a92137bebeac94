package worker

import (
	_ "embed"

	"github.com/dop251/goja"

	"claviger/jsbridge/wire"
)

//go:embed global_values.js
var valuesScript string

// valuesGlobal is the argument values: what the platform has stored for the hook to read, each by its name. A function for
// each owner of values that the call has; each read counts as a fetch.
//
//	const key = await values.connection('signing/key') ?? await values.integration('signing/key')
var valuesGlobal = global{name: "values", script: valuesScript, natives: map[string]native{"read": readValue}}

// giveValues adds values to the argument of the call. Whoever copies or prints the argument does not see it: what it holds
// are functions.
func (m *machine) giveValues(argument goja.Value) error {
	o, ok := argument.(*goja.Object)
	if len(m.head.Values) == 0 || !ok {
		return nil
	}
	return m.try(func() {
		of, _ := goja.AssertFunction(m.touch(m.worker.library.byName["values"]).(*goja.Object).Get("of"))
		values := m.vm.NewObject()
		for _, whose := range m.head.Values {
			read, err := of(goja.Undefined(), m.vm.ToValue(whose))
			m.rethrow(err)
			m.set(values, whose, read)
		}
		m.rethrow(o.DefineDataProperty("values", values, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE))
	})
}

// readValue is read(whose, name) → a promise of the value, undefined where there is none.
func readValue(m *machine, call goja.FunctionCall) goja.Value {
	if !m.countFetch() {
		return goja.Undefined()
	}
	head := wire.ValueHead{ID: m.worker.nextFetch(), Whose: call.Argument(0).String(), Name: call.Argument(1).String()}
	if err := m.worker.conn.write(wire.Value, head, nil); err != nil {
		panic(m.throwable("TypeError", "", "values: the name is too long"))
	}
	f, p := m.pend(head.ID)
	f.data = true
	return m.vm.ToValue(p)
}
