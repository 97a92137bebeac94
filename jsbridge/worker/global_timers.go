package worker

import (
	_ "embed"
	"math"
	"time"

	"github.com/dop251/goja"
)

//go:embed global_timers.js
var timersScript string

// timersGlobal is setTimeout and its family, and queueMicrotask, as Node has them. Timers end with the call that made
// them; ref and unref change nothing.
//
//	await new Promise(done => setTimeout(done, 50))
var timersGlobal = global{
	name: "timers",
	provides: []string{
		"setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate", "queueMicrotask",
	},
	script:  timersScript,
	natives: map[string]native{"start": startTimer, "clear": clearTimer, "queue": queueMicrotask},
}

// startTimer is start(callback, milliseconds, repeat) → number of the timer. 0 ms is due at once; less than that, or more
// than setTimeout takes, is 1 ms.
func startTimer(m *machine, call goja.FunctionCall) goja.Value {
	fn, _ := goja.AssertFunction(call.Argument(0)) // the script has made it
	ms := call.Argument(1).ToFloat()
	if math.IsNaN(ms) || ms < 0 || ms > float64(maxDelay/time.Millisecond) {
		ms = 1
	}
	return m.vm.ToValue(m.timers.add(time.Duration(ms)*time.Millisecond, call.Argument(2).ToBoolean(), fn, nil))
}

// clearTimer is clear(number).
func clearTimer(m *machine, call goja.FunctionCall) goja.Value {
	m.timers.clear(call.Argument(0).ToInteger())
	return goja.Undefined()
}

// queueMicrotask is queue(callback): it runs as the reaction of a promise; what it throws is then a rejection that nobody
// handles.
func queueMicrotask(m *machine, call goja.FunctionCall) goja.Value {
	fn, _ := goja.AssertFunction(call.Argument(0)) // the script has checked it
	p, resolve, _ := m.vm.NewPromise()
	then, ok := goja.AssertFunction(m.vm.ToValue(p).ToObject(m.vm).Get("then"))
	if !ok {
		panic(m.vm.NewTypeError("Promise.prototype.then is not a function"))
	}
	_, err := then(m.vm.ToValue(p), m.vm.ToValue(func(goja.FunctionCall) goja.Value {
		_, err := fn(goja.Undefined())
		m.rethrow(err)
		return goja.Undefined()
	}))
	m.rethrow(err)
	m.rethrow(resolve(goja.Undefined()))
	return goja.Undefined()
}
