package seal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

const maxKeyset = 64 << 10 // bytes: some 400 keys

// Open loads the keyset of that name (see source), or makes a file where there is none and used answers false. used tells
// whether a database holds records that are sealed already; it is asked only when the keyset is missing. A keyset that is
// missing although it is needed, damaged, or a file that other users can read is an error that says what to do.
func Open(name string, used func() (bool, error)) (*Ring, error) {
	ring, err := Load(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return ring, err
	}
	needed, usedErr := used()
	switch {
	case usedErr != nil:
		return nil, fmt.Errorf("%w; so it cannot be told whether the keyset %s, which is missing, is needed", usedErr, name)
	case !IsFile(name) && needed:
		return nil, fmt.Errorf("%w, but the database holds records that were sealed with its keys", err)
	case !IsFile(name):
		return nil, fmt.Errorf("%w; `claviger rotate` with the same --keyset prints a new one to be stored there", err)
	case needed:
		return nil, fmt.Errorf("keyset %s is missing, but the database holds records that were sealed with it: put the file back from its backup, or name where it is", name)
	}
	ring, err = Create(name)
	if errors.Is(err, fs.ErrExist) { // another process was first
		return Load(name)
	}
	return ring, err
}

// Load reads the keyset of that name. The error wraps fs.ErrNotExist when there is none. A file that users other than its
// owner can reach is refused (mode 0600 or 0400 is expected).
func Load(name string) (*Ring, error) {
	from := newSource(name)
	found, err := read(context.Background(), from)
	if err != nil {
		return nil, err
	}
	return newRing(found.set, from), nil
}

// Read reads the keyset of that name as a rotation needs it.
func Read(ctx context.Context, name string) (*Keyset, error) { return read(ctx, newSource(name)) }

// fileSource is a file.
type fileSource struct {
	path string
	seen atomic.Pointer[stamp] // of what was read last
}

// fileRetry is how long after a reading that was of no use the next one comes, where the file has not changed.
const fileRetry = 5 * time.Second

// stamp is what changes with the file.
type stamp struct {
	inode   uint64
	size    int64
	changed time.Time
	read    time.Time // when that was
}

func (f *fileSource) text(context.Context) ([]byte, error) {
	file, err := os.Open(f.path)
	if err != nil {
		f.seen.Store(&stamp{read: time.Now()})
		return nil, errors.Unwrap(err) // the path is said already
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	seen := stampOf(info)
	seen.read = time.Now()
	f.seen.Store(seen)
	if err := checkFile(info); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(file, maxKeyset))
}

func stampOf(info fs.FileInfo) *stamp {
	s := &stamp{size: info.Size(), changed: info.ModTime()}
	if all, ok := info.Sys().(*syscall.Stat_t); ok {
		s.inode = uint64(all.Ino)
	}
	return s
}

// due compares the file with what was read. Another owner or mode is seen with the next reading.
func (f *fileSource) due(failed bool) bool {
	seen := f.seen.Load()
	if seen == nil || failed && time.Since(seen.read) > fileRetry {
		return true
	}
	now := &stamp{}
	if info, err := os.Stat(f.path); err == nil {
		now = stampOf(info)
	}
	return now.inode != seen.inode || now.size != seen.size || !now.changed.Equal(seen.changed)
}

func (f *fileSource) pause() time.Duration { return time.Second }

func (f *fileSource) String() string { return f.path }

func checkFile(info fs.FileInfo) error {
	switch {
	case !info.Mode().IsRegular():
		return errors.New("not a file")
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("other users can reach it (mode %04o): run chmod 600 on it", info.Mode().Perm())
	case info.Size() > maxKeyset:
		return fmt.Errorf("expected at most %d bytes, found %d", maxKeyset, info.Size())
	}
	return nil
}

// Create makes a keyset with one fresh key at path, mode 0600, and returns it. The file appears whole and durable or not
// at all; one that is there already is left alone, and the error then wraps fs.ErrExist.
func Create(path string) (*Ring, error) {
	text, err := New().Text()
	if err != nil {
		return nil, fmt.Errorf("new keyset: %w", err)
	}
	if err := writeNew(path, text); err != nil {
		return nil, fmt.Errorf("new keyset: %w", err)
	}
	return Load(path)
}

// writeNew writes beside path first and then links: unlike a rename, a link never replaces what another process has put
// there, and unlike writing in place it shows nobody a half-written file.
func writeNew(path string, text []byte) error {
	beside, err := writeBeside(path, text)
	if err != nil {
		return err
	}
	defer os.Remove(beside)
	if err := os.Link(beside, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// writeBeside makes a durable file (mode 0600) in the folder of path, and returns its name.
func writeBeside(path string, text []byte) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), unfinished+"*") // mode 0600, O_EXCL
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// unfinished begins the names of files that have not become a keyset yet.
const unfinished = ".keyset-"

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
