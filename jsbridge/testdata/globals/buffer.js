return [Buffer.from('user:pass').toString('base64'), Buffer.from('dXNlcjpwYXNz', 'base64').toString(), Buffer.from('ü').toString('hex'), Buffer.from('c3bc', 'hex').toString()]
// => ["dXNlcjpwYXNz","user:pass","c3bc","ü"]

return [Buffer.from([251, 255]).toString('base64url'), Buffer.from('-_8', 'base64url').toString('hex'), Buffer.from('-_8', 'base64').toString('hex'), Buffer.from('+/8=', 'base64url').toString('hex')]
// => ["-_8","fbff","fbff","fbff"]

return [Buffer.from('abc').length, Buffer.byteLength('ü€'), Buffer.byteLength('YWI=', 'base64'), Buffer.isBuffer(Buffer.alloc(1)), Buffer.isBuffer(new Uint8Array(1))]
// => [3,5,2,true,false]

return [Buffer.concat([Buffer.from('a'), new Uint8Array([98]), Buffer.from('cd')]).toString(), Buffer.concat([Buffer.from('abc')], 2).toString(), Buffer.concat([Buffer.from('a')], 3).length]
// => ["abcd","ab",3]

const b = Buffer.from('hello')
b.slice(1, 3)[0] = 69
return [b.toString(), b.subarray(1, -1).toString(), b.toString('utf8', 1, 3), b instanceof Uint8Array, b.subarray(1) instanceof Buffer]
// => ["hEllo","Ell","El",true,true]

return [Buffer.from('a').equals(Buffer.from('a')), Buffer.compare(Buffer.from('a'), Buffer.from('b')), Buffer.from('b').compare(Buffer.from('a'))]
// => [true,-1,1]

return [JSON.stringify(Buffer.from('a')), Buffer.from(JSON.parse(JSON.stringify(Buffer.from('xy')))).toString()]
// => ["{\"type\":\"Buffer\",\"data\":[97]}","xy"]

return [Buffer.alloc(3, 'ab').toString(), Buffer.alloc(2, 1).toString('hex'), Buffer.alloc(2).toString('hex'), Buffer.from('abcabc').fill('x', 1, 3).toString()]
// => ["aba","0101","0000","axxabc"]

return [Buffer.from('é', 'latin1').toString('hex'), Buffer.from([233]).toString('latin1'), Buffer.from('aé', 'ascii').toString('hex'), Buffer.from('hi', 'utf16le').toString('hex'), Buffer.from('68006900', 'hex').toString('utf16le')]
// => ["e9","é","61e9","68006900","hi"]

const b = Buffer.alloc(8)
b.writeUInt32BE(0xdeadbeef, 0)
b.writeInt16LE(-2, 4)
b.writeUInt8(7, 6)
return [b.toString('hex'), b.readUInt32BE(0), b.readInt16LE(4), b.readUInt8(6), b.readUInt16BE(1)]
// => ["deadbeeffeff0700",3735928559,-2,7,44478]

const b = Buffer.from('hello world')
return [b.indexOf('world'), b.indexOf('x'), b.includes('lo w'), b.indexOf(111), b.indexOf('o', 5)]
// => [6,-1,true,4,7]

const b = Buffer.alloc(4)
return [b.write('ab', 1), b.toString('hex'), Buffer.from('xyz').copy(b, 2), b.toString('latin1')]
// => [2,"00616200",2,"\u0000axy"]

return [Buffer.from(new Uint8Array([1, 2]).buffer).length, Buffer.from(Buffer.from('q')).toString(), Buffer.isEncoding('HEX'), Buffer.isEncoding('x')]
// => [2,"q",true,false]

try { Buffer.from('a', 'klingon') } catch (e) { return [e.name, e.code] }
// => ["TypeError","ERR_UNKNOWN_ENCODING"]

try { Buffer.from(5) } catch (e) { return [e.name, e.code] }
// => ["TypeError","ERR_INVALID_ARG_TYPE"]

return [Buffer.from('zz', 'hex').length, Buffer.from('abc', 'hex').length, Buffer.from('a*b=c', 'base64').length]
// => [0,1,1]

return [...Buffer.from('ab').entries()].concat([[Buffer.from([256, -1, 1.9])[0], Buffer.from([256, -1, 1.9])[1]]])
// => [[0,97],[1,98],[0,255]]

return `${Buffer.from('abc')}` + Buffer.from('d')
// => "abcd"

const b = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8])
return [b.readUInt8(1), b.readUint16LE(0), b.readInt32BE(2), String(b.readBigUInt64LE(0)), String(b.readBigInt64BE()), b.readUIntBE(1, 3), b.readUIntLE(0, 6), b.readIntBE(0, 5), b.readIntLE(2, 6), b.readFloatBE(0), b.readDoubleLE(0), b.readUint32BE(4)]
// => [2,513,50595078,"578437695752307201","72623859790382856",131844,6618611909121,4328719365,8826258785283,2.387939260590663e-38,5.447603722011605e-270,84281096]

const b = Buffer.from('ff80fffe0102ff00', 'hex')
return [b.readInt8(0), b.readInt8(1), b.readInt16BE(2), b.readInt16LE(2), b.readIntBE(0, 3), b.readIntLE(0, 3), b.readIntBE(6, 1), b.readUIntBE(6, 1)]
// => [-1,-128,-2,-257,-32513,-32513,-1,255]

const b = Buffer.alloc(24)
const ends = [b.writeUInt8(255, 0), b.writeInt8(-128, 1), b.writeUInt16BE(0xabcd, 2), b.writeInt32LE(-2, 4), b.writeBigUInt64BE(2n ** 64n - 1n, 8), b.writeUIntBE(0x123456, 16, 3), b.writeIntLE(-5, 19, 5)]
return [ends, b.toString('hex')]
// => [[1,2,4,8,16,19,24],"ff80abcdfeffffffffffffffffffffff123456fbffffffff"]

const b = Buffer.alloc(12)
return [b.writeFloatLE(1.5, 0), b.writeDoubleBE(-2.25, 4), b.toString('hex'), b.readFloatLE(0), b.readDoubleBE(4)]
// => [4,12,"0000c03fc002000000000000",1.5,-2.25]

const tries = [(b) => b.readUInt8(4), (b) => b.readUInt8(-1), (b) => b.readUInt8(1.5), (b) => b.readUInt8('0'), (b) => b.readUInt32LE(1), (b) => b.readBigInt64LE(0), (b) => b.readUIntBE(0, 7), (b) => b.readUIntBE(0), (b) => b.readDoubleBE(0), (b) => b.readUIntBE(3, 2)]
return tries.map((f) => { try { return f(Buffer.alloc(4)) } catch (e) { return [e.name, e.code, e.message] } })
// => [["RangeError","ERR_OUT_OF_RANGE","The value of \"offset\" is out of range. It must be >= 0 and <= 3. Received 4"],["RangeError","ERR_OUT_OF_RANGE","The value of \"offset\" is out of range. It must be >= 0 and <= 3. Received -1"],["RangeError","ERR_OUT_OF_RANGE","The value of \"offset\" is out of range. It must be an integer. Received 1.5"],["TypeError","ERR_INVALID_ARG_TYPE","The \"offset\" argument must be of type number. Received type string ('0')"],["RangeError","ERR_OUT_OF_RANGE","The value of \"offset\" is out of range. It must be >= 0 and <= 0. Received 1"],["RangeError","ERR_BUFFER_OUT_OF_BOUNDS","Attempt to access memory outside buffer bounds"],["RangeError","ERR_OUT_OF_RANGE","The value of \"byteLength\" is out of range. It must be >= 1 and <= 6. Received 7"],["TypeError","ERR_INVALID_ARG_TYPE","The \"byteLength\" argument must be of type number. Received undefined"],["RangeError","ERR_BUFFER_OUT_OF_BOUNDS","Attempt to access memory outside buffer bounds"],["RangeError","ERR_OUT_OF_RANGE","The value of \"offset\" is out of range. It must be >= 0 and <= 2. Received 3"]]

const tries = [(b) => b.writeUInt8(256), (b) => b.writeInt8(-129), (b) => b.writeUInt16LE(70000), (b) => b.writeUInt32BE(2 ** 32), (b) => b.writeInt32BE(2 ** 31), (b) => b.writeUIntBE(2 ** 24, 0, 3), (b) => b.writeUIntBE(2 ** 40, 0, 5), (b) => b.writeUInt8('x'), (b) => b.writeUInt8(1, 9), (b) => b.writeBigInt64LE(2n ** 63n), (b) => b.writeIntBE(-(2 ** 47) - 1, 0, 6)]
return tries.map((f) => { try { return f(Buffer.alloc(8)) } catch (e) { return [e.name, e.code, e.message] } })
// => [["RangeError","ERR_OUT_OF_RANGE","The value of \"value\" is out of range. It must be >= 0 and <= 255. Received 256"],["RangeError","ERR_OUT_OF_RANGE","The value of \"value\" is out of range. It must be >= -128 and <= 127. Received -129"],["RangeError","ERR_OUT_OF_RANGE","The value of \"value\" is out of range. It must be >= 0 and <= 65535. Received 70000"],["RangeError","ERR_OUT_OF_RANGE","The value of \"value\" is out of range. It must be >= 0 and <= 4294967295. Received 4294967296"],["RangeError","ERR_OUT_OF_RANGE","The value of \"value\" is out of range. It must be >= -2147483648 and <= 2147483647. Received 2147483648"],["RangeError","ERR_OUT_OF_RANGE","The value of \"value\" is out of range. It must be >= 0 and <= 16777215. Received 16777216"],["RangeError","ERR_OUT_OF_RANGE","The value of \"value\" is out of range. It must be >= 0 and < 2 ** 40. Received 1_099_511_627_776"],1,["RangeError","ERR_OUT_OF_RANGE","The value of \"offset\" is out of range. It must be >= 0 and <= 7. Received 9"],["RangeError","ERR_OUT_OF_RANGE","The value of \"value\" is out of range. It must be >= -(2n ** 63n) and < 2n ** 63n. Received 9_223_372_036_854_775_808n"],["RangeError","ERR_OUT_OF_RANGE","The value of \"value\" is out of range. It must be >= -(2 ** 47) and < 2 ** 47. Received -140_737_488_355_329"]]

const b = Buffer.from('abcdefgh')
return [Buffer.from(b).swap16().toString(), Buffer.from(b).swap32().toString(), Buffer.from(b).swap64().toString(), (() => { try { Buffer.alloc(3).swap16() } catch (e) { return [e.name, e.code] } })()]
// => ["badcfehg","dcbahgfe","hgfedcba",["RangeError","ERR_INVALID_BUFFER_SIZE"]]

const tries = [() => Buffer.alloc(-1), () => Buffer.alloc('5'), () => Buffer.alloc(NaN), () => Buffer.from(), () => Buffer.from(null), () => Buffer.from(5), () => Buffer.from(() => 1), () => Buffer.from(true), () => Buffer.from({}), () => Buffer.concat('a'), () => Buffer.concat(['a']), () => Buffer.byteLength(5), () => Buffer.compare('a', 'b'), () => Buffer.alloc(1).equals('a'), () => Buffer.alloc(1).write(5)]
return tries.map((f) => { try { return f().length } catch (e) { return [e.name, e.code, e.message] } })
// => [["RangeError","ERR_OUT_OF_RANGE","The value of \"size\" is out of range. It must be >= 0 && <= 4294967296. Received -1"],["TypeError","ERR_INVALID_ARG_TYPE","The \"size\" argument must be of type number. Received type string ('5')"],["RangeError","ERR_OUT_OF_RANGE","The value of \"size\" is out of range. It must be >= 0 && <= 4294967296. Received NaN"],["TypeError","ERR_INVALID_ARG_TYPE","The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object. Received undefined"],["TypeError","ERR_INVALID_ARG_TYPE","The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object. Received null"],["TypeError","ERR_INVALID_ARG_TYPE","The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object. Received type number (5)"],["TypeError","ERR_INVALID_ARG_TYPE","The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object. Received function "],["TypeError","ERR_INVALID_ARG_TYPE","The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object. Received type boolean (true)"],["TypeError","ERR_INVALID_ARG_TYPE","The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object. Received an instance of Object"],["TypeError","ERR_INVALID_ARG_TYPE","The \"list\" argument must be an instance of Array. Received type string ('a')"],["TypeError","ERR_INVALID_ARG_TYPE","The \"list[0]\" argument must be an instance of Buffer or Uint8Array. Received type string ('a')"],["TypeError","ERR_INVALID_ARG_TYPE","The \"string\" argument must be of type string or an instance of Buffer or ArrayBuffer. Received type number (5)"],["TypeError","ERR_INVALID_ARG_TYPE","The \"buf1\" argument must be an instance of Buffer or Uint8Array. Received type string ('a')"],["TypeError","ERR_INVALID_ARG_TYPE","The \"otherBuffer\" argument must be an instance of Buffer or Uint8Array. Received type string ('a')"],["TypeError","ERR_INVALID_ARG_TYPE","argument must be a string"]]

return [Buffer.from(new String('boxed')).toString(), Buffer.from({ length: 2, 0: 7, 1: 300 }).toString('hex'), Buffer.from([]).length, Buffer.from([1.7, -1, '3', null, 'x', 256]).toString('hex'), Buffer.from({ [Symbol.toPrimitive]() { return 'prim' } }).toString(), Buffer.from(new Uint16Array([1, 257])).toString('hex'), Buffer.from({ length: 'x' }).length]
// => ["boxed","072c",0,"01ff03000000","prim","0101",0]

const shared = new Uint8Array([1, 2, 3, 4]).buffer
const b = Buffer.from(shared, 1, 2)
b[0] = 9
return [[...new Uint8Array(shared)], b.length, b.byteOffset, Buffer.from(shared, 4).length, (() => { try { Buffer.from(shared, 5) } catch (e) { return [e.name, e.code, e.message] } })(), (() => { try { Buffer.from(shared, 1, 9) } catch (e) { return [e.name, e.code, e.message] } })()]
// => [[1,9,3,4],2,1,0,["RangeError","ERR_BUFFER_OUT_OF_BOUNDS","\"offset\" is outside of buffer bounds"],["RangeError","ERR_BUFFER_OUT_OF_BOUNDS","\"length\" is outside of buffer bounds"]]

const a = new Uint8Array([1, 2, 3])
const b = Buffer.from(a)
b[0] = 9
return [a[0], b.buffer !== a.buffer, Buffer.from(b).equals(b), Buffer.from(b) !== b, Buffer.of(1, 2).toString('hex'), Buffer.of(1) instanceof Buffer]
// => [1,true,true,true,"0102",true]

const b = Buffer.from('hello')
return [b.toString('utf8', -5, 100), b.toString('utf8', 1.9, 3.9), b.toString('utf8', 'x', 2), b.toString('utf8', 3, 1), b.toString(undefined, 1), b.toString('HEX', 0, 2), b.toString('UCS2', 0, 4).length, b.toLocaleString()]
// => ["hello","el","he","","ello","6865",2,"hello"]

try { Buffer.from('a').toString('nope') } catch (e) { return [e.name, e.code, e.message] }
// => ["TypeError","ERR_UNKNOWN_ENCODING","Unknown encoding: nope"]

return ['', null, undefined, 'utf8', 'UTF-8', 'hex', 'base64URL', 'binary', 'ucs-2', 'utf16le', 'latin-1', 5].map((e) => Buffer.isEncoding(e))
// => [false,false,false,true,true,true,true,true,true,true,false,false]

return ['ü€😀', 'x'.repeat(10), ''].map((s) => ['utf8', 'latin1', 'ascii', 'utf16le', 'hex', 'base64', 'base64url', 'nope'].map((e) => Buffer.byteLength(s, e)))
// => [[9,4,4,8,2,3,3,9],[10,10,10,20,5,7,7,10],[0,0,0,0,0,0,0,0]]

return [Buffer.byteLength(new ArrayBuffer(7)), Buffer.byteLength(new Uint16Array(3)), Buffer.byteLength(new DataView(new ArrayBuffer(5), 1)), Buffer.byteLength('YQ=='), Buffer.byteLength('YQ==', 'base64'), Buffer.byteLength('YWI', 'base64url')]
// => [7,6,4,4,1,2]

const b = Buffer.from('this is a buffer')
return [b.indexOf('is'), b.lastIndexOf('is'), b.indexOf('is', 3), b.indexOf('', 5), b.indexOf(Buffer.from('buffer')), b.indexOf(new Uint8Array([98])), b.indexOf('s', -4), b.lastIndexOf('s', 4), b.lastIndexOf('s', -20), b.indexOf('616e', 'hex'), b.includes('a buf'), b.includes('x', 0), b.indexOf(99), b.indexOf(97 + 256), b.lastIndexOf('this', 0)]
// => [2,5,5,5,10,10,-1,3,-1,-1,true,false,-1,8,0]

try { Buffer.from('a').indexOf({}) } catch (e) { return [e.name, e.code] }
// => ["TypeError","ERR_INVALID_ARG_TYPE"]

const b = Buffer.from('abcdef')
const u = Buffer.from('cd')
return [b.compare(u), b.compare(u, 0, 2, 2, 4), b.compare(b), Buffer.compare(Buffer.from('a'), Buffer.from('ab')), b.compare(u, 0, 0, 0, 0), [Buffer.from('b'), Buffer.from('a')].sort(Buffer.compare).join()]
// => [-1,0,0,-1,0,"a,b"]

const b = Buffer.alloc(6, '.')
return [b.write('ü€', 1), b.toString('latin1'), b.write('€', 4), b.write('abc', 4, 1), b.write('6162', 0, 'hex'), b.write('xyz', 1, 2, 'latin1'), b.toString('latin1')]
// => [5,".Ã¼â¬",0,1,2,2,"axyâa¬"]

const tries = [(b) => b.write('a', 5), (b) => b.write('a', -1), (b) => b.write('a', 4), (b) => b.write('abc', 1, 9), (b) => b.write('a', 0, 'nope')]
return tries.map((f) => { try { return f(Buffer.alloc(4)) } catch (e) { return [e.name, e.code, e.message] } })
// => [["RangeError","ERR_OUT_OF_RANGE","The value of \"offset\" is out of range. It must be >= 0 && <= 4. Received 5"],["RangeError","ERR_OUT_OF_RANGE","The value of \"offset\" is out of range. It must be >= 0 && <= 4. Received -1"],0,["RangeError","ERR_OUT_OF_RANGE","The value of \"length\" is out of range. It must be >= 0 && <= 4. Received 9"],["TypeError","ERR_UNKNOWN_ENCODING","Unknown encoding: nope"]]

const a = Buffer.from('abcdef')
const b = Buffer.alloc(4, '.')
return [a.copy(b, 1, 2, 4), b.toString(), a.copy(b, 3), b.toString(), a.copy(b, 9), a.copy(a, 2, 0, 3), a.toString(), a.copy(new Uint8Array(2)), (() => { try { a.copy(b, 0, 9) } catch (e) { return [e.name, e.code] } })(), (() => { try { a.copy(b, -1) } catch (e) { return [e.name, e.code] } })()]
// => [2,".cd.",1,".cda",0,3,"ababcf",2,["RangeError","ERR_OUT_OF_RANGE"],["RangeError","ERR_OUT_OF_RANGE"]]

return [Buffer.alloc(5).fill('ab').toString(), Buffer.alloc(5).fill('6162', 'hex').toString(), Buffer.alloc(4).fill(0x161).toString('hex'), Buffer.alloc(4, 1).fill(Buffer.from('xy'), 1, 3).toString('latin1'), Buffer.alloc(2, 1).fill('').toString('hex'), Buffer.alloc(2).fill('ü').toString(), Buffer.alloc(3).fill('x', 1).toString('hex'), Buffer.alloc(3).fill(true).toString('hex')]
// => ["ababa","ababa","61616161","\u0001xy\u0001","0000","ü","007878","010101"]

const tries = [(b) => b.fill('a', 5), (b) => b.fill('a', 0, 9), (b) => b.fill('zz', 'hex'), (b) => b.fill('a', 'nope'), (b) => b.fill('a', -1)]
return tries.map((f) => { try { return f(Buffer.alloc(4)).toString() } catch (e) { return [e.name, e.code] } })
// => ["\u0000\u0000\u0000\u0000",["RangeError","ERR_OUT_OF_RANGE"],["TypeError","ERR_INVALID_ARG_VALUE"],["TypeError","ERR_UNKNOWN_ENCODING"],["RangeError","ERR_OUT_OF_RANGE"]]

const b = Buffer.from('abc')
return [[...b.keys()], [...b.values()], [...b], b.map((x) => x + 1) instanceof Buffer, b.filter((x) => x > 97).toString(), b.join('-'), b.reverse().toString(), b.at(-1), b.every((x) => x > 0), Buffer.from('b').toString() + 1]
// => [[0,1,2],[97,98,99],[97,98,99],true,"bc","97-98-99","cba",97,true,"b1"]

return [Buffer.concat([]).length, Buffer.concat([], 3).length, Buffer.concat([Buffer.from('ab'), Buffer.from('cd')], 3).toString(), Buffer.concat([Buffer.from('a')], 0).length, Buffer.concat([new Uint8Array([65]), Buffer.from('b')]) instanceof Buffer]
// => [0,0,"abc",0,true]

return [Buffer.from('\ud83d').toString('hex'), Buffer.from('\ud83d', 'utf16le').toString('hex'), Buffer.from('3dd8', 'hex').toString('utf16le').charCodeAt(0), Buffer.from('€', 'latin1').toString('hex'), Buffer.from('😀', 'latin1').toString('hex'), Buffer.from('e282', 'hex').toString().length, Buffer.from('abc', 'utf16le').toString('utf16le')]
// => ["efbfbd","3dd8",55357,"ac","3d00",1,"abc"]

return [Buffer.from('YW Jj\n', 'base64').toString(), Buffer.from('YWJj====', 'base64').toString(), Buffer.from('YQ==YQ==', 'base64').toString(), Buffer.from('_-', 'base64').toString('hex'), Buffer.from('a', 'base64').length, Buffer.from('AbC', 'hex').toString('hex'), Buffer.from('0x12', 'hex').length, Buffer.from('12zz34', 'hex').toString('hex'), Buffer.from([255, 254, 253]).toString('base64url')]
// => ["abc","abc","a","ff",0,"ab",0,"12","__79"]

const { type, data } = Buffer.from('hi').toJSON()
return [type, data, JSON.stringify({ b: Buffer.alloc(0) }), Buffer.from({ type: 'Buffer', data: [104, 105] }).toString(), Buffer.isBuffer({}), Buffer.isBuffer(null), Buffer.name, Object.prototype.toString.call(Buffer.alloc(1)), typeof Buffer.prototype.readUint8]
// => ["Buffer",[104,105],"{\"b\":{\"type\":\"Buffer\",\"data\":[]}}","hi",false,false,"Buffer","[object Uint8Array]","function"]

const b = Buffer.from('abcdef')
const s = b.subarray(2, 4)
s[0] = 88
return [b.toString(), b.slice(-3).toString(), b.slice(2, -1).toString(), b.subarray(9).length, b.slice(3, 1).length, Uint8Array.prototype.slice.call(b, 0, 2).buffer !== b.buffer, b.subarray().length]
// => ["abXdef","def","Xde",0,0,true,6]

return [new Buffer('abc').toString(), new Buffer(3).length, new Buffer([1, 2]).toString('hex'), new Buffer('YQ==', 'base64').toString()]
// => ["abc",3,"0102","a"]

const b = Buffer.alloc(2)
return ['readUInt8' in b, 'readNothing' in b, 'swap16' in Buffer.prototype, b.readNothing === undefined, b.hasOwnProperty('length'), b instanceof Uint8Array, Buffer.prototype.readUInt8 === Buffer.prototype.readUint8]
// => [true,false,true,true,false,true,true]

const isTypeError = (f) => { try { f() } catch (e) { return e instanceof TypeError } }
return [isTypeError(() => Buffer.prototype.write.call(new Float64Array(3), '')), isTypeError(() => Buffer.prototype.write.call({}, 'a')), isTypeError(() => Buffer.prototype.toString.call({ length: 1 })), Buffer.prototype.equals.call(new Uint8Array(1), new Uint8Array(1))]
// => [true,true,true,true]

const codes = []
for (const f of [(b) => b.write('', 0), (b) => b.fill('a'), (b) => b.indexOf('a'), (b) => b.toString(), (b) => b.subarray(1), (b) => b.equals(b)]) {
  try { f(Object.setPrototypeOf(new Float64Array(3), Buffer.prototype)); codes.push('none') } catch (e) { codes.push(e.code) }
}
return codes.length
// => 6
