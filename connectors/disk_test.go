package connectors

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A folder says the same whichever way it is read: by its directory, by os.Root where a link leads to it, and by any file
// system.
func TestWaysOfReading(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"connector/spec.yml":           smallestSpec,
		"connector/auth/test.js":       strings.Repeat("/", maxFileBytes+1),
		"connector/auth/disconnect.js": strings.Repeat("/", maxFileBytes),
		"connector/auth/empty":         "",
		"connector/auth/nested/x":      "1",
		"connector/lib/a/b/c.js":       "2",
		"connector/.hidden/x":          "3",
		"connector/b\tc":               "4",
		"connector/" + strings.Repeat("z/", maxFolderDepth+2) + "x": "5",
	})
	link := func(to, name string) {
		if err := os.Symlink(to, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
	link("connector", "linked")
	link("../lib/a/b/c.js", "connector/auth/get-account-id.js")
	link("b/c.js", "connector/lib/a/inside.js")
	link("../lib", "connector/auth/folder")
	root, err := os.OpenRoot(filepath.Join(dir, "connector"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	ways := map[string]*folder{}
	for name, open := range map[string]func(o *opened) (directory, error){
		"directory":   func(o *opened) (directory, error) { return o.directory("connector") },
		"link":        func(o *opened) (directory, error) { return o.directory("linked") },
		"file system": func(*opened) (directory, error) { return fsDirectory{fsys: root.FS(), at: "."}, nil },
	} {
		o, err := Dir(dir).open()
		if err != nil {
			t.Fatal(err)
		}
		d, err := open(o)
		if err != nil {
			t.Fatal(err)
		}
		ways[name] = readConnector(d)
		d.close()
		o.close()
	}
	want := ways["file system"]
	if len(want.names) != 7 || string(want.files["auth/get-account-id.js"]) != "2" || len(want.findings) != 4 {
		t.Errorf("read %q and found %v", want.names, want.findings)
	}
	for name, f := range ways {
		if f.version != want.version || f.findings.Error() != want.findings.Error() {
			t.Errorf("%s: read %q and found\n%v\nwant %q and\n%v", name, f.names, f.findings, want.names, want.findings)
		}
	}
}

// What takes the place of a folder or a file while it is read leads nowhere.
func TestReplacedWhileRead(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"connector/spec.yml": smallestSpec, "connector/auth/test.js": "1", "secret/test.js": "outside"})
	o, err := Dir(dir).open()
	if err != nil {
		t.Fatal(err)
	}
	defer o.close()
	d, err := o.directory("connector")
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	auth, err := d.below("auth")
	if err != nil {
		t.Fatal(err)
	}
	defer auth.close()
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	for _, err := range []error{
		os.Rename(at("connector/auth"), at("connector/old")), os.Symlink("../secret", at("connector/auth")),
		os.Remove(at("connector/spec.yml")), os.Symlink("../secret/test.js", at("connector/spec.yml")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if text, err := d.read("spec.yml"); err == nil {
		t.Errorf("a link led out: %s", text)
	}
	if text, err := auth.read("test.js"); string(text) != "1" {
		t.Errorf("an open directory is another: %s, %v", text, err)
	}
	if again, err := d.below("auth"); err == nil {
		defer again.close()
		if text, err := again.read("test.js"); err == nil {
			t.Errorf("a folder led out: %s", text)
		}
	}
}
