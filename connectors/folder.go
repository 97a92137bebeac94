package connectors

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"claviger/mapping/finding"
)

// What a folder may hold (format.md section 1).
const (
	maxFileBytes   = 256 << 10
	maxFolderBytes = 1 << 20 // the logo apart
	maxFiles       = 500
	maxFolderDepth = 16
)

const (
	specFile   = "spec.yml"
	logoFile   = "logo.svg"
	readmeFile = "README.md"
)

// folder is what was read of a connector's folder.
type folder struct {
	files    map[string][]byte // by path relative to the folder; what cannot be used is left out
	names    []string          // their paths, sorted
	version  string            // hash of names and contents
	findings finding.List
	bytes    int
	stopped  bool // a limit was passed: nothing more is read
}

// readFolder reads the folder at dir. Names that begin with a dot are none of a connector's. Links are followed only to
// files, and only as far as fsys lets them: one that stays inside.
func readFolder(fsys fs.FS, dir string) *folder {
	f := &folder{files: map[string][]byte{}}
	f.walk(fsys, dir, "", 0)
	f.version = f.hash()
	return f
}

// readConnector is readFolder for a folder that may be none of a connector: then it is nil.
func readConnector(fsys fs.FS) *folder {
	f := &folder{files: map[string][]byte{}}
	entries, err := fs.ReadDir(fsys, ".")
	if err == nil && !looksLikeConnector(entries) {
		return nil
	}
	f.walkEntries(fsys, ".", "", 0, entries, err)
	f.version = f.hash()
	return f
}

func (f *folder) errorf(name, format string, args ...any) {
	f.findings = append(f.findings, finding.Errorf(finding.Pos{File: name, Line: 1, Col: 1}, format, args...))
}

func (f *folder) walk(fsys fs.FS, dir, below string, depth int) {
	entries, err := fs.ReadDir(fsys, path.Join(dir, below))
	f.walkEntries(fsys, dir, below, depth, entries, err)
}

func (f *folder) walkEntries(fsys fs.FS, dir, below string, depth int, entries []fs.DirEntry, err error) {
	if err != nil {
		f.errorf(or(below, specFile), "the folder cannot be read: %v", cause(err))
		return
	}
	if depth > maxFolderDepth {
		f.errorf(below, "folders are nested more than %d deep", maxFolderDepth)
		f.stopped = true
	}
	for _, e := range readingOrder(entries) {
		switch {
		case f.stopped:
			return
		case strings.HasPrefix(e.Name(), "."):
		case !isPlainName(e.Name()):
			f.errorf(or(below, specFile), "the file name %q cannot be used", e.Name())
		case e.IsDir():
			f.walk(fsys, dir, path.Join(below, e.Name()), depth+1)
		default:
			f.read(fsys, dir, path.Join(below, e.Name()), e.Type())
		}
	}
}

// readingOrder puts files before folders, and auth before the others: what matters is read before a limit is passed.
func readingOrder(entries []fs.DirEntry) []fs.DirEntry {
	rank := func(e fs.DirEntry) int {
		switch {
		case !e.IsDir():
			return 0
		case e.Name() == "auth":
			return 1
		}
		return 2
	}
	slices.SortStableFunc(entries, func(a, b fs.DirEntry) int { return rank(a) - rank(b) })
	return entries
}

// isPlainName refuses names that could not be shown on one line, or that other systems read as a path.
func isPlainName(name string) bool {
	return utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool {
		return r == '\\' || r == ':' || !unicode.IsPrint(r)
	})
}

func (f *folder) read(fsys fs.FS, dir, name string, mode fs.FileMode) {
	full := path.Join(dir, name)
	if mode&fs.ModeSymlink != 0 {
		info, err := fs.Stat(fsys, full)
		if err != nil {
			f.errorf(name, "the link leads out of the folder, or nowhere")
			return
		}
		mode = info.Mode()
	}
	if !mode.IsRegular() {
		f.errorf(name, "expected a file or a folder, found %s", modeWord(mode))
		return
	}
	if len(f.names) >= maxFiles {
		f.errorf(name, "the folder holds more than %d files", maxFiles)
		f.stopped = true
		return
	}
	text, err := readFile(fsys, full)
	switch {
	case errors.Is(err, errTooLarge):
		f.errorf(name, "the file is larger than %d KiB", maxFileBytes>>10)
	case err != nil:
		f.errorf(name, "the file cannot be read: %v", cause(err))
	default:
		f.keep(name, text)
	}
}

func (f *folder) keep(name string, text []byte) {
	if name != logoFile {
		f.bytes += len(text)
	}
	if f.bytes > maxFolderBytes {
		f.errorf(name, "the folder holds more than %d KiB, %s apart", maxFolderBytes>>10, logoFile)
		f.stopped = true
		return
	}
	f.files[name] = text
	f.names = append(f.names, name)
}

var errTooLarge = errors.New("too large")

// readFile reads a file that is not larger than it may be, whatever its size claims.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	size := 0
	if info, err := file.Stat(); err == nil {
		if info.Size() > maxFileBytes {
			return nil, errTooLarge
		}
		size = int(info.Size())
	}
	text := make([]byte, 0, max(size, 511)+1)
	for {
		if len(text) == cap(text) {
			text = append(text, 0)[:len(text)]
		}
		n, err := file.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		switch {
		case len(text) > maxFileBytes:
			return nil, errTooLarge
		case errors.Is(err, io.EOF), err == nil && size > 0 && len(text) == size:
			return text, nil
		case err != nil:
			return nil, err
		}
	}
}

// hash is over names and contents, each with its length before it.
func (f *folder) hash() string {
	h := sha256.New()
	var length [8]byte
	write := func(text []byte) {
		binary.BigEndian.PutUint64(length[:], uint64(len(text)))
		h.Write(length[:])
		h.Write(text)
	}
	slices.Sort(f.names)
	for _, name := range f.names {
		write([]byte(name))
		write(f.files[name])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// cause is an error without the path that the finding shows already.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func modeWord(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a link to a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}

func or(text, standard string) string {
	if text == "" {
		return standard
	}
	return text
}
