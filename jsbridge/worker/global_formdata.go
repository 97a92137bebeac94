package worker

import (
	_ "embed"
	"strconv"

	"github.com/dop251/goja"
)

//go:embed global_formdata.js
var formDataScript string

// formDataGlobal is FormData, per the XHR standard, and its form as multipart/form-data (RFC 7578).
//
//	const form = new FormData()
//	form.append('file', new Blob(['…']), 'a.txt')
//	await fetch(url, {method: 'POST', body: form})
var formDataGlobal = global{
	name: "formdata", provides: []string{"FormData"}, script: formDataScript,
	natives: map[string]native{
		"random": randomBytes, "join": joinBytes, "encode": encodeText, "parse": parseMultipart, "wellFormed": wellFormed,
	},
}

// joinBytes is join(list of buffers and views) → ArrayBuffer.
func joinBytes(m *machine, call goja.FunctionCall) goja.Value {
	var joined []byte
	list := call.Argument(0).ToObject(m.vm)
	for i := range list.Get("length").ToInteger() {
		joined = append(joined, m.view(list.Get(strconv.FormatInt(i, 10)))...)
	}
	return m.vm.ToValue(m.vm.NewArrayBuffer(joined))
}

// wellFormed is wellFormed(text) → the text with U+FFFD for each half of a surrogate pair.
func wellFormed(m *machine, call goja.FunctionCall) goja.Value {
	return m.vm.ToValue(call.Argument(0).String())
}
