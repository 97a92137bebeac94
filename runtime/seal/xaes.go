package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
)

const (
	keySize   = 32
	nonceSize = 24
	tagSize   = 16
)

// xaes is XAES-256-GCM (c2sp.org/XAES-256-GCM): AES-256-GCM under a key derived, by the KDF of NIST SP 800-108r1 with
// CMAC-AES256, from the first half of a 192-bit nonce; the second half is GCM's own nonce.
//
// Plain GCM with random 96-bit nonces must change keys before 2^32 records: two records under one nonce give away the
// authentication key. Here both halves would have to collide, which 2^80 records do with a chance of 2^-32. It costs two
// AES blocks and one key schedule a record (half a microsecond), where a wrapped data key would cost a second GCM and 60
// stored bytes, and it brings a published specification with test vectors.
type xaes struct {
	block cipher.Block
	k1    [aes.BlockSize]byte // the CMAC subkey of NIST SP 800-38B section 6.1
}

func newXAES(key *[keySize]byte) *xaes {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // only a wrong key size can fail, and the type fixes it
	}
	x := &xaes{block: block}
	block.Encrypt(x.k1[:], x.k1[:])
	x.k1 = double(x.k1)
	return x
}

// double multiplies by x in GF(2^128), in constant time.
func double(b [aes.BlockSize]byte) (d [aes.BlockSize]byte) {
	var carry byte
	for i := len(b) - 1; i >= 0; i-- {
		d[i] = b[i]<<1 | carry
		carry = b[i] >> 7
	}
	d[len(d)-1] ^= 0b10000111 * carry
	return d
}

// derive returns GCM under the key that belongs to the first half of the nonce.
func (x *xaes) derive(nonce []byte) (cipher.AEAD, error) {
	var key [keySize]byte
	for i := range 2 {
		part := key[i*aes.BlockSize : (i+1)*aes.BlockSize]
		part[1], part[2] = byte(i+1), 'X'
		copy(part[4:], nonce[:nonceSize/2])
		subtle.XORBytes(part, part, x.k1[:])
		x.block.Encrypt(part, part)
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// seal appends ciphertext and tag to dst.
func (x *xaes) seal(dst, nonce, plain, aad []byte) ([]byte, error) {
	gcm, err := x.derive(nonce)
	if err != nil {
		return nil, err
	}
	return gcm.Seal(dst, nonce[nonceSize/2:], plain, aad), nil
}

func (x *xaes) open(nonce, sealed, aad []byte) ([]byte, error) {
	gcm, err := x.derive(nonce)
	if err != nil {
		return nil, err
	}
	return gcm.Open(nil, nonce[nonceSize/2:], sealed, aad)
}
