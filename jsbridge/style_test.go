package jsbridge_test

import (
	"testing"

	"claviger/jsbridge"
)

func TestExportStyles(t *testing.T) {
	p := newPool(t, 1)
	for name, s := range map[string]*jsbridge.Script{
		"exports.name":              folder("a.js", `exports.go = async function ({n}) { return n + 1 }`),
		"exports.name arrow":        folder("a.js", `exports.go = ({n}) => n + 1`),
		"module.exports function":   folder("a.js", `module.exports = async ({n}) => n + 1`),
		"module.exports object":     folder("a.js", `const go = async ({n}) => n + 1; module.exports = {go}`),
		"module.exports.name":       folder("a.js", `module.exports.go = async ({n}) => n + 1`),
		"exports.default":           folder("a.js", `exports.default = async ({n}) => n + 1`),
		"exports.default object":    folder("a.js", `exports.default = {go: ({n}) => n + 1}`),
		"export default":            folder("a.js", `export default async function ({n}) { return n + 1 }`),
		"export default arrow":      folder("a.js", `export default ({n}) => n + 1`),
		"export default object":     folder("a.js", `export default {async go({n}) { return n + 1 }}`),
		"export async function":     folder("a.js", `export async function go({n}) { return n + 1 }`),
		"export const":              folder("a.js", `export const go = ({n}) => n + 1`),
		"export list":               folder("a.js", `const x = ({n}) => n + 1; export {x as go}`),
		"import named":              folder("a.js", `import {one} from './b.js'; export const go = ({n}) => n + one`, "b.js", `export const one = 1`),
		"import default":            folder("a.js", `import one from './b'; export const go = ({n}) => n + one`, "b.js", `export default 1`),
		"import star of commonjs":   folder("a.js", `import * as b from './b'; export const go = ({n}) => n + b.one`, "b.js", `exports.one = 1`),
		"dynamic import":            folder("a.js", `export const go = async ({n}) => n + (await import('./b.js')).one`, "b.js", `export const one = 1`),
		"require":                   folder("auth/a.js", `const {one} = require('../lib/b.js'); exports.go = ({n}) => n + one`, "lib/b.js", `exports.one = 1`),
		"require without suffix":    folder("a.js", `const {one} = require('./b'); exports.go = ({n}) => n + one`, "b.js", `exports.one = 1`),
		"require of a folder":       folder("a.js", `const {one} = require('./b'); exports.go = ({n}) => n + one`, "b/index.js", `exports.one = 1`),
		"require of json":           folder("a.js", `const {one} = require('./b.json'); exports.go = ({n}) => n + one`, "b.json", `{"one": 1}`),
		"require of typescript":     folder("a.js", `const {one} = require('./b'); exports.go = ({n}) => n + one`, "b.ts", `export const one: number = 1`),
		"require in a cycle":        folder("a.js", `exports.one = 1; const b = require('./b'); exports.go = ({n}) => n + b.get()`, "b.js", `const a = require('./a'); exports.get = () => a.one`),
		"typescript":                folder("a.ts", `interface A { n: number }; export async function go({n}: A): Promise<number> { return n! + 1 as number }`),
		"typescript enum":           folder("a.ts", `enum E { A = 1 }; export default ({n}: {n: number}) => n + E.A`),
		"async generator":           folder("a.js", `exports.go = async ({n}) => { async function* g() { yield n; yield 1 } let s = 0; for await (const x of g()) s += x; return s }`),
		"for await of promises":     folder("a.js", `exports.go = async ({n}) => { let s = 0; for await (const x of [Promise.resolve(n), 1]) s += x; return s }`),
		"async iterator protocol":   folder("a.js", `exports.go = async ({n}) => { const it = {[Symbol.asyncIterator]() { let i = 0; return {next: async () => ({done: i > 1, value: [n, 1][i++]})} }}; let s = 0; for await (const x of it) s += x; return s }`),
		"hashbang":                  folder("a.js", "#!/usr/bin/env node\nexports.go = ({n}) => n + 1"),
		"top-level return":          folder("a.js", `exports.go = ({n}) => n + 1; return`),
		"strict mode":               folder("a.js", `'use strict'; exports.go = function ({n}) { return n + (typeof this === 'object' ? 1 : 0) }`),
		"this is exports":           folder("a.js", `this.go = ({n}) => n + 1`),
		"thenable":                  folder("a.js", `exports.go = ({n}) => ({then(resolve) { resolve(n + 1) }})`),
		"class method with this":    folder("a.js", `class H { one = 1; go({n}) { return n + this.one } }; module.exports = new H()`),
		"var does not leak":         folder("a.js", `var fetch = 1; exports.go = ({n}) => n + fetch`),
		"dirname":                   folder("lib/a.js", `exports.go = ({n}) => __dirname === 'lib' && __filename === 'lib/a.js' ? n + 1 : 0`),
		"comment at the end":        folder("a.js", `exports.go = ({n}) => n + 1 // the end`),
		"source map comment":        folder("a.js", "exports.go = ({n}) => n + 1\n//# sourceMappingURL=/etc/passwd"),
		"space in the name":         folder("my hooks/a b.js", `exports.go = ({n}) => n + require('./c d.ts').one`, "my hooks/c d.ts", `export const one: number = 1`),
		"javascript for typescript": folder("a.ts", `import {one} from './b.js'; export const go = ({n}: any) => n + one`, "b.ts", `export const one = 1`),
	} {
		t.Run(name, func(t *testing.T) { wantJSON(t, p, s, "42") })
	}
}

func TestRequireStaysInTheFolder(t *testing.T) {
	p := newPool(t, 1)
	for name, test := range map[string]struct{ source, at, part string }{
		"above":       {`const x = require('../../etc/passwd')`, "auth/a.js:1:18", "leads out of the connector's folder"},
		"absolute":    {`const x = require('/etc/passwd')`, "auth/a.js:1:18", "leads out of the connector's folder"},
		"backslashes": {`const x = require('..\\..\\x')`, "auth/a.js:1:18", "cannot find module"},
		"import":      {`import x from '../../x'; x()`, "auth/a.js:1:15", "leads out of the connector's folder"},
		"fs":          {`const x = require('fs')`, "auth/a.js:1:18", "cannot find module 'fs'"},
		"process":     {`const x = require('node:process')`, "auth/a.js:1:18", "cannot find module 'node:process'"},
		"package":     {`const x = require('axios')`, "auth/a.js:1:18", "can require 'crypto' and files of its folder"},
		"missing":     {`const x = require('./nope')`, "auth/a.js:1:18", "cannot find module './nope' from auth/a.js"},
		"internal":    {`const x = require('body')`, "auth/a.js:1:18", "cannot find module 'body'"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := call(p, folder("auth/a.js", test.source+"; exports.go = () => 1"), nil)
			wantError(t, err, test.at, test.part)
		})
	}
}

func TestNothingCallable(t *testing.T) {
	p := newPool(t, 1)
	for _, source := range []string{`exports.other = () => 1`, `module.exports = null`, `module.exports = 5`, ``, `exports.go = 5`} {
		_, err := call(p, folder("auth/a.js", source), nil)
		wantError(t, err, "auth/a.js:1:1", "a.js exports no function go")
	}
}
