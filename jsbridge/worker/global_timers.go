package worker

import (
	"math"
	"slices"
	"time"

	"github.com/dop251/goja"
)

// timersGlobal is setTimeout and its family, and queueMicrotask. Timers end with the call that made them.
//
//	await new Promise(done => setTimeout(done, 50))
var timersGlobal = global{
	name: "timers",
	provides: []string{
		"setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate", "queueMicrotask",
	},
	build: func(m *machine) *goja.Object {
		return m.functions(map[string]native{
			"setTimeout":     func(m *machine, call goja.FunctionCall) goja.Value { return m.startTimer(call, false) },
			"setInterval":    func(m *machine, call goja.FunctionCall) goja.Value { return m.startTimer(call, true) },
			"setImmediate":   startImmediate,
			"clearTimeout":   clearTimer,
			"clearInterval":  clearTimer,
			"clearImmediate": clearTimer,
			"queueMicrotask": queueMicrotask,
		})
	},
}

// callback is the first argument, which must be a function.
func (m *machine) callback(call goja.FunctionCall) goja.Callable {
	fn, ok := goja.AssertFunction(call.Argument(0))
	if !ok {
		panic(m.throwable("TypeError", "ERR_INVALID_ARG_TYPE", `The "callback" argument must be of type function. Received %s`, m.inspect(call.Argument(0))))
	}
	return fn
}

func (m *machine) startTimer(call goja.FunctionCall, repeat bool) goja.Value {
	fn := m.callback(call)
	ms := call.Argument(1).ToFloat()
	if math.IsNaN(ms) || ms < 1 || ms > float64(maxDelay/time.Millisecond) {
		ms = 1
	}
	return m.vm.ToValue(m.timers.add(time.Duration(ms)*time.Millisecond, repeat, fn, rest(call, 2)))
}

func startImmediate(m *machine, call goja.FunctionCall) goja.Value {
	return m.vm.ToValue(m.timers.add(0, false, m.callback(call), rest(call, 1)))
}

func clearTimer(m *machine, call goja.FunctionCall) goja.Value {
	m.timers.clear(call.Argument(0).ToInteger())
	return goja.Undefined()
}

// queueMicrotask runs fn as the reaction of a promise; what it throws is then a rejection that nobody handles.
func queueMicrotask(m *machine, call goja.FunctionCall) goja.Value {
	fn := m.callback(call)
	p, resolve, _ := m.vm.NewPromise()
	then, _ := goja.AssertFunction(m.vm.ToValue(p).ToObject(m.vm).Get("then"))
	_, err := then(m.vm.ToValue(p), m.vm.ToValue(func(goja.FunctionCall) goja.Value {
		_, err := fn(goja.Undefined())
		m.rethrow(err)
		return goja.Undefined()
	}))
	m.rethrow(err)
	m.rethrow(resolve(goja.Undefined()))
	return goja.Undefined()
}

// rest is a copy of the arguments from the nth on. The arguments themselves are part of the VM's stack.
func rest(call goja.FunctionCall, n int) []goja.Value {
	if len(call.Arguments) <= n {
		return nil
	}
	return slices.Clone(call.Arguments[n:])
}
