const r = new Request('https://example.com/a', { method: 'post', headers: { 'X-A': '1' }, body: 'x' })
return [r.method, r.url, r.headers.get('x-a'), r.headers.get('content-type'), r.redirect, r.bodyUsed, await r.text(), r.bodyUsed]
// => ["POST","https://example.com/a","1","text/plain;charset=UTF-8","follow",false,"x",true]

const r = new Request(new Request('https://example.com/', { method: 'PUT', body: 'b', headers: { a: '1' } }), { headers: { b: '2' } })
return [r.method, [...r.headers], await r.text()]
// => ["PUT",[["b","2"]],"b"]

const r = new Request('https://example.com/', { method: 'POST', body: '{"a":1}' })
const c = r.clone()
return [await r.json(), await c.json()]
// => [{"a":1},{"a":1}]

return ['TRACE', 'a b'].map((method) => { try { new Request('https://a', { method }); return 'ok' } catch (e) { return e.name } }).concat(new Request('https://a', { method: 'patch' }).method)
// => ["TypeError","TypeError","patch"]

return [['https://u:p@a/'], ['https://a', { redirect: 'x' }], ['https://a', { signal: 5 }], ['https://a', { body: 'x' }]].map((args) => { try { new Request(...args); return 'ok' } catch (e) { return e.name } })
// => ["TypeError","TypeError","TypeError","TypeError"]

const r = new Request('https://a', { method: 'POST', body: new URLSearchParams({ a: 'b c' }) })
return [r.headers.get('content-type'), await r.text(), r.signal.aborted]
// => ["application/x-www-form-urlencoded;charset=UTF-8","a=b+c",false]

const r = new Request('https://example.com/a?b#c')
return [r.method, r.url, r.headers instanceof Headers, r.body, r.bodyUsed, r.redirect, r.credentials, r.mode, r.cache, r.integrity, r.keepalive, r.referrer, r.destination, r.signal instanceof AbortSignal, String(r)]
// => ["GET","https://example.com/a?b#c",true,null,false,"follow","same-origin","cors","default","",false,"about:client","",true,"[object Request]"]

const tries = [() => new Request(), () => new Request('/x'), () => new Request('https://a', { method: 'CONNECT' }), () => new Request('https://a', { method: 'GET', body: '' }), () => new Request('https://a', { method: 'HEAD', body: 'x' }), () => new Request('https://a', { redirect: 'nope' }), () => new Request('https://a', { signal: {} }), () => new Request('https://a', { headers: { 'a b': 'c' } }), () => new Request('https://a', { body: 'x', method: 'POST' }).method, () => new Request('https://a', 5), () => new Request(new URL('https://a/b')).url, () => new Request({ toString: () => 'https://c/' }).url]
return tries.map((f) => { try { const v = f(); return typeof v === 'string' ? v : 'ok' } catch (e) { return e.name } })
// => ["TypeError","TypeError","TypeError","TypeError","TypeError","TypeError","TypeError","TypeError","POST","TypeError","https://a/b","https://c/"]

return ['get', 'Post', 'pUt', 'delete', 'options', 'head', 'patch', 'Foo'].map((method) => new Request('https://a', { method }).method)
// => ["GET","POST","PUT","DELETE","OPTIONS","HEAD","patch","Foo"]

const r = new Request('https://a', { method: 'POST', body: 'x' })
const s = new Request(r)
return [r.bodyUsed, s.bodyUsed, await s.text(), await r.text().catch((e) => e.name), (() => { try { new Request(r) } catch (e) { return e.name } })(), (() => { try { r.clone() } catch (e) { return e.name } })()]
// => [true,false,"x","TypeError","TypeError","TypeError"]

const c = new AbortController()
const r = new Request('https://a', { signal: c.signal })
const s = new Request(r)
c.abort('gone')
return [r.signal.aborted, s.signal.aborted, r.signal.reason, s.clone().signal.aborted, new Request('https://a', { signal: null }).signal.aborted]
// => [true,true,"gone",true,false]

const types = await Promise.all([new Uint8Array([1, 2]), new Uint16Array([1, 2]).buffer, new DataView(new ArrayBuffer(3), 1), 'ü', new URLSearchParams('a=b'), new Blob(['x'], { type: 'T/t' }), 5, null, undefined, { toString: () => 'obj' }].map(async (body) => {
  const r = new Request('https://a', { method: 'POST', body })
  return [r.headers.get('content-type'), (await r.arrayBuffer()).byteLength]
}))
return types
// => [[null,2],[null,4],[null,2],["text/plain;charset=UTF-8",2],["application/x-www-form-urlencoded;charset=UTF-8",3],["t/t",1],["text/plain;charset=UTF-8",1],[null,0],[null,0],["text/plain;charset=UTF-8",3]]
