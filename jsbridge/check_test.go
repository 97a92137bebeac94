package jsbridge_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"claviger/jsbridge"
)

// mortal stands for the finding of a file whose nesting kills the parser: whether its stack or its memory ends first
// depends on the machine.
const mortal = "b.js dies"

var deaths = []string{
	"b.js:1:1: error: the hook ran out of stack: source, data or calls are nested too deep",
	"b.js:1:1: error: the hook used more than 512 MiB of memory",
}

func TestCheck(t *testing.T) {
	p := newPool(t, 1)
	inline := func(source string) *jsbridge.Script {
		return jsbridge.NewScript("spec.yml", map[string]string{"spec.yml": source}, 10, 7)
	}
	for name, test := range map[string]struct {
		script *jsbridge.Script
		want   []string
	}{
		"nothing":        {folder("a.js", "exports.go = async () => 1"), nil},
		"module":         {folder("a.js", "import {f} from './b'; export const go = f", "b.ts", "export const f = (): number => 1"), nil},
		"not exported":   {folder("a.js", "exports.og = async () => 1"), []string{`a.js:1:1: error: a.js exports no function go (did you mean "og"?)`}},
		"no function":    {folder("a.js", "exports.go = 5"), []string{`a.js:1:1: error: a.js exports no function go (what is exported under that name is no function)`}},
		"nothing at all": {folder("a.js", ""), []string{`a.js:1:1: error: a.js exports no function go (write exports.go = async function (args) { … })`}},
		"syntax in two files": {
			folder("a.js", "exports.go = () => 1;\nlet x = ;", "lib/b.ts", "let y: = 5", "c.js", "let z = 1\nlet z = 2"),
			[]string{"a.js:2:9: error: Unexpected \";\"", "c.js:2:5: error: Identifier 'z' has already been declared", `lib/b.ts:1:8: error: Unexpected "="`},
		},
		"two mistakes in a file": {folder("a.ts", "const x = 1;\nconst x = 2;\nconst y = 3; const y = 4; export const go = () => 1"), []string{
			`a.ts:2:7: error: The symbol "x" has already been declared`, `a.ts:3:20: error: The symbol "y" has already been declared`}},
		"property class":   {folder("a.js", "exports.go = (s) => {\n  const ä = 1; return /\\p{L}+/u.test(s)\n}"), []string{`a.js:2:23: error: \p{…} in a regular expression never matches here (name the characters, as in [A-Za-z\u00C0-\u024F])`}},
		"without the flag": {folder("a.js", "exports.go = (s) => /\\p{L}+/.test(s) && /\\\\p{1}/.test(s)"), []string{`a.js:1:21: warning: \p{…} in a regular expression without the flag u means the letter p (name the characters, as in [A-Za-z\u00C0-\u024F])`}},
		"in a constructor": {folder("a.js", "exports.go = (s) => new RegExp('\\\\p{L}', 'u').test(s) || RegExp('\\\\P{L}', 'gu')"), []string{
			`a.js:1:21: error: \p{…} in a regular expression never matches here (name the characters, as in [A-Za-z\u00C0-\u024F])`,
			`a.js:1:58: error: \p{…} in a regular expression never matches here (name the characters, as in [A-Za-z\u00C0-\u024F])`}},
		"in typescript":     {folder("a.ts", "type T = string;\nexport const go = (s: T): boolean =>\n  /\\p{L}/u.test(s)"), []string{`a.ts:3:3: error: \p{…} in a regular expression never matches here (name the characters, as in [A-Za-z\u00C0-\u024F])`}},
		"broken pattern":    {folder("a.js", "exports.go = (s) =>\n  /(/.test(s)"), []string{"a.js:2:3: error: Unterminated group"}},
		"flag d":            {folder("a.js", "exports.go = (s) =>\n  /a/d.test(s)"), []string{"a.js:2:3: error: Invalid flags supplied to RegExp constructor 'd'"}},
		"throws at load":    {folder("a.js", "exports.go = () => 1\nthrow new Error('no')"), []string{"a.js:2:7: error: no"}},
		"missing file":      {folder("a.js", "const b = require('./b')\nexports.go = () => 1"), []string{"a.js:1:18: error: cannot find module './b' from a.js"}},
		"json":              {folder("a.js", "exports.go = () => 1", "b.json", "{\n  \"a\": tru\n}"), []string{"b.json:2:11: error: invalid JSON: invalid character '\\n' in literal true (expecting 'e')"}},
		"inline":            {inline("exports.go = (s) =>\n  /\\p{L}/u.test(s)"), []string{`spec.yml:11:9: error: \p{…} in a regular expression never matches here (name the characters, as in [A-Za-z\u00C0-\u024F])`}},
		"inline, no export": {inline("const x = 1"), []string{`spec.yml:10:7: error: spec.yml exports no function go (write exports.go = async function (args) { … })`}},
		"network at load":   {folder("a.js", "fetch('https://a.example'); console.log('x'); exports.go = () => 1"), nil},
		"endless at load":   {folder("a.js", "exports.go = () => 1\nwhile (true) exports.x = 'x'.repeat(2 ** 30)"), []string{"a.js:1:1: error: the hook used more than 512 MiB of memory"}},
		"a file that kills, and others": {
			folder("a.js", "exports.go = () => 1\nlet x = ;", "b.js", strings.Repeat("(", 300000)+strings.Repeat(")", 300000), "c.js", "let y = ;"),
			[]string{`a.js:2:9: error: Unexpected ";"`, mortal, `c.js:1:9: error: Unexpected ";"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := p.Check(context.Background(), test.script, "demo", "go")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range found {
				got = append(got, f.String())
			}
			if i := slices.Index(test.want, mortal); i >= 0 && i < len(got) && slices.Contains(deaths, got[i]) {
				got[i] = mortal
			}
			if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}
