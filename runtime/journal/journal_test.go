package journal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"claviger/runtime/journal"
	"claviger/runtime/seal"
)

func open(t testing.TB, path string, keys journal.Sealer) *journal.Journal {
	t.Helper()
	j, err := journal.Open(path, keys)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func reserve(t testing.TB, j *journal.Journal) *journal.Slot {
	t.Helper()
	s, err := j.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t testing.TB, j *journal.Journal, name string, plain []byte) *journal.Slot {
	t.Helper()
	s := reserve(t, j)
	if err := s.Write(name, plain); err != nil {
		t.Fatal(err)
	}
	return s
}

func names(j *journal.Journal) []string {
	var list []string
	for _, s := range j.Left() {
		list = append(list, s.Name())
	}
	return list
}

func expect(t testing.TB, j *journal.Journal, want ...string) {
	t.Helper()
	if got := names(j); !slices.Equal(got, want) || j.Live() != len(want) {
		t.Fatalf("left %q, %d live, want %q; damaged: %v", got, j.Live(), want, j.Damaged())
	}
}

func TestReopenHandsOutWhatWasNotReleased(t *testing.T) {
	path, ring := filepath.Join(t.TempDir(), "journal"), seal.Generate()
	j := open(t, path, ring)
	plains := map[string][]byte{}
	slots := map[string]*journal.Slot{}
	for i, size := range []int{0, 1, 2048, 4000, 4096, 4097, journal.MaxEntry - 1, journal.MaxEntry, 7} {
		name := fmt.Sprintf("renewal/con_%d/7", i)
		plains[name] = bytes.Repeat([]byte{byte(i + 1)}, size)
		slots[name] = write(t, j, name, plains[name])
	}
	slots["renewal/con_2/7"].Release()
	slots["renewal/con_7/7"].Release()
	slots["renewal/con_7/7"].Release()
	plains["last"] = []byte("in the place of a longer one")
	write(t, j, "last", plains["last"])
	reserve(t, j)
	if j.Live() != 8 || j.Reserved() != 1 {
		t.Fatalf("%d live, %d reserved", j.Live(), j.Reserved())
	}
	j.Close()

	j = open(t, path, ring)
	expect(t, j, "renewal/con_0/7", "renewal/con_1/7", "renewal/con_3/7", "renewal/con_4/7", "renewal/con_5/7",
		"renewal/con_6/7", "renewal/con_8/7", "last")
	for _, s := range j.Left() {
		if !bytes.Equal(s.Plain(), plains[s.Name()]) {
			t.Errorf("%s holds %d other bytes", s.Name(), len(s.Plain()))
		}
		if err := s.Write("again", nil); !errors.Is(err, journal.ErrWritten) {
			t.Error(err)
		}
	}
	j.Left()[0].Release()
	write(t, j, "newest", nil) // its number goes on from those before
	j.Close()
	expect(t, open(t, path, ring), "renewal/con_1/7", "renewal/con_3/7", "renewal/con_4/7", "renewal/con_5/7",
		"renewal/con_6/7", "renewal/con_8/7", "last", "newest")
}

func TestFileIsPrivateGrowsAndIsEmptied(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j := open(t, path, seal.Generate())
	var slots []*journal.Slot
	for range 9 {
		slots = append(slots, write(t, j, "entry", []byte("plain")))
	}
	before, err := os.Stat(path)
	if err != nil || before.Mode().Perm() != 0o600 {
		t.Fatal(before.Mode(), err)
	}
	for range 100 {
		slots[3].Release()
		slots[3] = write(t, j, "entry", []byte("plain"))
	}
	for _, s := range slots {
		s.Release()
	}
	if now, _ := os.Stat(path); now.Size() > before.Size()+4*(journal.MaxEntry+4096) {
		t.Errorf("free slots were not used again: from %d to %d bytes", before.Size(), now.Size())
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if now, _ := os.Stat(path); now.Size() != 0 {
		t.Errorf("%d bytes are left though nothing was", now.Size())
	}
}

func TestOneProcessAlone(t *testing.T) {
	path, ring := filepath.Join(t.TempDir(), "journal"), seal.Generate()
	j := open(t, path, ring)
	if _, err := journal.Open(path, ring); !errors.Is(err, journal.ErrLocked) {
		t.Fatal(err)
	}
	if out, _ := childOutput(t, filepath.Dir(path), "lock"); !strings.Contains(out, "another claviger uses this data folder") {
		t.Fatalf("another process: %q", out)
	}
	j.Close()
	open(t, path, ring)
}

func TestNotAFile(t *testing.T) {
	if _, err := journal.Open(t.TempDir(), seal.Generate()); err == nil {
		t.Error("a folder was opened")
	}
	if _, err := journal.Open(filepath.Join(t.TempDir(), "no", "journal"), seal.Generate()); err == nil {
		t.Error("a journal was made in no folder")
	}
	path := filepath.Join(t.TempDir(), "journal")
	os.WriteFile(path, nil, 0o644)
	open(t, path, seal.Generate())
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
}

func TestRefusedWrites(t *testing.T) {
	path, ring := filepath.Join(t.TempDir(), "journal"), seal.Generate()
	j := open(t, path, ring)
	s := reserve(t, j)
	if err := s.Write("large", make([]byte, journal.MaxEntry+1)); !errors.Is(err, journal.ErrTooLarge) {
		t.Error(err)
	}
	for _, name := range []string{"", strings.Repeat("n", 256)} {
		if err := s.Write(name, nil); err == nil {
			t.Errorf("name of %d bytes was taken", len(name))
		}
	}
	long := strings.Repeat("n", 255)
	if err := s.Write(long, make([]byte, journal.MaxEntry)); err != nil {
		t.Error(err)
	}
	if err := s.Write("second", nil); !errors.Is(err, journal.ErrWritten) {
		t.Error(err)
	}
	released := reserve(t, j)
	released.Release()
	if err := released.Write("late", nil); !errors.Is(err, journal.ErrWritten) {
		t.Error(err)
	}
	late := reserve(t, j)
	j.Close()
	if err := late.Write("late", nil); !errors.Is(err, journal.ErrClosed) {
		t.Error(err)
	}
	if _, err := j.Reserve(); !errors.Is(err, journal.ErrClosed) {
		t.Error(err)
	}
	s.Release()
	expect(t, open(t, path, ring), long)
}

// An entry that only the keys of now do not open is kept, told of, and comes back with the right ones.
func TestEntryOfOtherKeysIsKept(t *testing.T) {
	path, ring, other := filepath.Join(t.TempDir(), "journal"), seal.Generate(), seal.Generate()
	j := open(t, path, ring)
	write(t, j, "renewal/con_1/7", []byte("plain"))
	j.Close()

	j = open(t, path, other)
	expect(t, j)
	if d := j.Damaged(); len(d) != 1 || !errors.Is(d[0], seal.ErrUnknownKey) || !strings.Contains(d[0].Error(), "renewal/con_1/7") {
		t.Fatal(d)
	}
	for i := range 6 {
		write(t, j, fmt.Sprint("other", i), nil)
	}
	j.Close()

	j = open(t, path, other)
	for _, s := range j.Left() {
		s.Release()
	}
	if err := j.Close(); err != nil { // must not empty the file
		t.Fatal(err)
	}
	expect(t, open(t, path, ring), "renewal/con_1/7")
}

// wrongKey is a keyset with the same names for other keys.
type wrongKey struct{ *seal.Ring }

func (wrongKey) Open(string, string, []byte) ([]byte, error) { return nil, seal.ErrNotAuthentic }

func TestEntryOfWrongKeyIsKept(t *testing.T) {
	path, ring := filepath.Join(t.TempDir(), "journal"), seal.Generate()
	j := open(t, path, ring)
	write(t, j, "entry", []byte("plain"))
	j.Close()
	j = open(t, path, wrongKey{ring})
	if d := j.Damaged(); len(d) != 1 || !errors.Is(d[0], seal.ErrNotAuthentic) || errors.Is(d[0], journal.ErrTorn) {
		t.Fatal(d)
	}
	j.Close()
	expect(t, open(t, path, ring), "entry")
}

func TestNothingShowsAnEntry(t *testing.T) {
	path, ring := filepath.Join(t.TempDir(), "journal"), seal.Generate()
	j := open(t, path, ring)
	write(t, j, "entry", []byte("top-plain-text"))
	j.Close()
	j = open(t, path, ring)
	s := j.Left()[0]
	text, _ := json.Marshal(s)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "slot", s)
	file, _ := os.ReadFile(path)
	inside := struct{ s *journal.Slot }{s}
	for _, shown := range []string{
		fmt.Sprintf("%v %+v %#v %s %q %x", s, s, s, s, s, s), fmt.Sprintf("%v %+v %#v", inside, inside, inside),
		fmt.Sprintf("%+v", j.Left()), string(text), log.String(), string(file),
	} {
		if strings.Contains(shown, "top-plain") || strings.Contains(shown, "746f70") || strings.Contains(shown, "116 111 112") {
			t.Error(shown)
		}
	}
	if fmt.Sprint(s) != "[secret]" || string(text) != `"[secret]"` || string(s.Plain()) != "top-plain-text" {
		t.Errorf("%v %s", s, text)
	}
	s.Release()
	if len(s.Plain()) != 0 {
		t.Error("a released slot still has its entry")
	}
}
