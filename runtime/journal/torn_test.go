package journal

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claviger/runtime/seal"
)

// scene is a file of two slots: in the first an entry that nothing may harm, in the second whatever a crash leaves.
type scene struct {
	*testing.T
	path string
	ring *seal.Ring
	keep []byte
	file *os.File
}

var plains = map[string]string{
	"keep": "never harmed",
	"old":  strings.Repeat("old plain ", 70),
	"new":  strings.Repeat("the new plain ", 20),
	"long": strings.Repeat("a long new plain ", 900),
}

func newScene(t *testing.T) *scene {
	c := &scene{T: t, path: filepath.Join(t.TempDir(), "journal"), ring: seal.Generate()}
	c.keep = c.record("keep", 1)
	var err error
	if c.file, err = os.Create(c.path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.file.Close() })
	return c
}

func (c *scene) record(name string, sequence uint64) []byte {
	sealed, err := c.ring.Seal(sealID, name, []byte(plains[name]))
	if err != nil {
		c.Fatal(err)
	}
	return encode(name, sequence, sealed)
}

// after opens the file with these bytes in the second slot, and with this size, and returns which entry is found there.
func (c *scene) after(second []byte, size int64) (found string, damaged []error) {
	c.Helper()
	c.file.Truncate(0)
	c.file.WriteAt(c.keep, 0)
	c.file.WriteAt(second, slotSize)
	c.file.Truncate(size)
	j, err := Open(c.path, c.ring)
	if err != nil {
		c.Fatal(err)
	}
	defer j.Close()
	left := j.Left()
	if len(left) == 0 || len(left) > 2 || left[0].Name() != "keep" {
		c.Fatalf("%d entries are left", len(left))
	}
	for _, s := range left {
		if string(s.Plain()) != plains[s.Name()] {
			c.Fatalf("%q holds %d other bytes", s.Name(), len(s.Plain()))
		}
		found = s.Name()
	}
	if len(left) == 1 {
		found = ""
	}
	if free := len(j.free); size == 2*slotSize && free != 2-len(left) {
		c.Fatalf("%q was found, and %d slots are free", found, free)
	}
	for _, err := range j.Damaged() {
		if !errors.Is(err, ErrTorn) {
			c.Fatal(err)
		}
	}
	return found, j.Damaged()
}

// befores are what the slot can hold when a write to it begins: nothing, a released entry whose wipe has reached the disk,
// and one whose wipe has not.
func (c *scene) befores() map[string][]byte {
	old := c.record("old", 2)
	wiped := bytes.Clone(old)
	clear(wiped[:headerSize+len("old")])
	return map[string][]byte{"fresh": nil, "wiped": wiped, "unwiped": old}
}

func padded(b []byte, n int) []byte { return append(bytes.Clone(b), make([]byte, max(0, n-len(b)))...) }

// The disk has written the first bytes of an entry and not the rest, or the other way round.
func TestWriteTornInTwo(t *testing.T) {
	c := newScene(t)
	record := c.record("new", 3)
	for state, before := range c.befores() {
		n := max(len(before), len(record))
		before, after := padded(before, n), padded(record, n)
		copy(after[len(record):], before[len(record):]) // it does not write behind its end
		for cut := 0; cut <= len(record); cut += 1 + cut/64 {
			for _, mixed := range [][]byte{
				append(bytes.Clone(after[:cut]), before[cut:]...),
				append(bytes.Clone(before[:cut]), after[cut:]...),
			} {
				want := ""
				switch old := bytes.TrimRight(before, "\x00"); {
				case bytes.HasPrefix(mixed, record):
					want = "new"
				case state == "unwiped" && bytes.HasPrefix(mixed, old):
					want = "old"
				}
				if found, _ := c.after(mixed, 2*slotSize); found != want {
					t.Fatalf("%s, cut at %d of %d: found %q, want %q", state, cut, len(record), found, want)
				}
			}
		}
	}
}

// The disk has written some of the sectors of a long entry.
func TestWriteTornInSectors(t *testing.T) {
	c := newScene(t)
	record := c.record("long", 3)
	for state, before := range c.befores() {
		before = padded(before, len(record))
		for range 150 {
			mixed, missing := bytes.Clone(record), 0
			for at := 0; at < len(mixed); at += 512 {
				if rand.IntN(len(mixed)/512) < 3 {
					missing++
					copy(mixed[at:min(at+512, len(mixed))], before[at:])
				}
			}
			if found, _ := c.after(mixed, 2*slotSize); (found == "long") != (missing == 0) {
				t.Fatalf("%s, %d sectors missing: %q", state, missing, found)
			}
		}
	}
}

func TestGarbledByte(t *testing.T) {
	c := newScene(t)
	record := c.record("new", 3)
	for at := range record {
		garbled := bytes.Clone(record)
		garbled[at] ^= byte(1 + rand.IntN(255))
		if found, damaged := c.after(garbled, 2*slotSize); found != "" || len(damaged) != 1 {
			t.Fatalf("byte %d: %q, %v", at, found, damaged)
		} else if named := strings.Contains(damaged[0].Error(), `"new"`); named != (at >= headerSize+len("new")) {
			t.Fatalf("byte %d: %v", at, damaged)
		}
	}
}

func TestFileCutOff(t *testing.T) {
	c := newScene(t)
	record := c.record("new", 3)
	for size := range int64(len(record) + 2) {
		if found, _ := c.after(record, slotSize+size); (found == "new") != (size >= int64(len(record))) {
			t.Fatalf("cut after %d of %d bytes: %q", size, len(record), found)
		}
	}
	if found, damaged := c.after(nil, slotSize+pageSize); found != "" || len(damaged) != 0 {
		t.Fatalf("growth that was cut off: %q, %v", found, damaged)
	}
}

// A file that was cut off grows on where its last whole slot, or its last entry, ends.
func TestGrowthGoesOnBehindWhatIsThere(t *testing.T) {
	for name, second := range map[string]string{"entry": "new", "none": ""} {
		c := newScene(t)
		var record []byte
		if second != "" {
			record = c.record(second, 3)
		}
		c.after(record, slotSize+2000)
		j, err := Open(c.path, c.ring)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 9 {
			s, err := j.Reserve()
			if info, _ := c.file.Stat(); err == nil && info.Size() < (s.index+1)*slotSize {
				t.Fatalf("%s: slot %d was reserved in a file of %d bytes", name, s.index, info.Size())
			}
			if err == nil {
				err = s.Write(fmt.Sprint("more", i), make([]byte, MaxEntry))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		want := j.Live()
		j.Close()
		if j, err = Open(c.path, c.ring); err != nil || len(j.Left()) != want || want < 10 || len(j.Damaged()) > 0 {
			t.Fatalf("%s: %v, %d left of %d, %v", name, err, len(j.Left()), want, j.Damaged())
		}
		j.Close()
	}
}

func TestOtherVersion(t *testing.T) {
	c := newScene(t)
	record := c.record("new", 3)
	record[4]++
	sum := headerSum(record, "new")
	record[22], record[23], record[24], record[25] = byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum)
	c.file.WriteAt(record, 0)
	if _, err := Open(c.path, c.ring); !errors.Is(err, ErrVersion) {
		t.Fatal(err)
	}
}

// Whatever the file holds, it opens or says what is wrong, hands out only what was sealed, and works.
func FuzzOpen(f *testing.F) {
	ring := seal.Generate()
	sealed, _ := ring.Seal(sealID, "new", []byte("plain"))
	record := encode("new", 3, sealed)
	f.Add([]byte{}, record, int64(0))
	f.Add(record, record, int64(slotSize))
	f.Add(record[:40], []byte("clvj"), int64(2*slotSize-3))
	f.Add(encode("n", ^uint64(0), nil), encode("none", 1, make([]byte, 60)), int64(slotSize+9))
	f.Fuzz(func(t *testing.T, start, more []byte, at int64) {
		path := filepath.Join(t.TempDir(), "journal")
		file, _ := os.Create(path)
		file.WriteAt(start, 0)
		file.WriteAt(more, max(0, at%(8*slotSize)))
		file.Close()
		j, err := Open(path, ring)
		if errors.Is(err, ErrVersion) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		for _, s := range j.Left() {
			if s.Name() != "new" || string(s.Plain()) != "plain" {
				t.Fatalf("found %q", s.Name())
			}
		}
		before := j.Live()
		s, err := j.Reserve()
		if err == nil {
			err = s.Write("written", nil)
		}
		if err != nil || j.Live() != before+1 {
			t.Fatal(err, j.Live())
		}
	})
}
