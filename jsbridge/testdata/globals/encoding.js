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

const d = (label, ...bytes) => new TextDecoder(label).decode(new Uint8Array(bytes))
return [d('utf-16le', 0x61, 0, 0xfc, 0, 0x3d, 0xd8, 0, 0xde), d('utf-16', 0x61, 0), d('latin1', 0xe9, 0xa0, 0x41), d('iso-8859-1', 0xff), d('windows-1252', 0xe4, 0xa4), d('ascii', 0xb5, 0x41), d('utf-16be', 0, 0x61, 0, 0xfc)]
// => ["aü😀","a","é A","ÿ","ä¤","µA","aü"]

return ['utf8', ' UTF-8 ', 'unicode-1-1-utf-8', 'latin1', 'us-ascii', 'iso8859-1', 'cp1252', 'UTF-16', 'ucs-2', 'utf-16le', 'utf-16be', 'l1'].map((l) => new TextDecoder(l).encoding)
// => ["utf-8","utf-8","utf-8","windows-1252","windows-1252","windows-1252","windows-1252","utf-16le","utf-16le","utf-16le","utf-16be","windows-1252"]

const d = new TextDecoder('utf-16le')
return [d.decode(new Uint8Array([0x3d, 0xd8]), { stream: true }), d.decode(new Uint8Array([0x00]), { stream: true }), d.decode(new Uint8Array([0xde])), new TextDecoder('utf-16le').decode(new Uint8Array([0x61, 0, 0x3d])), new TextDecoder('utf-16le').decode(new Uint8Array([0x3d, 0xd8, 0x61, 0])), new TextDecoder('utf-16le').decode(new Uint8Array([0xff, 0xfe, 0x61, 0])), new TextDecoder('utf-16le', { ignoreBOM: true }).decode(new Uint8Array([0xff, 0xfe, 0x61, 0])).length]
// => ["","","😀","a�","�a","a",2]

const t = (f) => { try { return f() } catch (e) { return [e.name, e.code] } }
return [t(() => new TextDecoder('utf-16le', { fatal: true }).decode(new Uint8Array([0x61]))), t(() => new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xe2, 0x82]))), t(() => new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xc3, 0xbc]))), t(() => new TextDecoder('nope')), t(() => new TextDecoder(null)), t(() => new TextDecoder('')), t(() => new TextDecoder().decode('text')), t(() => new TextDecoder().decode(null)), t(() => new TextDecoder().decode(5)), t(() => new TextDecoder('utf-8', 5)), t(() => TextDecoder())]
// => [["TypeError","ERR_ENCODING_INVALID_ENCODED_DATA"],["TypeError","ERR_ENCODING_INVALID_ENCODED_DATA"],"ü",["RangeError","ERR_ENCODING_NOT_SUPPORTED"],["RangeError","ERR_ENCODING_NOT_SUPPORTED"],["RangeError","ERR_ENCODING_NOT_SUPPORTED"],["TypeError","ERR_INVALID_ARG_TYPE"],["TypeError","ERR_INVALID_ARG_TYPE"],["TypeError","ERR_INVALID_ARG_TYPE"],["TypeError","ERR_INVALID_ARG_TYPE"],["TypeError",null]]

const d = new TextDecoder('utf-8', { fatal: true })
const first = d.decode(new Uint8Array([0xe2, 0x82]), { stream: true })
let error
try { d.decode(new Uint8Array([0x41]), { stream: true }) } catch (e) { error = e.name }
return [first, error]
// => ["","TypeError"]

const bytes = (s) => new Uint8Array(s.match(/../g).map((h) => parseInt(h, 16)))
return ['f09f98', 'f09f9841', 'c0af', 'eda080', 'f4908080', 'fe', '80', 'e28241', 'f8888080', 'c3c3bc', 'efbfbe', '00'].map((s) => new TextDecoder().decode(bytes(s)))
// => ["�","�A","��","���","����","�","�","�A","����","�ü","￾","\u0000"]

const d = new TextDecoder()
const parts = [[0xef], [0xbb], [0xbf, 0x61], [0xf0, 0x9f], [0x98, 0x80], [0xe2]]
return [parts.map((p) => d.decode(new Uint8Array(p), { stream: true })), d.decode(), d.decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x62]))]
// => [["","","a","","😀",""],"�","b"]

const e = new TextEncoder()
const t = (s, n) => { const into = new Uint8Array(n); return [e.encodeInto(s, into), [...into]] }
return [t('', 2), t('abc', 2), t('ü', 1), t('a😀b', 5), t('a😀b', 4), t('\ud800', 3), t('€€', 5)]
// => [[{"read":0,"written":0},[0,0]],[{"read":2,"written":2},[97,98]],[{"read":0,"written":0},[0]],[{"read":3,"written":5},[97,240,159,152,128]],[{"read":1,"written":1},[97,0,0,0]],[{"read":1,"written":3},[239,191,189]],[{"read":1,"written":3},[226,130,172,0,0]]]

const e = new TextEncoder()
const t = (f) => { try { return f() } catch (e) { return [e.name, e.code] } }
return [[...e.encode()], [...e.encode(undefined)], [...e.encode(null)], [...e.encode(12)], [...e.encode('\u0000\ufeff')], t(() => e.encodeInto('a', [])), t(() => e.encodeInto('a')), e.encode('x') instanceof Uint8Array, String(e), String(new TextDecoder()), t(() => TextEncoder.prototype.encode.call({}) && 1)[0]]
// => [[],[],[110,117,108,108],[49,50],[0,239,187,191],["TypeError","ERR_INVALID_ARG_TYPE"],["TypeError","ERR_INVALID_ARG_TYPE"],true,"[object TextEncoder]","[object TextDecoder]","TypeError"]

const a = new Uint8Array([0, 97, 98, 0])
return [new TextDecoder().decode(a.subarray(1, 3)), new TextDecoder().decode(new Uint16Array([0x6261])), new TextDecoder().decode(Buffer.from('buf')), new TextDecoder().decode(undefined), new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).fatal]
// => ["ab","ab","buf","",true]
