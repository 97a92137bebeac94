return [...new TextEncoder().encode('aü€😀')]
// => [97,195,188,226,130,172,240,159,152,128]

return new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 97, 0xc3, 0xbc, 0xe2, 0x82, 0xff]))
// => "aü��"

const d = new TextDecoder()
return d.decode(new Uint8Array([0xe2, 0x82]), { stream: true }) + '|' + d.decode(new Uint8Array([0xac]), { stream: true }) + '|' + d.decode()
// => "|€|"

try { new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255])) } catch (e) { return [e.name, e.code] }
// => ["TypeError","ERR_ENCODING_INVALID_ENCODED_DATA"]

const t = new TextDecoder('UTF8', { ignoreBOM: true })
return [t.encoding, t.fatal, t.ignoreBOM, t.decode(new Uint8Array([0xef, 0xbb, 0xbf, 97])).length, new TextEncoder().encoding]
// => ["utf-8",false,true,2,"utf-8"]

try { new TextDecoder('klingon') } catch (e) { return e.name }
// => "RangeError"

const into = new Uint8Array(4)
return [new TextEncoder().encodeInto('a€b', into), [...into]]
// => [{"read":2,"written":4},[97,226,130,172]]

return [new TextDecoder().decode(new Uint8Array([97, 98]).buffer), new TextDecoder().decode(), new TextDecoder().decode(new DataView(new Uint8Array([97, 98, 99]).buffer, 1))]
// => ["ab","","bc"]

return [...new TextEncoder().encode('\ud800x')]
// => [239,191,189,120]
