package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/secret"
	"claviger/runtime/store/postgres/pgtest"
)

// benchStore is a store with n connections of some 2 KiB, ids c0000000 upward, on a server of its own that is as durable as
// it comes. Its database is reached by the unix socket.
func benchStore(b *testing.B, n int) *Store {
	b.Helper()
	ctx := context.Background()
	db := pgtest.Own(b, "-c", "shared_buffers=1GB", "-c", "max_wal_size=4GB").Create(b)
	s, err := Open(ctx, db.SocketURL(), seal.Generate())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	if err := s.PutIntegration(ctx, &runtime.Integration{Key: "github", Connector: "github"}); err != nil {
		b.Fatal(err)
	}
	fill(b, s, n)
	return s
}

// fill writes the connections in large transactions, as no caller could.
func fill(b *testing.B, s *Store, n int) {
	const chunk = 5000
	for from := 0; from < n; from += chunk {
		batch := &pgx.Batch{}
		for i := from; i < min(from+chunk, n); i++ {
			row, err := s.codec.Connection(benchConnection(i))
			if err != nil {
				b.Fatal(err)
			}
			insert := insertConnection(row, "")
			batch.Queue(insert.text, insert.args...)
		}
		if err := s.pool.SendBatch(context.Background(), batch).Close(); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := s.pool.Exec(context.Background(), `VACUUM ANALYZE connections`); err != nil {
		b.Fatal(err)
	}
}

func benchConnection(i int) *runtime.Connection {
	at := time.Date(2026, 11, 23, 8, 0, 0, 123456789, time.UTC)
	access, refresh := strings.Repeat("a", 560), strings.Repeat("r", 128)
	return &runtime.Connection{
		ID: fmt.Sprintf("c%07d", i), Integration: "github", Owner: fmt.Sprintf("tenant-%d", i%1000), Status: runtime.Connected,
		Label: "octocat", Labels: map[string]string{"plan": "team"}, Granted: []string{"repo", "read:user"},
		Token: &runtime.Token{
			Access: secret.New(access), Refresh: secret.New(refresh), IssuedAt: at, ExpiresAt: at.Add(time.Hour),
			Query:       value.Of("code", "0123456789abcdef0123", "state", "s"),
			Credentials: value.Of("access_token", access, "refresh_token", refresh, "token_type", "bearer", "expires_in", value.Int(3600)),
		},
		CreatedAt: at, UpdatedAt: at,
	}
}

const workers = 16

// rate calls f from 16 goroutines for d and returns how often a second.
func rate(b *testing.B, d time.Duration, f func(worker, i int) error) float64 {
	var done atomic.Int64
	var group sync.WaitGroup
	start := time.Now()
	for w := range workers {
		group.Go(func() {
			for i := 0; time.Since(start) < d; i++ {
				if err := f(w, i); err != nil {
					b.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	group.Wait()
	return float64(done.Load()) / time.Since(start).Seconds()
}

// BenchmarkDurableWrites compares bare durable writes of a 2 KiB row, by the same pool, with PutConnection of a record that
// becomes a row of that size, as a renewal does it, with its event; 16 writers, 10,000 rows each, rounds interleaved. An
// iteration is a round of both of a quarter of a second.
func BenchmarkDurableWrites(b *testing.B) {
	ctx := context.Background()
	s := benchStore(b, 10_000)
	row, _ := s.codec.Connection(benchConnection(0))
	size := len(row.Doc) + len(row.Token)
	_, err := s.pool.Exec(ctx, `CREATE TABLE bare (id text COLLATE "C" PRIMARY KEY, body bytea NOT NULL) WITH (fillfactor = 70, toast_tuple_target = 8160)`)
	if err == nil {
		_, err = s.pool.Exec(ctx, `ALTER TABLE bare ALTER body SET STORAGE EXTERNAL`)
	}
	if err == nil {
		_, err = s.pool.Exec(ctx, `INSERT INTO bare SELECT 'c' || lpad(n::text, 7, '0'), $1 FROM generate_series(0, 9999) n`, make([]byte, size))
	}
	if err != nil {
		b.Fatal(err)
	}
	records := make([]*runtime.Connection, 10_000)
	for i := range records {
		records[i] = benchConnection(i)
		records[i].Version = 1
	}
	renewed := runtime.Event{At: records[0].UpdatedAt, Kind: runtime.EventRefreshed, By: runtime.ByReader}
	var bare, put, ratio []float64
	for b.Loop() {
		bare = append(bare, rate(b, 250*time.Millisecond, func(w, i int) error {
			_, err := s.pool.Exec(ctx, `UPDATE bare SET body = $2 WHERE id = $1`, records[pick(w)].ID, sealedLike(size))
			return err
		}))
		put = append(put, rate(b, 250*time.Millisecond, func(w, i int) error { return s.PutConnection(ctx, records[pick(w)], renewed) }))
		ratio = append(ratio, put[len(put)-1]/bare[len(bare)-1])
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(bare), "bare/s")
	b.ReportMetric(median(put), "put/s")
	b.ReportMetric(median(ratio), "put/bare")
	b.ReportMetric(float64(size), "B/row")
}

// sealedLike is n bytes that differ from what is stored, as sealed ones do.
func sealedLike(n int) []byte {
	b := make([]byte, n)
	for i := 0; i+8 <= n; i += 8 {
		binary.LittleEndian.PutUint64(b[i:], rand.Uint64())
	}
	return b
}

// pick is a random record of a worker's own.
func pick(worker int) int { return rand.IntN(10_000/workers)*workers + worker }

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// sizes are 1,000 rows and, when CLAVIGER_BENCH_ROWS says so, more.
func sizes() []int {
	if n, err := strconv.Atoi(os.Getenv("CLAVIGER_BENCH_ROWS")); err == nil {
		return []int{1000, n}
	}
	return []int{1000}
}

// BenchmarkList reads a page of a list.
func BenchmarkList(b *testing.B) {
	for _, n := range sizes() {
		b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) {
			s := benchStore(b, n)
			for name, f := range map[string]runtime.ConnectionFilter{
				"owner": {Owner: "tenant-7"}, "owners": {Owners: []string{"tenant-7", "tenant-8"}},
				"status": {Status: runtime.Connected, After: "c0000500"}, "rare": {Status: runtime.Failed, Integration: "github"},
			} {
				b.Run(name, func(b *testing.B) {
					for b.Loop() {
						if _, err := s.Connections(context.Background(), f); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}
