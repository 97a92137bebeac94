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

const c = new AbortController()
let event
c.signal.addEventListener('abort', (e) => { event = e })
c.abort()
return [event instanceof Event, event.type, event.target === c.signal, String(c), String(c.signal), c.signal instanceof EventTarget, c.signal.onabort]
// => [true,"abort",true,"[object AbortController]","[object AbortSignal]",true,null]

const c = new AbortController()
const order = []
c.signal.onabort = () => order.push('on')
c.signal.addEventListener('abort', () => order.push('listener'))
c.signal.onabort = () => order.push('on2')
c.abort('why')
c.signal.addEventListener('abort', () => order.push('late'))
return [order, c.signal.reason, c.signal.aborted]
// => [["on2","listener"],"why",true]

const a = new AbortController()
const b = new AbortController()
const any = AbortSignal.any([a.signal, b.signal])
const all = AbortSignal.any([any])
let n = 0
all.addEventListener('abort', () => n++)
b.abort('b')
a.abort('a')
return [any.reason, all.reason, n, AbortSignal.any([]).aborted, AbortSignal.any([AbortSignal.abort(1), AbortSignal.abort(2)]).reason]
// => ["b","b",1,false,1]

const tries = [() => AbortSignal.timeout(), () => AbortSignal.timeout(-1), () => AbortSignal.timeout('x'), () => AbortSignal.any(), () => AbortSignal.any([1]), () => new AbortController().signal.throwIfAborted(), () => AbortSignal.abort().throwIfAborted(), () => AbortSignal.abort(0).throwIfAborted()]
return tries.map((f) => { try { return typeof f() } catch (e) { return e === 0 ? 'zero' : [e.name, e.code] } })
// => [["TypeError","ERR_INVALID_ARG_TYPE"],["RangeError","ERR_OUT_OF_RANGE"],["TypeError","ERR_INVALID_ARG_TYPE"],["TypeError","ERR_INVALID_ARG_TYPE"],["TypeError","ERR_INVALID_ARG_TYPE"],"undefined",["AbortError",20],"zero"]

const s = AbortSignal.timeout(1)
const keep = setTimeout(() => {}, 500) // else Node ends here
const reason = await new Promise((r) => s.addEventListener('abort', () => r(s.reason)))
clearTimeout(keep)
return [reason.name, reason.code, reason.message]
// => ["TimeoutError",23,"The operation was aborted due to timeout"]

const s = AbortSignal.abort()
return [s.aborted, s.reason.name, s.reason instanceof DOMException, AbortSignal.abort(undefined).reason.name, AbortSignal.abort(null).reason]
// => [true,"AbortError",true,"AbortError",null]
