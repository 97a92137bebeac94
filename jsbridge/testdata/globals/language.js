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
