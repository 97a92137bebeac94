package seal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const maxKeyset = 64 << 10 // bytes: some 400 keys

// Open loads the keyset at path, or makes one where there is none and used answers false. used tells whether a database
// holds records that are sealed already; it is asked only when the file is missing. A keyset that is missing although it
// is needed, damaged, or readable by other users is an error that says what to do.
func Open(path string, used func() (bool, error)) (*Ring, error) {
	ring, err := Load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return ring, err
	}
	needed, err := used()
	if err != nil {
		return nil, fmt.Errorf("keyset %s is missing, and whether it is needed cannot be told: %w", path, err)
	}
	if needed {
		return nil, fmt.Errorf("keyset %s is missing, but the database holds records that were sealed with it: put the file back from its backup, or name where it is", path)
	}
	ring, err = Create(path)
	if errors.Is(err, fs.ErrExist) { // another process was first
		return Load(path)
	}
	return ring, err
}

// Load reads the keyset at path. The error wraps fs.ErrNotExist when there is none. A file that users other than its
// owner can reach is refused (mode 0600 or 0400 is expected).
func Load(path string) (*Ring, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("keyset: %w", err)
	}
	defer f.Close()
	if err := checkFile(f); err != nil {
		return nil, fmt.Errorf("keyset %s: %w", path, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyset))
	if err != nil {
		return nil, fmt.Errorf("keyset: %w", err)
	}
	ring, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("keyset %s is damaged, put it back from its backup: %w", path, err)
	}
	return ring, nil
}

func checkFile(f *os.File) error {
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
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
	text, err := newKeyset()
	if err != nil {
		return nil, fmt.Errorf("new keyset: %w", err)
	}
	if err := writeNew(path, text); err != nil {
		return nil, fmt.Errorf("new keyset: %w", err)
	}
	return parse(text)
}

// writeNew writes beside path first and then links: unlike a rename, a link never replaces what another process has put
// there, and unlike writing in place it shows nobody a half-written file.
func writeNew(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".keyset-*") // mode 0600, O_EXCL
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
