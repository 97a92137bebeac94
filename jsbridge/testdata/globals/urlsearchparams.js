return new URLSearchParams({ q: 'a b', n: 1, s: "*-._~'()!" }).toString()
// => "q=a+b&n=1&s=*-._%7E%27%28%29%21"

return [...new URLSearchParams('?a=1&b=2&a=3&c&=d&e==f&&')]
// => [["a","1"],["b","2"],["a","3"],["c",""],["","d"],["e","=f"]]

const p = new URLSearchParams([['a', '1'], ['b', '2'], ['a', '3']])
return [p.get('a'), p.getAll('a'), p.get('z'), p.has('a'), p.has('a', '3'), p.has('a', '9'), p.size]
// => ["1",["1","3"],null,true,true,false,3]

const p = new URLSearchParams('a=1&b=2&a=3')
p.set('a', 'x')
p.append('c', undefined)
p.delete('b')
return p.toString()
// => "a=x&c=undefined"

const p = new URLSearchParams('a=1&a=2&a=3')
p.delete('a', '2')
return String(p)
// => "a=1&a=3"

const p = new URLSearchParams('b=2&a=1&b=1&A=0')
p.sort()
return p.toString()
// => "A=0&a=1&b=2&b=1"

const seen = []
new URLSearchParams('a=1&b=2').forEach((value, name, all) => seen.push(name + value + (all instanceof URLSearchParams)))
return seen
// => ["a1true","b2true"]

const p = new URLSearchParams('a=1&b=2')
return [[...p.keys()], [...p.values()], [...p.entries()], Object.fromEntries(p)]
// => [["a","b"],["1","2"],[["a","1"],["b","2"]],{"a":"1","b":"2"}]

return new URLSearchParams('a=%C3%BC+%2B&b=%zz&c=%E2%82&d=%').toString()
// => "a=%C3%BC+%2B&b=%25zz&c=%EF%BF%BD&d=%25"

return [new URLSearchParams(new URLSearchParams('a=1')).toString(), new URLSearchParams(new Map([['x', 'y']])).toString(), new URLSearchParams().toString(), new URLSearchParams(undefined).toString()]
// => ["a=1","x=y","",""]

return new URLSearchParams({ a: null, b: undefined, c: [1, 2], d: true }).toString()
// => "a=null&b=undefined&c=1%2C2&d=true"

try { new URLSearchParams([['a']]) } catch (e) { return [e.name, e.message] }
// => ["TypeError","Each query pair must be an iterable [name, value] tuple"]

try { new URLSearchParams('a=1').get() } catch (e) { return [e.name, e.code] }
// => ["TypeError","ERR_MISSING_ARGS"]

return new URLSearchParams('emoji=😀&nul=\u0000').toString()
// => "emoji=%F0%9F%98%80&nul=%00"
