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
