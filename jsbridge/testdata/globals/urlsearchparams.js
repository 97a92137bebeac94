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

const p = new URLSearchParams('a=1&b=2&c=3')
const seen = []
for (const [k] of p) { seen.push(k); if (k === 'a') p.delete('b') }
return [seen, p.toString()]
// => [["a","c"],"a=1&c=3"]

const t = (f) => { try { return f() } catch (e) { return [e.name, e.code] } }
const p = new URLSearchParams()
return [t(() => p.append('a')), t(() => p.set('a')), t(() => p.has()), t(() => p.getAll()), t(() => p.delete()), t(() => p.forEach()), t(() => new URLSearchParams([['a', 'b', 'c']])), t(() => new URLSearchParams([5])), t(() => new URLSearchParams({ [Symbol.iterator]: 5 })), t(() => URLSearchParams()), t(() => p.append(Symbol('x'), 'y'))]
// => [["TypeError","ERR_MISSING_ARGS"],["TypeError","ERR_MISSING_ARGS"],["TypeError","ERR_MISSING_ARGS"],["TypeError","ERR_MISSING_ARGS"],["TypeError","ERR_MISSING_ARGS"],["TypeError","ERR_INVALID_ARG_TYPE"],["TypeError","ERR_INVALID_TUPLE"],["TypeError","ERR_INVALID_TUPLE"],["TypeError","ERR_ARG_NOT_ITERABLE"],["TypeError",null],["TypeError",null]]

return ['a b', '!\'()*~-._', 'ü€😀', '\n\r\t', '&=+%#?/', '\ud800', '"<>`{}|\\^'].map((s) => new URLSearchParams([[s, s]]).toString())
// => ["a+b=a+b","%21%27%28%29*%7E-._=%21%27%28%29*%7E-._","%C3%BC%E2%82%AC%F0%9F%98%80=%C3%BC%E2%82%AC%F0%9F%98%80","%0A%0D%09=%0A%0D%09","%26%3D%2B%25%23%3F%2F=%26%3D%2B%25%23%3F%2F","%EF%BF%BD=%EF%BF%BD","%22%3C%3E%60%7B%7D%7C%5C%5E=%22%3C%3E%60%7B%7D%7C%5C%5E"]

return ['?a=1', '??a=1', 'a', '=', '&&', 'a&b=', 'a=1;b=2', '%41=%42', 'a=%F0%9F%98%80', 'a=%ff', '+=+', 'a==b'].map((s) => [...new URLSearchParams(s)])
// => [[["a","1"]],[["?a","1"]],[["a",""]],[["",""]],[],[["a",""],["b",""]],[["a","1;b=2"]],[["A","B"]],[["a","😀"]],[["a","�"]],[[" "," "]],[["a","=b"]]]

const p = new URLSearchParams({ b: 1, a: [1, 2], c: { toString: () => 'str' } })
return [p.toString(), new URLSearchParams(new FormData()).toString(), new URLSearchParams(new Headers({ x: 'y' })).toString(), new URLSearchParams(5).toString(), new URLSearchParams(null).toString(), new URLSearchParams('').size]
// => ["b=1&a=1%2C2&c=str","","x=y","5=","",0]

const p = new URLSearchParams('z=1&a=2&z=0&é=3&😀=4&\uffff=5')
p.sort()
return [...p.keys()]
// => ["a","z","z","é","😀","￿"]

const p = new URLSearchParams('a=1')
const it = p[Symbol.iterator]()
return [it.next(), it.next(), it[Symbol.iterator]() === it, Object.prototype.toString.call(p), p.has('a', undefined), p.has('a', '2')]
// => [{"value":["a","1"],"done":false},{"done":true},true,"[object URLSearchParams]",true,false]
