package connectors

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
)

// directory is a folder that is being read, by one goroutine.
type directory interface {
	list() ([]fs.DirEntry, error)          // sorted by name
	below(name string) (directory, error)  // a folder in it
	stat(name string) (fs.FileInfo, error) // of what a link leads to
	read(name string) ([]byte, error)      // a file in it, errTooLarge where that is larger than it may be
	close()
}

var errTooLarge = errors.New("too large")

// fsDirectory is a directory of any file system.
type fsDirectory struct {
	fsys fs.FS
	at   string
	root *os.Root // closed with it; nil: none
}

func (d fsDirectory) list() ([]fs.DirEntry, error) { return fs.ReadDir(d.fsys, d.at) }

func (d fsDirectory) below(name string) (directory, error) {
	return fsDirectory{fsys: d.fsys, at: path.Join(d.at, name)}, nil
}

func (d fsDirectory) stat(name string) (fs.FileInfo, error) {
	return fs.Stat(d.fsys, path.Join(d.at, name))
}

func (d fsDirectory) read(name string) ([]byte, error) {
	return readFile(d.fsys, path.Join(d.at, name))
}

func (d fsDirectory) close() {
	if d.root != nil {
		d.root.Close()
	}
}

// readFile reads a file that is not larger than it may be, whatever its size claims.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	if len(text) > maxFileBytes {
		return nil, errTooLarge
	}
	return text, err
}
