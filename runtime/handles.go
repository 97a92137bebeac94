package runtime

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"strings"
)

// newHandle is 256 random bits as URL-safe text: connect links, states, cookies, completions, keys. Only its hash is
// ever stored.
func newHandle() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails: crypto/rand ends the process instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// HashHandle is what is stored of a handle. Looking a handle up by its hash compares nothing that an attacker could
// time: who can choose the hash's bits has broken SHA-256.
func HashHandle(handle string) []byte {
	sum := sha256.Sum256([]byte(handle))
	return sum[:]
}

var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// newID is a record's name: not secret, not guessable, safe in URLs and file names.
func newID(prefix string) string {
	b := make([]byte, 15)
	rand.Read(b)
	return prefix + "_" + idEncoding.EncodeToString(b)
}

// oneLine keeps a text of others from breaking a log line or a header.
func oneLine(s string, limit int) string {
	s = s[:min(len(s), 4*(limit+1))] // more than limit characters at any rate
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return s
}
