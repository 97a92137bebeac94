package jsbridge_test

import (
	"context"
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

// TestFindings is what of the language neither goja nor esbuild can make work here: it is found when a file is loaded.
func TestFindings(t *testing.T) {
	const advice = ` (name the characters, as in [A-Za-z\u00C0-\u024F])`
	const never = `error: \p{…} in a regular expression never matches here` + advice
	const loose = `warning: a text with \p{…}: in a regular expression it never matches here` + advice
	p := newPool(t, 1)
	for source, want := range map[string]string{
		"new RegExp(`\\\\p{L}`, 'u')":                     "a.js:1:22: " + never,
		"new RegExp(`^${s}\\\\p{L}$`, 'u')":               "a.js:1:22: " + never,
		"new RegExp(String.raw`\\p{L}${s}`, 'gu')":        "a.js:1:22: " + never,
		"RegExp('^' + '\\\\p{' + 'L}' + s, `u`)":          "a.js:1:22: " + never,
		"new RegExp('\\\\P{Lu}+', 'u' + s)":               "a.js:1:22: " + never,
		"/[\\p{L}\\d]/iu.test(s)":                         "a.js:1:22: " + never,
		"s.match(['\\\\p{L}'])":                           "a.js:1:31: " + loose,
		"s.match(String.raw`\\p{L}`)":                     "a.js:1:40: " + loose,
		"new RegExp('\\\\\\\\p{L}', 'u')":                 "",
		"'\\p{L}' + `\\p{L}` + /\\\\p{1}/.source":         "",
		"s.replace(/x/v, '')":                             "a.js:1:32: error: Invalid flags supplied to RegExp constructor 'v'",
		"class { @s x = 1 }":                              "",
		"({a: {b: [c = 1] = []} = {}} = {}) => c":         "a.js:1:32: error: Invalid destructuring binding target: a list pattern with defaults in it and a default of its own cannot be read inside another default; take it apart in two steps",
		"(() => { await s })()":                           `a.js:1:31: error: "await" can only be used inside an "async" function`,
		"{ async *[Symbol.asyncIterator]() { yield s } }": "",
	} {
		t.Run(source, func(t *testing.T) {
			found, err := p.Check(context.Background(), folder("a.js", "exports.go = (s) => ("+source+")"), "demo", "go")
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, f := range found {
				got += f.String()
			}
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
