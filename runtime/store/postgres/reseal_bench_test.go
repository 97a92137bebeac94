package postgres

import (
	"context"
	"testing"

	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/store/postgres/pgtest"
	"claviger/runtime/store/storetest"
)

// BenchmarkReseal is at the server's pace.
func BenchmarkReseal(b *testing.B) {
	storetest.ResealBench{
		Open: func(b *testing.B, keys *seal.Ring) (runtime.Store, error) {
			return Open(context.Background(), pgtest.Own(b, "-c", "shared_buffers=1GB", "-c", "max_wal_size=4GB").Create(b).SocketURL(), keys)
		},
		Fill:  func(b *testing.B, s runtime.Store, n int) { fill(b, s.(*Store), n) },
		Paces: map[string]storetest.Pace{"server": {Limit: 32, Share: 2}},
	}.Run(b)
}
