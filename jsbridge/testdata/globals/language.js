return [typeof fetch, typeof Headers, typeof Request, typeof Response, typeof URL, typeof setTimeout, typeof queueMicrotask, typeof structuredClone, typeof atob, typeof Buffer, typeof crypto, typeof console, typeof TextEncoder]
// => ["function","function","function","function","function","function","function","function","function","function","object","object","function"]

return ['fetch' in globalThis, globalThis.fetch === fetch, Object.keys(globalThis).includes('URL')]
// => [true,true,false]

return [new Date(0).getTimezoneOffset() === new Date(0).getTimezoneOffset(), typeof Date.now(), new Date(2020, 0, 1).getFullYear()]
// => [true,"number",2020]

async function* g() { yield 1; yield 2 }
const all = []
for await (const x of g()) all.push(x)
return all
// => [1,2]

const { a, ...rest } = { a: 1, b: 2, c: 3 }
return [a, rest, [1, [2, [3]]].flat(Infinity), Object.fromEntries([['x', 1]]), 'a-b-a'.replaceAll('a', 'c'), [1, 2, 3].at(-1)]
// => [1,{"b":2,"c":3},[1,2,3],{"x":1},"c-b-c",3]

class A { #x = 1; static s = 2; get x() { return this.#x } static { A.t = 3 } has(o) { return #x in o } }
return [new A().x, A.s, A.t, new A().has(new A()), new A().has({})]
// => [1,2,3,true,false]

return await Promise.allSettled([Promise.resolve(1), Promise.reject(new Error('x'))]).then((all) => all.map((r) => r.status))
// => ["fulfilled","rejected"]

return await Promise.any([Promise.reject(1), Promise.resolve(2)])
// => 2

return JSON.stringify({ a: [undefined, () => 1], b: undefined, d: new Date(0), n: NaN })
// => "{\"a\":[null,null],\"d\":\"1970-01-01T00:00:00.000Z\",\"n\":null}"

return ['2020-01-02'.match(/(?<y>\d+)-(?<m>\d+)/).groups.y, 'x1y2'.replace(/\d/g, (d) => d * 2), [...'a1b2'.matchAll(/\d/g)].map((m) => m[0])]
// => ["2020","x2y4",["1","2"]]

class Animal { #name; static count = 0; static #made = []; constructor(name) { this.#name = name; Animal.count++; Animal.#made.push(name) } get name() { return this.#name } set name(v) { this.#name = v } #secret() { return 's' + this.#name } tell() { return this.#secret() } static all() { return Animal.#made } static { this.ready = true } }
class Dog extends Animal { bark = () => super.tell() + '!'; get [Symbol.toStringTag]() { return 'Dog' } }
const d = new Dog('rex')
d.name = 'max'
return [d.name, d.tell(), d.bark(), Animal.count, Animal.all(), Animal.ready, String(d), d instanceof Animal, Dog.name, (() => { try { Animal() } catch (e) { return e.name } })()]
// => ["max","smax","smax!",1,["rex"],true,"[object Dog]",true,"Dog","TypeError"]

class A { static #x = 1; static has(o) { return #x in o } accessor() { return 1 } static async *gen() { yield 1 } async m() { return await 2 } *g() { yield* [3, 4] } ['comp' + 'uted']() { return 5 } }
const out = []
for await (const v of A.gen()) out.push(v)
return [A.has(A), A.has({}), out, await new A().m(), [...new A().g()], new A().computed()]
// => [true,false,[1],2,[3,4],5]

const log = []
const source = { async *[Symbol.asyncIterator]() { try { yield 1; yield 2; yield 3 } finally { log.push('closed') } } }
for await (const x of source) { log.push(x); if (x === 2) break }
return log
// => [1,2,"closed"]

async function* numbers(n) { for (let i = 0; i < n; i++) { await null; yield i } }
const g = numbers(3)
const first = await g.next()
const thrown = await g.throw(new Error('stop')).catch((e) => e.message)
return [first, thrown, await g.next(), await numbers(1).return('early')]
// => [{"value":0,"done":false},"stop",{"done":true},{"value":"early","done":true}]

async function* pages() { let cursor = 0; while (cursor !== null) { const page = await Promise.resolve({ items: [cursor, cursor + 1], next: cursor < 4 ? cursor + 2 : null }); yield* page.items; cursor = page.next } }
const all = []
for await (const item of pages()) all.push(item)
return all
// => [0,1,2,3,4,5]

const all = []
for await (const x of [Promise.resolve(1), 2, new Promise((r) => setTimeout(r, 1, 3))]) all.push(x)
try { for await (const x of [Promise.reject(new Error('no'))]) all.push(x) } catch (e) { all.push(e.message) }
return all
// => [1,2,3,"no"]

const tag = (strings, ...values) => [strings.raw, [...strings], values]
const x = 5
return [tag`a${x}\n${x + 1}`, String.raw`\n${x}`, `multi
line`, `${[1, 2]}`, `${`nested ${x}`}`]
// => [[["a","\\n",""],["a","\n",""],[5,6]],"\\n5","multi\nline","1,2","nested 5"]

outer: for (let i = 0; i < 3; i++) { for (let j = 0; j < 3; j++) { if (j === 1) continue outer; if (i === 2) break outer } }
const list = []
block: { list.push(1); if (list.length) break block; list.push(2) }
switch (list.length) { case 0: list.push('no'); case 1: list.push('one'); case 2: list.push('two'); break; default: list.push('never') }
do list.push('do'); while (list.length < 5)
return list
// => [1,"one","two","do","do"]

const { a = 1, b: { c: [, second = 'd'] }, ...rest } = { b: { c: [0, undefined] }, e: 5, f: 6 }
const f = ({ x = 1, y } = {}, [z, ...more] = [], ...others) => [x, y, z, more, others]
let [p, q] = [1, 2];
[p, q] = [q, p]
return [a, second, rest, f(), f({ y: 2 }, [3, 4, 5], 6, 7), p, q]
// => [1,"d",{"e":5,"f":6},[1,null,null,[],[]],[1,2,3,[4,5],[6,7]],2,1]

const o = { a: { b: null, f() { return this.v }, v: 7 } }
let n = null
n ??= 'set'
let z = 0
z ||= 5
let t = 1
t &&= 2
return [o?.a?.b?.c, o.x?.y.z, o.a.f?.(), o.nope?.(), o?.['a'].v, o.a.b ?? 'default', 0 ?? 1, n, z, t, 2 ** 10, (-2) ** 2, 1_000_000, 0b11, 0o17, 0xff]
// => [null,null,7,null,7,"default",0,"set",5,2,1024,4,1000000,3,15,255]

const m = new Map([['a', 1], [NaN, 2], [0, 'zero']])
m.set('b', 3).delete('a')
const s = new Set([1, 1, '1', NaN, NaN])
const w = new WeakMap([[m, 'weak']])
return [[...m].map(String), m.get(NaN), m.get(-0), m.size, [...s].length, s.has('1'), w.get(m), new WeakSet([s]).has(s), [...new Map(Object.entries({ x: 1 })).keys()]]
// => [["NaN,2","0,zero","b,3"],2,"zero",3,3,true,"weak",true,["x"]]

const people = [['b', 2], ['a', 1], ['c', 2], ['d', 1], ['e', 2]]
const big = Array.from({ length: 600 }, (_, i) => [i % 3, i])
big.sort((x, y) => x[0] - y[0])
return [people.sort((x, y) => x[1] - y[1]).map((p) => p[0]).join(''), big.every((p, i) => i === 0 || big[i - 1][0] < p[0] || big[i - 1][1] < p[1]), [3, 20, 100].sort(), [undefined, 3, , 1].sort(), ['b', undefined, 'a'].sort(), [1, 2, 3].toSorted((a, b) => b - a), [1, 2, 3].toReversed(), [1, 2, 3].with(1, 9), [1, 2, 3, 4].toSpliced(1, 2)]
// => ["adbce",true,[100,20,3],[1,3,null,null],["a","b",null],[3,2,1],[3,2,1],[1,9,3],[1,4]]

const a = [1, 2, 3, 4]
return [a.findLast((x) => x % 2), a.findLastIndex((x) => x > 9), a.at(-1), a.includes(NaN), [NaN].includes(NaN), a.flatMap((x) => [x, [x]]).length, Array.from('héé', (c) => c + c), Array.of(7).length, a.copyWithin(0, 2), a.fill(0, 1, 2), [1, [2, [3, [4]]]].flat(2), a.reduceRight((s, x) => s + x, ''), a.indexOf(4), a.lastIndexOf(4), Array.isArray(a), [...a.entries()][1]]
// => [3,-1,4,false,true,8,["hh","éé","éé"],1,[3,0,3,4],[3,0,3,4],[1,2,3,[4]],"4303",3,3,true,[1,0]]

return [Object.entries({ a: 1 }), Object.fromEntries([['x', 1]]), Object.assign({}, null, { a: 1 }, 'b'), Object.hasOwn({ a: 1 }, 'a'), Object.is(NaN, NaN), Object.getOwnPropertyNames('ab'), Object.keys([4, 5]), Object.isFrozen(Object.freeze({})), (() => { 'use strict'; try { Object.freeze({ a: 1 }).a = 2 } catch (e) { return e.name } })(), JSON.stringify({ [Symbol('s')]: 1, 2: 'b', 1: 'a', z: 0 })]
// => [[["a",1]],{"x":1},{"0":"b","a":1},true,true,["0","1","length"],["0","1"],true,"TypeError","{\"1\":\"a\",\"2\":\"b\",\"z\":0}"]

return ['abc'.at(-1), 'a-b-c'.replaceAll('-', '+'), 'abc'.padStart(5, '12'), 'x'.repeat(3), ' a '.trimStart() + '|', 'aXbX'.split('X'), 'abc'.substring(2, 0), 'abc'.slice(-2), 'ß'.toUpperCase(), 'İ'.toLowerCase().length, 'e\u0301'.normalize('NFC').length, '😀'.codePointAt(0), [...'a😀'].length, 'a😀'.length, 'abc'.localeCompare('abd'), String.fromCodePoint(128512), 'abcabc'.lastIndexOf('b'), 'a,b,,c'.split(',', 3), 'abc'.includes('bc'), 'x'.concat(1, null), 'tEST'.charAt(0).toUpperCase()]
// => ["c","a+b+c","12abc","xxx","a |",["a","b",""],"ab","bc","SS",2,1,128512,2,3,-1,"😀",4,["a","b",""],true,"x1null","T"]

return ['2024-01-31T10:20:30.456Z', '2024-01-31', '2024-02-30T00:00:00Z', 'Thu, 01 Jan 1970 00:00:10 GMT', '2024-01-31T10:20:30+02:00', 'nope', '2024'].map((s) => { const d = new Date(s); return Number.isNaN(d.getTime()) ? 'Invalid' : d.toISOString() })
// => ["2024-01-31T10:20:30.456Z","2024-01-31T00:00:00.000Z","2024-03-01T00:00:00.000Z","1970-01-01T00:00:10.000Z","2024-01-31T08:20:30.000Z","Invalid","2024-01-01T00:00:00.000Z"]

const d = new Date(Date.UTC(2024, 0, 31, 12, 30, 15, 7))
d.setUTCMonth(1)
return [d.toISOString(), d.getUTCDay(), d.toJSON(), new Date(NaN).getTime() !== 0, (() => { try { new Date(NaN).toISOString() } catch (e) { return e.name } })(), Date.UTC(1970, 0, 2), new Date(2024, 1, 29).getMonth(), new Date(0).toUTCString(), JSON.stringify({ d: new Date(1e12) }), new Date(2019, 0) < new Date(2020, 0), typeof (new Date() - 0), String(new Date(8.64e15 + 1))]
// => ["2024-03-02T12:30:15.007Z",6,"2024-03-02T12:30:15.007Z",true,"RangeError",86400000,1,"Thu, 01 Jan 1970 00:00:00 GMT","{\"d\":\"2001-09-09T01:46:40.000Z\"}",true,"number","Invalid Date"]

const re = /(?<year>\d{4})-(?<month>\d\d)/g
return ['2020-01 2021-02'.replace(re, '$<month>/$<year>'), [...'2020-01 2021-02'.matchAll(re)].map((m) => m.groups.year), re.exec('x 1999-12').index, re.lastIndex, /a(?=b)/.test('ab'), /(?<!x)y/.exec('xy y').index, /(?<=\$)\d+/.exec('a$42')[0], /^b/m.test('a\nb'), /a.c/s.test('a\nc'), /\u{1F600}/u.test('😀'), /^.$/u.test('😀'), /(a)|b/.exec('b')[1] === undefined, 'aBc'.replace(/b/i, (m, at) => m + at), 'abc'.split(/(b)/), /x*/y.sticky, /(\w)\1/.test('hello')]
// => ["01/2020 02/2021",["2020","2021"],2,9,true,3,"42",true,true,true,true,true,"aB1c",["a","b","c"],true,true]

const re = /o/y
re.lastIndex = 4
return [re.test('hello'), re.lastIndex, 'a.b*c'.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), /[^\x00-\x7F]/.test('é'), /\bfoo\b/.test('a foo b'), 'x'.match(/y/), 'aaa'.match(/a/g), 'test'.search(/s/), RegExp('a+', 'g').flags, new RegExp(/x/g, 'i').flags, /a{2,3}?/.exec('aaaa')[0], /\d+(?:\.\d+)?/.exec('v1.25')[0], 'camelCaseText'.replace(/([A-Z])/g, '_$1').toLowerCase()]
// => [true,5,"a\\.b\\*c",true,true,null,["a","a","a"],2,"g","i","aa","1.25","camel_case_text"]

const p = new Proxy({ a: 1 }, { get: (t, k) => (k in t ? t[k] : `no ${String(k)}`), has: () => true, ownKeys: () => ['a', 'b'], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 0 }) })
return [p.a, p.zz, 'q' in p, Object.keys(p), Reflect.ownKeys({ x: 1, [Symbol.iterator]: 2 }).length, Reflect.has({ y: 1 }, 'y'), Reflect.apply(Math.max, null, [1, 5]), Reflect.construct(Date, [0]).getTime()]
// => [1,"no zz",true,["a","b"],2,true,5,0]

function* fib() { let [a, b] = [0, 1]; for (;;) { const reset = yield a; [a, b] = reset ? [0, 1] : [b, a + b] } }
const g = fib()
const seen = [g.next().value, g.next().value, g.next().value, g.next().value, g.next(true).value]
const it = { *[Symbol.iterator]() { yield* 'ab'; return 'c' } }
return [seen, [...it], Array.from(it), g.return(9), g.next()]
// => [[0,1,1,2,0],["a","b"],["a","b"],{"value":9,"done":true},{"done":true}]

const order = []
const a = (async () => { order.push('a1'); await null; order.push('a2'); return 'r' })()
order.push('sync')
a.then((v) => order.push(v)).finally(() => order.push('fin'))
await new Promise((r) => setTimeout(r, 5))
return order
// => ["a1","sync","a2","r","fin"]

const settled = await Promise.allSettled([1, Promise.reject(new Error('e')), new Promise((r) => setTimeout(r, 2, 'late'))])
const race = await Promise.race([new Promise((r) => setTimeout(r, 50, 'slow')), new Promise((r) => setTimeout(r, 1, 'fast'))])
const any = await Promise.any([Promise.reject(1), Promise.reject(2)]).catch((e) => [e.name, e.errors, e instanceof AggregateError])
const all = await Promise.all([1, Promise.resolve(2), { then: (r) => r(3) }])
return [settled.map((s) => s.value ?? s.reason.message), race, any, all]
// => [[1,"e","late"],"fast",["AggregateError",[1,2],true],[1,2,3]]

class HttpError extends Error { constructor(status, options) { super(`status ${status}`, options); this.name = 'HttpError'; this.status = status } }
try { try { null.x } catch (cause) { throw new HttpError(502, { cause }) } } catch (e) { return [e.name, e.message, e.status, e.cause instanceof TypeError, e instanceof HttpError, e instanceof Error, String(e), typeof e.stack, Object.keys(e), Object.prototype.toString.call(e)] }
// => ["HttpError","status 502",502,true,true,true,"HttpError: status 502","string",["name","status"],"[object Error]"]

const f = () => { try { return 'try' } finally { f.ran = true } }
const g = () => { try { throw 1 } catch { return 'caught' } finally { return 'finally' } }
return [f(), f.ran, g(), (() => { try { undefinedName } catch (e) { return e.name } })(), (() => { try { const c = 1; c = 2 } catch (e) { return e.name } })(), (() => { try { tdz; let tdz = 1 } catch (e) { return e.name } })(), (() => { try { JSON.parse('{') } catch (e) { return e.name } })(), (() => { try { 'x'.repeat(-1) } catch (e) { return e.name } })(), (() => { try { decodeURIComponent('%') } catch (e) { return e.name } })(), (() => { try { (5)() } catch (e) { return e.name } })(), (() => { try { 1n + 1 } catch (e) { return e.name } })(), (() => { try { Symbol() + '' } catch (e) { return e.name } })()]
// => ["try",true,"finally","ReferenceError","TypeError","ReferenceError","SyntaxError","RangeError","URIError","TypeError","TypeError","TypeError"]

return [encodeURIComponent("a b&ü/!'()*~"), encodeURI('https://a/ü?x=a b#c'), decodeURIComponent('%C3%BC%20'), escape('ü €'), unescape('%FC%u20AC'), parseInt('0x1f'), parseInt('12px'), parseFloat('1.5e3x'), Number(''), Number('0b11'), Number(' 12 '), (255).toString(16), (0.1 + 0.2).toFixed(2), (1e21).toString(), (1234.5678).toPrecision(6), (0).toFixed(2), (-1.5).toFixed(0), Number.MAX_SAFE_INTEGER, Math.trunc(-1.7), Math.sign(-3), Math.hypot(3, 4), Math.cbrt(27), Math.clz32(1), Math.fround(5.5), Math.log2(8), Number.isInteger(5.0), Number.parseFloat('.5')]
// => ["a%20b%26%C3%BC%2F!'()*~","https://a/%C3%BC?x=a%20b#c","ü ","%FC%20%u20AC","ü€",31,12,1500,0,3,12,"ff","0.30","1e+21","1234.57","0.00","-2",9007199254740991,-1,-1,5,3,31,5.5,3,true,0.5]

return [String(2n ** 64n), String(-7n / 2n), String(BigInt('0xff')), typeof 1n, 1n == 1, 2n > 1, String(BigInt.asUintN(8, 257n)), String(BigInt(10) ** 20n), String(BigInt.asIntN(8, 255n)), (123n).toString(16)]
// => ["18446744073709551616","-3","255","bigint",true,true,"1","100000000000000000000","-1","7b"]

const o = { toString: () => 'str', valueOf: () => 42, [Symbol.toPrimitive]: undefined }
return [`${o}`, o + 1, o * 2, [] + {}, [] == false, null == undefined, NaN != NaN, '5' * '2', '5' + 2, +true, typeof null, typeof undefined, void 0 === undefined, [1, [2, 3]].toString(), !!'0', String(1 / -0), [10, 9, 1].sort().join(), '10' > '9', 10 > '9']
// => ["str",43,84,"[object Object]",true,true,true,10,"52",1,"object","undefined",true,"1,2,3",true,"-Infinity","1,10,9",false,true]

const sym = Symbol('d')
class Even { static [Symbol.hasInstance](n) { return n % 2 === 0 } }
class Temp { constructor(c) { this.c = c } [Symbol.toPrimitive](hint) { return hint === 'string' ? `${this.c}C` : this.c } }
return [sym.description, Symbol.for('x') === Symbol.for('x'), Symbol.keyFor(Symbol.for('x')), 2 instanceof Even, `${new Temp(5)}`, new Temp(5) + 1, [...'ab'][Symbol.iterator]().next(), Object.getOwnPropertySymbols({ [sym]: 1 }).length]
// => ["d",true,"x",true,"5C",6,{"value":"a","done":false},1]

const counter = (() => { let n = 0; return { inc: () => ++n, get value() { return n } } })()
counter.inc()
const fns = []
for (let i = 0; i < 3; i++) fns.push(() => i)
var hoisted = typeof later
function later() {}
const curry = (f) => (...a) => (a.length >= f.length ? f(...a) : curry(f.bind(null, ...a)))
return [counter.value, fns.map((f) => f()), hoisted, curry((a, b, c) => a + b + c)(1)(2)(3), (function () { return arguments.length })(1, 2), ((a, b = 2, ...c) => c.length)(1, 2, 3), (() => {}).name, (function named() { return typeof named })(), new Function.prototype.constructor === undefined]
// => [1,[0,1,2],"function",6,2,1,"","function",false]

return [JSON.parse('{"a":[1,{"b":null}],"__proto__":1}', (k, v) => (typeof v === 'number' ? v + 1 : v)), JSON.stringify({ a: 1, b: [2, { c: 3 }] }, null, 2), JSON.stringify({ a: 1, b: 2 }, ['b']), JSON.stringify('\ud800"'), JSON.stringify({ toJSON: (k) => 'k' + k }), JSON.stringify([NaN, Infinity, undefined, () => 1, Symbol('x')]), JSON.stringify(undefined) === undefined, JSON.stringify({ d: new Date(0), m: new Map([[1, 2]]) }), (() => { try { JSON.stringify(1n) } catch (e) { return e.name } })(), JSON.stringify({ a: 5 }, (k, v) => (k === 'a' ? undefined : v))]
// => [{"a":[2,{"b":null}],"__proto__":2},"{\n  \"a\": 1,\n  \"b\": [\n    2,\n    {\n      \"c\": 3\n    }\n  ]\n}","{\"b\":2}","\"\\ud800\\\"\"","\"k\"","[null,null,null,null,null]",true,"{\"d\":\"1970-01-01T00:00:00.000Z\",\"m\":{}}","TypeError","{}"]

const u8 = new Uint8Array([1, 2, 300])
const view = new DataView(u8.buffer)
return [[...u8], view.getUint16(0), new Uint8ClampedArray([300, -5])[0], Array.from(new Float32Array([0.5])), u8.subarray(1).length, [...u8.slice(-1)], new Int16Array(u8.buffer, 0, 1)[0], u8.BYTES_PER_ELEMENT, new Uint8Array(new Set([1, 2])).length, u8.toString(), [...new Uint8Array([3, 1, 2]).sort()], u8.findLast((x) => x < 3), [...u8.toReversed()]]
// => [[1,2,44],258,255,[0.5],2,[44],513,1,2,"1,2,44",[1,2,3],2,[44,2,1]]

return [typeof globalThis, globalThis === this || true, typeof window, typeof self, typeof undefinedThing, 'setTimeout' in globalThis, globalThis.URL === URL, (globalThis.added = 1, added), delete globalThis.added, typeof added]
// => ["object",true,"undefined","undefined","undefined",true,true,1,true,"undefined"]

const timeline = []
const wait = (ms, v) => new Promise((r) => setTimeout(() => { timeline.push(v); r(v) }, ms))
const results = []
for (const task of [() => wait(3, 'x'), () => wait(1, 'y')]) results.push(await task())
const together = await Promise.all([wait(8, 'p'), wait(1, 'q')])
return [results, together, timeline]
// => [["x","y"],["p","q"],["x","y","q","p"]]

const retry = async (f, n) => { for (let i = 0; ; i++) { try { return await f(i) } catch (e) { if (i >= n) throw e; await new Promise((r) => setTimeout(r, 1)) } } }
return [await retry(async (i) => { if (i < 2) throw new Error('again'); return i }, 3), await retry(() => Promise.reject(new Error('never')), 1).catch((e) => e.message)]
// => [2,"never"]

return [[1, 2, 3].map(String), ['1', '2', '3'].map(Number), ['a', 'b'].map((x, i, all) => x + i + all.length), [..."ab"].entries().next(), [5, 1].reduce((a, b) => a + b), Object.entries({ b: 1, a: 2 }).sort(([x], [y]) => x.localeCompare(y)), new Array(3).fill().map((_, i) => i), Array.from({ length: 2 }), [, 1].length, [3, 4].keys().next().value, [1, 2, 3, 4, 5].splice(1, 2)]
// => [["1","2","3"],[1,2,3],["a02","b12"],{"value":[0,"a"],"done":false},6,[["a",2],["b",1]],[0,1,2],[null,null],2,0,[2,3]]
