package jsbridge_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"claviger/jsbridge"
)

// TestHostileArguments gives every native what its script did not expect: it ends in an error that JavaScript can catch,
// or in none.
func TestHostileArguments(t *testing.T) {
	p := newPool(t, 1)
	for _, source := range []string{
		`new TextDecoder().decode(gone)`, `new TextDecoder().decode(goneView)`, `new TextDecoder().decode(new DataView(new ArrayBuffer(2)))`,
		`new TextDecoder().decode(fake)`, `new TextEncoder().encodeInto('abc', goneView)`, `Buffer.from(gone)`, `Buffer.from(goneView)`,
		`Buffer.prototype.toString.call(goneView)`, `Buffer.alloc(4).fill(goneView)`, `Buffer.concat([goneView])`, `Buffer.alloc(3).equals(goneView)`,
		`Buffer.alloc(3).indexOf(goneView)`, `Buffer.alloc(3).copy(goneView)`, `Buffer.alloc(9e15)`, `Buffer.from({length: 2 ** 53})`, `Buffer.alloc(3).readUInt8.call({})`,
		`Buffer.prototype.write.call(new Float64Array(3), '')`, `Buffer.prototype.write.call(new Float64Array(3), '', 3)`, `Buffer.prototype.copy.call(new Float64Array(0), new Float64Array(3))`,
		`Buffer.prototype.fill.call(new BigInt64Array(3), '')`, `Buffer.prototype.subarray.call(new Float64Array(3), 3)`, `Buffer.concat([Object.create(Uint8Array.prototype)])`,
		`new Blob([gone, goneView, fake])`, `new Blob(new Proxy([], {get: () => { throw 1 }}))`, `new Response(gone).text()`, `new Response(goneView)`,
		`new Request('https://a', {method: 'POST', body: fake})`, `structuredClone(goneView)`, `structuredClone(fake)`, `structuredClone(new Proxy({}, {ownKeys: () => { throw 1 }}))`,
		`crypto.getRandomValues(goneView)`, `crypto.getRandomValues(Object.create(Uint8Array.prototype))`, `await crypto.subtle.digest('SHA-1', gone)`,
		`await crypto.subtle.digest('SHA-1', fake)`, `await crypto.subtle.digest({get name() { throw 1 }}, gone)`, `await crypto.subtle.digest('__proto__', gone)`,
		`await crypto.subtle.importKey('raw', fake, {name: 'HMAC', hash: 'SHA-1'}, true, ['sign'])`,
		`await crypto.subtle.importKey('jwk', new Proxy({}, {get: () => { throw 1 }}), {name: 'HMAC', hash: 'SHA-1'}, true, ['sign'])`,
		`await crypto.subtle.importKey('jwk', {kty: 'RSA', n: 'AA', e: 'AA'}, {name: 'RSA-PSS', hash: 'SHA-1'}, true, ['verify'])`,
		`await crypto.subtle.importKey('jwk', {kty: 'RSA', n: big, e: big, d: big, p: big, q: big, dp: big, dq: big, qi: big}, {name: 'RSA-PSS', hash: 'SHA-1'}, true, ['sign'])`,
		`await crypto.subtle.generateKey({name: 'RSA-PSS', hash: 'SHA-1', modulusLength: -1, publicExponent: new Uint8Array([1, 0, 1])}, true, ['sign'])`,
		`await crypto.subtle.generateKey({name: 'RSA-PSS', hash: 'SHA-1', modulusLength: 1e9, publicExponent: new Uint8Array([1, 0, 1])}, true, ['sign'])`,
		`await crypto.subtle.generateKey({name: 'RSA-PSS', hash: 'SHA-1', modulusLength: {}, publicExponent: fake}, true, ['sign'])`,
		`await crypto.subtle.generateKey({name: 'HMAC', hash: 'SHA-1', length: -5}, true, ['sign'])`, `await crypto.subtle.generateKey({name: 'HMAC', hash: 'SHA-1', length: 'x'}, true, ['sign'])`,
		`await crypto.subtle.sign('HMAC', {}, gone)`, `await crypto.subtle.sign('HMAC', Object.create(CryptoKey.prototype), gone)`,
		`c.createHash('sha256').update(goneView)`, `c.createHmac('sha256', fake)`, `c.createSign('sha256').sign(fake)`, `c.createSign('sha256').sign({key: goneView})`,
		`c.createPrivateKey({key: gone, format: 'der', type: 'pkcs8'})`, `c.createPrivateKey({key: {kty: 'EC', crv: 'P-256', x: {}, y: []}, format: 'jwk'})`,
		`c.createPublicKey({get key() { throw 1 }})`, `c.verify('sha256', gone, fake, gone)`, `c.timingSafeEqual(goneView, goneView)`, `c.pbkdf2Sync('a', 'b', 1, 1e308, 'sha1')`,
		`c.pbkdf2Sync('a', 'b', NaN, 1, 'sha1')`, `c.pbkdf2Sync('a', 'b', 1, 1, {toString() { throw 1 }})`, `c.randomBytes(NaN)`, `c.randomInt(0, NaN)`, `c.randomFillSync(goneView)`,
		`c.createHash({toString() { throw 1 }})`, `c.KeyObject.prototype.export.call({})`, `new c.KeyObject()`, `new c.Hash()`, `new c.Hash({}).update('x')`, `new c.Sign()`,
		`setTimeout(() => 1, {valueOf() { throw 1 }})`, `setTimeout(() => 1, Infinity).close()`, `clearTimeout({valueOf() { throw 1 }})`, `clearTimeout(2 ** 70)`, `setTimeout(() => 1, Symbol())`,
		`new URL({toString() { throw 1 }})`, `new URL('https://' + 'a.'.repeat(1e5))`, `URL.prototype.toString.call({})`, `new URLSearchParams(new Proxy({}, {ownKeys: () => { throw 1 }}))`,
		`new Headers(new Proxy({}, {get: () => { throw 1 }}))`, `new Headers([fake])`, `atob({toString() { throw 1 }})`, `atob('A'.repeat(1e6) + '!')`, `btoa(fake)`,
		`new FormData().append({toString() { throw 1 }}, 1)`, `await new Response(gone, {headers: {'content-type': 'multipart/form-data; boundary=' + 'x'.repeat(1e5)}}).formData()`,
		`await new Response('--X'.repeat(1e5), {headers: {'content-type': 'multipart/form-data; boundary=X'}}).formData()`,
		`await new Response(('--X\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n').repeat(20000) + '--X--', {headers: {'content-type': 'multipart/form-data; boundary=X'}}).formData()`,
		`new EventTarget().dispatchEvent(Object.create(Event.prototype))`, `new Event({toString() { throw 1 }})`, `AbortSignal.any({[Symbol.iterator]: () => ({next() { throw 1 }})})`,
		`AbortSignal.any([Object.create(AbortSignal.prototype)])`, `new DOMException({toString() { throw 1 }})`, `performance.now.call({})`, `queueMicrotask(new Proxy(() => 1, {}))`,
		`await fetch(new Proxy({}, {get: () => { throw 1 }}))`, `await fetch('https://a', {body: fake, method: 'POST', signal: fake})`, `console.log(gone, goneView, fake, crypto, new Blob(), new Event('x'), setTimeout(() => 1))`,
	} {
		script := `
			const c = require('crypto')
			const goneView = new Uint8Array(8)
			const gone = goneView.buffer
			structuredClone(gone, { transfer: [gone] })
			const fake = Object.setPrototypeOf({ length: 5, byteLength: 1e9 }, ArrayBuffer.prototype)
			const big = 'A'.repeat(1e5)
			exports.go = async () => { try { ` + source + ` } catch (e) { e instanceof Error || String(e) } return 'alive' }`
		t.Run(source, func(t *testing.T) { wantJSON(t, p, folder("a.js", script), `"alive"`) })
	}
}

// A panic of the engine fails its call with the reason and ends the worker, with the reason as its last words. The next
// call gets another worker.
func TestEnginePanic(t *testing.T) {
	log := &lockedBuffer{}
	p := jsbridge.NewPool(jsbridge.PoolConfig{Command: workerCommand(t), Size: 1, Log: slog.New(slog.NewTextHandler(log, nil))})
	t.Cleanup(p.Close)
	_, err := call(p, folder("a.js", "exports.go = () => {\n  new Float64Array(3).set(new Uint8Array(0))\n}"), nil)
	wantError(t, err, "a.js:1:1", "the JavaScript engine failed: runtime error: index out of range")
	wantJSON(t, p, folder("a.js", "exports.go = () => 1"), "1")
	found, err := p.Check(context.Background(), folder("a.js", "new Float64Array(3).set(new Uint8Array(0))"), "demo", "go")
	if err != nil || len(found) != 1 || !strings.Contains(found[0].String(), "the JavaScript engine failed: ") {
		t.Errorf("check: %v %v", found, err)
	}
	wantJSON(t, p, folder("a.js", "exports.go = () => 1"), "1")
	for begin := time.Now(); !strings.Contains(log.String(), "hook worker ended"); time.Sleep(time.Millisecond) {
		if time.Since(begin) > 5*time.Second {
			t.Fatal("the log does not tell that the worker ended")
		}
	}
	if !strings.Contains(log.String(), `reason="the JavaScript engine failed: runtime error: index out of range`) {
		t.Errorf("log: %s", log)
	}
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
