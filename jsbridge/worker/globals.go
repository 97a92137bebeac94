package worker

import "github.com/dop251/goja"

// native is a Go function that the script of a global may call.
type native func(m *machine, call goja.FunctionCall) goja.Value

// global is one part of the environment that hooks see. Nothing of it exists in a VM until author code touches one of its
// names. It is either made by build or by a script: a function expression of (native, use) that returns the values, where
// native holds the natives and use(name) gives the untouched value of another global.
type global struct {
	name     string   // of the script, in stacks; what use and, for modules, require call it
	provides []string // the global names; none for what only use or require reaches
	module   bool     // require(name) gives it
	script   string
	natives  map[string]native
	build    func(m *machine) *goja.Object
}

// environment is the list of all globals. A new global is one file and one entry here.
func environment() []*global {
	return []*global{
		&shownGlobal, &errorsGlobal, &exceptionGlobal, &consoleGlobal, &timersGlobal, &performanceGlobal, &eventGlobal, &abortGlobal,
		&urlGlobal, &searchParamsGlobal, &blobGlobal, &formDataGlobal, &headersGlobal, &bodyGlobal, &requestGlobal, &responseGlobal, &fetchGlobal, &apiClientGlobal, &valuesGlobal,
		&encodingGlobal, &base64Global, &cloneGlobal, &bufferGlobal, &bufferNumbersGlobal,
		&cryptoGlobal, &cryptoKeyGlobal, &subtleGlobal, &subtleKeysGlobal, &cryptoModule, &cryptoBytesModule, &keyModule, &signModule,
	}
}

// library is the environment of one process: what the list holds, by what it is looked up with, and compiled scripts.
type library struct {
	byName   map[string]*global // for use and, where it is a module, require
	byGlobal map[string]*global // what provides a global name
	programs map[*global]*goja.Program
}

func newLibrary(list []*global) *library {
	l := &library{byName: map[string]*global{}, byGlobal: map[string]*global{}, programs: map[*global]*goja.Program{}}
	for _, g := range list {
		l.byName[g.name] = g
		for _, name := range g.provides {
			l.byGlobal[name] = g
		}
	}
	return l
}

// program compiles a global's script once.
func (l *library) program(g *global) *goja.Program {
	if p, ok := l.programs[g]; ok {
		return p
	}
	tree, err := parse("claviger:"+g.name, g.script)
	if err != nil {
		panic(err) // the script is part of this program, and its tests run it
	}
	p, err := goja.CompileAST(tree, true)
	if err != nil {
		panic(err)
	}
	l.programs[g] = p
	return p
}

// installGlobals makes every global name reachable at the cost of one object: it stands between the global object and
// Object.prototype and is asked only for names that the global object does not have.
func (m *machine) installGlobals() {
	global := m.vm.GlobalObject()
	if err := global.SetPrototype(m.vm.NewDynamicObject((*lazyNames)(m))); err != nil {
		panic(err)
	}
}

// lazyNames installs a global name at the first touch. It never has a property for longer than that.
type lazyNames machine

// Get installs the name as an ordinary property of the global object and returns its value.
func (l *lazyNames) Get(name string) goja.Value {
	g, ok := l.worker.library.byGlobal[name]
	if !ok {
		return nil
	}
	m := (*machine)(l)
	values, ok := m.touch(g).(*goja.Object)
	if !ok {
		return nil
	}
	v := values.Get(name)
	m.rethrow(m.vm.GlobalObject().DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE))
	return v
}

// Has tells of every name that Get would install.
func (l *lazyNames) Has(name string) bool { return l.worker.library.byGlobal[name] != nil }

// Set is never called by assignments to globals: goja makes those own properties of the global object.
func (l *lazyNames) Set(string, goja.Value) bool { return false }

// Delete reports success without effect, as for a property that is not there.
func (l *lazyNames) Delete(string) bool { return true }

// Keys is empty: nothing of the environment is enumerable.
func (l *lazyNames) Keys() []string { return nil }

// touch makes a global's values once for this VM.
func (m *machine) touch(g *global) goja.Value {
	if v, ok := m.touched[g]; ok {
		return v
	}
	if m.touched == nil {
		m.touched = map[*global]goja.Value{}
	}
	v := m.makeGlobal(g)
	m.touched[g] = v
	return v
}

func (m *machine) makeGlobal(g *global) goja.Value {
	if g.build != nil {
		return g.build(m)
	}
	v, err := m.vm.RunProgram(m.worker.library.program(g))
	m.rethrow(err)
	fn, _ := goja.AssertFunction(v)
	natives := m.vm.NewDynamicObject(&lazyNatives{m, g.natives, map[string]goja.Value{}})
	m.rethrow(natives.SetPrototype(nil))
	v, err = fn(goja.Undefined(), natives, m.vm.ToValue(m.use))
	m.rethrow(err)
	return v
}

// lazyNatives is what the script of a global gets as native: most calls use few of them.
type lazyNatives struct {
	m     *machine
	all   map[string]native
	bound map[string]goja.Value
}

// Get makes a function of a native when the script first asks for it.
func (l *lazyNatives) Get(name string) goja.Value {
	if v, ok := l.bound[name]; ok {
		return v
	}
	f, ok := l.all[name]
	if !ok {
		return nil
	}
	v := l.m.vm.ToValue(l.m.bind(f))
	l.bound[name] = v
	return v
}

// Has tells of every name that Get knows.
func (l *lazyNatives) Has(name string) bool { return l.all[name] != nil }

// Set is never called: scripts do not change their natives.
func (l *lazyNatives) Set(string, goja.Value) bool { return false }

// Delete is never called either.
func (l *lazyNatives) Delete(string) bool { return false }

// Keys is empty: no script asks.
func (l *lazyNatives) Keys() []string { return nil }

// bind is a native as a JavaScript function of this VM.
func (m *machine) bind(f native) func(goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) goja.Value { return f(m, call) }
}

// use gives the script of a global the values of another one, whatever author code has made of the global names.
func (m *machine) use(call goja.FunctionCall) goja.Value {
	return m.touch(m.worker.library.byName[call.Argument(0).String()])
}

// function is a native function that author code sees, with its name.
func (m *machine) function(name string, f native) *goja.Object {
	v := m.vm.ToValue(m.bind(f)).(*goja.Object)
	m.rethrow(v.DefineDataProperty("name", m.vm.ToValue(name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE))
	return v
}

// addFunctions gives an object native functions.
func (m *machine) addFunctions(o *goja.Object, natives map[string]native) *goja.Object {
	for name, f := range natives {
		m.set(o, name, m.function(name, f))
	}
	return o
}
