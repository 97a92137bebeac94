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
