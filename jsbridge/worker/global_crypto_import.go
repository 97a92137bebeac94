package worker

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"

	"github.com/dop251/goja"
)

// keyNatives are what the scripts of keys and signatures call. A key that cannot be read is a DataError.
var keyNatives = map[string]native{
	"importDER": importDER, "importPEM": importPEM, "importRaw": importRaw, "importJWK": importJWK, "publicOf": publicOf,
	"exportDER": exportDER, "exportJWK": exportJWK, "generate": generateKey, "sign": signBytes, "verify": verifyBytes,
	"sameKey": sameKey, "copy": copyBytes, "hmac": startHMAC, "equal": equalBytes, "random": randomBytes, "hash": startHash,
}

// importDER is importDER(format, bytes) → key object.
func importDER(m *machine, call goja.FunctionCall) goja.Value {
	return m.keyObject(parseDER(call.Argument(0).String(), m.bytes(call.Argument(1))))
}

// importPEM is importPEM(text) → key object.
func importPEM(m *machine, call goja.FunctionCall) goja.Value {
	return m.keyObject(parsePEM(call.Argument(0).String()))
}

// importRaw is importRaw(curve, bytes) → key object.
func importRaw(m *machine, call goja.FunctionCall) goja.Value {
	return m.keyObject(parseRaw(call.Argument(0).String(), m.bytes(call.Argument(1))))
}

// importJWK is importJWK(jwk) → key object; members that are no texts count as absent.
func importJWK(m *machine, call goja.FunctionCall) goja.Value {
	o, j := call.Argument(0).ToObject(m.vm), jwk{}
	for _, name := range jwkMembers {
		if text, ok := stringOf(o.Get(name)); ok {
			j[name] = text
		}
	}
	return m.keyObject(j.parse())
}

// publicOf is publicOf(key) → key object of the public half.
func publicOf(m *machine, call goja.FunctionCall) goja.Value {
	return m.keyObject(newKey(m.keyOf(call.Argument(0)).public, nil))
}

// exportDER is exportDER(key, format, private) → ArrayBuffer.
func exportDER(m *machine, call goja.FunctionCall) goja.Value {
	encoded, err := m.keyOf(call.Argument(0)).marshal(call.Argument(1).String(), call.Argument(2).ToBoolean())
	if err != nil {
		panic(m.exception(err.Error(), "OperationError"))
	}
	return m.vm.ToValue(m.vm.NewArrayBuffer(append([]byte{}, encoded...)))
}

// exportJWK is exportJWK(key, private) → JWK.
func exportJWK(m *machine, call goja.FunctionCall) goja.Value {
	j, err := m.keyOf(call.Argument(0)).jwk(call.Argument(1).ToBoolean())
	if err != nil {
		panic(m.exception(err.Error(), "OperationError"))
	}
	o := m.vm.NewObject()
	for _, name := range jwkMembers {
		if j[name] != "" {
			m.set(o, name, j[name])
		}
	}
	return o
}

// sameKey is sameKey(a, b) → whether both are the same half of the same key.
func sameKey(m *machine, call goja.FunctionCall) goja.Value {
	a, b := m.keyOf(call.Argument(0)), m.keyOf(call.Argument(1))
	public, ok := a.public.(interface{ Equal(crypto.PublicKey) bool })
	return m.vm.ToValue(ok && (a.private == nil) == (b.private == nil) && public.Equal(b.public))
}

// generateKey is generate(kind, curveOrBits) → key object. The primes of RSA come from the operating system's randomness,
// because Go no longer takes another; all else is the call's.
func generateKey(m *machine, call goja.FunctionCall) goja.Value {
	switch curve := call.Argument(1).String(); {
	case call.Argument(0).String() == "RSA":
		bits := call.Argument(1).ToInteger()
		if bits > maxRSABits {
			panic(m.exception("the RSA key is too long", "OperationError"))
		}
		return m.keyObject(newKey(rsa.GenerateKey(nil, int(bits))))
	case curve == "Ed25519":
		seed := make([]byte, ed25519.SeedSize)
		_, _ = m.source().Read(seed) // never fails
		return m.keyObject(newKey(ed25519.NewKeyFromSeed(seed), nil))
	case curves[curve] != nil:
		return m.keyObject(m.generateEC(curve))
	}
	return m.keyObject(nil, errKeyKind)
}

// generateEC draws numbers until one is below the order of the curve, as FIPS 186-5 has it in A.2.2.
func (m *machine) generateEC(curve string) (*asymmetricKey, error) {
	c := curves[curve]
	size := c.Params().BitSize
	for range 128 {
		d := make([]byte, curveBytes(size))
		_, _ = m.source().Read(d)         // never fails
		d[0] &= 0xFF >> (8*len(d) - size) // P-521 does not fill its first byte
		if private, err := ecdsa.ParseRawPrivateKey(c, d); err == nil {
			return newKey(private, nil)
		}
	}
	return nil, errors.New("the randomness gave no key")
}
