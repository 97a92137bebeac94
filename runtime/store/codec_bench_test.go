package store_test

import (
	"strings"
	"testing"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/secret"
	"claviger/runtime/store"
)

// large is a connection with a token of some 600 bytes, which becomes a row of some 2 KiB.
func large() *runtime.Connection {
	n := connection()
	access, refresh := strings.Repeat("a", 560), strings.Repeat("r", 128)
	n.Token.Access, n.Token.Refresh = secret.New(access), secret.New(refresh)
	n.Token.Credentials = value.Of("access_token", access, "refresh_token", refresh, "token_type", "bearer", "expires_in", value.Int(3600))
	n.Parameters, n.Renewal, n.LastError = nil, runtime.Renewal{}, nil
	return n
}

func BenchmarkEncode(b *testing.B) {
	c := store.NewCodec(seal.Generate())
	n := large()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Connection(n); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	c := store.NewCodec(seal.Generate())
	row, _ := c.Connection(large())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.ReadConnection(row); err != nil {
			b.Fatal(err)
		}
	}
}
