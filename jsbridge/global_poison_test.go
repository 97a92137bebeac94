package jsbridge_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"claviger/jsbridge"
)

// poison makes every method of the language tell what it is given, and has Object.prototype tell who asks it for what.
// host tells of a value that it is none of JavaScript's own: it takes no property and is not frozen.
const poison = `
	const {apply, defineProperty, ownKeys, getOwnPropertyDescriptor} = Reflect, {isExtensible, hasOwn} = Object
	const seen = new Set(), add = Set.prototype.add, WS = [...[Object, Array, Function, Promise, String, RegExp, Map, Set, ArrayBuffer, Uint8Array, Object.getPrototypeOf(Uint8Array), Number, Error, Symbol, Math, JSON, Reflect]]
	let busy = false
	const see = (v) => {
		if (busy || v === null || (typeof v !== 'object' && typeof v !== 'function')) return
		busy = true
		apply(add, seen, [v])
		busy = false
	}
	const wrap = (holder) => {
		for (const name of ownKeys(holder)) {
			const d = getOwnPropertyDescriptor(holder, name)
			if (name === 'constructor' || name === 'prototype' || typeof d.value !== 'function' || !d.configurable) continue
			const f = d.value
			defineProperty(holder, name, {__proto__: null, ...d, value: function (...args) {
				see(this)
				for (let i = 0; i < args.length; i++) see(args[i])
				return apply(f, this, args)
			}})
		}
	}
	const poisonAll = () => {
		busy = true
		for (const name of ['handle', 'isPrivate', 'kind', 'curve', 'bits', 'exponent', 'held', 'algorithm', 'id', 'answer', 'copy', 'digest', 'update', 'slice', 'exports', 'then', 'code', 'status', 'body', 'headers', 'href', 'read', 'written', 'text', 'rest', 'shown', 'toJSON', 'type', 'length', 'buffer', 'data', 'path', 'random', 'aborted', 'callback']) {
			defineProperty(Object.prototype, name, {__proto__: null, configurable: true, get() { see(this) }, set(v) { see(this); see(v); defineProperty(this, name, {__proto__: null, value: v, writable: true, configurable: true, enumerable: true}) }})
		}
		for (const w of WS) { if (w.prototype) wrap(w.prototype); wrap(w) }
		busy = false
	}
	const hosts = () => {
		busy = true
		for (const name of ownKeys(Object.prototype)) if (getOwnPropertyDescriptor(Object.prototype, name).get && name !== '__proto__') delete Object.prototype[name]
		const found = []
		for (const v of seen) {
			if (hasOwn(v, 'handle')) found.push('holder of ' + typeof v.handle)
			else if (isExtensible(v) && !defineProperty(v, 'probe', {value: 1, configurable: true})) found.push('host object')
		}
		return found
	}`

// TestPoisonedPrototypes runs what natives do while author code listens everywhere: no object of Go reaches it.
func TestPoisonedPrototypes(t *testing.T) {
	p := newPool(t, 1)
	echo := func(_ context.Context, r jsbridge.FetchRequest) (*jsbridge.FetchResponse, error) {
		return &jsbridge.FetchResponse{Status: 200, URL: r.URL, Body: []byte("body")}, nil
	}
	for name, body := range map[string]string{
		"generate": `for (const a of [{name: 'ECDSA', namedCurve: 'P-256'}, {name: 'Ed25519'}, {name: 'HMAC', hash: 'SHA-256'}]) await s.generateKey(a, true, ['sign', 'verify'])`,
		"sign": `const k = await s.generateKey({name: 'ECDSA', namedCurve: 'P-256'}, true, ['sign', 'verify']), a = {name: 'ECDSA', hash: 'SHA-256'}
			await s.verify(a, k.publicKey, await s.sign(a, k.privateKey, data), data)`,
		"export": `const k = await s.generateKey({name: 'ECDSA', namedCurve: 'P-256'}, true, ['sign', 'verify'])
			await s.exportKey('jwk', k.privateKey); await s.exportKey('pkcs8', k.privateKey); await s.exportKey('raw', k.publicKey)`,
		"RSA": `const k = await s.generateKey({name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1])}, true, ['sign', 'verify'])
			const o = c.createPrivateKey({key: Buffer.from(await s.exportKey('pkcs8', k.privateKey)), format: 'der', type: 'pkcs8'}); o.asymmetricKeyDetails; o.asymmetricKeyType; o.equals(c.createPublicKey(o))`,
		"a lying type": `const k = await s.generateKey({name: 'ECDSA', namedCurve: 'P-256'}, true, ['sign', 'verify'])
			Object.defineProperty(CryptoKey.prototype, 'type', {value: 'secret'})
			Object.defineProperty(CryptoKey.prototype, 'algorithm', {value: {name: 'HMAC', hash: {name: 'SHA-256'}}})
			Object.defineProperty(CryptoKey.prototype, 'usages', {value: ['sign', 'verify']})
			for (const f of ['raw', 'jwk']) await s.exportKey(f, k.privateKey).catch(() => 0)
			await s.sign('HMAC', k.privateKey, data).catch(() => 0)`,
		"a lying algorithm": `const k = await s.generateKey({name: 'ECDSA', namedCurve: 'P-256'}, true, ['sign', 'verify'])
			Object.assign(k.privateKey.algorithm, {name: 'HMAC', hash: {name: 'SHA-256'}})
			await s.sign('HMAC', k.privateKey, data).catch(() => 0)`,
		"a lying KeyObject": `const k = await s.generateKey({name: 'ECDSA', namedCurve: 'P-256'}, true, ['sign', 'verify'])
			const o = c.createPrivateKey({key: await s.exportKey('jwk', k.privateKey), format: 'jwk'})
			Object.defineProperty(c.KeyObject.prototype, 'type', {value: 'secret'})
			try { c.createHmac('sha256', o) } catch (e) { } try { o.export({format: 'jwk'}) } catch (e) { } try { c.createPublicKey(o) } catch (e) { } o.symmetricKeySize`,
		"sign of the module": `const k = c.createPrivateKey({key: await s.exportKey('jwk', (await s.generateKey({name: 'ECDSA', namedCurve: 'P-256'}, true, ['sign'])).privateKey), format: 'jwk'})
			c.verify('sha256', data, c.createPublicKey(k), c.sign('sha256', data, k)); c.createSign('sha256').update('x').sign(k); k.export({format: 'pem', type: 'sec1'}); console.log(k)`,
		"hashes":  `c.createHash('sha256').update('x').copy().digest('hex'); c.createHmac('sha256', 'k').update('x').digest('hex'); c.pbkdf2Sync('a', 'b', 1, 1, 'sha1')`,
		"fetch":   `await fetch('https://a.example/').then((r) => r.text()).catch(() => 0); await fetch('https://a.example/', {signal: new AbortController().signal}).catch(() => 0)`,
		"texts":   `new TextEncoder().encodeInto('abc', new Uint8Array(5)); new TextDecoder().decode(data, {stream: true}); new URL('https://a.example/?b=c').searchParams.append('d', 'e'); Buffer.from('abc').toString('hex')`,
		"clone":   `structuredClone(data.buffer, {transfer: [data.buffer]})`,
		"modules": `require('./b.js'); require('./c.json')`,
		"timers":  `await new Promise((done) => setTimeout(() => queueMicrotask(done), 1)); c.randomUUID(); performance.now(); console.log('%j %i', {a: 1}, 3, new Map([[1, 2]]))`,
	} {
		script := poison + `
			exports.go = async () => {
				const c = require('crypto'), s = crypto.subtle, data = new Uint8Array(3)
				poisonAll()
				` + body + `
				return hosts()
			}`
		t.Run(name, func(t *testing.T) {
			got, err := p.Call(t.Context(), jsbridge.Call{
				Connector: "demo", Method: "go", Fetch: echo,
				Script: folder("a.js", script, "b.js", "exports.x = 1; module.exports.y = 2", "c.json", `{"a": 1}`),
			})
			if err != nil || jsonText(t, got) != "[]" {
				t.Errorf("got %v %v", got, err)
			}
		})
	}
}

// TestMissingBuiltins takes away what natives use of the language: each ends in an error that JavaScript can catch, or in none.
func TestMissingBuiltins(t *testing.T) {
	p := newPool(t, 1)
	for _, source := range []string{
		`delete Promise.prototype.then; queueMicrotask(() => 1)`, `Promise.prototype.then = 1; queueMicrotask(() => 1)`,
		`delete globalThis.parseInt; console.log('%i', '1')`, `parseFloat = 1; console.log('%f', '1')`, `delete globalThis.JSON; console.log('%j', {})`, `JSON = null; console.log('%j', {})`,
		`JSON.stringify = 1; console.log('%j', {})`, `delete globalThis.Error; require('nope')`, `Error = () => 1; require('nope')`, `Error = class { constructor() { return Object.freeze({}) } }; require('nope')`,
		`SyntaxError = null; require('./bad.json')`, `delete globalThis.Symbol; require('./iterator.js')`, `Symbol = null; require('./iterator.js')`, `JSON.parse = 1; require('./good.json')`,
		`delete Object.prototype.toString; console.log({}, [1], new Map([[1, 2]]), new Error('x'))`, `Map.prototype.forEach = 1; console.log(new Map([[1, 2]]))`,
		`Headers.prototype[Symbol.iterator] = function* () { yield [1, 2, 3]; yield 5 }; await fetch('https://a.example')`,
		`Headers.prototype[Symbol.iterator] = function* () { yield {get length() { throw 1 }} }; await fetch('https://a.example')`,
		`Headers.prototype[Symbol.iterator] = function* () { yield [Symbol(), {toString() { throw 1 }}] }; await fetch('https://a.example')`,
		`Array.prototype[Symbol.iterator] = null; await fetch('https://a.example', {headers: {a: 'b'}})`, `Array.prototype[Symbol.iterator] = () => ({next: () => 1}); await fetch('https://a.example', {headers: {a: 'b'}})`,
		`Array.prototype.map = () => ({length: 2 ** 53}); new Blob(['a'])`, `Array.prototype.map = () => null; new Blob(['a'])`, `Array.prototype.map = () => ({length: {valueOf() { throw 1 }}}); new Blob(['a'])`,
		`Uint8Array = Array; crypto.getRandomValues(new Int8Array(4))`, `Uint8Array = class { }; Buffer.from('a').toString('hex')`, `ArrayBuffer = null; new Blob([])`, `Object.defineProperty(ArrayBuffer, Symbol.hasInstance, {value: () => true}); structuredClone({}, {transfer: [{}]})`,
		`Object.defineProperty(CryptoKey, Symbol.hasInstance, {value: () => true}); await crypto.subtle.exportKey('raw', {type: 'secret', extractable: true})`,
	} {
		script := `exports.go = async () => { try { ` + source + ` } catch (e) { } return 'alive' }`
		t.Run(source, func(t *testing.T) {
			s := folder("a.js", script, "bad.json", "{", "good.json", "1", "iterator.js", "(async () => { for await (const x of []) ; })()")
			_, err := call(p, s, nil)
			if err != nil && contains(err, "engine failed", "worker") {
				t.Error(err)
			}
			found, err := p.Check(t.Context(), folder("a.js", source+"; exports.go = 1", "bad.json", "{", "good.json", "1", "iterator.js", "(async () => { for await (const x of []) ; })()"), "demo", "go")
			if err != nil {
				t.Error(err)
			}
			for _, f := range found {
				if contains(f, "engine failed", "worker") {
					t.Error(f)
				}
			}
		})
	}
}

// contains tells whether the text of v holds one of the parts.
func contains(v any, parts ...string) bool {
	for _, part := range parts {
		if strings.Contains(fmt.Sprint(v), part) {
			return true
		}
	}
	return false
}
