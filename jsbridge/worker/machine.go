package worker

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"

	"claviger/jsbridge/wire"
)

// maxCalls is how deep calls may nest. Deeper recursion through native functions would eat the Go stack.
const maxCalls = 1000

// machine is one call: a VM of its own and all that the call has under way.
type machine struct {
	worker *worker
	bundle *bundle
	head   wire.RunHead
	vm     *goja.Runtime
	random *rand.ChaCha8 // made when first asked for

	modules map[string]*goja.Object // the module object of each file that was required
	touched map[*global]goja.Value  // what the scripts of globals have returned
	parse   goja.Callable           // JSON.parse as it was before author code ran
	timers  timers
	fetches map[uint64]*pending
	waiting []*rejection // promises rejected without a handler so far
	counts  struct{ fetches, log int }
	places  map[*goja.Object]wire.Place // of errors whose stack does not tell
	broken  error                       // the connection is lost
	failed  bool                        // the runtime has panicked
	halted  atomic.Pointer[limitError]  // why the VM was interrupted
}

// errRuntime ends the worker after a panic: what it left behind is not known.
var errRuntime = errors.New("a panic of the hook runtime")

// limitError is what interrupts a VM. JavaScript cannot catch it.
type limitError struct {
	limit   string // "stop": the parent has asked where the call is
	message string
	place   wire.Place
}

func (e *limitError) Error() string { return e.message }

func newMachine(w *worker, b *bundle, head wire.RunHead) *machine {
	m := &machine{worker: w, bundle: b, head: head, vm: goja.New(), modules: map[string]*goja.Object{}}
	m.vm.SetMaxCallStackSize(maxCalls)
	m.vm.SetParserOptions(parser.WithDisableSourceMaps) // else eval would read the files that a comment names
	m.vm.SetTimeSource(m.now)
	m.vm.SetRandSource(m.float)
	m.vm.SetPromiseRejectionTracker(m.trackRejection)
	m.installGlobals()
	return m
}

// now is the hook's clock.
func (m *machine) now() time.Time { return time.Now().Add(time.Duration(m.head.Clock)) }

// source is the call's randomness, good enough for keys.
func (m *machine) source() *rand.ChaCha8 {
	if m.random == nil {
		var seed [32]byte
		copy(seed[:], m.head.Seed)
		m.random = rand.NewChaCha8(seed)
	}
	return m.random
}

func (m *machine) float() float64 { return float64(m.source().Uint64()<<11>>11) / (1 << 53) }

// call runs the hook to its end. Nothing that author code does comes out as a panic; one of the runtime sets m.failed.
func (m *machine) call(args []byte) (result []byte, failed *wire.Failure) {
	defer func() {
		if x := recover(); x != nil {
			m.broke(x)
		}
	}()
	v, err := m.invoke(args)
	if err == nil {
		result, err = m.encode(v)
	}
	if err != nil {
		return nil, m.failure(err)
	}
	return result, nil
}

// broke notes that the runtime has panicked with x: the worker ends without an answer. The reason goes to standard error
// before the stack, where the parent looks for the last words of a worker.
func (m *machine) broke(x any) {
	m.failed = true
	fmt.Fprintf(os.Stderr, "the JavaScript engine failed: %v\n%s", x, debug.Stack())
}

// invoke loads the entry, calls the method and waits for what it promises.
func (m *machine) invoke(args []byte) (goja.Value, error) {
	arg, err := m.parseJSON(string(args))
	if err == nil {
		err = m.giveClient(arg)
	}
	if err == nil {
		err = m.giveValues(arg)
	}
	if err != nil {
		return nil, err
	}
	exports, err := m.load()
	if err != nil {
		return nil, err
	}
	fn, err := m.exported(exports, m.head.Method)
	if err != nil {
		return nil, err
	}
	v, err := fn(exports, arg)
	if err != nil {
		return nil, err
	}
	return m.settle(v)
}

// parseJSON is JSON.parse.
func (m *machine) parseJSON(text string) (goja.Value, error) {
	if m.parse == nil {
		if err := m.try(func() { m.parse = m.builtin("JSON", "parse") }); err != nil {
			return nil, err
		}
	}
	return m.parse(goja.Undefined(), m.vm.ToValue(text))
}

// exceed ends the call because it went over a limit that the worker counts.
func (m *machine) exceed(limit, format string, args ...any) {
	m.interrupt(&limitError{limit: limit, message: fmt.Sprintf(format, args...)})
}

// stop makes the call end and tell where it was. Safe from any goroutine.
func (m *machine) stop() { m.interrupt(&limitError{limit: "stop", message: "stopped"}) }

func (m *machine) interrupt(e *limitError) {
	if m.halted.CompareAndSwap(nil, e) {
		m.vm.Interrupt(e)
	}
}

// placed notes where an error belongs whose stack does not tell.
func (m *machine) placed(thrown *goja.Object, at wire.Place) {
	if m.places == nil {
		m.places = map[*goja.Object]wire.Place{}
	}
	m.places[thrown] = at
}
