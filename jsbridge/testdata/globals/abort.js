const c = new AbortController()
const seen = []
c.signal.addEventListener('abort', (e) => seen.push(e.type))
c.signal.onabort = () => seen.push('on')
c.abort()
c.abort()
return [c.signal.aborted, c.signal.reason.name, c.signal.reason.code, c.signal.reason.message, seen.sort()]
// => [true,"AbortError",20,"This operation was aborted",["abort","on"]]

const s = AbortSignal.abort(new Error('why'))
try { s.throwIfAborted() } catch (e) { return e.message }
// => "why"

const s = AbortSignal.timeout(5)
await new Promise((r) => setTimeout(r, 40))
return [s.aborted, s.reason.name, s.reason instanceof DOMException, s.reason instanceof Error]
// => [true,"TimeoutError",true,true]

const c = new AbortController()
const s = AbortSignal.any([c.signal, AbortSignal.timeout(10000)])
c.abort('x')
return [s.aborted, s.reason]
// => [true,"x"]

const c = new AbortController()
let n = 0
const f = () => n++
c.signal.addEventListener('abort', f)
c.signal.removeEventListener('abort', f)
c.abort()
return [n, c.signal.reason.name]
// => [0,"AbortError"]

try { new AbortSignal() } catch (e) { return e.name }
// => "TypeError"

const e = new DOMException('m', 'DataCloneError')
return [e.name, e.message, e.code, e instanceof Error, String(e)]
// => ["DataCloneError","m",25,true,"DataCloneError: m"]
