const f = new FormData()
f.append('a', '1')
f.append('a', 2)
f.append('b', new Blob(['x'], { type: 'text/x' }))
f.append('c', new Blob(['y']), 'c.txt')
f.append('d', new File(['z'], 'd.bin'))
f.append('e', new File(['z'], 'e.bin', { lastModified: 7 }), 'renamed')
const show = (v) => (typeof v === 'string' ? v : [v.constructor.name, v.name, v.type, v.size])
return [[...f].map(([k, v]) => [k, show(v)]), f.get('e').lastModified]
// => [[["a","1"],["a","2"],["b",["File","blob","text/x",1]],["c",["File","c.txt","",1]],["d",["File","d.bin","",1]],["e",["File","renamed","",1]]],7]

const f = new FormData()
f.append('a', '1')
f.append('b', '2')
f.append('a', '3')
f.set('a', '4')
f.set('c', '5')
f.delete('b')
return [f.get('a'), f.getAll('a'), f.get('zz'), f.has('a'), f.has('b'), f.getAll('zz'), [...f.keys()], [...f.values()], [...f.entries()], String(f)]
// => ["4",["4"],null,true,false,[],["a","c"],["4","5"],[["a","4"],["c","5"]],"[object FormData]"]

const f = new FormData()
const tries = [() => f.append('a'), () => f.append(), () => f.append('a', 'b', 'c'), () => f.get(), () => f.set('x'), () => f.forEach(), () => f.forEach(5), () => new FormData('x'), () => FormData()]
return tries.map((t) => { try { t(); return 'ok' } catch (e) { return e.name } })
// => ["TypeError","TypeError","TypeError","TypeError","TypeError","TypeError","TypeError","TypeError","TypeError"]

const f = new FormData()
f.append('x', '\ud800')
f.append('y', null)
f.append('z', undefined)
const seen = []
f.forEach((v, k, all) => seen.push([k, v, all === f]))
return seen
// => [["x","�",true],["y","null",true],["z","undefined",true]]

const f = new FormData()
f.append('text', 'a\nb')
f.append('qu"ote\r\n', 'v')
f.append('file', new File([new Uint8Array([0, 255])], 'n"a\nme.bin', { type: 'application/x' }))
f.append('blob', new Blob(['b']))
const r = new Request('https://a', { method: 'POST', body: f })
const type = r.headers.get('content-type')
const boundary = type.split('boundary=')[1]
const raw = Buffer.from(await r.arrayBuffer()).toString('latin1')
return [type.split(';')[0], raw.split(boundary).join('BOUNDARY')]
// => ["multipart/form-data","--BOUNDARY\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\na\r\nb\r\n--BOUNDARY\r\nContent-Disposition: form-data; name=\"qu%22ote%0D%0A\"\r\n\r\nv\r\n--BOUNDARY\r\nContent-Disposition: form-data; name=\"file\"; filename=\"n%22a%0Ame.bin\"\r\nContent-Type: application/x\r\n\r\n\u0000ÿ\r\n--BOUNDARY\r\nContent-Disposition: form-data; name=\"blob\"; filename=\"blob\"\r\nContent-Type: application/octet-stream\r\n\r\nb\r\n--BOUNDARY--\r\n"]

const f = new FormData()
f.append('a', '1')
f.append('ü', '€')
f.append('f', new File(['file\r\n'], 'ü.txt', { type: 'text/plain' }))
const back = await new Response(f).formData()
const file = back.get('f')
return [back.get('a'), back.get('ü'), file.name, file.type, await file.text(), file instanceof File, [...back.keys()]]
// => ["1","€","ü.txt","text/plain","file\r\n",true,["a","ü","f"]]

const r = new Response('a=1&b=%C3%BC+x&a=2', { headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' } })
const f = await r.formData()
return [[...f], r.bodyUsed]
// => [[["a","1"],["b","ü x"],["a","2"]],true]

const body = ['--X', 'Content-Disposition: form-data; name="a"', '', 'one', '--X', 'content-disposition: form-data; name="f"; filename="x.txt"', 'Content-Type: text/x', '', 'two\r\nlines', '--X--', ''].join('\r\n')
const f = await new Response(body, { headers: { 'content-type': 'multipart/form-data; boundary=X' } }).formData()
return [f.get('a'), f.get('f').name, f.get('f').type, await f.get('f').text()]
// => ["one","x.txt","text/x","two\r\nlines"]

const body = ['--X', 'Content-Disposition: form-data; name="a"', '', '', '--X', 'Content-Disposition: form-data; name="q%22"; filename=""', '', '', '--X--'].join('\r\n')
const f = await new Response(body, { headers: { 'content-type': 'multipart/form-data; boundary="X"' } }).formData()
return [f.get('a'), [...f.keys()], f.get('q"').name, f.get('q"').type, f.get('q"').size]
// => ["",["a","q\""],"","text/plain",0]

const bad = async (body, type) => new Response(body, { headers: type ? { 'content-type': type } : {} }).formData().then((f) => [...f].length, (e) => e.name)
return [await bad('x', 'text/plain'), await bad('x', ''), await bad('nope', 'multipart/form-data; boundary=X'), await bad('--X--', 'multipart/form-data'), await bad('--X\r\n\r\n--X--', 'multipart/form-data; boundary=X'), await bad('--X\r\nContent-Disposition: form-data; name="a"\r\n\r\nx', 'multipart/form-data; boundary=X'), await bad('--X\r\nContent-Disposition: attachment; name="a"\r\n\r\nx\r\n--X--', 'multipart/form-data; boundary=X'), await bad('a=1', 'application/x-www-form-urlencoded'), await bad('--X--\r\n', 'multipart/form-data; boundary=X')]
// => ["TypeError","TypeError","TypeError","TypeError","TypeError","TypeError","TypeError",1,0]

const r = new Response(new Blob(['b'], { type: 'image/png' }))
const s = new Response(new Blob(['b']))
const b = await new Response('x', { headers: { 'content-type': 'A/B; c=D' } }).blob()
return [r.headers.get('content-type'), s.headers.get('content-type'), b.type, b.size, (await new Response().blob()).size, (await new Response(new Uint8Array([1])).blob()).type]
// => ["image/png",null,"a/b;c=d",1,0,""]

const form = () => { const f = new FormData(); f.append('a', 'b'); return f }
const r = new Request('https://a', { method: 'POST', body: form(), headers: { 'content-type': 'text/mine' } })
const s = new Request('https://a', { method: 'POST', body: form() })
const t = s.clone()
return [r.headers.get('content-type'), (await s.formData()).get('a'), (await t.formData()).get('a'), s.bodyUsed, await s.formData().catch((e) => e.name)]
// => ["text/mine","b","b",true,"TypeError"]
