package sqlite

import (
	"context"
	"path/filepath"
	"testing"

	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/store/storetest"
)

// BenchmarkReseal is at the server's pace, and at that of the command, which does not rest.
func BenchmarkReseal(b *testing.B) {
	storetest.ResealBench{
		Open: func(b *testing.B, keys *seal.Ring) (runtime.Store, error) {
			return Open(context.Background(), filepath.Join(b.TempDir(), "claviger.db"), keys)
		},
		Fill:  func(b *testing.B, s runtime.Store, n int) { fill(b, s.(*Store), n) },
		Paces: map[string]storetest.Pace{"server": {Limit: 32, Share: 2}, "alone": {Limit: 200}},
	}.Run(b)
}
