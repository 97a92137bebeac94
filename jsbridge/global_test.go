package jsbridge_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// snippet is one example of the environment: the body of an async function, and the JSON of what it returns.
type snippet struct{ name, body, want string }

// snippets reads the examples in testdata/globals. They are separated by empty lines; the last line of each tells the
// result: "// => JSON".
func snippets(t *testing.T) []snippet {
	t.Helper()
	files, err := filepath.Glob("testdata/globals/*.js")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	var all []snippet
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range strings.Split(strings.TrimSpace(string(text)), "\n\n") {
			body, want, ok := strings.Cut(block, "\n// => ")
			if !ok {
				t.Fatalf("%s: example %d tells no result", file, i+1)
			}
			name := fmt.Sprintf("%s/%d", strings.TrimSuffix(filepath.Base(file), ".js"), i+1)
			all = append(all, snippet{name, body, want})
		}
	}
	return all
}

func TestGlobals(t *testing.T) {
	p := newPool(t, 1)
	for _, s := range snippets(t) {
		t.Run(s.name, func(t *testing.T) {
			wantJSON(t, p, folder("a.js", "exports.go = async () => {\n"+s.body+"\n}"), s.want)
		})
	}
}

// TestGlobalsAsNode runs the same examples in Node where there is one, so that what they expect is what Node does.
func TestGlobalsAsNode(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Log("no node on this machine: the recorded results stand alone")
		return
	}
	all := snippets(t)
	var script strings.Builder
	script.WriteString("const all = [];\n")
	for _, s := range all {
		fmt.Fprintf(&script, "all.push(async () => {\n%s\n});\n", s.body)
	}
	script.WriteString("(async () => { for (const f of all) console.log(JSON.stringify(await f().catch((e) => 'threw ' + e)) ?? 'undefined') })()\n")
	file := filepath.Join(t.TempDir(), "all.cjs")
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(node, file).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(all) {
		t.Fatalf("%d results of %d examples", len(lines), len(all))
	}
	for i, s := range all {
		if lines[i] != s.want {
			t.Errorf("%s: node says %s, recorded is %s", s.name, lines[i], s.want)
		}
	}
}

// TestFindings is what of the language neither goja nor esbuild can make work here: it is found when a file is loaded.
func TestFindings(t *testing.T) {
	const advice = ` (name the characters, as in [A-Za-z\u00C0-\u024F])`
	const never = `error: \p{…} in a regular expression never matches here` + advice
	const loose = `warning: a text with \p{…}: in a regular expression it never matches here` + advice
	p := newPool(t, 1)
	for source, want := range map[string]string{
		"new RegExp(`\\\\p{L}`, 'u')":                     "a.js:1:22: " + never,
		"new RegExp(`^${s}\\\\p{L}$`, 'u')":               "a.js:1:22: " + never,
		"new RegExp(String.raw`\\p{L}${s}`, 'gu')":        "a.js:1:22: " + never,
		"RegExp('^' + '\\\\p{' + 'L}' + s, `u`)":          "a.js:1:22: " + never,
		"new RegExp('\\\\P{Lu}+', 'u' + s)":               "a.js:1:22: " + never,
		"/[\\p{L}\\d]/iu.test(s)":                         "a.js:1:22: " + never,
		"s.match(['\\\\p{L}'])":                           "a.js:1:31: " + loose,
		"s.match(String.raw`\\p{L}`)":                     "a.js:1:40: " + loose,
		"new RegExp('\\\\\\\\p{L}', 'u')":                 "",
		"'\\p{L}' + `\\p{L}` + /\\\\p{1}/.source":         "",
		"s.replace(/x/v, '')":                             "a.js:1:32: error: Invalid flags supplied to RegExp constructor 'v'",
		"class { @s x = 1 }":                              "",
		"(() => { await s })()":                           `a.js:1:31: error: "await" can only be used inside an "async" function`,
		"{ async *[Symbol.asyncIterator]() { yield s } }": "",
	} {
		t.Run(source, func(t *testing.T) {
			found, err := p.Check(context.Background(), folder("a.js", "exports.go = (s) => ("+source+")"), "demo", "go")
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, f := range found {
				got += f.String()
			}
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// TestHostileArguments gives every native what its script did not expect: it ends in an error that JavaScript can catch,
// or in none.
func TestHostileArguments(t *testing.T) {
	p := newPool(t, 1)
	for _, source := range []string{
		`new TextDecoder().decode(gone)`, `new TextDecoder().decode(goneView)`, `new TextDecoder().decode(new DataView(new ArrayBuffer(2)))`,
		`new TextDecoder().decode(fake)`, `new TextEncoder().encodeInto('abc', goneView)`, `Buffer.from(gone)`, `Buffer.from(goneView)`,
		`Buffer.prototype.toString.call(goneView)`, `Buffer.alloc(4).fill(goneView)`, `Buffer.concat([goneView])`, `Buffer.alloc(3).equals(goneView)`,
		`Buffer.alloc(3).indexOf(goneView)`, `Buffer.alloc(3).copy(goneView)`, `Buffer.alloc(9e15)`, `Buffer.from({length: 2 ** 53})`, `Buffer.alloc(3).readUInt8.call({})`,
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
