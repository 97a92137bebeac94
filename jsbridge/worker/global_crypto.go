package worker

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	_ "embed"
	"hash"
	"strings"

	"github.com/dop251/goja"
)

//go:embed global_crypto.js
var cryptoScript string

// cryptoGlobal is crypto, per Web Cryptography: getRandomValues, randomUUID, and of subtle digest and HMAC (importKey and
// exportKey of raw, generateKey, sign, verify). All randomness is the call's own.
//
//	new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('abc')))
var cryptoGlobal = global{
	name: "webcrypto", provides: []string{"crypto"}, script: cryptoScript,
	natives: cryptoNatives,
}

//go:embed module_crypto.js
var cryptoModuleScript string

// cryptoModule is require('crypto'), as Node has it: createHash, createHmac, randomBytes, randomUUID, timingSafeEqual.
//
//	require('crypto').createHmac('sha256', key).update(text).digest('hex')
var cryptoModule = global{
	name: "crypto", module: true, script: cryptoModuleScript,
	natives: cryptoNatives,
}

var cryptoNatives = map[string]native{
	"random": randomBytes, "hash": startHash, "hmac": startHMAC, "equal": equalBytes, "copy": copyBytes,
}

// hashes are the functions that authors may name, in lower case and without the dash of Web Cryptography.
var hashes = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha384": sha512.New384,
	"sha512": sha512.New, "sha512-256": sha512.New512_256,
}

// randomBytes is random(bytes): fills a view with the call's randomness.
func randomBytes(m *machine, call goja.FunctionCall) goja.Value {
	var view []byte
	m.rethrow(m.vm.ExportTo(call.Argument(0), &view)) // aliases the bytes of the view
	_, _ = m.source().Read(view)                      // never fails
	return call.Argument(0)
}

// startHash is hash(name) → {update(bytes), digest() → ArrayBuffer}, null for a name that is not known.
func startHash(m *machine, call goja.FunctionCall) goja.Value {
	make, ok := hashes[hashName(call.Argument(0).String())]
	if !ok {
		return goja.Null()
	}
	return m.hashObject(make())
}

// startHMAC is hmac(name, key) → the same.
func startHMAC(m *machine, call goja.FunctionCall) goja.Value {
	make, ok := hashes[hashName(call.Argument(0).String())]
	if !ok {
		return goja.Null()
	}
	return m.hashObject(hmac.New(make, m.bytes(call.Argument(1))))
}

func hashName(name string) string {
	name = strings.TrimPrefix(strings.ToLower(name), "rsa-")
	if rest, ok := strings.CutPrefix(name, "sha-"); ok {
		return "sha" + rest
	}
	return name
}

func (m *machine) hashObject(h hash.Hash) goja.Value {
	return m.functions(map[string]native{
		"update": func(m *machine, call goja.FunctionCall) goja.Value {
			h.Write(m.bytes(call.Argument(0))) // never fails
			return goja.Undefined()
		},
		"digest": func(m *machine, _ goja.FunctionCall) goja.Value {
			return m.vm.ToValue(m.vm.NewArrayBuffer(h.Sum(nil)))
		},
	})
}

// equalBytes is equal(a, b), in a time that depends on the lengths alone.
func equalBytes(m *machine, call goja.FunctionCall) goja.Value {
	return m.vm.ToValue(subtle.ConstantTimeCompare(m.bytes(call.Argument(0)), m.bytes(call.Argument(1))) == 1)
}
