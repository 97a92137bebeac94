package connectors

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"claviger/mapping/finding"
)

// Every folder in this directory is a connector of the catalogue.
//
//go:embed */*
var catalogue embed.FS

// Catalogue is the bundled connectors: one folder each.
func Catalogue() fs.FS { return catalogue }

// Source is where connectors are loaded from: a folder, or a folder of folders. The zero Source has none.
type Source struct {
	label string
	dir   string // on disk; empty: fsys
	fsys  fs.FS
}

// Bundled is the catalogue.
func Bundled() Source { return Source{label: "catalogue", fsys: catalogue} }

// Dir is a directory on disk. Links in it are followed as long as they stay in it; a connector's own must stay in its
// folder.
func Dir(name string) Source { return Source{label: filepath.ToSlash(name), dir: name} }

// FromFS is a file system. label names it in findings.
func FromFS(label string, fsys fs.FS) Source { return Source{label: label, fsys: fsys} }

// opened is a source being read.
type opened struct {
	Source
	root *os.Root // of a directory on disk
}

func (s Source) open() (*opened, error) {
	if s.dir == "" {
		if s.fsys == nil {
			s.fsys = noFiles{}
		}
		return &opened{Source: s}, nil
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return nil, fmt.Errorf("connectors cannot be loaded from %s: %w", s.label, cause(err))
	}
	s.fsys = diskFS{root}
	return &opened{Source: s, root: root}, nil
}

func (o *opened) close() {
	if o.root != nil {
		o.root.Close()
	}
}

// noFiles is an empty file system.
type noFiles struct{}

func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// names lists the source's connector folders; the one name "." stands for the source itself.
func (o *opened) names() ([]string, error) {
	entries, err := o.entries()
	if err != nil {
		if o.dir == "" && errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, fmt.Errorf("connectors cannot be loaded from %s: %w", o.label, cause(err))
	}
	if looksLikeConnector(entries) && !isFolderOfFolders(o.fsys, entries) {
		return []string{"."}, nil
	}
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && (e.IsDir() || e.Type()&fs.ModeSymlink != 0 && o.leadsToFolder(e.Name())) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// entries are what is in the source. A directory on disk is listed by its name: by its root each entry would be looked at.
func (o *opened) entries() ([]fs.DirEntry, error) {
	if o.dir != "" {
		return os.ReadDir(o.dir)
	}
	return fs.ReadDir(o.fsys, ".")
}

// isFolderOfFolders tells a folder that holds a connector named auth from a connector without a spec.yml.
func isFolderOfFolders(fsys fs.FS, entries []fs.DirEntry) bool {
	if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return isSpecName(e.Name()) }) {
		return false
	}
	_, err := fs.Stat(fsys, "auth/"+specFile)
	return err == nil
}

// leadsToFolder tells whether a link leads to a folder, wherever that is.
func (o *opened) leadsToFolder(name string) bool {
	if o.dir == "" {
		info, err := fs.Stat(o.fsys, name)
		return err == nil && info.IsDir()
	}
	info, err := os.Stat(filepath.Join(o.dir, name))
	return err == nil && info.IsDir()
}

func (s Source) load(ctx context.Context) ([]Folder, error) {
	o, err := s.open()
	if err != nil {
		return nil, err
	}
	defer o.close()
	names, err := o.names()
	if err != nil {
		return nil, err
	}
	loaded := make([]*Folder, len(names))
	if err := inParallel(ctx, len(names), func(i int) { loaded[i] = o.folder(names[i]) }); err != nil {
		return nil, err
	}
	folders := make([]Folder, 0, len(names))
	for _, f := range loaded {
		if f != nil {
			folders = append(folders, *f)
		}
	}
	return folders, nil
}

// folder loads one folder; nil where it is none of a connector, or is gone.
func (o *opened) folder(name string) *Folder {
	d, err := o.directory(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return &Folder{Path: o.path(name), Findings: finding.List{
			finding.Errorf(startOf(specFile), "the folder cannot be read: %v", cause(err)).Suggest("a link must not lead out of %s", o.label),
		}}
	}
	defer d.close()
	read := readConnector(d)
	if read == nil {
		return nil
	}
	out := compileFolder(read, o.keyOf(name))
	out.Path = o.path(name)
	return out
}

// directory opens a folder of the source; nothing leads out of it.
func (o *opened) directory(name string) (directory, error) {
	if name == "." || o.root == nil {
		return fsDirectory{fsys: o.fsys, at: name}, nil
	}
	root := func() (*os.Root, error) { return o.root.OpenRoot(name) }
	if d, err := openDisk(filepath.Join(o.dir, name), root); err == nil {
		return d, nil
	}
	r, err := root() // it is a link, or what is wrong will be said
	if err != nil {
		return nil, err
	}
	return fsDirectory{fsys: diskFS{r}, at: ".", root: r}, nil
}

// path names a folder in findings.
func (o *opened) path(name string) string {
	if name == "." {
		return o.label
	}
	return path.Join(o.label, name)
}

// keyOf is the folder's own name, which serves where spec.yml has no key.
func (o *opened) keyOf(name string) string {
	if name != "." {
		return name
	}
	if o.dir == "" {
		return path.Base(o.label)
	}
	full, err := filepath.Abs(o.dir)
	if err != nil {
		return ""
	}
	return filepath.Base(full)
}
