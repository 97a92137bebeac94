const h = new Headers({ 'Content-Type': 'a', 'X-B': ' b ' })
return [h.get('content-type'), h.get('x-b'), h.get('nope'), h.has('CONTENT-TYPE'), h.has('nope')]
// => ["a","b",null,true,false]

const h = new Headers([['b', '1'], ['a', '2'], ['B', '3']])
return [...h]
// => [["a","2"],["b","1, 3"]]

const h = new Headers()
h.append('x', '1')
h.append('x', '2')
h.set('y', 3)
h.delete('z')
return [h.get('x'), h.get('y'), [...h.keys()], [...h.values()], [...h.entries()]]
// => ["1, 2","3",["x","y"],["1, 2","3"],[["x","1, 2"],["y","3"]]]

const h = new Headers()
h.append('set-cookie', 'a=1')
h.append('set-cookie', 'b=2')
return [h.getSetCookie(), h.get('set-cookie'), [...h]]
// => [["a=1","b=2"],"a=1, b=2",[["set-cookie","a=1"],["set-cookie","b=2"]]]

return [['a b', '1'], ['', '1'], ['x', 'a\nb'], ['x', 'ü€']].map(([k, v]) => { try { new Headers([[k, v]]); return 'ok' } catch (e) { return e.name } })
// => ["TypeError","TypeError","TypeError","TypeError"]

const seen = []
new Headers({ b: '2', a: '1' }).forEach((value, name) => seen.push(name + value))
return seen
// => ["a1","b2"]

return [new Headers(new Headers({ a: '1' })).get('a'), new Headers(undefined).has('a'), Object.fromEntries(new Headers({ X: 'y' }))]
// => ["1",false,{"x":"y"}]

try { new Headers(null) } catch (e) { return e.name }
// => "TypeError"

const h = new Headers([['A', '1'], ['b', '2']])
return [h.has('a'), h.get('B'), [...h].length, String(h), h.get('x'), typeof h[Symbol.iterator], Object.keys(h), JSON.stringify(h)]
// => [true,"2",2,"[object Headers]",null,"function",[],"{}"]

const tries = [() => new Headers([['a']]), () => new Headers([['a', 'b', 'c']]), () => new Headers('x'), () => new Headers(5), () => new Headers([5]), () => new Headers({ 'a b': 'c' }), () => new Headers({ a: 'ü' }).get('a'), () => new Headers({ a: '€' }), () => new Headers({ a: 'x\0y' }), () => new Headers({ a: '\t x \r\n' }).get('a'), () => new Headers({ a: null }).get('a'), () => new Headers().append('a'), () => new Headers().get(), () => new Headers().set('a', 'b\nc'), () => new Headers().forEach()]
return tries.map((f) => { try { return f() } catch (e) { return e.name } })
// => ["TypeError","TypeError","TypeError","TypeError","TypeError","TypeError","ü","TypeError","TypeError","x","null","TypeError","TypeError","TypeError","TypeError"]

const h = new Headers({ 'content-type': 'a', accept: 'b' })
h.append('Accept', 'c')
h.set('X', 'y')
h.delete('content-type')
const it = h.entries()
return [it.next(), [...it], [...h.keys()], h.getSetCookie()]
// => [{"value":["accept","b, c"],"done":false},[["x","y"]],["accept","x"],[]]

const h = new Headers()
h.append('set-cookie', 'a=1, x')
h.append('Set-Cookie', 'b=2')
const copy = new Headers(h)
h.set('set-cookie', 'c=3')
return [copy.getSetCookie(), h.getSetCookie(), [...copy.values()], copy.get('set-cookie')]
// => [["a=1, x","b=2"],["c=3"],["a=1, x","b=2"],"a=1, x, b=2"]

return [[...new Headers(new Map([['a', '1'], ['b', '2']]))], [...new Headers(Object.assign(Object.create({ inherited: 'x' }), { own: 'y' }))], [...new Headers((function* () { yield ['g', '1'] })())], [...new Headers({ n: 1, b: true })]]
// => [[["a","1"],["b","2"]],[["own","y"]],[["g","1"]],[["b","true"],["n","1"]]]
