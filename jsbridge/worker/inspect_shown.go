package worker

import "github.com/dop251/goja"

// shownGlobal gives the classes of the environment the symbol of what console shows of their objects: a getter of that
// name returns a plain object. Without it they have no members to show.
var shownGlobal = global{
	name: "shown",
	build: func(m *machine) *goja.Object {
		o := m.holder()
		m.set(o, "shown", goja.NewSymbol("shown"))
		return o
	},
}

// shownOf is what the class of an object has console show in its place; nil for all other objects.
func (i *inspector) shownOf(o *goja.Object) *goja.Object {
	values, ok := i.m.touched[&shownGlobal].(*goja.Object)
	if !ok {
		return nil // no class that uses it exists in this VM
	}
	symbol, ok := values.Get("shown").(*goja.Symbol)
	if !ok {
		return nil
	}
	shown, _ := o.GetSymbol(symbol).(*goja.Object)
	return shown
}
