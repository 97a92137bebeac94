package connectors

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
)

const smallestSpec = "auth: {type: client-credentials}\n"

// write puts files below a directory of its own.
func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func mapFS(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestFolderLimits(t *testing.T) {
	many := map[string]string{"c/spec.yml": smallestSpec}
	for i := range maxFiles {
		many[fmt.Sprintf("c/files/%03d.txt", i)] = ""
	}
	large := map[string]string{"c/spec.yml": smallestSpec}
	for i := range 5 {
		large[fmt.Sprintf("c/lib/%d.js", i)] = strings.Repeat("//", maxFileBytes/2)
	}
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"oversize spec", map[string]string{"c/spec.yml": strings.Repeat("#", maxFileBytes+1)}, "spec.yml:1:1: error: the file is larger than 256 KiB\n"},
		{"largest file", map[string]string{"c/spec.yml": smallestSpec + strings.Repeat("#", maxFileBytes-len(smallestSpec))}, ""},
		{"oversize hook", map[string]string{"c/spec.yml": smallestSpec, "c/auth/test.js": strings.Repeat("/", maxFileBytes+1)}, "auth/test.js:1:1: error: the file is larger than 256 KiB\n"},
		{"oversize folder", large, "lib/3.js:1:1: error: the folder holds more than 1024 KiB, logo.svg apart\n"},
		{"logo apart", map[string]string{"c/spec.yml": smallestSpec, "c/logo.svg": strings.Repeat("x", maxFileBytes)}, ""},
		{"many files", many, "files/499.txt:1:1: error: the folder holds more than 500 files\n"},
		{"deep folders", map[string]string{"c/spec.yml": smallestSpec, "c/" + strings.Repeat("d/", 18) + "x": ""},
			strings.Repeat("d/", 16) + "d:1:1: error: folders are nested more than 16 deep\n"},
		{"hidden files", map[string]string{"c/spec.yml": smallestSpec, "c/.git/config": strings.Repeat("x", maxFileBytes+1), "c/.DS_Store": "x"}, ""},
		{"line break in a name", map[string]string{"c/spec.yml": smallestSpec, "c/a\nspec.yml:1:1: error: b": ""},
			"spec.yml:1:1: error: the file name \"a\\nspec.yml:1:1: error: b\" cannot be used\n"},
		{"deep YAML", map[string]string{"c/spec.yml": smallestSpec + "data: " + strings.Repeat("[", 1200) + strings.Repeat("]", 1200)}, "nested"},
		{"no folder", map[string]string{"other/x": ""}, "spec.yml:1:1: error: the folder cannot be read: file does not exist\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, found := LoadFS(mapFS(test.files), "c")
			got := lines(found)
			if test.want == "nested" {
				if !strings.Contains(got, "nested") && !strings.Contains(got, "deep") {
					t.Errorf("got %s", got)
				}
				return
			}
			if got != test.want || (c == nil) != (test.want != "") {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// sizes that a file system claims are not believed.
type lyingFS struct{ fstest.MapFS }

type lyingFile struct{ fs.File }

type lyingInfo struct{ fs.FileInfo }

func (l lyingFS) Open(name string) (fs.File, error) {
	f, err := l.MapFS.Open(name)
	return lyingFile{f}, err
}
func (l lyingFile) Stat() (fs.FileInfo, error) {
	info, err := l.File.Stat()
	return lyingInfo{info}, err
}
func (l lyingFile) ReadDir(n int) ([]fs.DirEntry, error) { return l.File.(fs.ReadDirFile).ReadDir(n) }
func (lyingInfo) Size() int64                            { return 0 }

func TestSizesAreNotBelieved(t *testing.T) {
	fsys := lyingFS{mapFS(map[string]string{"c/spec.yml": smallestSpec, "c/auth/test.js": strings.Repeat("/", maxFileBytes+1)})}
	if _, found := LoadFS(fsys, "c"); !strings.Contains(lines(found), "auth/test.js:1:1: error: the file is larger") {
		t.Error(lines(found))
	}
}

func TestLinks(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret.js")
	write(t, dir, map[string]string{
		"secret.js":                    "module.exports = 'outside'",
		"all/out/spec.yml":             smallestSpec,
		"all/out/auth/x":               "",
		"all/inside/spec.yml":          smallestSpec + "# test: {implementationType: javascript}\n",
		"all/inside/lib/real.js":       "exports.test = () => true",
		"elsewhere/connector/spec.yml": smallestSpec,
		"all/.hidden/spec.yml":         "nonsense: 1",
		"all/notes/README.md":          "no connector",
	})
	link := func(to, name string) {
		if err := os.Symlink(to, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
	link(secret, "all/out/auth/test.js")
	link("../../../secret.js", "all/out/auth/disconnect.js")
	link("/etc", "all/out/etc")
	link("nowhere", "all/out/dangling.js")
	link("loop.js", "all/out/loop.js")
	if err := os.MkdirAll(filepath.Join(dir, "all/inside/auth"), 0o755); err != nil {
		t.Fatal(err)
	}
	link("../lib/real.js", "all/inside/auth/test.js")
	link("../elsewhere/connector", "all/linked")
	if err := syscall.Mkfifo(filepath.Join(dir, "all/out/pipe.js"), 0o600); err != nil {
		t.Fatal(err)
	}
	folders, err := Load(t.Context(), []Source{Dir(filepath.Join(dir, "all"))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, f := range folders {
		if f.Connector != nil {
			got += "loaded " + f.Connector.Key + "\n"
		}
		got += lines(f.Findings.In(filepath.Base(f.Path)))
	}
	want := `loaded inside
linked/spec.yml:1:1: error: the folder cannot be read: path escapes from parent (a link must not lead out of ` + filepath.Join(dir, "all") + `)
out/auth/disconnect.js:1:1: error: the link leads out of the folder, or nowhere
out/auth/test.js:1:1: error: the link leads out of the folder, or nowhere
out/auth/x:1:1: warning: the file is not used: no method has this name
out/dangling.js:1:1: error: the link leads out of the folder, or nowhere
out/etc:1:1: error: the link leads out of the folder, or nowhere
out/loop.js:1:1: error: the link leads out of the folder, or nowhere
out/pipe.js:1:1: error: expected a file or a folder, found a named pipe
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestContentDecidesTheVersion(t *testing.T) {
	load := func(files map[string]string) string {
		c, found := LoadFS(mapFS(files), "c")
		if c == nil {
			t.Fatal(found)
		}
		return c.Version
	}
	base := load(map[string]string{"c/spec.yml": smallestSpec, "c/lib/a.js": "1"})
	if again := load(map[string]string{"c/spec.yml": smallestSpec, "c/lib/a.js": "1"}); again != base {
		t.Error("the same content has two versions")
	}
	for _, other := range []map[string]string{
		{"c/spec.yml": smallestSpec, "c/lib/a.js": "2"},
		{"c/spec.yml": smallestSpec, "c/lib/b.js": "1"},
		{"c/spec.yml": smallestSpec, "c/lib/a.js": "1", "c/lib/b.js": ""},
		{"c/spec.yml": smallestSpec + "#", "c/lib/a.js": "1"},
	} {
		if load(other) == base {
			t.Errorf("%v has the version of another content", other)
		}
	}
}
