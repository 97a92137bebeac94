const b = new Blob(['a', new Uint8Array([98]), new Blob(['ü']), new Uint16Array([0x6463]).buffer, 5, null], { type: 'Text/Plain' })
return [b.size, b.type, await b.text(), b instanceof Blob, String(b), (await b.arrayBuffer()).byteLength]
// => [11,"text/plain","abücd5null",true,"[object Blob]",11]

const b = new Blob(['hello world'])
return [await b.slice(0, 5).text(), await b.slice(-5).text(), await b.slice(3, -3).text(), b.slice(20).size, b.slice(0, 2, 'A/b').type, b.slice().size, b.slice(5, 2).size, b.slice(undefined, 2).size]
// => ["hello","world","lo wo",0,"a/b",11,0,2]

const tries = [() => new Blob('text'), () => new Blob(5), () => new Blob(null), () => new Blob([], 5), () => new Blob([], { endings: 'x' }), () => Blob([])]
return tries.map((f) => { try { return f().size } catch (e) { return [e.name, e.code] } })
// => [["TypeError","ERR_INVALID_ARG_TYPE"],["TypeError","ERR_INVALID_ARG_TYPE"],["TypeError","ERR_INVALID_ARG_TYPE"],["TypeError","ERR_INVALID_ARG_TYPE"],["TypeError","ERR_INVALID_ARG_VALUE"],["TypeError",null]]

return [new Blob().size, new Blob(undefined).size, new Blob([], { type: 'a\u0000' }).type, new Blob([], { type: 'ü' }).type, new Blob([], { type: null }).type, new Blob([], null).type, new Blob(new Set(['a', 'b'])).size, await new Blob(['a\r\nb\rc'], { endings: 'native' }).text()]
// => [0,0,"","","null","",2,"a\nb\rc"]

const f = new File(['abc'], 'a.txt', { type: 'text/plain', lastModified: 5 })
return [f.name, f.size, f.type, f.lastModified, await f.text(), f instanceof Blob, String(f), f.slice(1) instanceof File, Math.abs(new File([], 'x').lastModified - Date.now()) < 1000]
// => ["a.txt",3,"text/plain",5,"abc",true,"[object File]",false,true]

const tries = [() => new File(), () => new File([]), () => new File('a', 'b'), () => new File(['a'], { toString: () => 'n' }).name]
return tries.map((f) => { try { return f() } catch (e) { return e.name } })
// => ["TypeError","TypeError","TypeError","n"]

const source = new Uint8Array([1, 2])
const b = new Blob([source])
source[0] = 9
const copy = new Uint8Array(await b.arrayBuffer())
copy[1] = 9
return [...new Uint8Array(await b.arrayBuffer())]
// => [1,2]

const b = new Blob([new Uint8Array([0xff, 0x61])])
return [await b.text(), new Blob(['\ud800']).size, new Blob([{}]).size, new Blob([[1, 2]]).size]
// => ["�a",3,15,3]
