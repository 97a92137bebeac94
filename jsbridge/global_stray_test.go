package jsbridge_test

import (
	"fmt"
	"testing"
)

// stray calls the functions, getters and setters of the environment on and with values that were not meant for them.
const stray = `
	const odd = [undefined, null, -1, 0, 2 ** 53, NaN, '', 'a', 1n, Symbol('x'), {}, [], () => 1, new Proxy({}, {get() { throw 1 }}), Object.create(null), new Float64Array(0),
		new Uint8Array(3), new ArrayBuffer(0), new DataView(new ArrayBuffer(1)), new Date(NaN), /x/, new Map(), Promise.resolve(), {length: 3}, {toString() { throw 1 }}, new Proxy(() => 1, {})]
	const gone = new Uint8Array(4)
	structuredClone(gone.buffer, {transfer: [gone.buffer]})
	const c = require('crypto')
	const all = odd.concat(gone, gone.buffer, [Buffer.from('abc'), new URL('https://a/?b'), new URLSearchParams('a=b'), new Headers({a: 'b'}), new Blob(['a']), new FormData(), new AbortController().signal, new Event('x'),
		new TextDecoder(), new Response('x'), new Request('https://a'), c.createHash('md5'), c.createSecretKey('k'), crypto, crypto.subtle, setTimeout(() => 1, 1e6)])
	const roots = [Buffer, URL, URLSearchParams, Headers, Blob, File, FormData, AbortController, AbortSignal, Event, EventTarget, CustomEvent, TextEncoder, TextDecoder, Response, Request, DOMException,
		structuredClone, atob, btoa, console, performance, c, crypto, crypto.subtle, SubtleCrypto, CryptoKey, c.KeyObject, Object.getPrototypeOf(c.createHash('md5')), Object.getPrototypeOf(c.createSign('sha256'))]
	const slow = new Set(['pbkdf2', 'pbkdf2Sync', 'generateKey'])
	const fns = new Set(), seen = new Set()
	const walk = (o, depth) => {
		if (o === null || (typeof o !== 'object' && typeof o !== 'function') || seen.has(o) || depth > 4) return
		seen.add(o)
		if (typeof o === 'function') fns.add(o)
		for (const k of Reflect.ownKeys(o)) {
			if (slow.has(k)) continue
			const d = Reflect.getOwnPropertyDescriptor(o, k)
			for (const f of [d.get, d.set]) if (f) fns.add(f)
			walk(d.value, depth + 1)
		}
	}
	let x = SEED
	const one = (list) => { x = (x * 1103515245 + 12345) % 2147483648; return list[Math.floor(x / 65536) % list.length] }
	exports.go = async () => {
		for (const r of roots) walk(r, 0)
		const list = [...fns]
		for (let i = 0; i < 3000; i++) {
			const f = one(list), args = []
			for (let n = one([0, 1, 2, 3, 4]); n > 0; n--) args.push(one(all))
			try {
				const r = one([true, false, false, false]) ? Reflect.construct(f, args) : Reflect.apply(f, one(all), args)
				if (r instanceof Promise) r.catch(() => 1)
			} catch (e) {}
		}
		return 'alive'
	}`

// TestStrayArguments ends no worker, whatever else becomes of the call.
func TestStrayArguments(t *testing.T) {
	p := newPool(t, 1)
	for seed := range 4 {
		script := fmt.Sprintf("const SEED = %d\n", seed*7919+1) + stray
		if _, err := call(p, folder("a.js", script), nil); err != nil && contains(err, "worker", "engine") {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}
