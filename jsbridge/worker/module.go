package worker

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/dop251/goja"
)

// missingExport says that the entry exports nothing that could be called.
type missingExport struct{ message string }

func (e *missingExport) Error() string { return e.message }

// load runs the entry and returns what it exports.
func (m *machine) load() (exports goja.Value, err error) {
	err = m.try(func() { exports = m.requireFile(m.bundle.entry) })
	return exports, err
}

// exported finds the function of a method in what the entry exports: the property of that name, the export itself, the
// default export, or the property of that name of the default export.
func (m *machine) exported(exports goja.Value, method string) (fn goja.Callable, err error) {
	found := false
	err = m.try(func() { fn, found = findExport(exports, method) })
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, &missingExport{fmt.Sprintf("%s exports no function %s", path.Base(m.bundle.entry), method)}
	}
	return fn, nil
}

func findExport(exports goja.Value, method string) (goja.Callable, bool) {
	object, ok := exports.(*goja.Object)
	if !ok {
		return nil, false
	}
	if fn, ok := goja.AssertFunction(object.Get(method)); ok {
		return fn, true
	}
	if fn, ok := goja.AssertFunction(object); ok {
		return fn, true
	}
	standard, ok := object.Get("default").(*goja.Object)
	if !ok {
		return nil, false
	}
	if fn, ok := goja.AssertFunction(standard); ok {
		return fn, true
	}
	return goja.AssertFunction(standard.Get(method))
}

// require is the function that a module in the file from sees.
func (m *machine) require(from string) func(goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) goja.Value {
		spec := call.Argument(0).String()
		if strings.HasPrefix(spec, "./") || strings.HasPrefix(spec, "../") || path.IsAbs(spec) || spec == "." || spec == ".." {
			return m.requireRelative(from, spec)
		}
		if g := m.worker.library.byName[strings.TrimPrefix(spec, "node:")]; g != nil && g.module {
			return m.touch(g)
		}
		panic(m.throwable("Error", "MODULE_NOT_FOUND", "cannot find module '%s': a hook can require 'crypto' and files of its folder, as './file.js'", spec))
	}
}

func (m *machine) requireRelative(from, spec string) goja.Value {
	name, outside := m.bundle.find(from, spec)
	switch {
	case outside:
		panic(m.throwable("Error", "MODULE_NOT_FOUND", "cannot require '%s': it leads out of the connector's folder", spec))
	case name == "":
		panic(m.throwable("Error", "MODULE_NOT_FOUND", "cannot find module '%s' from %s", spec, from))
	}
	return m.requireFile(name)
}

// requireFile runs a file unless it has been, and returns what it exports. It panics with what the file throws.
func (m *machine) requireFile(name string) goja.Value {
	if module, ok := m.modules[name]; ok {
		return module.Get("exports")
	}
	module := m.vm.NewObject()
	exports := m.vm.NewObject()
	m.set(module, "exports", exports)
	m.set(module, "id", name)
	m.modules[name] = module
	if path.Ext(name) == ".json" {
		return m.requireJSON(module, name)
	}
	fn := m.moduleFunction(name)
	_, err := fn(exports, exports, m.vm.ToValue(m.require(name)), module, m.vm.ToValue(name), m.vm.ToValue(path.Dir(name)))
	m.rethrow(err)
	return module.Get("exports")
}

func (m *machine) requireJSON(module *goja.Object, name string) goja.Value {
	v, err := m.parseJSON(m.bundle.files[name])
	if err != nil {
		panic(m.throwable("SyntaxError", "", "%s: invalid JSON: %s", name, errorText(err)))
	}
	m.set(module, "exports", v)
	return v
}

// moduleFunction is the function that a file was compiled to.
func (m *machine) moduleFunction(name string) goja.Callable {
	u, err := m.bundle.unit(name)
	if err != nil {
		m.broken = err
		m.stop()
		panic(m.throwable("Error", "", "%v", err))
	}
	if len(u.faults) > 0 {
		first := u.faults[0]
		thrown := m.throwable("SyntaxError", "", "%s", first.Message)
		m.placed(thrown, first.Place)
		panic(thrown)
	}
	if u.asyncIterator {
		m.defineAsyncIterator()
	}
	v, err := m.vm.RunProgram(u.program)
	m.rethrow(err)
	fn, _ := goja.AssertFunction(v)
	return fn
}

// defineAsyncIterator adds the symbol that for await looks for.
func (m *machine) defineAsyncIterator() {
	symbols, ok := m.vm.GlobalObject().Get("Symbol").(*goja.Object)
	if !ok {
		return // author code has taken it away
	}
	if symbols.Get("asyncIterator") == nil {
		m.rethrow(symbols.DefineDataProperty("asyncIterator", goja.NewSymbol("Symbol.asyncIterator"), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE))
	}
}

// rethrow panics with err as goja expects it of native functions: an error that is none of JavaScript's is a TypeError.
func (m *machine) rethrow(err error) {
	var thrown *goja.Exception
	switch {
	case err == nil:
	case errors.As(err, &thrown) || isUncatchable(err):
		panic(err)
	default:
		panic(m.vm.NewTypeError("%s", err.Error()))
	}
}

// builtin is a function of the language by its path from the global object, as author code has left it. It throws a
// TypeError where nothing that can be called is left there.
func (m *machine) builtin(path ...string) goja.Callable {
	o := m.vm.GlobalObject()
	for _, name := range path[:len(path)-1] {
		o, _ = o.Get(name).(*goja.Object)
		if o == nil {
			break
		}
	}
	if o != nil {
		if fn, ok := goja.AssertFunction(o.Get(path[len(path)-1])); ok {
			return fn
		}
	}
	panic(m.vm.NewTypeError("%s is not a function", strings.Join(path, ".")))
}

// throwable is a JavaScript Error of the class with this name and, unless it is empty, a code.
func (m *machine) throwable(name, code, format string, args ...any) *goja.Object {
	message := fmt.Sprintf(format, args...)
	e := m.vm.NewTypeError("%s", message)
	if name != "TypeError" {
		made, err := m.vm.New(m.vm.GlobalObject().Get(name), m.vm.ToValue(message))
		if err == nil {
			e = made
		} else { // author code has changed the class
			m.set(e, "name", name)
		}
	}
	if code != "" {
		m.set(e, "code", code)
	}
	return e
}

// holder is an object for the script of a global alone. It inherits nothing, so that no getter of author code is asked
// for what it does not have.
func (m *machine) holder() *goja.Object { return m.vm.CreateObject(nil) }

// set defines a property of an object that author code has not seen yet. No setter of author code is called.
func (m *machine) set(o *goja.Object, name string, v any) {
	m.rethrow(o.DefineDataProperty(name, m.vm.ToValue(v), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE))
}
