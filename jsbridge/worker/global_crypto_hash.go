package worker

import (
	"crypto"
	"crypto/hmac"
	_ "crypto/md5"
	"crypto/pbkdf2"
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha3"
	_ "crypto/sha512"
	"crypto/subtle"
	"encoding"
	"hash"
	"strings"

	"github.com/dop251/goja"
)

// hashes are the functions that authors may name, as hashName writes them.
var hashes = map[string]crypto.Hash{
	"md5": crypto.MD5, "sha1": crypto.SHA1, "sha224": crypto.SHA224, "sha256": crypto.SHA256, "sha384": crypto.SHA384,
	"sha512": crypto.SHA512, "sha512-224": crypto.SHA512_224, "sha512-256": crypto.SHA512_256,
	"sha3-224": crypto.SHA3_224, "sha3-256": crypto.SHA3_256, "sha3-384": crypto.SHA3_384, "sha3-512": crypto.SHA3_512,
}

// hashName is a name in lower case, without the dash of Web Cryptography and what OpenSSL puts around it for RSA.
func hashName(name string) string {
	name = strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(name), "rsa-"), "withrsaencryption")
	if rest, ok := strings.CutPrefix(name, "sha-"); ok {
		return "sha" + rest
	}
	return name
}

// startHash is hash(name) → {update(bytes), copy(), digest() → ArrayBuffer}, null for a name that is not known.
func startHash(m *machine, call goja.FunctionCall) goja.Value {
	h, ok := hashes[hashName(call.Argument(0).String())]
	if !ok {
		return goja.Null()
	}
	return m.hashObject(h, h.New())
}

// startHMAC is hmac(name, key) → the same, without copy.
func startHMAC(m *machine, call goja.FunctionCall) goja.Value {
	h, ok := hashes[hashName(call.Argument(0).String())]
	if !ok {
		return goja.Null()
	}
	return m.hashObject(h, hmac.New(h.New, m.bytes(call.Argument(1))))
}

func (m *machine) hashObject(kind crypto.Hash, h hash.Hash) goja.Value {
	return m.addFunctions(m.holder(), map[string]native{
		"update": func(m *machine, call goja.FunctionCall) goja.Value {
			h.Write(m.bytes(call.Argument(0))) // never fails
			return goja.Undefined()
		},
		"copy": func(m *machine, _ goja.FunctionCall) goja.Value {
			other, err := copyHash(kind, h)
			if err != nil {
				panic(m.vm.NewTypeError("%s", err.Error()))
			}
			return m.hashObject(kind, other)
		},
		"digest": func(m *machine, _ goja.FunctionCall) goja.Value {
			return m.vm.ToValue(m.vm.NewArrayBuffer(h.Sum(nil)))
		},
	})
}

// copyHash is a hash that has taken in what h has.
func copyHash(kind crypto.Hash, h hash.Hash) (hash.Hash, error) {
	marshaler, ok := h.(encoding.BinaryMarshaler)
	if !ok {
		return nil, errScheme
	}
	state, err := marshaler.MarshalBinary()
	if err != nil {
		return nil, err
	}
	other := kind.New()
	return other, other.(encoding.BinaryUnmarshaler).UnmarshalBinary(state)
}

// randomBytes is random(bytes): fills a view with the call's randomness.
func randomBytes(m *machine, call goja.FunctionCall) goja.Value {
	_, _ = m.source().Read(m.view(call.Argument(0))) // never fails
	return call.Argument(0)
}

// equalBytes is equal(a, b), in a time that depends on the lengths alone.
func equalBytes(m *machine, call goja.FunctionCall) goja.Value {
	return m.vm.ToValue(subtle.ConstantTimeCompare(m.bytes(call.Argument(0)), m.bytes(call.Argument(1))) == 1)
}

// derivePBKDF2 is pbkdf2(hash, password, salt, iterations, length) → ArrayBuffer, null for a hash that is not known.
func derivePBKDF2(m *machine, call goja.FunctionCall) goja.Value {
	h, ok := hashes[hashName(call.Argument(0).String())]
	if !ok {
		return goja.Null()
	}
	iterations, length := int(call.Argument(3).ToInteger()), int(call.Argument(4).ToInteger())
	key, err := pbkdf2.Key(h.New, string(m.bytes(call.Argument(1))), m.bytes(call.Argument(2)), iterations, length)
	if err != nil {
		panic(m.vm.NewTypeError("%s", err.Error()))
	}
	return m.vm.ToValue(m.vm.NewArrayBuffer(key))
}
