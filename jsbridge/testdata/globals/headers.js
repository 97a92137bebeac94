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
