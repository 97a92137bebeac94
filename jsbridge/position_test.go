package jsbridge_test

import (
	"testing"

	"claviger/jsbridge"
)

func TestPositions(t *testing.T) {
	p := newPool(t, 1)
	for name, test := range map[string]struct {
		script   *jsbridge.Script
		at, part string
	}{
		"throw on the first line": {folder("a.js", `exports.go = () => { throw new Error('boom') }`), "a.js:1:28", "boom"},
		"throw further down":      {folder("a.js", "exports.go = async () => {\n  const x = 1;\n  throw new Error('boom')\n}"), "a.js:3:9", "boom"},
		"after an await":          {folder("a.js", "exports.go = async () => {\n  await null;\n  throw new Error('boom')\n}"), "a.js:3:9", "boom"},
		"columns are characters":  {folder("a.js", "exports.go = () => {\n  /* äöü😀 */ throw new Error('boom')\n}"), "a.js:2:20", "boom"},
		"type error":              {folder("a.js", "exports.go = ({x}) => {\n  return x.y.z\n}"), "a.js:2:12", "TypeError: Cannot read property"},
		"reference error":         {folder("a.js", "exports.go = () => {\n  return nope()\n}"), "a.js:2:14", "ReferenceError: nope is not defined"},
		"in another file":         {folder("a.js", "const {f} = require('./lib/b');\nexports.go = () => f()", "lib/b.js", "exports.f = () => {\n  throw new Error('boom')\n}"), "lib/b.js:2:9", "boom"},
		"at the top level":        {folder("a.js", "\n\nthrow new Error('boom')"), "a.js:3:7", "boom"},
		"a text":                  {folder("a.js", "exports.go = () => {\n  throw 'boom'\n}"), "a.js:2:3", "thrown: boom"},
		"a text from async":       {folder("a.js", "exports.go = async () => {\n  throw 'boom'\n}"), "a.js:1:1", "thrown: boom"},
		"a text after an await":   {folder("a.js", "exports.go = async () => {\n  await null\n  throw 'boom'\n}"), "a.js:1:1", "thrown: boom"},
		"an object":               {folder("a.js", "exports.go = () => {\n  throw {message: 'boom'}\n}"), "a.js:2:3", "boom"},
		"an odd object":           {folder("a.js", "exports.go = () => {\n  throw {status: 4}\n}"), "a.js:2:3", "thrown: { status: 4 }"},
		"undefined":               {folder("a.js", "exports.go = () => {\n  throw undefined\n}"), "a.js:2:3", "thrown: undefined"},
		"null from async":         {folder("a.js", "exports.go = async () => {\n  throw null\n}"), "a.js:1:1", "thrown: null"},
		"a host function":         {folder("a.js", "exports.go = () => {\n  const u = new URL('nope')\n}"), "a.js:2:13", "TypeError: Invalid URL"},
		"in a timer":              {folder("a.js", "exports.go = () => new Promise(() => {\n  setTimeout(() => {\n    throw new Error('boom')\n  }, 1)\n})"), "a.js:3:11", "boom"},
		"a lost rejection":        {folder("a.js", "exports.go = async () => {\n  (async () => {\n    throw new Error('lost')\n  })();\n  return 1\n}"), "a.js:3:11", "lost"},
		"a lost rejection later":  {folder("a.js", "exports.go = async () => {\n  setTimeout(() => Promise.reject(new Error('lost')), 1);\n  await new Promise(r => setTimeout(r, 50));\n  return 1\n}"), "a.js:2:35", "lost"},
		"typescript":              {folder("a.ts", "interface A {\n  n: number\n}\nexport async function go(a: A) {\n  const x: string = 'x';\n  if (a) throw new Error('boom')\n}"), "a.ts:6:16", "boom"},
		"typescript, characters":  {folder("a.ts", "export async function go(): Promise<void> {\n  /* äöü😀 */ throw new Error('boom')\n}"), "a.ts:2:20", "boom"},
		"module syntax":           {folder("a.js", "import './b';\nexport default async function () {\n  await null;\n  throw new Error('boom')\n}", "b.js", ""), "a.js:4:9", "boom"},
		"async generator":         {folder("a.js", "exports.go = async () => {\n  async function* g() {\n    yield 1;\n    throw new Error('boom')\n  }\n  for await (const x of g());\n}"), "a.js:4:11", "boom"},
		"what lowering adds":      {folder("a.js", "exports.go = async () => {\n  const no = {};\n  for await (const x of no);\n}"), "a.js:3:25", "TypeError"},
		"syntax":                  {folder("a.js", "exports.go = () => {\n  const x = ;\n}"), "a.js:2:13", "Unexpected"},
		"syntax in typescript":    {folder("a.ts", "export const go = () => {\n  const x: = 5;\n}"), "a.ts:2:12", "Unexpected"},
		"syntax after characters": {folder("a.ts", "export const go = () => {\n  const ä: = 5;\n}"), "a.ts:2:12", "Unexpected"},
		"syntax elsewhere":        {folder("a.js", "require('./b')", "b.js", "let x = 1;\nlet x = 2"), "b.js:2:5", "already been declared"},
		"regular expression":      {folder("a.js", "exports.go = () => {\n  return /(/.test('')\n}"), "a.js:2:10", "Unterminated group"},
		"too much recursion":      {folder("a.js", "exports.go = () => {\n  const f = () => f() + 1;\n  return f()\n}"), "a.js:2:20", "too much recursion"},
		"own stack text":          {folder("a.js", "exports.go = () => {\n  const e = new Error('boom'); e.stack = '\\tat /etc/passwd:9:9(9)\\n'; throw e\n}"), "a.js:2:13", "boom"},
		"inline":                  {jsbridge.NewScript("spec.yml", map[string]string{"spec.yml": "exports.go = () => {\n  throw new Error('boom')\n}"}, 10, 7), "spec.yml:11:15", "boom"},
		"inline, first line":      {jsbridge.NewScript("spec.yml", map[string]string{"spec.yml": "exports.go = () => { throw new Error('boom') }"}, 10, 7), "spec.yml:10:34", "boom"},
		"inline, module":          {jsbridge.NewScript("spec.yml", map[string]string{"spec.yml": "export const go = () => {\n  throw new Error('boom')\n}"}, 10, 7), "spec.yml:11:15", "boom"},
		"inline, syntax":          {jsbridge.NewScript("spec.yml", map[string]string{"spec.yml": "exports.go = () => {\n  const x = ;\n}"}, 10, 7), "spec.yml:11:19", "Unexpected"},
		"inline, nothing known":   {jsbridge.NewScript("spec.yml", map[string]string{"spec.yml": "exports.go = () => new Promise(() => {})"}, 10, 7), "spec.yml:10:7", "never settles"},
		"inline with a file":      {jsbridge.NewScript("spec.yml", map[string]string{"spec.yml": "exports.go = () => require('./lib/b').f()", "lib/b.js": "exports.f = () => {\n  throw new Error('boom')\n}"}, 10, 7), "lib/b.js:2:9", "boom"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := call(p, test.script, nil)
			wantError(t, err, test.at, test.part)
		})
	}
}
