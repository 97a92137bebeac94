package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// claim opens the file at path, or makes it, for this process alone and for no other user's eyes.
func claim(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = syncDir(filepath.Dir(path)) // a file that a crash takes out of its folder keeps nothing
	} else if errors.Is(err, fs.ErrExist) {
		file, err = os.OpenFile(path, os.O_RDWR, 0)
	}
	if file == nil {
		return nil, err
	}
	if err = errors.Join(err, private(file)); err == nil {
		err = Lock(file)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func private(file *os.File) error {
	info, err := file.Stat()
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("expected a file, found %s: move it away", info.Mode().Type())
	case info.Mode().Perm()&0o077 != 0:
		return file.Chmod(info.Mode().Perm() & 0o700)
	}
	return nil
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
