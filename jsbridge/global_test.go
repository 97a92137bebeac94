package jsbridge_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// snippet is one example of the environment: the body of an async function, and the JSON of what it returns.
type snippet struct{ name, body, want string }

// snippets reads the examples in testdata/globals. They are separated by empty lines; the last line of each tells the
// result: "// => JSON".
func snippets(t *testing.T) []snippet {
	t.Helper()
	files, err := filepath.Glob("testdata/globals/*.js")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	var all []snippet
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range strings.Split(strings.TrimSpace(string(text)), "\n\n") {
			body, want, ok := strings.Cut(block, "\n// => ")
			if !ok {
				t.Fatalf("%s: example %d tells no result", file, i+1)
			}
			name := fmt.Sprintf("%s/%d", strings.TrimSuffix(filepath.Base(file), ".js"), i+1)
			all = append(all, snippet{name, body, want})
		}
	}
	return all
}

func TestGlobals(t *testing.T) {
	p := newPool(t, 1)
	for _, s := range snippets(t) {
		t.Run(s.name, func(t *testing.T) {
			wantJSON(t, p, folder("a.js", "exports.go = async () => {\n"+s.body+"\n}"), s.want)
		})
	}
}

// TestGlobalsAsNode runs the same examples in Node where there is one, so that what they expect is what Node does.
func TestGlobalsAsNode(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Log("no node on this machine: the recorded results stand alone")
		return
	}
	all := snippets(t)
	var script strings.Builder
	script.WriteString("const all = [];\n")
	for _, s := range all {
		fmt.Fprintf(&script, "all.push(async () => {\n%s\n});\n", s.body)
	}
	script.WriteString("(async () => { for (const f of all) console.log(JSON.stringify(await f().catch((e) => 'threw ' + e)) ?? 'undefined') })()\n")
	file := filepath.Join(t.TempDir(), "all.cjs")
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(node, file).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(all) {
		t.Fatalf("%d results of %d examples", len(lines), len(all))
	}
	for i, s := range all {
		if lines[i] != s.want {
			t.Errorf("%s: node says %s, recorded is %s", s.name, lines[i], s.want)
		}
	}
}
