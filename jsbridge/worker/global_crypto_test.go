package worker

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"testing"
)

// testKeys is a key of every kind, with a seed per curve.
func testKeys(t testing.TB) []*asymmetricKey {
	t.Helper()
	var keys []*asymmetricKey
	for _, c := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		k, err := newKey(ecdsa.ParseRawPrivateKey(c, append(make([]byte, curveBytes(c.Params().BitSize)-1), 7)))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	ed, err := newKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := newKey(rsa.GenerateKey(nil, minRSABits))
	if err != nil {
		t.Fatal(err)
	}
	return append(keys, ed, r)
}

// checkKey fails unless a key that was read can be written and read again.
func checkKey(t *testing.T, k *asymmetricKey) {
	t.Helper()
	for _, private := range []bool{false, true} {
		format := "spki"
		if private {
			format = "pkcs8"
		}
		if private && k.private == nil {
			continue
		}
		der, err := k.marshal(format, private)
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		again, err := parseDER(format, der)
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		j, err := again.jwk(private)
		if err != nil {
			t.Fatal(err)
		}
		last, err := j.parse()
		if err != nil {
			t.Fatalf("%v: %v", j, err)
		}
		if !last.public.(interface{ Equal(crypto.PublicKey) bool }).Equal(k.public) {
			t.Error("the key has changed")
		}
	}
}

func FuzzKeyDER(f *testing.F) {
	for _, k := range testKeys(f) {
		for format, private := range map[string]bool{"pkcs8": true, "spki": false, "pkcs1": true, "sec1": true} {
			if der, err := k.marshal(format, private); err == nil {
				f.Add(format, der)
				f.Add(format, bytes.Replace(der, []byte{2, 1, 0}, []byte{2, 1, 1}, 1))
			}
		}
	}
	f.Fuzz(func(t *testing.T, format string, der []byte) {
		if k, err := parseDER(format, der); err == nil {
			checkKey(t, k)
		}
	})
}

func FuzzKeyPEM(f *testing.F) {
	for _, k := range testKeys(f) {
		der, err := x509.MarshalPKCS8PrivateKey(k.private)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	}
	f.Add("-----BEGIN RSA PRIVATE KEY-----\\nabc")
	f.Add("-----BEGIN ENCRYPTED PRIVATE KEY-----\nYQ==\n-----END ENCRYPTED PRIVATE KEY-----")
	f.Fuzz(func(t *testing.T, text string) {
		if k, err := parsePEM(text); err == nil {
			checkKey(t, k)
		}
	})
}

func FuzzKeyJWK(f *testing.F) {
	for _, k := range testKeys(f) {
		j, err := k.jwk(true)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(j["kty"], j["crv"], j["x"], j["y"], j["n"], j["e"], j["d"], j["p"], j["q"])
	}
	f.Add("RSA", "", "", "", "AQ", "AQ", "AQ", "AQ", "AA")
	f.Fuzz(func(t *testing.T, kty, crv, x, y, n, e, d, p, q string) {
		j := jwk{"kty": kty, "crv": crv, "x": x, "y": y, "n": n, "e": e, "d": d, "p": p, "q": q, "dp": "AQ", "dq": "AQ", "qi": "AQ"}
		if k, err := j.parse(); err == nil {
			checkKey(t, k)
		}
	})
}

func FuzzRawKey(f *testing.F) {
	for _, k := range testKeys(f) {
		if raw, err := k.raw(); err == nil {
			f.Add("P-256", raw)
			f.Add("P-521", raw)
			f.Add("Ed25519", raw)
		}
	}
	f.Fuzz(func(t *testing.T, curve string, raw []byte) {
		if k, err := parseRaw(curve, raw); err == nil {
			checkKey(t, k)
		}
	})
}

func TestSignatures(t *testing.T) {
	m := &machine{}
	data := []byte("data")
	for _, k := range testKeys(t) {
		fitting := 0
		for _, scheme := range []string{schemePKCS1, schemePSS, schemeDER, schemeP1363, schemeEd25519, "nope"} {
			signature, err := k.sign(m, scheme, crypto.SHA256, rsa.PSSSaltLengthEqualsHash, data)
			if err != nil {
				if k.verify(scheme, crypto.SHA256, rsa.PSSSaltLengthEqualsHash, make([]byte, 64), data) {
					t.Errorf("%T takes any signature of %s", k.public, scheme)
				}
				continue
			}
			fitting++
			if !k.verify(scheme, crypto.SHA256, rsa.PSSSaltLengthEqualsHash, signature, data) {
				t.Errorf("%T: %s does not verify", k.public, scheme)
			}
			for _, wrong := range [][]byte{nil, signature[1:], append(bytes.Clone(signature), 0), make([]byte, len(signature))} {
				if k.verify(scheme, crypto.SHA256, rsa.PSSSaltLengthEqualsHash, wrong, data) {
					t.Errorf("%T: %s takes a wrong signature", k.public, scheme)
				}
			}
			if k.verify(scheme, crypto.SHA256, rsa.PSSSaltLengthEqualsHash, signature, []byte("date")) {
				t.Errorf("%T: %s takes other data", k.public, scheme)
			}
		}
		want := 2
		if _, ok := k.public.(ed25519.PublicKey); ok {
			want = 1
		}
		if fitting != want {
			t.Errorf("%T: %d schemes fit, want %d", k.public, fitting, want)
		}
	}
}
