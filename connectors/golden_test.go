package connectors

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claviger/mapping/finding"
)

var update = flag.Bool("update", false, "write what the golden folders give as what is expected of them")

// Every folder in testdata/bad has its findings in expected.txt, one a line, as `claviger validate .` prints them. A
// folder in testdata/good may have one with its warnings and notes.
func TestGoldenFolders(t *testing.T) {
	for _, kind := range []string{"good", "bad"} {
		folders, err := os.ReadDir(filepath.Join("../testdata", kind))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range folders {
			t.Run(kind+"/"+f.Name(), func(t *testing.T) {
				golden(t, filepath.Join("../testdata", kind, f.Name()), kind == "good")
			})
		}
	}
}

func golden(t *testing.T, dir string, good bool) {
	folder := loadOne(t, dir)
	if good != (folder.Connector != nil) {
		t.Errorf("loads: %v, want %v", folder.Connector != nil, good)
	}
	expected := filepath.Join(dir, "expected.txt")
	found := lines(folder.Findings)
	if *update && (!good || found != "") {
		if err := os.WriteFile(expected, []byte(found), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(expected)
	if err != nil && (!good || !os.IsNotExist(err)) {
		t.Fatal(err)
	}
	if found != string(want) {
		t.Errorf("found\n%s\nexpected\n%s", found, want)
	}
}

func lines(l finding.List) string {
	var b strings.Builder
	for _, f := range l {
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}

// loadOne loads the one connector folder at dir.
func loadOne(t testing.TB, dir string) Folder {
	t.Helper()
	folders, err := Load(t.Context(), []Source{Dir(dir)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(folders) != 1 {
		t.Fatalf("%s holds %d connectors, want 1", dir, len(folders))
	}
	return folders[0]
}
