package worker

import (
	_ "embed"
	goruntime "runtime"

	"github.com/dop251/goja"

	"claviger/jsbridge/wire"
)

//go:embed global_fetch.js
var fetchScript string

// fetchGlobal is fetch, per the Fetch standard as Node has it. The request goes to the parent, which carries it out under
// the connector's rules and the call's limits; cookies, caches, CORS and streams do not exist here. A request that fails
// rejects with TypeError "fetch failed: <reason>".
//
//	const response = await fetch(url, {method: 'POST', body: new URLSearchParams({a: '1'})})
//	return await response.json()
var fetchGlobal = global{
	name: "fetch", provides: []string{"fetch"}, script: fetchScript,
	natives: map[string]native{"send": sendFetch, "abort": abortFetch},
}

// pending is a fetch, a call of apiClient or the reading of a value, whose answer has not arrived.
type pending struct {
	resolve, reject func(any) error
	place           wire.Place // where author code called it
	data            bool       // it is none of fetch: what comes is the data itself
	full            bool       // of apiClient, where status and headers are wanted too
}

// pend waits for the answer with a number.
func (m *machine) pend(id uint64) (*pending, *goja.Promise) {
	p, resolve, reject := m.vm.NewPromise()
	if m.fetches == nil {
		m.fetches = map[uint64]*pending{}
	}
	f := &pending{resolve: resolve, reject: reject, place: m.bundle.placeOf(m.vm.CaptureCallStack(0, nil))}
	m.fetches[id] = f
	return f, p
}

// countFetch counts one request; false ends the call, which has made too many.
func (m *machine) countFetch() bool {
	m.counts.fetches++
	if m.counts.fetches > m.head.Fetches {
		m.exceed("fetches", "more than %d calls of fetch", m.head.Fetches)
		return false
	}
	return true
}

// sendFetch is send(method, url, headers, body, redirect) → {id, answer}, answer being a promise of
// {status, statusText, url, redirected, headers, body}.
func sendFetch(m *machine, call goja.FunctionCall) goja.Value {
	if !m.countFetch() {
		return goja.Undefined()
	}
	head := wire.FetchHead{
		ID: m.worker.nextFetch(), Method: call.Argument(0).String(), URL: call.Argument(1).String(),
		Redirect: call.Argument(4).String(),
	}
	m.rethrow(m.vm.ExportTo(call.Argument(2), &head.Header))
	var body []byte
	if v := call.Argument(3); !goja.IsNull(v) {
		head.HasBody, body = true, m.bytes(v)
	}
	if len(body) > wire.MaxRequest {
		panic(m.throwable("TypeError", "", "fetch failed: the body of the request is larger than %d MiB", wire.MaxRequest>>20))
	}
	if err := m.worker.conn.write(wire.Fetch, head, body); err != nil {
		panic(m.throwable("TypeError", "", "fetch failed: the request is too large"))
	}
	_, p := m.pend(head.ID)
	sent := m.holder()
	m.set(sent, "id", head.ID)
	m.set(sent, "answer", p)
	return sent
}

// abortFetch is abort(id): the answer is not waited for any longer.
func abortFetch(m *machine, call goja.FunctionCall) goja.Value {
	id := uint64(call.Argument(0).ToInteger())
	if _, ok := m.fetches[id]; ok {
		delete(m.fetches, id)
		if err := m.worker.conn.write(wire.Abort, wire.AbortHead{ID: id}, nil); err != nil {
			m.broken = err
			m.stop()
		}
	}
	return goja.Undefined()
}

// answer settles the fetch that an answer belongs to; that of an aborted fetch, or of an earlier call, is dropped.
func (m *machine) answer(head wire.AnswerHead, body []byte) error {
	f, ok := m.fetches[head.ID]
	if !ok {
		return nil
	}
	delete(m.fetches, head.ID)
	switch {
	case head.Limit != "":
		return &limitError{head.Limit, head.Err, f.place}
	case head.Err != "":
		e := m.fetchError(f, head, body)
		m.placed(e, f.place)
		return f.reject(e)
	case f.data:
		data, err := m.clientData(f, head, body)
		if err != nil {
			return err
		}
		return f.resolve(data)
	}
	return f.resolve(m.answerObject(head, body))
}

func (m *machine) fetchError(f *pending, head wire.AnswerHead, body []byte) *goja.Object {
	if f.data {
		return m.clientError(head, body)
	}
	return m.throwable("TypeError", "", "fetch failed: %s", head.Err)
}

func (m *machine) answerObject(head wire.AnswerHead, body []byte) *goja.Object {
	o := m.holder()
	m.set(o, "status", head.Status)
	m.set(o, "statusText", head.StatusText)
	m.set(o, "url", head.URL)
	m.set(o, "redirected", head.Redirected)
	headers := make([]any, len(head.Header))
	for i, h := range head.Header {
		headers[i] = m.vm.NewArray(h[0], h[1])
	}
	m.set(o, "headers", m.vm.NewArray(headers...))
	m.set(o, "body", m.vm.NewArrayBuffer(body))
	return o
}

// bytes is a copy of what an ArrayBuffer or a view of one holds.
func (m *machine) bytes(v goja.Value) []byte { return append([]byte{}, m.view(v)...) }

// view is the memory that an ArrayBuffer or a view of one stands for. Anything else is a TypeError, and so is what has
// been detached.
func (m *machine) view(v goja.Value) []byte {
	memory, wrong := m.memory(v)
	if wrong != "" {
		panic(m.vm.NewTypeError("%s", wrong))
	}
	return memory
}

// memory is view with what is wrong instead of an error.
func (m *machine) memory(v goja.Value) (memory []byte, wrong string) {
	defer func() {
		if x := recover(); x != nil {
			if _, ok := x.(goruntime.Error); !ok {
				panic(x)
			}
			wrong = "Cannot perform the operation on a detached ArrayBuffer" // goja slices the memory that is gone
		}
	}()
	if _, ok := v.(*goja.Object); !ok || m.vm.ExportTo(v, &memory) != nil {
		return nil, "expected an ArrayBuffer or a view of one"
	}
	return memory, ""
}
