package seal

import (
	"bytes"
	"crypto/sha3"
	"encoding/hex"
	"testing"
)

// The vectors of c2sp.org/XAES-256-GCM: the first key's L has the high bit clear, the second's has it set.
func TestXAESVectors(t *testing.T) {
	vectors := []struct {
		key         byte
		aad, sealed string
	}{
		{0x01, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
		{0x03, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"},
	}
	for _, v := range vectors {
		x := newXAES((*[keySize]byte)(bytes.Repeat([]byte{v.key}, keySize)))
		nonce := []byte("ABCDEFGHIJKLMNOPQRSTUVWX")
		sealed, err := x.seal(nil, nonce, []byte("XAES-256-GCM"), []byte(v.aad))
		if got := hex.EncodeToString(sealed); err != nil || got != v.sealed {
			t.Errorf("key %x: %s, %v", v.key, got, err)
		}
		if plain, err := x.open(nonce, sealed, []byte(v.aad)); err != nil || string(plain) != "XAES-256-GCM" {
			t.Errorf("key %x opened: %q, %v", v.key, plain, err)
		}
	}
}

// The accumulated test of the specification, 10,000 iterations.
func TestXAESAccumulated(t *testing.T) {
	random, sum := sha3.NewSHAKE128(), sha3.NewSHAKE128()
	read := func(n int) []byte {
		b := make([]byte, n)
		random.Read(b)
		return b
	}
	for range 10_000 {
		key, nonce := [keySize]byte(read(keySize)), read(nonceSize)
		plain := read(int(read(1)[0]))
		aad := read(int(read(1)[0]))
		sealed, err := newXAES(&key).seal(nil, nonce, plain, aad)
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(sealed)
	}
	got := make([]byte, 32)
	sum.Read(got)
	if hex.EncodeToString(got) != "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939" {
		t.Errorf("%x", got)
	}
}
