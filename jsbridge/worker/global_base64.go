package worker

import (
	"encoding/base64"
	"strings"

	"github.com/dop251/goja"
)

// base64Global is atob and btoa, per the HTML standard: texts whose characters are bytes.
//
//	btoa('user:pass')   // 'dXNlcjpwYXNz'
var base64Global = global{
	name: "base64", provides: []string{"atob", "btoa"},
	build: func(m *machine) *goja.Object {
		return m.addFunctions(m.vm.NewObject(), map[string]native{"atob": atob, "btoa": btoa})
	},
}

func btoa(m *machine, call goja.FunctionCall) goja.Value {
	bytes, ok := latin1(m.textArgument(call))
	if !ok {
		panic(m.exception("Invalid character", "InvalidCharacterError"))
	}
	return m.vm.ToValue(base64.StdEncoding.EncodeToString(bytes))
}

// atob takes white space anywhere and padding or none, as the standard's forgiving decoder does.
func atob(m *machine, call goja.FunctionCall) goja.Value {
	text := strings.Map(func(r rune) rune {
		if strings.ContainsRune("\t\n\f\r ", r) {
			return -1
		}
		return r
	}, m.textArgument(call))
	if len(text)%4 == 0 {
		text = strings.TrimSuffix(strings.TrimSuffix(text, "="), "=")
	}
	bytes, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		panic(m.exception("The string to be decoded is not correctly encoded.", "InvalidCharacterError"))
	}
	return m.vm.ToValue(fromLatin1(bytes))
}

// textArgument is the first argument as a text; it must be there, and be no symbol.
func (m *machine) textArgument(call goja.FunctionCall) string {
	if len(call.Arguments) == 0 {
		panic(m.throwable("TypeError", "ERR_MISSING_ARGS", `The "input" argument must be specified`))
	}
	if _, ok := call.Argument(0).(*goja.Symbol); ok {
		panic(m.vm.NewTypeError("Cannot convert a Symbol value to a string"))
	}
	return call.Argument(0).String()
}

// latin1 is the bytes of a text whose characters are all below 256.
func latin1(text string) ([]byte, bool) {
	bytes := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xFF {
			return nil, false
		}
		bytes = append(bytes, byte(r))
	}
	return bytes, true
}

func fromLatin1(bytes []byte) string {
	runes := make([]rune, len(bytes))
	for i, b := range bytes {
		runes[i] = rune(b)
	}
	return string(runes)
}

// exception is a DOMException.
func (m *machine) exception(message, name string) goja.Value {
	made := m.touch(m.worker.library.byName["exception"]).ToObject(m.vm)
	e, err := m.vm.New(made.Get("DOMException"), m.vm.ToValue(message), m.vm.ToValue(name))
	m.rethrow(err)
	return e
}
