package connectors

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io/fs"
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

// readFolder reads the folder at d. Names that begin with a dot are none of a connector's. Links are followed only to
// files, and only as far as d lets them: one that stays inside.
func readFolder(d directory) *folder {
	entries, err := d.list()
	return readListed(d, entries, err)
}

// readConnector is readFolder for a folder that may be none of a connector: then it is nil.
func readConnector(d directory) *folder {
	entries, err := d.list()
	if err == nil && !looksLikeConnector(entries) {
		return nil
	}
	return readListed(d, entries, err)
}

func readListed(d directory, entries []fs.DirEntry, err error) *folder {
	f := &folder{files: make(map[string][]byte, 8)}
	f.walk(d, "", 0, entries, err)
	f.version = f.hash()
	return f
}

func (f *folder) errorf(name, format string, args ...any) {
	f.findings = append(f.findings, finding.Errorf(finding.Pos{File: name, Line: 1, Col: 1}, format, args...))
}

// walk reads what is in d; below is its path with a slash at the end, empty for the connector's folder itself.
func (f *folder) walk(d directory, below string, depth int, entries []fs.DirEntry, err error) {
	here := or(strings.TrimSuffix(below, "/"), specFile)
	if err != nil {
		f.errorf(here, "the folder cannot be read: %v", cause(err))
		return
	}
	if depth > maxFolderDepth {
		f.errorf(here, "folders are nested more than %d deep", maxFolderDepth)
		f.stopped = true
	}
	for _, e := range readingOrder(entries) {
		switch name := e.Name(); {
		case f.stopped:
			return
		case strings.HasPrefix(name, "."):
		case !isPlainName(name):
			f.errorf(here, "the file name %q cannot be used", name)
		case e.IsDir():
			f.walkBelow(d, name, below+name+"/", depth+1)
		default:
			f.read(d, name, below+name, e.Type())
		}
	}
}

func (f *folder) walkBelow(d directory, name, below string, depth int) {
	sub, err := d.below(name)
	if err != nil {
		f.walk(nil, below, depth, nil, err)
		return
	}
	defer sub.close()
	entries, err := sub.list()
	f.walk(sub, below, depth, entries, err)
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

func (f *folder) read(d directory, base, name string, mode fs.FileMode) {
	if mode&fs.ModeSymlink != 0 {
		info, err := d.stat(base)
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
	text, err := d.read(base)
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
