package worker

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/dop251/goja"
)

// asymmetricKey is an RSA, EC or Ed25519 key. Scripts hold it as an opaque value, in private fields
// and in objects without a prototype, and hand it to natives alone: author code never sees it.
type asymmetricKey struct {
	private crypto.Signer // nil: the public half alone
	public  crypto.PublicKey
}

// RSA keys are read and made from minRSABits, below which Go does not use them, up to what OpenSSL takes.
const (
	minRSABits = 1024
	maxRSABits = 16384
)

var curves = map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}

var errKeyKind = errors.New("the key must be of RSA, of EC with the curve P-256, P-384 or P-521, or of Ed25519")

// newKey takes what package x509 has parsed.
func newKey(parsed any, err error) (*asymmetricKey, error) {
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "x509: "))
	}
	k := &asymmetricKey{public: parsed}
	if private, ok := parsed.(crypto.Signer); ok {
		k.private, k.public = private, private.Public()
	}
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		if bits := public.N.BitLen(); bits < minRSABits || bits > maxRSABits {
			return nil, fmt.Errorf("the RSA key has %d bits; it must have %d to %d", bits, minRSABits, maxRSABits)
		}
		if private, ok := parsed.(*rsa.PrivateKey); ok && len(private.Primes) != 2 {
			return nil, errors.New("an RSA key of more than two primes cannot be used")
		}
	case *ecdsa.PublicKey:
		if curves[public.Curve.Params().Name] == nil {
			return nil, errKeyKind
		}
	case ed25519.PublicKey:
	default:
		return nil, errKeyKind
	}
	return k, nil
}

// parseDER reads a key in one of the encodings that keys have.
func parseDER(format string, der []byte) (*asymmetricKey, error) {
	switch format {
	case "pkcs8":
		return newKey(x509.ParsePKCS8PrivateKey(der))
	case "spki":
		return newKey(x509.ParsePKIXPublicKey(der))
	case "sec1":
		return newKey(x509.ParseECPrivateKey(der))
	case "pkcs1":
		if k, err := newKey(x509.ParsePKCS1PublicKey(der)); err == nil {
			return k, nil
		}
		return newKey(x509.ParsePKCS1PrivateKey(der))
	case "certificate":
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return newKey(nil, err)
		}
		return newKey(c.PublicKey, nil)
	}
	return nil, fmt.Errorf("the encoding %q is not known", format)
}

// pemFormats is how the blocks of PEM files are encoded.
var pemFormats = map[string]string{
	"PRIVATE KEY": "pkcs8", "RSA PRIVATE KEY": "pkcs1", "EC PRIVATE KEY": "sec1", "PUBLIC KEY": "spki",
	"RSA PUBLIC KEY": "pkcs1", "CERTIFICATE": "certificate",
}

var errEncryptedKey = errors.New("the key is encrypted: a hook can read keys without a passphrase only")

// parsePEM reads the first key of a PEM text.
func parsePEM(text string) (*asymmetricKey, error) {
	for rest := []byte(text); ; {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		switch {
		case block == nil && strings.Contains(text, `-----\n`):
			return nil, errors.New(`the key is no PEM: its line breaks are written as \n`)
		case block == nil:
			return nil, errors.New("the key is no PEM: expected -----BEGIN PRIVATE KEY----- or the like")
		case block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "":
			return nil, errEncryptedKey
		case pemFormats[block.Type] != "":
			return parseDER(pemFormats[block.Type], block.Bytes)
		}
	}
}

// parseRaw reads a public key as a point of a curve or as the 32 bytes of Ed25519.
func parseRaw(curve string, raw []byte) (*asymmetricKey, error) {
	if curve == "Ed25519" && len(raw) == ed25519.PublicKeySize {
		return newKey(ed25519.PublicKey(raw), nil)
	}
	c := curves[curve]
	if c == nil {
		return nil, errKeyKind
	}
	if size := (c.Params().BitSize + 7) / 8; len(raw) == size+1 {
		if x, y := elliptic.UnmarshalCompressed(c, raw); x != nil {
			raw = pointBytes(size, x, y)
		}
	}
	public, err := ecdsa.ParseUncompressedPublicKey(c, raw)
	return newKey(public, err)
}

// pointBytes is a point in its uncompressed form (SEC 1, section 2.3.3).
func pointBytes(size int, x, y *big.Int) []byte {
	raw := make([]byte, 1+2*size)
	raw[0] = 4
	x.FillBytes(raw[1 : 1+size])
	y.FillBytes(raw[1+size:])
	return raw
}

// marshal writes a key in one of the encodings that keys have, the private half where asked to.
func (k *asymmetricKey) marshal(format string, private bool) ([]byte, error) {
	rsaKey, isRSA := k.private.(*rsa.PrivateKey)
	ecKey, isEC := k.private.(*ecdsa.PrivateKey)
	rsaPublic, isRSAPublic := k.public.(*rsa.PublicKey)
	switch {
	case private && format == "pkcs8":
		return x509.MarshalPKCS8PrivateKey(k.private)
	case private && format == "pkcs1" && isRSA:
		return x509.MarshalPKCS1PrivateKey(rsaKey), nil
	case private && format == "sec1" && isEC:
		return x509.MarshalECPrivateKey(ecKey)
	case !private && format == "spki":
		return x509.MarshalPKIXPublicKey(k.public)
	case !private && format == "pkcs1" && isRSAPublic:
		return x509.MarshalPKCS1PublicKey(rsaPublic), nil
	case !private && format == "raw":
		return k.raw()
	}
	return nil, fmt.Errorf("the key has no encoding %q", format)
}

func (k *asymmetricKey) raw() ([]byte, error) {
	switch public := k.public.(type) {
	case *ecdsa.PublicKey:
		return public.Bytes()
	case ed25519.PublicKey:
		return public, nil
	}
	return nil, errors.New("an RSA key has no raw encoding")
}

// keyObject is what scripts get of a key: {handle, isPrivate, kind, curve, bits, exponent}.
func (m *machine) keyObject(k *asymmetricKey, err error) goja.Value {
	if err != nil {
		panic(m.exception(err.Error(), "DataError"))
	}
	handle := m.vm.ToValue(k).ToObject(m.vm)
	m.rethrow(handle.SetPrototype(nil))
	o := m.holder()
	m.set(o, "handle", handle)
	m.set(o, "isPrivate", k.private != nil)
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		m.set(o, "kind", "RSA")
		m.set(o, "bits", public.N.BitLen())
		m.set(o, "exponent", m.vm.NewArrayBuffer(big.NewInt(int64(public.E)).Bytes()))
	case *ecdsa.PublicKey:
		m.set(o, "kind", "EC")
		m.set(o, "curve", public.Curve.Params().Name)
	case ed25519.PublicKey:
		m.set(o, "kind", "OKP")
		m.set(o, "curve", "Ed25519")
	}
	return o
}

// keyOf is the key behind the opaque value in keyObject's handle.
func (m *machine) keyOf(v goja.Value) *asymmetricKey {
	k, ok := v.Export().(*asymmetricKey)
	if !ok {
		panic(m.vm.NewTypeError("the key is of the wrong type"))
	}
	return k
}
