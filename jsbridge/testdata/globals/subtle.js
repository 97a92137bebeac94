const pem = '-----BEGIN PRIVATE KEY-----\nMIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBALiD2PWksNwOWZpy\npZRtN3p1/svv4ywH64crQjKr/qqzQRsMloqz3XsRYHRSRtu0z8aDGESwuWcoOQf7\ngAClXJAvPT6AsUv9nmtwvw7ePlTedbFOsvOR+bwrTtyEYx8+/pbYLVDGMfqQkuoj\ndJmRLu6W3fIvh6TpGAHMyZ4pqbfdAgMBAAECgYB7O0OZu6aLMeJSLqO7n73fwhKs\nLcjxTVDWc+PAZ/KsGxAuepfIhxwy54Yd6h18+yORl1iL9+O7q7d7R1NUGxzX5P7F\n5k38kMXSkH/j/0KnnS+KzrZXB6MvXdPBjKQmFhIfWhL0qakOvkQRr6ReLaEF5lHp\nvu0yfesEycz6N57FQQJBANxGU697wQZESDEw7poovJHzA0DoBTeuI5nzRYRtvce9\nbdi48CqMfIyiexJYB/0cZxAIyYPZOVY8DwQ4ooQEMikCQQDWcMzRiY+bDnVr39eJ\nKoFEdLCRPhsze1DhKc8TS9guvY4KMOzbhzd7vYbNgulGT9+30qq69ubA7USsRXy2\nwRaVAkABhcbsTpmt9mjdVi5ACIoNJDXgi/oFQYHjfYf8e1m1eLy6o8SdNq1ht3nM\nTal4eWrI9JaX/7divjWIXO/ao8DJAkEAuyRR+wOcCevCWdRNm202xvE3LmoO/wy9\nduMvzl1AWvoePZKZArSsnRa30B5RSoVmblwxl1zl4LSwW8+AmVVFSQJAAia6MhgF\nj3irw933rDUNilT/2PBnYZiebJA4CwtoKISXO1ZJoUD/0CyaQO75pbZcABsnj12U\nAvuNDbinLxFzDw==\n-----END PRIVATE KEY-----\n'
const der = Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64')
const key = await crypto.subtle.importKey('pkcs8', der, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['sign'])
const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key, new TextEncoder().encode('header.payload'))
return [Buffer.from(signature).toString('base64url'), key.type, key.extractable, key.usages, key.algorithm.name, key.algorithm.modulusLength, [...key.algorithm.publicExponent], key.algorithm.hash]
// => ["IkVGDJiXUqBR5VmzIUq6G9b824SFf-4IJJUVRuGJbuOhfbQVZBZyOSsrNp3QcDykFAQG5rW90aGavuQVtbKEv2to4LSIUAYwqMEhYDt1mWJ6KlsSEVUNG0UCsL-1db8M8okLBXDQPytFrXEP_hX-DC_LIQNGYrfjfLVsjO1uPA0","private",false,["sign"],"RSASSA-PKCS1-v1_5",1024,[1,0,1],{"name":"SHA-256"}]

const jwk = {"kty":"RSA","n":"uIPY9aSw3A5ZmnKllG03enX-y-_jLAfrhytCMqv-qrNBGwyWirPdexFgdFJG27TPxoMYRLC5Zyg5B_uAAKVckC89PoCxS_2ea3C_Dt4-VN51sU6y85H5vCtO3IRjHz7-ltgtUMYx-pCS6iN0mZEu7pbd8i-HpOkYAczJnimpt90","e":"AQAB","d":"eztDmbumizHiUi6ju5-938ISrC3I8U1Q1nPjwGfyrBsQLnqXyIccMueGHeodfPsjkZdYi_fju6u3e0dTVBsc1-T-xeZN_JDF0pB_4_9Cp50vis62VwejL13TwYykJhYSH1oS9KmpDr5EEa-kXi2hBeZR6b7tMn3rBMnM-jeexUE","p":"3EZTr3vBBkRIMTDumii8kfMDQOgFN64jmfNFhG29x71t2LjwKox8jKJ7ElgH_RxnEAjJg9k5VjwPBDiihAQyKQ","q":"1nDM0YmPmw51a9_XiSqBRHSwkT4bM3tQ4SnPE0vYLr2OCjDs24c3e72GzYLpRk_ft9KquvbmwO1ErEV8tsEWlQ","dp":"AYXG7E6ZrfZo3VYuQAiKDSQ14Iv6BUGB432H_HtZtXi8uqPEnTatYbd5zE2peHlqyPSWl_-3Yr41iFzv2qPAyQ","dq":"uyRR-wOcCevCWdRNm202xvE3LmoO_wy9duMvzl1AWvoePZKZArSsnRa30B5RSoVmblwxl1zl4LSwW8-AmVVFSQ","qi":"Aia6MhgFj3irw933rDUNilT_2PBnYZiebJA4CwtoKISXO1ZJoUD_0CyaQO75pbZcABsnj12UAvuNDbinLxFzDw"}
const key = await crypto.subtle.importKey('jwk', jwk, { name: 'RSASSA-PKCS1-v1_5', hash: { name: 'sha-512' } }, true, ['sign'])
const { d, p, q, dp, dq, qi, ...open } = jwk
const pub = await crypto.subtle.importKey('jwk', open, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }, true, ['verify'])
const data = new TextEncoder().encode('data')
const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key, data)
const out = await crypto.subtle.exportKey('jwk', key)
return [Buffer.from(signature).toString('hex'), await crypto.subtle.verify('RSASSA-PKCS1-v1_5', pub, signature, data), await crypto.subtle.verify('RSASSA-PKCS1-v1_5', pub, signature, signature), out.alg, out.kty, out.n === jwk.n, out.d === d, out.qi === qi, out.dp === dp, out.ext, out.key_ops, Object.keys(await crypto.subtle.exportKey('jwk', pub)).sort()]
// => ["9fa73930748b61017a046a15e151f5667f9e2ab073259cf3ee4fb54747eb8252269414943d122582e77a9132053cc20a19ace3c3d24a215e7e0159cb214f8d095626a663a3a4c147ef07a8e24baa5466e69eb2c0867f9f1c696976684dda2bc9f8b3bddb5cecec205f1a4f10ca30f7e3adf134e86035e20e248b6df0ed690ea9",true,false,"RS512","RSA",true,true,true,true,true,["sign"],["alg","e","ext","key_ops","kty","n"]]

const der = (pem) => Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64')
const pub = await crypto.subtle.importKey('spki', der('-----BEGIN PUBLIC KEY-----\nMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC4g9j1pLDcDlmacqWUbTd6df7L\n7+MsB+uHK0Iyq/6qs0EbDJaKs917EWB0UkbbtM/GgxhEsLlnKDkH+4AApVyQLz0+\ngLFL/Z5rcL8O3j5U3nWxTrLzkfm8K07chGMfPv6W2C1QxjH6kJLqI3SZkS7ult3y\nL4ek6RgBzMmeKam33QIDAQAB\n-----END PUBLIC KEY-----\n'), { name: 'RSA-PSS', hash: 'SHA-256' }, true, ['verify'])
const key = await crypto.subtle.importKey('pkcs8', der('-----BEGIN PRIVATE KEY-----\nMIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBALiD2PWksNwOWZpy\npZRtN3p1/svv4ywH64crQjKr/qqzQRsMloqz3XsRYHRSRtu0z8aDGESwuWcoOQf7\ngAClXJAvPT6AsUv9nmtwvw7ePlTedbFOsvOR+bwrTtyEYx8+/pbYLVDGMfqQkuoj\ndJmRLu6W3fIvh6TpGAHMyZ4pqbfdAgMBAAECgYB7O0OZu6aLMeJSLqO7n73fwhKs\nLcjxTVDWc+PAZ/KsGxAuepfIhxwy54Yd6h18+yORl1iL9+O7q7d7R1NUGxzX5P7F\n5k38kMXSkH/j/0KnnS+KzrZXB6MvXdPBjKQmFhIfWhL0qakOvkQRr6ReLaEF5lHp\nvu0yfesEycz6N57FQQJBANxGU697wQZESDEw7poovJHzA0DoBTeuI5nzRYRtvce9\nbdi48CqMfIyiexJYB/0cZxAIyYPZOVY8DwQ4ooQEMikCQQDWcMzRiY+bDnVr39eJ\nKoFEdLCRPhsze1DhKc8TS9guvY4KMOzbhzd7vYbNgulGT9+30qq69ubA7USsRXy2\nwRaVAkABhcbsTpmt9mjdVi5ACIoNJDXgi/oFQYHjfYf8e1m1eLy6o8SdNq1ht3nM\nTal4eWrI9JaX/7divjWIXO/ao8DJAkEAuyRR+wOcCevCWdRNm202xvE3LmoO/wy9\nduMvzl1AWvoePZKZArSsnRa30B5RSoVmblwxl1zl4LSwW8+AmVVFSQJAAia6MhgF\nj3irw933rDUNilT/2PBnYZiebJA4CwtoKISXO1ZJoUD/0CyaQO75pbZcABsnj12U\nAvuNDbinLxFzDw==\n-----END PRIVATE KEY-----\n'), { name: 'RSA-PSS', hash: 'SHA-256' }, true, ['sign'])
const data = new TextEncoder().encode('data')
const fresh = await crypto.subtle.sign({ name: 'RSA-PSS', saltLength: 20 }, key, data)
return [await crypto.subtle.verify({ name: 'RSA-PSS', saltLength: 32 }, pub, Buffer.from('ZRdjKoJjRH+MohParsxOIARHWgHSSVZV1dTuIhe5nrGIV7Zk6di6aibIXEKYyi3H1kQtHRonj1a6SvNXBXXE6LSKxw0tM/ZMkZDBQfhW63FgB0dhcoZdqCEk9NB/BlOzZ+Uets0AD5pgCl9PiSm2N1hmBIi0KO3AL2tcokZtgDk=', 'base64'), data), await crypto.subtle.verify({ name: 'RSA-PSS', saltLength: 20 }, pub, fresh, data), await crypto.subtle.verify({ name: 'RSA-PSS', saltLength: 32 }, pub, fresh, data), Buffer.from(await crypto.subtle.exportKey('spki', pub)).toString('base64'), (await crypto.subtle.exportKey('jwk', key)).alg]
// => [true,true,false,"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC4g9j1pLDcDlmacqWUbTd6df7L7+MsB+uHK0Iyq/6qs0EbDJaKs917EWB0UkbbtM/GgxhEsLlnKDkH+4AApVyQLz0+gLFL/Z5rcL8O3j5U3nWxTrLzkfm8K07chGMfPv6W2C1QxjH6kJLqI3SZkS7ult3yL4ek6RgBzMmeKam33QIDAQAB","PS256"]

const jwk = {"kty":"EC","x":"p_kQgndHQFrNwyWd2qhxu8kFomUV4D-6ACHa5N7PkGk","y":"jz3n3CXceQzJgRjfzoPru77p761dFJVyzaQlltLQ1Go","crv":"P-256","d":"El1CC5ypzknAy2ZCke-1GS_byfLf02cQpaFAmaAg-Tg"}
const { d, ...open } = jwk
const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const key = await crypto.subtle.importKey('jwk', jwk, algorithm, true, ['sign'])
const pub = await crypto.subtle.importKey('jwk', open, algorithm, true, ['verify'])
const data = new TextEncoder().encode('data')
const fresh = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, data)
const verify = (s, hash = 'SHA-256') => crypto.subtle.verify({ name: 'ECDSA', hash }, pub, s, data)
return [fresh.byteLength, await verify(fresh), await verify(Buffer.from('3/dETqCeOSyGJahbNtAjSL6ewDiTXxB0NpinoxWxyAR73cJW3akeTZx3pu1zhM1+CfXhbDJQ7n6D0ZviXx2KzQ==', 'base64')), await verify(fresh, 'SHA-384'), await verify(new Uint8Array(64)), await verify(new Uint8Array(3)), key.algorithm, key.type, pub.type]
// => [64,true,true,false,false,false,{"name":"ECDSA","namedCurve":"P-256"},"private","public"]

const jwk = {"kty":"EC","x":"p_kQgndHQFrNwyWd2qhxu8kFomUV4D-6ACHa5N7PkGk","y":"jz3n3CXceQzJgRjfzoPru77p761dFJVyzaQlltLQ1Go","crv":"P-256","d":"El1CC5ypzknAy2ZCke-1GS_byfLf02cQpaFAmaAg-Tg"}
const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const key = await crypto.subtle.importKey('jwk', jwk, algorithm, true, ['sign'])
const { d, ...open } = jwk
const pub = await crypto.subtle.importKey('jwk', open, algorithm, true, ['verify'])
const hex = async (format, k) => Buffer.from(await crypto.subtle.exportKey(format, k)).toString('hex')
const raw = await crypto.subtle.exportKey('raw', pub)
const again = await crypto.subtle.importKey('raw', raw, algorithm, true, ['verify'])
return [await hex('pkcs8', key), await hex('spki', pub), await hex('raw', pub), await hex('spki', again), await crypto.subtle.exportKey('jwk', key), await crypto.subtle.exportKey('jwk', pub)]
// => ["308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420125d420b9ca9ce49c0cb664291efb5192fdbc9f2dfd36710a5a14099a020f938a14403420004a7f910827747405acdc3259ddaa871bbc905a26515e03fba0021dae4decf90698f3de7dc25dc790cc98118dfce83ebbbbee9efad5d149572cda42596d2d0d46a","3059301306072a8648ce3d020106082a8648ce3d03010703420004a7f910827747405acdc3259ddaa871bbc905a26515e03fba0021dae4decf90698f3de7dc25dc790cc98118dfce83ebbbbee9efad5d149572cda42596d2d0d46a","04a7f910827747405acdc3259ddaa871bbc905a26515e03fba0021dae4decf90698f3de7dc25dc790cc98118dfce83ebbbbee9efad5d149572cda42596d2d0d46a","3059301306072a8648ce3d020106082a8648ce3d03010703420004a7f910827747405acdc3259ddaa871bbc905a26515e03fba0021dae4decf90698f3de7dc25dc790cc98118dfce83ebbbbee9efad5d149572cda42596d2d0d46a",{"key_ops":["sign"],"ext":true,"kty":"EC","x":"p_kQgndHQFrNwyWd2qhxu8kFomUV4D-6ACHa5N7PkGk","y":"jz3n3CXceQzJgRjfzoPru77p761dFJVyzaQlltLQ1Go","crv":"P-256","d":"El1CC5ypzknAy2ZCke-1GS_byfLf02cQpaFAmaAg-Tg"},{"key_ops":["verify"],"ext":true,"kty":"EC","x":"p_kQgndHQFrNwyWd2qhxu8kFomUV4D-6ACHa5N7PkGk","y":"jz3n3CXceQzJgRjfzoPru77p761dFJVyzaQlltLQ1Go","crv":"P-256"}]

const jwk = {"kty":"EC","x":"_EulU-_IzKB2vdZrDm8zcBTOTXF_KZkGaM5ljJT5r93Jdx7VgJkykXoKSTiy_rxG","y":"U7jrn2SDvZUiCaOnHy0VHziZpiONt4340SiqYmB4eNE_ndlc7Xn9_ARnOKj3oFDw","crv":"P-384","d":"frKb9PBjh5e5EwSyl2fMqjcEqx-3l03r-sbABfiDEKx4OcBVOx6O5RORxHCcoxeO"}
const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-384' }, true, ['sign'])
const { d, ...open } = jwk
const pub = await crypto.subtle.importKey('jwk', open, { name: 'ECDSA', namedCurve: 'P-384' }, true, ['verify'])
const data = new TextEncoder().encode('data')
const fresh = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-384' }, key, data)
return [fresh.byteLength, await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-384' }, pub, fresh, data), await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-384' }, pub, Buffer.from('7wrgtZdGA2+Kf60PAlCsw+bewVzOA5S0tqi3Su4cl16d/apu7VZzR5GIb8X1cnY66FMVJs8hqzbMuAbsnca3W1zunXX+AGH6tblIx2ebFZMmgxlzW+aIdxZHYiqJBKDo', 'base64'), data), (await crypto.subtle.exportKey('jwk', key)).d === d, Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64')]
// => [96,true,true,true,"MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDB+spv08GOHl7kTBLKXZ8yqNwSrH7eXTev6xsAF+IMQrHg5wFU7Ho7lE5HEcJyjF46hZANiAAT8S6VT78jMoHa91msObzNwFM5NcX8pmQZozmWMlPmv3cl3HtWAmTKRegpJOLL+vEZTuOufZIO9lSIJo6cfLRUfOJmmI423jfjRKKpiYHh40T+d2Vztef38BGc4qPegUPA="]

const jwk = {"kty":"EC","x":"AUswJP274sy5hv0ozXFdJ42gWAAvFj_tBSTWgRxFt18ghNpIH-TY5n-Aetgvjt2LWgDeL7B97vyY8dKg-n19bafX","y":"Ab4hE1W7WBXW3wJMNwWcMopEw0Mr_oErgNeBYoyRtYY1q3VzLxUcoU7HiuvQN-FjWzADS9SgWnN9Sue0jtrcdra_","crv":"P-521","d":"Afw3cTG8h5_9KFYzRSCwfn1UuDkUEmm5pATWL_krX52XkI3IQz35cU0bWSmXQX53fLsxNF2gLcP2G1eKRIx129Nj"}
const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-521' }, true, ['sign'])
const { d, ...open } = jwk
const pub = await crypto.subtle.importKey('jwk', open, { name: 'ECDSA', namedCurve: 'P-521' }, true, ['verify'])
const data = new TextEncoder().encode('data')
const fresh = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-512' }, key, data)
return [fresh.byteLength, await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-512' }, pub, fresh, data), await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-512' }, pub, Buffer.from('AOyG+OHrzPtYkCbG9nrlFQgnoTf+kmKZecGmcrbzmU4/WUjPJKRmy7pSn45slgYTpcve4KryM03eBGAp6aYyHCO0AFtsx4i+IDdPfsJX/aIObzHnx1oY7xV0vrxcNESTszbC++4YGoJeUCOMU4+iOPStEqFYrcMhZyD8oxs87Hp2wlnJ', 'base64'), data), (await crypto.subtle.exportKey('jwk', key)).d === d, Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64')]
// => [132,true,true,true,"MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIB/DdxMbyHn/0oVjNFILB+fVS4ORQSabmkBNYv+StfnZeQjchDPflxTRtZKZdBfnd8uzE0XaAtw/YbV4pEjHXb02OhgYkDgYYABAFLMCT9u+LMuYb9KM1xXSeNoFgALxY/7QUk1oEcRbdfIITaSB/k2OZ/gHrYL47di1oA3i+wfe78mPHSoPp9fW2n1wG+IRNVu1gV1t8CTDcFnDKKRMNDK/6BK4DXgWKMkbWGNat1cy8VHKFOx4rr0DfhY1swA0vUoFpzfUrntI7a3Ha2vw=="]

const { publicKey, privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
const data = new Uint8Array(10)
const s = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, data)
return [await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, publicKey, s, data), publicKey.extractable, privateKey.extractable, publicKey.usages, privateKey.usages, await crypto.subtle.exportKey('pkcs8', privateKey).catch((e) => e.message)]
// => [true,true,false,["verify"],["sign"],"key is not extractable"]

const { publicKey, privateKey } = await crypto.subtle.generateKey({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, true, ['sign', 'verify'])
const data = new Uint8Array(10)
const s = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', privateKey, data)
return [s.byteLength, await crypto.subtle.verify('RSASSA-PKCS1-v1_5', publicKey, s, data), privateKey.algorithm.modulusLength, privateKey.algorithm.hash.name, Object.keys(await crypto.subtle.exportKey('jwk', privateKey)).sort()]
// => [256,true,2048,"SHA-256",["alg","d","dp","dq","e","ext","key_ops","kty","n","p","q","qi"]]

const algorithm = { name: 'HMAC', hash: 'SHA-256' }
const key = await crypto.subtle.importKey('jwk', { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' }, algorithm, true, ['sign', 'verify'])
const out = await crypto.subtle.exportKey('jwk', key)
return [out, key.usages, key.algorithm, Buffer.from(await crypto.subtle.exportKey('raw', key)).toString(), key.type]
// => [{"key_ops":["sign","verify"],"ext":true,"kty":"oct","k":"c2VjcmV0","alg":"HS256"},["sign","verify"],{"name":"HMAC","hash":{"name":"SHA-256"},"length":48},"secret","secret"]

const names = []
const t = async (f) => { try { await f(); names.push('ok') } catch (e) { names.push(e.name + ' ' + (typeof e.code === 'string' ? e.code : e.message)) } }
const s = crypto.subtle
const raw = new Uint8Array(16)
const hmac = { name: 'HMAC', hash: 'SHA-256' }
await t(() => s.importKey('raw', raw, 'HMAC', true, ['sign']))
await t(() => s.importKey('raw', raw, { name: 'nope' }, true, ['sign']))
await t(() => s.importKey('nope', raw, hmac, true, ['sign']))
await t(() => s.importKey('raw', raw, hmac, true, ['nope']))
await t(() => s.importKey('raw', raw, hmac, true, ['encrypt']))
await t(() => s.importKey('raw', raw, hmac, true, []))
await t(() => s.importKey('raw', new Uint8Array(0), hmac, true, ['sign']))
await t(() => s.importKey('raw', raw, { name: 'HMAC', hash: 'MD5' }, true, ['sign']))
await t(() => s.importKey('raw'))
await t(() => s.digest('SHA-256'))
await t(() => s.digest('SHA-257', raw))
return names
// => ["TypeError ERR_MISSING_OPTION","NotSupportedError Unrecognized algorithm name","TypeError ERR_INVALID_ARG_VALUE","TypeError ERR_INVALID_ARG_VALUE","SyntaxError Unsupported key usage for an HMAC key","SyntaxError Usages cannot be empty when importing a secret key.","DataError Zero-length key is not supported","NotSupportedError Unrecognized algorithm name","TypeError ERR_MISSING_ARGS","TypeError ERR_MISSING_ARGS","NotSupportedError Unrecognized algorithm name"]

const names = []
const t = async (f) => { try { await f(); names.push('ok') } catch (e) { names.push(e.message) } }
const s = crypto.subtle
const key = await s.importKey('raw', new Uint8Array(16), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
const ec = await s.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
await t(() => s.exportKey('raw', key))
await t(() => s.verify('HMAC', key, new Uint8Array(1), new Uint8Array(1)))
await t(() => s.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, new Uint8Array(1)))
await t(() => s.sign({ name: 'ECDSA', hash: 'SHA-256' }, ec.publicKey, new Uint8Array(1)))
await t(() => s.verify({ name: 'ECDSA', hash: 'SHA-256' }, ec.privateKey, new Uint8Array(1), new Uint8Array(1)))
return names
// => ["key is not extractable","Unable to use this key to verify","Unable to use this key to sign","Unable to use this key to sign","Unable to use this key to verify"]

const names = []
const t = async (f) => { try { await f(); names.push('ok') } catch (e) { names.push(e.name) } }
const s = crypto.subtle
const ec = { name: 'ECDSA', namedCurve: 'P-256' }
await t(() => s.importKey('pkcs8', new Uint8Array(16), ec, true, ['sign']))
await t(() => s.importKey('spki', new Uint8Array(16), ec, true, ['verify']))
await t(() => s.importKey('raw', new Uint8Array(65), ec, true, ['verify']))
await t(() => s.importKey('raw', new Uint8Array(65), { name: 'ECDSA', namedCurve: 'P-1' }, true, ['verify']))
await t(() => s.importKey('raw', new Uint8Array(65), { name: 'ECDSA' }, true, ['verify']))
await t(() => s.importKey('jwk', { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }, ec, true, ['verify']))
await t(() => s.importKey('jwk', { kty: 'RSA' }, ec, true, ['verify']))
await t(() => s.importKey('jwk', null, ec, true, ['verify']))
await t(() => s.importKey('jwk', { kty: 'oct', k: 'AA', alg: 'HS512' }, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']))
await t(() => s.importKey('jwk', { kty: 'oct', k: 'AA', ext: false }, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']))
await t(() => s.importKey('jwk', { kty: 'oct', k: 'AA', use: 'enc' }, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']))
await t(() => s.importKey('jwk', { kty: 'oct', k: 'AA', key_ops: ['verify'] }, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']))
return names
// => ["DataError","DataError","DataError","NotSupportedError","TypeError","DataError","DataError","DataError","DataError","DataError","DataError","DataError"]

const der = Buffer.from('-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgEl1CC5ypzknAy2ZC\nke+1GS/byfLf02cQpaFAmaAg+TihRANCAASn+RCCd0dAWs3DJZ3aqHG7yQWiZRXg\nP7oAIdrk3s+QaY8959wl3HkMyYEY386D67u+6e+tXRSVcs2kJZbS0NRq\n-----END PRIVATE KEY-----\n'.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64')
const key = await crypto.subtle.importKey('pkcs8', der, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign'])
return [key.algorithm, await crypto.subtle.importKey('pkcs8', der, { name: 'ECDSA', namedCurve: 'P-384' }, true, ['sign']).catch((e) => e.name), await crypto.subtle.importKey('pkcs8', der, { name: 'RSA-PSS', hash: 'SHA-1' }, true, ['sign']).catch((e) => e.name), await crypto.subtle.importKey('pkcs8', der, { name: 'ECDSA', namedCurve: 'P-256' }, true, []).catch((e) => e.name), await crypto.subtle.importKey('pkcs8', der, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify']).catch((e) => e.name)]
// => [{"name":"ECDSA","namedCurve":"P-256"},"DataError","DataError","SyntaxError","SyntaxError"]

return [typeof CryptoKey, typeof SubtleCrypto, typeof Crypto, crypto instanceof Crypto, crypto.subtle instanceof SubtleCrypto, String(crypto), String(crypto.subtle), crypto.subtle === crypto.subtle, [CryptoKey, SubtleCrypto, Crypto].map((C) => { try { return new C() } catch (e) { return e.name } })]
// => ["function","function","function",true,true,"[object Crypto]","[object SubtleCrypto]",true,["TypeError","TypeError","TypeError"]]

const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-1', length: 160 }, true, ['sign', 'verify'])
return [String(key), key instanceof CryptoKey, key.algorithm.length, key.algorithm.hash, JSON.stringify(key), Object.keys(key), (await crypto.subtle.exportKey('jwk', key)).alg]
// => ["[object CryptoKey]",true,160,{"name":"SHA-1"},"{}",[],"HS1"]

return await Promise.all(['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'].map(async (h) => Buffer.from(await crypto.subtle.digest(h, new Uint8Array(0))).toString('base64')))
// => ["2jmj7l5rSw0yVb/vlWAYkK/YBwk=","47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb","z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="]

const data = new Uint16Array([1, 2, 3])
const hex = (b) => Buffer.from(b).toString('hex')
return [hex(await crypto.subtle.digest('SHA-1', data)), hex(await crypto.subtle.digest('SHA-1', new DataView(data.buffer, 2, 2))), hex(await crypto.subtle.digest('SHA-1', data.subarray(1)))]
// => ["5b9ba303e3d8ef9e9d421085303cda49d64c79bf","9b99593353a610c4bee0d6a94a01a3296080c0fb","8e74f494c0bc2f8260b1b309c1bc83ced972d347"]
