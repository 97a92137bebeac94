package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claviger/runtime/seal"
)

// BenchmarkWrite is one reservation, write of 2 KiB and release. Beside it stands what the disk takes for the bare bytes of
// one write after the other; "ratio" is how much longer one of the journal's takes, all its writers together.
func BenchmarkWrite(b *testing.B) {
	for _, writers := range []int{1, 16} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			j, err := Open(filepath.Join(b.TempDir(), "journal"), seal.Generate())
			if err != nil {
				b.Fatal(err)
			}
			defer j.Close()
			plain := make([]byte, 2048)
			writeAll(b, j, writers, writers, plain) // the file grows
			bare := newBare(b, len(plain))
			var ours, theirs time.Duration
			b.ResetTimer()
			for done := 0; done < b.N; { // by turns, so that both have the same disk
				n := min(b.N-done, 64)
				ours += writeAll(b, j, n, writers, plain)
				b.StopTimer()
				theirs += bare(n)
				b.StartTimer()
				done += n
			}
			b.ReportMetric(float64(ours)/float64(theirs), "ratio")
			b.ReportMetric(float64(theirs.Microseconds())/float64(b.N), "bare-µs/op")
		})
	}
}

func writeAll(b *testing.B, j *Journal, n, writers int, plain []byte) time.Duration {
	var next atomic.Int64
	var group sync.WaitGroup
	began := time.Now()
	for range writers {
		group.Go(func() {
			for next.Add(1) <= int64(n) {
				s, err := j.Reserve()
				if err == nil {
					err = s.Write("renewal/con_123/7", plain)
				}
				if err != nil {
					b.Error(err)
					return
				}
				s.Release()
			}
		})
	}
	group.Wait()
	return time.Since(began)
}

func newBare(b *testing.B, size int) func(n int) time.Duration {
	file, err := os.Create(filepath.Join(b.TempDir(), "bare"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { file.Close() })
	file.Write(make([]byte, 4*slotSize))
	file.Sync()
	record := make([]byte, headerSize+len("renewal/con_123/7")+size+49)
	return func(n int) time.Duration {
		began := time.Now()
		for i := range n {
			record[0] = byte(i)
			if _, err := file.WriteAt(record, 0); err != nil {
				b.Fatal(err)
			}
			if err := datasync(file); err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(began)
	}
}
