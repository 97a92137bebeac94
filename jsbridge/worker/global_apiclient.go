package worker

import (
	_ "embed"
	"strings"

	"github.com/dop251/goja"

	"claviger/jsbridge/wire"
)

//go:embed global_apiclient.js
var apiClientScript string

// apiClientGlobal is the argument apiClient, of methods that have one (format.md section 6). The parent carries its calls
// out with the connector's client: base URI, authentication, response handlers and renewal are its business. A call that
// fails rejects with an Error that has status, data, key, code and retryAfter, as far as they are known.
//
//	const me = await apiClient.get('/me', {fields: 'id'})
//	await apiClient.post('/tokens/revoke', {token: credentials.access_token})
var apiClientGlobal = global{
	name: "apiclient", script: apiClientScript,
	natives: map[string]native{"call": callClient, "json": encodeData},
}

// giveClient adds the client to the argument of the call, under both of its names.
func (m *machine) giveClient(argument goja.Value) error {
	o, ok := argument.(*goja.Object)
	if !m.head.Client || !ok {
		return nil
	}
	return m.try(func() {
		client := m.touch(m.worker.library.byName["apiclient"])
		m.set(o, "apiClient", client)
		m.set(o, "externalApiClient", client)
	})
}

// encodeData is json(value) → ArrayBuffer of its JSON.
func encodeData(m *machine, call goja.FunctionCall) goja.Value {
	return m.vm.ToValue(m.vm.NewArrayBuffer(m.encoded("the data", call.Argument(0))))
}

// encoded is v as JSON; what JSON cannot hold is a TypeError that calls it what.
func (m *machine) encoded(what string, v goja.Value) []byte {
	e := &encoder{m: m, what: what}
	if _, err := e.value(v, ""); err != nil {
		m.rethrow(err)
	}
	return e.out
}

// callClient is call(method, path, query, options, body, contentType, full) → a promise of the data or, if full, of
// {status, statusCode, headers, data}.
func callClient(m *machine, call goja.FunctionCall) goja.Value {
	head := wire.ClientHead{
		Method: call.Argument(0).String(), Path: call.Argument(1).String(), ContentType: call.Argument(5).String(),
		Query: m.objectOf("the query", call.Argument(2)), Options: m.objectOf("options", call.Argument(3)),
	}
	var body []byte
	if v := call.Argument(4); !goja.IsNull(v) {
		head.HasBody, body = true, m.bytes(v)
	}
	if !m.countFetch() {
		return goja.Undefined()
	}
	head.ID = m.worker.nextFetch()
	if len(body) > wire.MaxRequest {
		panic(m.throwable("TypeError", "", "apiClient: the data is larger than %d MiB", wire.MaxRequest>>20))
	}
	if err := m.worker.conn.write(wire.Client, head, body); err != nil {
		panic(m.throwable("TypeError", "", "apiClient: the request is too large"))
	}
	f, p := m.pend(head.ID)
	f.data, f.full = true, call.Argument(6).ToBoolean()
	return m.vm.ToValue(p)
}

// objectOf is an object as JSON, nothing for undefined; anything else is a TypeError.
func (m *machine) objectOf(what string, v goja.Value) []byte {
	if goja.IsUndefined(v) {
		return nil
	}
	text := m.encoded(what, v)
	if !strings.HasPrefix(string(text), "{") {
		panic(m.vm.NewTypeError("apiClient: expected an object as %s", strings.TrimPrefix(what, "the ")))
	}
	return text
}

// clientData is what a call of apiClient gives.
func (m *machine) clientData(f *pending, head wire.AnswerHead, body []byte) (goja.Value, error) {
	data, err := m.dataOf(head, body)
	if err != nil || !f.full {
		return data, err
	}
	headers := m.vm.NewObject()
	for _, h := range head.Header {
		name, text := strings.ToLower(h[0]), h[1]
		if before, ok := stringOf(headers.Get(name)); ok {
			text = before + ", " + text
		}
		m.set(headers, name, text)
	}
	full := m.vm.NewObject()
	m.set(full, "status", head.Status)
	m.set(full, "statusCode", head.Status)
	m.set(full, "headers", headers)
	m.set(full, "data", data)
	return full, nil
}

func (m *machine) dataOf(head wire.AnswerHead, body []byte) (goja.Value, error) {
	switch {
	case head.Raw:
		return m.vm.ToValue(m.vm.NewArrayBuffer(body)), nil
	case len(body) == 0:
		return goja.Undefined(), nil
	}
	return m.parseJSON(string(body))
}

// clientError is what a call of apiClient throws.
func (m *machine) clientError(head wire.AnswerHead, body []byte) *goja.Object {
	e := m.throwable("Error", head.Code, "%s", head.Err)
	if head.Status != 0 {
		m.set(e, "status", head.Status)
	}
	if head.Key != "" {
		m.set(e, "key", head.Key)
	}
	if head.RetryAfter > 0 {
		m.set(e, "retryAfter", head.RetryAfter)
	}
	if data, err := m.dataOf(head, body); err == nil {
		m.set(e, "data", data)
	}
	return e
}
