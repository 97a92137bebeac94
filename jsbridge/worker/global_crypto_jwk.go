package worker

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
)

// jwk is what tells a key in a JSON Web Key: kty, crv and members that hold bytes in base64url (RFC 7518, section 6; RFC
// 8037, section 2).
type jwk map[string]string

// Members of a JWK, in the order in which Node writes them.
var (
	rsaMembers = []string{"n", "e", "d", "p", "q", "dp", "dq", "qi"}
	jwkMembers = append([]string{"kty", "x", "y", "crv"}, rsaMembers...)
)

// bytes is what a member holds.
func (j jwk) bytes(name string) ([]byte, error) {
	text := j[name]
	if text == "" {
		return nil, fmt.Errorf("the JWK has no member %q", name)
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("the JWK's %q is no base64url", name)
	}
	return b, nil
}

// parse reads the key; the private half where there is one.
func (j jwk) parse() (*asymmetricKey, error) {
	switch {
	case j["kty"] == "RSA":
		return j.parseRSA()
	case j["kty"] == "EC":
		return j.parseEC()
	case j["kty"] == "OKP" && j["crv"] == "Ed25519":
		return j.parseEd25519()
	}
	return nil, errKeyKind
}

func (j jwk) parseRSA() (*asymmetricKey, error) {
	numbers := map[string]*big.Int{}
	for _, name := range rsaMembers {
		if j["d"] == "" && name != "n" && name != "e" {
			continue
		}
		b, err := j.bytes(name)
		if err != nil {
			return nil, err
		}
		if len(b) > maxRSABits/8+1 {
			return nil, fmt.Errorf("the JWK's %q is longer than %d bits", name, maxRSABits)
		}
		numbers[name] = new(big.Int).SetBytes(b)
	}
	if !numbers["e"].IsInt64() || numbers["e"].Int64() > 1<<31-1 {
		return nil, errors.New(`the JWK's "e" is too large`)
	}
	public := rsa.PublicKey{N: numbers["n"], E: int(numbers["e"].Int64())}
	if j["d"] == "" {
		return newKey(&public, nil)
	}
	private := &rsa.PrivateKey{PublicKey: public, D: numbers["d"], Primes: []*big.Int{numbers["p"], numbers["q"]}}
	private.Precompute()
	return newKey(private, private.Validate())
}

func (j jwk) parseEC() (*asymmetricKey, error) {
	c := curves[j["crv"]]
	if c == nil {
		return nil, errKeyKind
	}
	x, errX := j.bytes("x")
	y, errY := j.bytes("y")
	if err := errors.Join(errX, errY); err != nil {
		return nil, err
	}
	size := (c.Params().BitSize + 7) / 8
	if len(x) != size || len(y) != size {
		return nil, fmt.Errorf("x and y of a JWK of %s have %d bytes", j["crv"], size)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(c, append(append([]byte{4}, x...), y...))
	if err != nil || j["d"] == "" {
		return newKey(public, err)
	}
	d, err := j.bytes("d")
	if err != nil {
		return nil, err
	}
	private, err := ecdsa.ParseRawPrivateKey(c, d)
	if err == nil && !private.PublicKey.Equal(public) {
		err = errors.New("the JWK's d does not belong to its x and y")
	}
	return newKey(private, err)
}

func (j jwk) parseEd25519() (*asymmetricKey, error) {
	x, err := j.bytes("x")
	if err != nil {
		return nil, err
	}
	if j["d"] == "" {
		return parseRaw("Ed25519", x)
	}
	d, err := j.bytes("d")
	if err != nil || len(d) != ed25519.SeedSize {
		return nil, errors.New("the JWK's d has 32 bytes")
	}
	private := ed25519.NewKeyFromSeed(d)
	if !private.Public().(ed25519.PublicKey).Equal(ed25519.PublicKey(x)) {
		return nil, errors.New("the JWK's d does not belong to its x")
	}
	return newKey(private, nil)
}

// jwk is the key as a JSON Web Key, the private half where asked to.
func (k *asymmetricKey) jwk(private bool) (jwk, error) {
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		return k.rsaJWK(public, private), nil
	case *ecdsa.PublicKey:
		return k.ecJWK(public, private)
	case ed25519.PublicKey:
		j := jwk{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(public)}
		if private {
			j["d"] = base64.RawURLEncoding.EncodeToString(k.private.(ed25519.PrivateKey).Seed())
		}
		return j, nil
	}
	return nil, errKeyKind
}

func (k *asymmetricKey) rsaJWK(public *rsa.PublicKey, private bool) jwk {
	text := func(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }
	j := jwk{"kty": "RSA", "n": text(public.N), "e": text(big.NewInt(int64(public.E)))}
	if p, ok := k.private.(*rsa.PrivateKey); ok && private {
		j["d"], j["p"], j["q"] = text(p.D), text(p.Primes[0]), text(p.Primes[1])
		j["dp"], j["dq"], j["qi"] = text(p.Precomputed.Dp), text(p.Precomputed.Dq), text(p.Precomputed.Qinv)
	}
	return j
}

func (k *asymmetricKey) ecJWK(public *ecdsa.PublicKey, private bool) (jwk, error) {
	point, err := public.Bytes()
	if err != nil {
		return nil, err
	}
	half := len(point) / 2
	j := jwk{
		"kty": "EC", "crv": public.Curve.Params().Name,
		"x": base64.RawURLEncoding.EncodeToString(point[1 : 1+half]), "y": base64.RawURLEncoding.EncodeToString(point[1+half:]),
	}
	if p, ok := k.private.(*ecdsa.PrivateKey); ok && private {
		d, err := p.Bytes()
		if err != nil {
			return nil, err
		}
		j["d"] = base64.RawURLEncoding.EncodeToString(d)
	}
	return j, nil
}
