const a = { at: new Date(0), list: [1, , undefined, null], set: new Set([1]), map: new Map([['k', { x: 1 }]]), re: /a/gi, big: 5n, buf: new Uint8Array([1, 2]) }
a.self = a
const b = structuredClone(a)
return [b.self === b, b.at.getTime(), b.list.length, 1 in b.list, [...b.set], b.map.get('k'), String(b.re), typeof b.big, [...b.buf], b.map.get('k') !== a.map.get('k')]
// => [true,0,4,false,[1],{"x":1},"/a/gi","bigint",[1,2],true]

return [() => 1, Symbol('s'), { f() {} }, Promise.resolve()].map((v) => { try { structuredClone(v); return 'ok' } catch (e) { return e.name } })
// => ["DataCloneError","DataCloneError","DataCloneError","DataCloneError"]

const e = structuredClone(new RangeError('m', { cause: 'c' }))
return [e instanceof RangeError, e.name, e.message, e.cause]
// => [true,"RangeError","m","c"]

class C { x = 1; get y() { return 2 } }
const c = structuredClone(new C())
return [c instanceof C, c, structuredClone(new Number(3)) instanceof Number]
// => [false,{"x":1},true]

const shared = {}
const { a, b } = structuredClone({ a: shared, b: shared })
return a === b
// => true

const t = (v, o) => { try { return structuredClone(v, o) } catch (e) { return [e.name, e.code, e.message] } }
return [t(() => 1), t(Symbol('s')), t({ a: { b() {} } }), t(new WeakMap()), t([new (class Foo { m = () => 1 })()]), t(Promise.resolve()), t(function named() {})]
// => [["DataCloneError",25,"() => 1 could not be cloned."],["DataCloneError",25,"Symbol(s) could not be cloned."],["DataCloneError",25,"b() {} could not be cloned."],["DataCloneError",25,"#<WeakMap> could not be cloned."],["DataCloneError",25,"() => 1 could not be cloned."],["DataCloneError",25,"#<Promise> could not be cloned."],["DataCloneError",25,"function named() {} could not be cloned."]]

const o = { d: new Date(5), r: /a\/b/gimsuy, n: null, u: undefined, nan: NaN, z: -0, i: Infinity, b: new Boolean(false), s: new String('x'), big: Object(5n) }
const c = structuredClone(o)
return [c.d.getTime(), String(c.r), c.r.lastIndex, c.n, 'u' in c, Number.isNaN(c.nan), Object.is(c.z, -0), c.i === Infinity, c.b instanceof Boolean, c.b.valueOf(), c.s instanceof String, typeof c.big, Number(c.big.valueOf())]
// => [5,"/a\\/b/gimsuy",0,null,true,true,true,true,true,false,true,"object",5]

const buffer = new Uint8Array([1, 2, 3, 4]).buffer
const { a, b, v } = structuredClone({ a: new Uint8Array(buffer, 1, 2), b: new Uint16Array(buffer), v: new DataView(buffer, 2) })
a[0] = 9
return [[...a], a.buffer === b.buffer, v.getUint8(0), v.byteOffset, b[0], new Uint8Array(buffer)[1], structuredClone(new Float32Array([1.5])) instanceof Float32Array, structuredClone(Buffer.from('x')) instanceof Buffer]
// => [[9,3],true,3,2,2305,2,true,false]

const buffer = new Uint8Array([1, 2]).buffer
const moved = structuredClone({ buffer }, { transfer: [buffer] })
return [moved.buffer.byteLength, buffer.byteLength, new Uint8Array(moved.buffer)[1], (() => { try { structuredClone(buffer) } catch (e) { return [e.name, e.code] } })(), (() => { try { structuredClone(1, { transfer: [{}] }) } catch (e) { return [e.name] } })(), (() => { try { const b = new ArrayBuffer(1); structuredClone(b, { transfer: [b, b] }) } catch (e) { return [e.name, e.code] } })()]
// => [2,0,2,["DataCloneError",25],["TypeError"],["DataCloneError",25]]

const e = new TypeError('m', { cause: { a: 1 } })
e.extra = 'lost'
e.name = 'Custom'
const c = structuredClone(e)
class Mine extends RangeError {}
const m = structuredClone(new Mine('x'))
return [c.name, c.message, c.extra, c instanceof TypeError, m instanceof Mine, m instanceof Error, m.name, typeof c.stack]
// => ["Error","m",null,false,false,true,"RangeError","string"]

const m = new Map([[{ k: 1 }, new Set([1, 'a'])]])
m.self = 1
const c = structuredClone(m)
const [[k, v]] = [...c]
return [k, [...v], c.self, structuredClone(new Set([new Date(0)])) instanceof Set, structuredClone(Object.create({ inherited: 1 })), structuredClone(Object.assign([1, , 3], { x: 'y' })).x]
// => [{"k":1},[1,"a"],null,true,{},"y"]

const getter = { get a() { return 'read' } }
Object.defineProperty(getter, 'hidden', { value: 1 })
getter[Symbol('s')] = 2
const c = structuredClone(getter)
return [c, Object.getOwnPropertyDescriptor(c, 'a').writable, structuredClone({ __proto__: null, a: 1 }), (() => { try { structuredClone() } catch (e) { return [e.name, e.code] } })(), (() => { try { structuredClone({ get x() { throw new Error('mine') } }) } catch (e) { return e.message } })()]
// => [{"a":"read"},true,{"a":1},["TypeError","ERR_MISSING_ARGS"],"mine"]

return [structuredClone([undefined]), structuredClone('x'), structuredClone(5n) === 5n, structuredClone(undefined) === undefined, structuredClone([,]).length]
// => [[null],"x",true,true,1]

const deep = {}
let at = deep
for (let i = 0; i < 200; i++) at = at.x = {}
let n = 0
for (let o = structuredClone(deep); o.x; o = o.x) n++
return n
// => 200
