package store_test

import (
	"strings"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/secret"
	"claviger/runtime/store"
)

func record() *runtime.Connection {
	at := time.Date(2026, 11, 23, 8, 0, 0, 123456789, time.UTC)
	access, refresh := strings.Repeat("a", 560), strings.Repeat("r", 128)
	return &runtime.Connection{
		ID: "c1", Integration: "github", Owner: "tenant-1", Status: runtime.Connected,
		Label: "octocat", Labels: map[string]string{"plan": "team"}, Granted: []string{"repo", "read:user"},
		Token: &runtime.Token{
			Access: secret.New(access), Refresh: secret.New(refresh), IssuedAt: at, ExpiresAt: at.Add(time.Hour),
			Query:       value.Of("code", "0123456789abcdef0123", "state", "s"),
			Credentials: value.Of("access_token", access, "refresh_token", refresh, "token_type", "bearer", "expires_in", value.Int(3600)),
		},
		CreatedAt: at, UpdatedAt: at,
	}
}

func BenchmarkEncode(b *testing.B) {
	c := store.NewCodec(seal.Generate())
	r := record()
	b.ReportAllocs()
	for b.Loop() {
		c.Connection(r)
	}
}

func BenchmarkDecode(b *testing.B) {
	c := store.NewCodec(seal.Generate())
	row, _ := c.Connection(record())
	b.ReportAllocs()
	for b.Loop() {
		c.ReadConnection(row)
	}
}
