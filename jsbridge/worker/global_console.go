package worker

import (
	"strings"

	"github.com/dop251/goja"

	"claviger/jsbridge/wire"
)

// consoleGlobal is console: each line goes to the parent with its level. The text is formatted as Node formats it, as far
// as a reader of logs can tell.
//
//	console.log('%s has %d', 'a', 5, {b: [1, 2]})   // a has 5 { b: [ 1, 2 ] }
var consoleGlobal = global{name: "console", provides: []string{"console"}, build: buildConsole}

// consoleLevels are the methods of console and the level that each logs at.
var consoleLevels = map[string]string{
	"debug": "debug", "info": "info", "log": "log", "warn": "warn", "error": "error", "trace": "debug", "dir": "log",
}

func buildConsole(m *machine) *goja.Object {
	methods := map[string]native{}
	for method, level := range consoleLevels {
		methods[method] = func(m *machine, call goja.FunctionCall) goja.Value {
			m.log(level, m.format(call.Arguments))
			return goja.Undefined()
		}
	}
	values := m.holder()
	m.set(values, "console", m.addFunctions(m.vm.NewObject(), methods))
	return values
}

// log sends one line, as long as the call may log.
func (m *machine) log(level, text string) {
	m.counts.log += len(text) + wire.LineCost
	if m.counts.log > m.head.Log {
		m.exceed("log", "more than %d bytes of console output", m.head.Log)
		return
	}
	if err := m.worker.conn.write(wire.Log, wire.LogHead{Level: level}, []byte(text)); err != nil {
		m.broken = err
		m.stop()
	}
}

// format joins the arguments of console as Node does: a first text may hold %s %d %i %f %j %o %O %c and %%.
func (m *machine) format(args []goja.Value) string {
	var b strings.Builder
	if len(args) > 1 {
		if template, ok := stringOf(args[0]); ok && strings.Contains(template, "%") {
			args = m.fill(&b, template, args[1:])
			if len(args) > 0 {
				b.WriteByte(' ')
			}
		}
	}
	for i, arg := range args {
		if i > 0 {
			b.WriteByte(' ')
		}
		if text, ok := stringOf(arg); ok {
			b.WriteString(text)
		} else {
			b.WriteString(m.inspect(arg))
		}
	}
	return b.String()
}

// fill writes template with its directives replaced, and returns the arguments that are left.
func (m *machine) fill(b *strings.Builder, template string, args []goja.Value) []goja.Value {
	for {
		i := strings.IndexByte(template, '%')
		if i < 0 || i == len(template)-1 {
			b.WriteString(template)
			return args
		}
		b.WriteString(template[:i])
		directive := template[i+1]
		template = template[i+2:]
		switch {
		case directive == '%':
			b.WriteByte('%')
		case !strings.ContainsRune("sdifjoOc", rune(directive)) || len(args) == 0:
			b.WriteByte('%')
			b.WriteByte(directive)
		default:
			b.WriteString(m.directive(directive, args[0]))
			args = args[1:]
		}
	}
}

func (m *machine) directive(kind byte, v goja.Value) string {
	_, isObject := v.(*goja.Object)
	switch kind {
	case 'c': // CSS, which a log does not have
		return ""
	case 'd', 'i', 'f':
		return m.number(kind, v)
	case 'j':
		text, err := m.stringify(v)
		if err != nil {
			return "[Circular]"
		}
		return text
	case 's':
		if !isObject {
			return plainText(v)
		}
	}
	return m.inspect(v)
}

// number is Number(v), parseInt(v) or parseFloat(v); NaN for objects.
func (m *machine) number(kind byte, v goja.Value) string {
	if _, isObject := v.(*goja.Object); isObject {
		return "NaN"
	}
	if kind == 'd' {
		return v.ToNumber().String()
	}
	name := map[byte]string{'i': "parseInt", 'f': "parseFloat"}[kind]
	n, err := m.builtin(name)(goja.Undefined(), v)
	if err != nil {
		return "NaN"
	}
	return n.String()
}

// stringify is JSON.stringify.
func (m *machine) stringify(v goja.Value) (string, error) {
	text, err := m.builtin("JSON", "stringify")(goja.Undefined(), v)
	if err != nil {
		return "", err
	}
	return plainText(text), nil
}
