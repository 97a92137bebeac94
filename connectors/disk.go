package connectors

import (
	"cmp"
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// diskFS is a directory that nothing leads out of. Its files are opened without waiting: a named pipe that takes a file's
// place holds nobody, and the runtime's poller is not asked to watch what cannot be watched.
type diskFS struct{ root *os.Root }

func (d diskFS) open(name string) (*os.File, error) {
	return d.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// Open is fs.FS.
func (d diskFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	f, err := d.open(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// ReadDir is fs.ReadDirFS.
func (d diskFS) ReadDir(name string) ([]fs.DirEntry, error) {
	f, err := d.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return entries, err
}

// Stat is fs.StatFS.
func (d diskFS) Stat(name string) (fs.FileInfo, error) { return d.root.Stat(name) }
