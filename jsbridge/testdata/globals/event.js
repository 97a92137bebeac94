const t = new EventTarget()
const seen = []
const f = (e) => seen.push(['f', e.type, e.target === t, e.currentTarget === t, e.eventPhase])
t.addEventListener('x', f)
t.addEventListener('x', f)
t.addEventListener('x', { handleEvent(e) { seen.push(['o', this !== undefined, e.cancelable, e.bubbles]) } })
t.addEventListener('x', () => seen.push('once'), { once: true })
const returned = [t.dispatchEvent(new Event('x')), t.dispatchEvent(new Event('x', { cancelable: true }))]
t.removeEventListener('x', f)
t.dispatchEvent(new Event('x'))
return [seen, returned]
// => [[["f","x",true,true,2],["o",true,false,false],"once",["f","x",true,true,2],["o",true,true,false],["o",true,false,false]],[true,true]]

const t = new EventTarget()
t.addEventListener('x', (e) => e.preventDefault())
t.addEventListener('x', (e) => e.stopImmediatePropagation())
t.addEventListener('x', () => { throw new Error('not reached') })
const e = new Event('x', { cancelable: true })
return [t.dispatchEvent(e), e.defaultPrevented, e.target === t, e.currentTarget, new Event('y').defaultPrevented, e.isTrusted, e.timeStamp >= 0, e.composed, e.eventPhase]
// => [false,true,true,null,false,false,true,false,0]

class Bus extends EventTarget { emit(v) { return this.dispatchEvent(Object.assign(new Event('v'), { v })) } }
const b = new Bus()
const got = []
b.addEventListener('v', (e) => got.push(e.v))
b.emit(1)
b.emit(2)
return [got, b instanceof EventTarget, String(b), String(new Event('z'))]
// => [[1,2],true,"[object EventTarget]","[object Event]"]

const c = new AbortController()
const t = new EventTarget()
let n = 0
t.addEventListener('x', () => n++, { signal: c.signal })
t.dispatchEvent(new Event('x'))
c.abort()
t.dispatchEvent(new Event('x'))
t.addEventListener('x', () => n++, { signal: AbortSignal.abort() })
t.dispatchEvent(new Event('x'))
return n
// => 1

const tries = [() => new Event(), () => new EventTarget().dispatchEvent({}), () => new EventTarget().addEventListener('x'), () => new EventTarget().addEventListener('x', 5), () => new EventTarget().addEventListener('x', null), ]
return tries.map((f) => { try { return f() } catch (e) { return [e.name, e.code] } }).concat((() => { try { EventTarget.prototype.addEventListener.call({}, 'x', () => 1) } catch (e) { return e.name } })())
// => [["TypeError","ERR_MISSING_ARGS"],["TypeError","ERR_INVALID_ARG_TYPE"],["TypeError","ERR_MISSING_ARGS"],["TypeError","ERR_INVALID_ARG_TYPE"],null,"TypeError"]

const t = new EventTarget()
const e = new Event('x')
let inner
t.addEventListener('x', () => { try { t.dispatchEvent(e) } catch (err) { inner = [err.name, err.code] } })
t.dispatchEvent(e)
return [inner, t.dispatchEvent(e)]
// => [["Error","ERR_EVENT_RECURSION"],true]
