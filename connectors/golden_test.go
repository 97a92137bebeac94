package connectors

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"claviger/jsbridge"
	"claviger/jsbridge/worker"
	"claviger/mapping/finding"
)

var update = flag.Bool("update", false, "write what the golden folders give as what is expected of them")

func TestMain(m *testing.M) {
	worker.MaybeRun()
	os.Exit(m.Run())
}

// Every folder in testdata/bad has its findings in expected.txt, one a line, as `claviger validate .` prints them. A
// folder in testdata/good may have one with its warnings and notes. `go test ./connectors -run Golden -update` writes
// them.
func TestGoldenFolders(t *testing.T) {
	pool := jsbridge.NewPool(jsbridge.PoolConfig{})
	t.Cleanup(pool.Close)
	for _, kind := range []string{"good", "bad"} {
		folders, err := os.ReadDir(filepath.Join("../testdata", kind))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range folders {
			t.Run(kind+"/"+f.Name(), func(t *testing.T) {
				golden(t, pool, filepath.Join("../testdata", kind, f.Name()), kind == "good")
			})
		}
	}
}

func golden(t *testing.T, pool *jsbridge.Pool, dir string, good bool) {
	folder := loadOne(t, dir)
	scripts, err := folder.Check(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	all := append(slices.Clone(folder.Findings), scripts...).Sort()
	if good == all.HasErrors() || all.HasErrors() == (folder.Connector != nil) && !scripts.HasErrors() {
		t.Errorf("has errors: %v", all.HasErrors())
	}
	expected := filepath.Join(dir, "expected.txt")
	found := lines(all)
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
