package worker

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"math/big"

	"github.com/dop251/goja"
)

// The schemes of signatures that scripts name: pkcs1 and pss are RSA's (RFC 8017, section 8), der and p1363 the two ways
// to write one of ECDSA, ed25519 is RFC 8032's.
const (
	schemePKCS1   = "pkcs1"
	schemePSS     = "pss"
	schemeDER     = "der"
	schemeP1363   = "p1363"
	schemeEd25519 = "ed25519"
)

var errScheme = errors.New("the key does not fit the kind of signature")

// signBytes is sign(key, scheme, hash, saltLength, data) → ArrayBuffer. saltLength is that of PSS, or one of the constants
// of package rsa; its 0 is the longest that there is room for.
func signBytes(m *machine, call goja.FunctionCall) goja.Value {
	k, scheme := m.keyOf(call.Argument(0)), call.Argument(1).String()
	signature, err := k.sign(m, scheme, hashes[hashName(call.Argument(2).String())], int(call.Argument(3).ToInteger()), m.bytes(call.Argument(4)))
	if err != nil {
		panic(m.exception(err.Error(), "OperationError"))
	}
	return m.vm.ToValue(m.vm.NewArrayBuffer(signature))
}

func (k *asymmetricKey) sign(m *machine, scheme string, h crypto.Hash, salt int, data []byte) ([]byte, error) {
	if !h.Available() && scheme != schemeEd25519 {
		return nil, errScheme
	}
	switch private := k.private.(type) {
	case ed25519.PrivateKey:
		if scheme == schemeEd25519 {
			return ed25519.Sign(private, data), nil
		}
	case *rsa.PrivateKey:
		switch scheme {
		case schemePKCS1:
			return rsa.SignPKCS1v15(nil, private, h, digest(h, data))
		case schemePSS:
			return rsa.SignPSS(m.source(), private, h, digest(h, data), &rsa.PSSOptions{SaltLength: salt})
		}
	case *ecdsa.PrivateKey:
		if scheme != schemeDER && scheme != schemeP1363 {
			return nil, errScheme
		}
		// Without randomness the signature is that of RFC 6979: it cannot give the key away.
		der, err := private.Sign(nil, digest(h, data), h)
		if err != nil || scheme == schemeDER {
			return der, err
		}
		return fixedSignature(der, curveBytes(private.Params().BitSize))
	}
	return nil, errScheme
}

// verifyBytes is verify(key, scheme, hash, saltLength, signature, data) → boolean.
func verifyBytes(m *machine, call goja.FunctionCall) goja.Value {
	k, scheme := m.keyOf(call.Argument(0)), call.Argument(1).String()
	h, salt := hashes[hashName(call.Argument(2).String())], int(call.Argument(3).ToInteger())
	return m.vm.ToValue(k.verify(scheme, h, salt, m.bytes(call.Argument(4)), m.bytes(call.Argument(5))))
}

func (k *asymmetricKey) verify(scheme string, h crypto.Hash, salt int, signature, data []byte) bool {
	if !h.Available() && scheme != schemeEd25519 {
		return false
	}
	switch public := k.public.(type) {
	case ed25519.PublicKey:
		return scheme == schemeEd25519 && ed25519.Verify(public, data, signature)
	case *rsa.PublicKey:
		if scheme == schemePSS {
			return rsa.VerifyPSS(public, h, digest(h, data), signature, &rsa.PSSOptions{SaltLength: salt}) == nil
		}
		return scheme == schemePKCS1 && rsa.VerifyPKCS1v15(public, h, digest(h, data), signature) == nil
	case *ecdsa.PublicKey:
		if scheme == schemeP1363 {
			signature = derSignature(signature, curveBytes(public.Params().BitSize))
		}
		return (scheme == schemeDER || scheme == schemeP1363) && ecdsa.VerifyASN1(public, digest(h, data), signature)
	}
	return false
}

func digest(h crypto.Hash, data []byte) []byte {
	state := h.New()
	state.Write(data) // never fails
	return state.Sum(nil)
}

func curveBytes(bits int) int { return (bits + 7) / 8 }

// fixedSignature is a signature of ECDSA as r and s in size bytes each (IEEE P1363).
func fixedSignature(der []byte, size int) ([]byte, error) {
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &pair); err != nil {
		return nil, err
	}
	fixed := make([]byte, 2*size)
	pair.R.FillBytes(fixed[:size])
	pair.S.FillBytes(fixed[size:])
	return fixed, nil
}

// derSignature is the way back; nil where the length is wrong.
func derSignature(fixed []byte, size int) []byte {
	if len(fixed) != 2*size {
		return nil
	}
	der, _ := asn1.Marshal(struct{ R, S *big.Int }{
		new(big.Int).SetBytes(fixed[:size]), new(big.Int).SetBytes(fixed[size:]),
	}) // two numbers always have an encoding
	return der
}
