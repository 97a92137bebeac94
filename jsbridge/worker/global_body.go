package worker

import (
	_ "embed"
	"strings"

	"github.com/dop251/goja"
)

//go:embed global_body.js
var bodyScript string

// bodyGlobal is what Request and Response share: making bytes of a body, and text, json, arrayBuffer and bytes.
var bodyGlobal = global{
	name: "body", script: bodyScript,
	natives: map[string]native{"copy": copyBytes, "encode": encodeText, "decode": decodeText, "checkNesting": checkNesting},
}

// copyBytes is copy(bufferOrView) → ArrayBuffer.
func copyBytes(m *machine, call goja.FunctionCall) goja.Value {
	return m.vm.ToValue(m.vm.NewArrayBuffer(m.bytes(call.Argument(0))))
}

// encodeText is encode(text) → ArrayBuffer of UTF-8; half a surrogate pair becomes U+FFFD.
func encodeText(m *machine, call goja.FunctionCall) goja.Value {
	return m.vm.ToValue(m.vm.NewArrayBuffer([]byte(call.Argument(0).String())))
}

// decodeText is decode(bufferOrView) → text: UTF-8 without its byte order mark, U+FFFD for what is no UTF-8.
func decodeText(m *machine, call goja.FunctionCall) goja.Value {
	return m.vm.ToValue(strings.TrimPrefix(validUTF8(m.bytes(call.Argument(0))), "\ufeff"))
}

// maxBodyNesting is how deep the JSON of a body may nest. Beyond that JSON.parse would use up the worker's stack.
const maxBodyNesting = 10000

// checkNesting throws where the JSON in a text nests too deep.
func checkNesting(m *machine, call goja.FunctionCall) goja.Value {
	if nesting(call.Argument(0).String()) > maxBodyNesting {
		panic(m.throwable("SyntaxError", "", "the JSON of the body is nested more than %d deep", maxBodyNesting))
	}
	return goja.Undefined()
}

// nesting is how many brackets are open at most, strings left out.
func nesting(text string) int {
	depth, deepest, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
			deepest = max(deepest, depth)
		case c == ']' || c == '}':
			depth--
		}
	}
	return deepest
}
