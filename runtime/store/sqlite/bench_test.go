package sqlite

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/secret"
)

// benchStore is a store with an integration and n connections of some 2 KiB, ids c0000000 upward.
func benchStore(b *testing.B, n int) *Store {
	b.Helper()
	ctx := context.Background()
	s, err := Open(ctx, filepath.Join(b.TempDir(), "claviger.db"), seal.Generate())
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
		err := s.writer.do(context.Background(), func(t *tx) error {
			for i := from; i < min(from+chunk, n); i++ {
				c := benchConnection(i)
				c.Due = dueAll.Add(time.Duration(i) * 7919 * time.Microsecond % (24 * time.Hour))
				row, err := s.codec.Connection(c)
				if err != nil {
					return err
				}
				if _, err := insertConnection(t, row, ""); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// dueAll begins the day within which all that fill writes are due.
var dueAll = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

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

const writers = 16

// rate calls f from 16 goroutines for d and returns how often a second.
func rate(b *testing.B, d time.Duration, f func(worker, i int) error) float64 {
	var done atomic.Int64
	var group sync.WaitGroup
	start := time.Now()
	for w := range writers {
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

// BenchmarkDurableWrites compares bare durable writes of a 2 KiB row, with the group commit of this package, with
// PutConnection of a record that becomes a row of that size; 16 writers, 10,000 rows each, rounds interleaved. An
// iteration is a round of both of a quarter of a second.
func BenchmarkDurableWrites(b *testing.B) {
	ctx := context.Background()
	s := benchStore(b, 10_000)
	row, _ := s.codec.Connection(benchConnection(0))
	body := make([]byte, len(row.Doc)+len(row.Token))
	err := s.writer.do(ctx, func(t *tx) error {
		_, err := t.exec(`CREATE TABLE bare (id TEXT NOT NULL PRIMARY KEY, body BLOB NOT NULL) STRICT`)
		for i := 0; err == nil && i < 10_000; i++ {
			_, err = t.exec(`INSERT INTO bare (id, body) VALUES (?, ?)`, fmt.Sprintf("c%07d", i), body)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	records := make([]*runtime.Connection, 10_000)
	for i := range records {
		records[i] = benchConnection(i)
		records[i].Version = 1
	}
	var bare, put, ratio []float64
	for b.Loop() {
		bare = append(bare, rate(b, 250*time.Millisecond, func(w, i int) error {
			body := sealedLike(len(body))
			return s.writer.do(ctx, func(t *tx) error {
				_, err := t.exec(`UPDATE bare SET body = ? WHERE id = ?`, body, records[pick(w)].ID)
				return err
			})
		}))
		put = append(put, rate(b, 250*time.Millisecond, func(w, i int) error { return s.PutConnection(ctx, records[pick(w)]) }))
		ratio = append(ratio, put[len(put)-1]/bare[len(bare)-1])
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(bare), "bare/s")
	b.ReportMetric(median(put), "put/s")
	b.ReportMetric(median(ratio), "put/bare")
	b.ReportMetric(float64(len(body)), "B/row")
}

// BenchmarkDueWrites compares writes of connections that are due next at another time with each write, as renewals are,
// with the same that are never due; rounds interleaved. Each writer goes through its connections in the order in which they
// are due, whose next times lie in the window into which an hour's tokens are spread.
func BenchmarkDueWrites(b *testing.B) {
	ctx := context.Background()
	s := benchStore(b, 10_000)
	records := make([]*runtime.Connection, 10_000)
	for i := range records {
		records[i] = benchConnection(i)
		records[i].Version = 1
	}
	var never, due, ratio []float64
	at, next := time.Now(), make([]int, writers)
	for b.Loop() {
		for _, with := range []bool{false, true} {
			got := rate(b, 250*time.Millisecond, func(w, i int) error {
				next[w]++
				c := records[next[w]%(10_000/writers)*writers+w]
				c.Due = time.Time{}
				if with { // a round through all of them takes an hour
					c.Due = at.Add(time.Duration(next[w])*time.Hour*writers/10_000 + 50*time.Minute + rand.N(6*time.Minute))
				}
				return s.PutConnection(ctx, c)
			})
			if with {
				due = append(due, got)
			} else {
				never = append(never, got)
			}
		}
		ratio = append(ratio, due[len(due)-1]/never[len(never)-1])
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(never), "never/s")
	b.ReportMetric(median(due), "due/s")
	b.ReportMetric(median(ratio), "due/never")
}

// sealedLike is n bytes that differ from what is stored, as sealed ones do: SQLite writes no page that stays the same.
func sealedLike(n int) []byte {
	b := make([]byte, n)
	for i := 0; i+8 <= n; i += 8 {
		binary.LittleEndian.PutUint64(b[i:], rand.Uint64())
	}
	return b
}

// pick is a random record of a writer's own.
func pick(worker int) int { return rand.IntN(10_000/writers)*writers + worker }

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
