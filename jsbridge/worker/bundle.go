package worker

import (
	"path"
	"strings"

	"claviger/jsbridge/wire"
)

// bundle is one script: its sources and what has been compiled of them.
type bundle struct {
	hash     string
	entry    string
	files    map[string]string // inline code stands at its own line and column, see newBundle
	line     int               // of inline code; 0: a file of its own
	col      int
	size     int // of all sources
	units    map[string]*unit
	announce func(wire.Place) error
}

func newBundle(s wire.SourceBody) *bundle {
	b := &bundle{hash: s.Hash, entry: s.Entry, files: s.Files, line: s.Line, col: max(s.Col, 1), units: map[string]*unit{}}
	if b.files == nil {
		b.files = map[string]string{}
	}
	if b.line > 0 {
		// With the lines of the file before it, every position that goja or esbuild gives is one of the file.
		b.files[b.entry] = strings.Repeat("\n", b.line-1) + strings.Repeat(" ", b.col-1) + b.files[b.entry]
	}
	for name, source := range b.files {
		b.size += len(name) + len(source)
	}
	return b
}

// find returns the file that a require of spec in the file from means. Outside is true where it leads out of the folder.
func (b *bundle) find(from, spec string) (name string, outside bool) {
	if path.IsAbs(spec) || strings.Contains(spec, `\`) {
		return "", true
	}
	base := path.Join(path.Dir(from), spec)
	if base == ".." || strings.HasPrefix(base, "../") {
		return "", true
	}
	for _, try := range candidates(base) {
		if _, ok := b.files[try]; ok {
			return try, false
		}
	}
	return "", false
}

// candidates are the files that a path without or with its suffix can mean, in Node's order; as in TypeScript a path
// that ends in .js may name the .ts that it is made from.
func candidates(base string) []string {
	names := []string{base, base + ".js", base + ".json", base + ".ts"}
	if stem, ok := strings.CutSuffix(base, ".js"); ok {
		names = append(names, stem+".ts")
	}
	return append(names, path.Join(base, "index.js"), path.Join(base, "index.ts"))
}
