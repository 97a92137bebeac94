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
