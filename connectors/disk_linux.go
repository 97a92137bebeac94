package connectors

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"sync"
	"syscall"
)

// diskDirectory is an open directory on disk. What is in it is opened by the directory and its own name, so that nothing
// that is replaced meanwhile leads out of it; links alone are left to the folder's os.Root, which is opened for the first.
type diskDirectory struct {
	file   *os.File
	at     string // relative to the connector's folder
	folder *linkedFolder
}

// linkedFolder is a connector's folder as links in it see it.
type linkedFolder struct {
	open func() (*os.Root, error)
	root *os.Root // nil: there was no link yet
}

// openDisk opens the directory at full, which is no link; root opens it once more, for links in it.
func openDisk(full string, root func() (*os.Root, error)) (directory, error) {
	return openDirectory(atCurrent, full, "", &linkedFolder{open: root})
}

// atCurrent is AT_FDCWD: a path that begins where the process is.
const atCurrent = -100

func openDirectory(parent int, name, at string, folder *linkedFolder) (directory, error) {
	fd, err := openAt(parent, name, syscall.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	return &diskDirectory{file: os.NewFile(uintptr(fd), name), at: at, folder: folder}, nil
}

func (d *diskDirectory) list() ([]fs.DirEntry, error) {
	entries, err := d.file.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return entries, err
}

func (d *diskDirectory) below(name string) (directory, error) {
	return openDirectory(int(d.file.Fd()), name, path.Join(d.at, name), d.folder)
}

func (d *diskDirectory) stat(name string) (fs.FileInfo, error) {
	fsys, err := d.folder.links()
	if err != nil {
		return nil, err
	}
	return fsys.Stat(path.Join(d.at, name))
}

// read reads without the runtime's poller, which cannot watch files, and without waiting: a named pipe that takes a
// file's place holds nobody.
func (d *diskDirectory) read(name string) ([]byte, error) {
	fd, err := openAt(int(d.file.Fd()), name, syscall.O_NONBLOCK)
	switch {
	case errors.Is(err, syscall.ELOOP):
		return d.readLink(name)
	case err != nil:
		return nil, err
	}
	defer syscall.Close(fd)
	buffer := fileBuffers.Get().(*[maxFileBytes + 1]byte)
	defer fileBuffers.Put(buffer)
	for size := 0; size < len(buffer); {
		n, err := again(func() (int, error) { return syscall.Read(fd, buffer[size:]) })
		switch {
		case err != nil:
			return nil, err
		case n == 0:
			return bytes.Clone(buffer[:size:size]), nil
		}
		size += n
	}
	return nil, errTooLarge
}

// fileBuffers hold the largest file and one byte more.
var fileBuffers = sync.Pool{New: func() any { return new([maxFileBytes + 1]byte) }}

func (d *diskDirectory) readLink(name string) ([]byte, error) {
	fsys, err := d.folder.links()
	if err != nil {
		return nil, err
	}
	return readFile(fsys, path.Join(d.at, name))
}

func (d *diskDirectory) close() {
	d.file.Close()
	if d.at == "" && d.folder.root != nil {
		d.folder.root.Close()
	}
}

func (l *linkedFolder) links() (diskFS, error) {
	if l.root == nil {
		root, err := l.open()
		if err != nil {
			return diskFS{}, err
		}
		l.root = root
	}
	return diskFS{l.root}, nil
}

func openAt(parent int, name string, flags int) (int, error) {
	return again(func() (int, error) {
		return syscall.Openat(parent, name, flags|syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NOFOLLOW, 0)
	})
}

// again repeats a system call that a signal has interrupted.
func again(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); err != syscall.EINTR {
			return n, err
		}
	}
}
