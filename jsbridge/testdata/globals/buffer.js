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
