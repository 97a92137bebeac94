package journal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"claviger/runtime/seal"
)

// disk stands between a journal and the waiting for its file.
type disk struct {
	path    string
	ring    *seal.Ring
	syncs   atomic.Int64
	syncing func(n int64) error // in place of the nth wait, from 1; nil lets it pass
}

func newDisk(t *testing.T, slots int) (*disk, *Journal, []*Slot) {
	t.Helper()
	d := &disk{path: filepath.Join(t.TempDir(), "journal"), ring: seal.Generate()}
	j, err := Open(d.path, d.ring)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	list := make([]*Slot, slots)
	for i := range list {
		if list[i], err = j.Reserve(); err != nil {
			t.Fatal(err)
		}
	}
	j.busy.Wait() // the rest of a growth would be counted
	j.datasync = func(f *os.File) error {
		n := d.syncs.Add(1)
		if d.syncing != nil {
			if err := d.syncing(n); err != nil {
				return err
			}
		}
		return datasync(f)
	}
	return d, j, list
}

func (d *disk) left(t *testing.T, j *Journal) string {
	t.Helper()
	j.Close()
	j, err := Open(d.path, d.ring)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	var names []string
	for _, s := range j.Left() {
		names = append(names, s.Name())
	}
	return strings.Join(names, " ")
}

func TestLoneWriterSyncsOnce(t *testing.T) {
	d, _, slots := newDisk(t, 3)
	for i, s := range slots {
		if err := s.Write(fmt.Sprint(i), nil); err != nil || d.syncs.Load() != int64(i+1) {
			t.Fatal(err, d.syncs.Load())
		}
		s.Release()
	}
	if d.syncs.Load() != 3 {
		t.Error("a release waited for the disk")
	}
}

// await waits until the entry of a slot has reached the file, if not yet the disk.
func (d *disk) await(t *testing.T, s *Slot) {
	t.Helper()
	b := make([]byte, 4)
	for range 10_000 {
		if s.journal.file.ReadAt(b, s.index*slotSize); string(b) == magic {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Error("it writes nothing")
}

// Those who come during a sync share the next.
func TestWritersShareASync(t *testing.T) {
	d, j, slots := newDisk(t, 20)
	begun, hold := make(chan struct{}), make(chan struct{})
	d.syncing = func(n int64) error {
		if n == 1 {
			close(begun)
			<-hold
		}
		return nil
	}
	var group sync.WaitGroup
	for i, s := range slots {
		group.Go(func() {
			if err := s.Write(fmt.Sprint(i), make([]byte, 2048)); err != nil {
				t.Error(err)
			}
		})
		if i == 0 {
			<-begun
		}
	}
	for _, s := range slots {
		d.await(t, s)
	}
	time.Sleep(20 * time.Millisecond) // the last of them still have to join
	close(hold)
	group.Wait()
	if n := d.syncs.Load(); n > 3 || j.Live() != 20 {
		t.Errorf("%d syncs, %d live", n, j.Live())
	}
}

// A page that the kernel gave up during another's sync is clean to the next: its writer has to write it again.
func TestWriteIsMadeAgainAfterTheFailedSyncOfAnother(t *testing.T) {
	d, j, slots := newDisk(t, 2)
	begun := make(chan struct{})
	d.syncing = func(n int64) error {
		if n > 1 {
			return nil
		}
		close(begun)
		d.await(t, slots[1])
		j.file.WriteAt(make([]byte, pageSize), slots[1].index*slotSize)
		return syscall.EIO
	}
	var group sync.WaitGroup
	group.Go(func() {
		if err := slots[0].Write("failed", nil); !errors.Is(err, syscall.EIO) {
			t.Error(err)
		}
	})
	<-begun
	if err := slots[1].Write("other", nil); err != nil {
		t.Error(err)
	}
	group.Wait()
	slots[0].Release()
	if left := d.left(t, j); left != "other" {
		t.Fatal(left)
	}
}

func TestFailedSyncIsTheErrorOfItsWriteAlone(t *testing.T) {
	d, j, slots := newDisk(t, 2)
	d.syncing = func(n int64) error {
		if n == 2 {
			return syscall.EIO
		}
		return nil
	}
	if err := slots[0].Write("first", nil); err != nil {
		t.Fatal(err)
	}
	if err := slots[1].Write("failed", []byte("top-plain")); !errors.Is(err, syscall.EIO) || strings.Contains(err.Error(), "plain") {
		t.Fatal(err)
	}
	if j.Live() != 1 || j.Reserved() != 1 {
		t.Fatalf("%d live, %d reserved", j.Live(), j.Reserved())
	}
	if err := slots[1].Write("again", nil); err != nil {
		t.Fatal(err)
	}
	if left := d.left(t, j); left != "first again" {
		t.Fatal(left)
	}
}

func TestFailedWriteIsAnError(t *testing.T) {
	d, j, slots := newDisk(t, 1)
	file := j.file
	var err error
	if j.file, err = os.Open(d.path); err != nil {
		t.Fatal(err)
	}
	if err := slots[0].Write("entry", []byte("top-plain")); !errors.Is(err, syscall.EBADF) || strings.Contains(err.Error(), "plain") {
		t.Error(err)
	}
	j.file.Close()
	j.file = file
	if err := slots[0].Write("entry", nil); err != nil {
		t.Error(err)
	}
}

func TestFailedGrowthGivesItsRoomBack(t *testing.T) {
	d, j, _ := newDisk(t, 4)
	d.syncing = func(int64) error { return syscall.ENOSPC }
	for range 3 {
		if _, err := j.Reserve(); !errors.Is(err, ErrFull) || !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	if info, _ := os.Stat(d.path); info.Size() != 4*slotSize {
		t.Errorf("%d bytes", info.Size())
	}
}

// Everybody does everything at once, and the journal is closed amid it: what a Write has confirmed and nobody has released
// is there.
func TestAllAtOnce(t *testing.T) {
	d, j, _ := newDisk(t, 0)
	d.syncing = func(n int64) error {
		if n%7 == 0 {
			return syscall.EIO
		}
		return nil
	}
	var wanted sync.Map
	var group sync.WaitGroup
	for w := range 12 {
		group.Go(func() {
			for i := 0; ; i++ {
				s, err := j.Reserve()
				if errors.Is(err, ErrFull) {
					continue
				}
				if err != nil {
					return
				}
				name := fmt.Sprintf("%d-%d", w, i)
				early, late := rand.IntN(8) == 0, rand.IntN(8) > 0
				if early {
					go s.Release()
				}
				if s.Write(name, []byte(name)) == nil && !early && !late {
					wanted.Store(name, true)
				}
				if late {
					s.Release()
				}
				_, _ = j.Live(), j.Reserved()
			}
		})
	}
	time.Sleep(300 * time.Millisecond)
	j.Close()
	group.Wait()
	j, err := Open(d.path, d.ring)
	if err != nil || len(j.Damaged()) > 0 {
		t.Fatal(err, j.Damaged())
	}
	defer j.Close()
	found := map[string]bool{}
	for _, s := range j.Left() {
		if found[s.Name()] || string(s.Plain()) != s.Name() {
			t.Errorf("%s comes twice or holds %q", s.Name(), s.Plain())
		}
		found[s.Name()] = true
	}
	for name := range wanted.Range {
		if !found[name.(string)] {
			t.Errorf("%s is lost", name)
		}
	}
	if len(found) < 10 {
		t.Errorf("only %d are left: the test shows little", len(found))
	}
}
