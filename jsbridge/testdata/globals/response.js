const r = new Response('{"a": 1}', { status: 201, statusText: 'Made', headers: { x: 'y' } })
return [r.status, r.statusText, r.ok, r.headers.get('x'), r.headers.get('content-type'), r.url, r.redirected, r.type, await r.json()]
// => [201,"Made",true,"y","text/plain;charset=UTF-8","",false,"default",{"a":1}]

const r = new Response()
return [r.status, r.ok, await r.text(), r.bodyUsed]
// => [200,true,"",false]

const r = Response.json({ a: [1] }, { status: 400 })
return [r.status, r.ok, r.headers.get('content-type'), await r.text()]
// => [400,false,"application/json","{\"a\":[1]}"]

const r = new Response(new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xff]))
return r.text()
// => "a�"

const r = new Response('abc')
const b = await r.arrayBuffer()
return [b.byteLength, b instanceof ArrayBuffer, await r.text().catch((e) => e.name)]
// => [3,true,"TypeError"]

return [100, 199, 600, 'x'].map((status) => { try { new Response('', { status }); return 'ok' } catch (e) { return e.name } }).concat(new Response(null, { status: 204 }).status)
// => ["RangeError","RangeError","RangeError","RangeError",204]

try { new Response('x', { status: 204 }) } catch (e) { return e.name }
// => "TypeError"

const r = Response.redirect('https://a/b', 301)
return [r.status, r.headers.get('location'), Response.error().type, Response.error().status]
// => [301,"https://a/b","error",0]

const r = new Response('x')
const c = r.clone()
return [await c.text(), await r.text()]
// => ["x","x"]

const r = new Response('{')
return r.json().catch((e) => e.name)
// => "SyntaxError"

const bytes = new Uint8Array([1, 2, 3])
const r = new Response(bytes.subarray(1))
bytes[1] = 9
return [...new Uint8Array(await r.arrayBuffer())]
// => [2,3]

const r = new Response('text', { status: 404, statusText: 'Nope', headers: [['X-A', '1'], ['x-a', '2']] })
return [r.ok, r.status, r.statusText, r.headers.get('x-a'), r.type, r.url, r.redirected, r.bodyUsed, String(r), await r.text(), r.bodyUsed]
// => [false,404,"Nope","1, 2","default","",false,false,"[object Response]","text",true]

const tries = [() => new Response('', { status: 99 }), () => new Response('', { status: 1000 }), () => new Response('', { status: '404' }).status, () => new Response('', { status: 200.9 }).status, () => new Response('', { statusText: 'ü' }).statusText, () => new Response('', { statusText: '€' }), () => new Response('', { statusText: 'a\nb' }), () => new Response('x', { status: 204 }), () => new Response('x', { status: 304 }), () => new Response(null, { status: 205 }).status, () => new Response('', 5), () => new Response('', { headers: 5 }), () => new Response('', null).status]
return tries.map((f) => { try { const v = f(); return typeof v === 'object' ? 'ok' : v } catch (e) { return e.name } })
// => ["RangeError","RangeError",404,200,"ü","TypeError","TypeError","TypeError","TypeError",205,"TypeError","TypeError",200]

const r = Response.json({ a: 'ü' }, { status: 201, headers: { 'x-a': 'b' } })
return [r.status, [...r.headers], await r.json(), Response.json([1], { headers: { 'content-type': 'mine' } }).headers.get('content-type'), await Response.json(null).text(), await Response.json('x').text()]
// => [201,[["content-type","application/json"],["x-a","b"]],{"a":"ü"},"mine","null","\"x\""]

const circular = {}
circular.self = circular
return [() => Response.json(undefined), () => Response.json(Symbol('x')), () => Response.json(() => 1), () => Response.json(circular), () => Response.json(5n), () => Response.json()].map((f) => { try { f(); return 'ok' } catch (e) { return e.name } })
// => ["TypeError","TypeError","TypeError","TypeError","TypeError","TypeError"]

const r = Response.error()
return [r.type, r.status, r.statusText, r.ok, r.body, [...r.headers], await r.text()]
// => ["error",0,"",false,null,[],""]

return [() => Response.redirect('https://a/b').status, () => Response.redirect('https://a/ü', 307).headers.get('location'), () => Response.redirect('nope'), () => Response.redirect('https://a', 200), () => Response.redirect('https://a', 308).body, () => Response.redirect()].map((f) => { try { return f() } catch (e) { return e.name } })
// => [302,"https://a/%C3%BC","TypeError","RangeError",null,"TypeError"]

const r = new Response('{"a": [1, {"b": null}]}')
const c = r.clone()
const first = await r.json()
return [first, await c.text(), r.bodyUsed, c.bodyUsed, (() => { try { r.clone() } catch (e) { return [e.name, e.message] } })()]
// => [{"a":[1,{"b":null}]},"{\"a\": [1, {\"b\": null}]}",true,true,["TypeError","Response.clone: Body has already been consumed."]]

const r = new Response('x')
await r.text()
const again = await Promise.all([r.text(), r.json(), r.arrayBuffer(), r.blob(), r.formData()].map((p) => p.catch((e) => e.name)))
return again
// => ["TypeError","TypeError","TypeError","TypeError","TypeError"]

const r = new Response(null)
return [r.body, await r.text(), r.bodyUsed, await r.text(), await new Response('').text(), await new Response().json().catch((e) => e.name), (await new Response(undefined).arrayBuffer()).byteLength]
// => [null,"",false,"","","SyntaxError",0]

return [await new Response('\ufeffabc').text(), await new Response('\ufeff{"a":1}').json(), await new Response(new Uint8Array([0xc3, 0x28])).text(), (await new Response('\ufeffa').arrayBuffer()).byteLength]
// => ["abc",{"a":1},"�(",4]

const p = new Response('x').text()
return [p instanceof Promise, await p, typeof Response.prototype.json, Response.length, Request.length, Headers.name, fetch.name, fetch.length]
// => [true,"x","function",0,1,"Headers","fetch",1]
