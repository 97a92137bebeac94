const hex = (b) => Buffer.from(b).toString('hex')
const text = new TextEncoder().encode('abc')
return [hex(await crypto.subtle.digest('SHA-1', text)), hex(await crypto.subtle.digest({ name: 'sha-256' }, text)), hex(await crypto.subtle.digest('SHA-384', text.buffer)).length, hex(await crypto.subtle.digest('SHA-512', text)).length]
// => ["a9993e364706816aba3e25717850c26c9cd0d89d","ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",96,128]

const key = await crypto.subtle.importKey('raw', new TextEncoder().encode('key'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
const data = new TextEncoder().encode('The quick brown fox jumps over the lazy dog')
const mac = await crypto.subtle.sign('HMAC', key, data)
return [Buffer.from(mac).toString('hex'), await crypto.subtle.verify('HMAC', key, mac, data), await crypto.subtle.verify('HMAC', key, mac, new Uint8Array(1)), key.type, key.algorithm.name, key.extractable]
// => ["f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",true,false,"secret","HMAC",false]

const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: { name: 'SHA-512' } }, true, ['sign'])
const raw = await crypto.subtle.exportKey('raw', key)
return [raw.byteLength, await crypto.subtle.verify('HMAC', key, raw, raw).catch((e) => e.name)]
// => [128,"InvalidAccessError"]

return [await crypto.subtle.digest('MD5', new Uint8Array(1)).catch((e) => e.name), await crypto.subtle.digest('SHA-256', 'text').catch((e) => e.name)]
// => ["NotSupportedError","TypeError"]

const a = crypto.getRandomValues(new Uint8Array(16))
const b = crypto.getRandomValues(new Uint8Array(16))
const u = crypto.randomUUID()
return [a.length, Buffer.compare(a, b) !== 0, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(u), u !== crypto.randomUUID(), crypto.getRandomValues(new Uint32Array(2)) instanceof Uint32Array]
// => [16,true,true,true,true]

return [new Float64Array(1), [1], new Uint8Array(65537)].map((v) => { try { crypto.getRandomValues(v); return 'ok' } catch (e) { return e.name } })
// => ["TypeMismatchError","TypeMismatchError","QuotaExceededError"]

const c = require('crypto')
return [c.createHash('sha256').update('a').update(Buffer.from('bc')).digest('hex'), c.createHash('md5').update('abc').digest('base64'), c.createHash('sha1').update('YWJj', 'base64').digest().toString('hex'), c.createHash('SHA512').update('').digest('base64url').length]
// => ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","kAFQmDzST7DWlj99KOF/cg==","a9993e364706816aba3e25717850c26c9cd0d89d",86]

const { createHmac } = require('node:crypto')
return [createHmac('sha256', 'key').update('The quick brown fox jumps over the lazy dog').digest('hex'), createHmac('sha1', Buffer.from('k')).update('x').digest('base64')]
// => ["f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8","ywATH87GAqj8hEE6KnAVTYwGoNI="]

const { randomBytes, randomUUID, timingSafeEqual, createHash } = require('crypto')
const h = createHash('sha256')
h.digest()
return [randomBytes(8).length, Buffer.isBuffer(randomBytes(1)), randomUUID().length, timingSafeEqual(Buffer.from('a'), Buffer.from('a')), timingSafeEqual(Buffer.from('a'), Buffer.from('b'))]
// => [8,true,36,true,false]

const c = require('crypto')
const tries = [() => c.createHash('nope'), () => c.timingSafeEqual(Buffer.from('a'), Buffer.from('bc')), () => c.createHash('md5').update(5), () => { const h = c.createHash('md5'); h.digest(); h.update('x') }]
return tries.map((f) => { try { f(); return 'ok' } catch (e) { return e.name } })
// => ["Error","RangeError","TypeError","Error"]

return await new Promise((r) => require('crypto').randomBytes(4, (err, b) => r([err, b.length])))
// => [null,4]
