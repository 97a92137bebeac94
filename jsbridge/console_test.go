package jsbridge_test

import (
	"context"
	"testing"

	"claviger/jsbridge"
)

func TestConsole(t *testing.T) {
	p := newPool(t, 1)
	for source, want := range map[string]string{
		`console.log('a', 1, true, null, undefined, 5n, Symbol('s'))`: "log: a 1 true null undefined 5n Symbol(s)",
		`console.info()`: "info: ",
		`console.warn('w'); console.error('e'); console.debug('d')`:                                              "warn: w\nerror: e\ndebug: d",
		`console.log({a: 1, 'b-c': 'x', d: [1, 'two', [3, [4, [5]]]]})`:                                          "log: { a: 1, 'b-c': 'x', d: [ 1, 'two', [ 3, [Array] ] ] }",
		`console.log({a: {b: {c: {d: 1}}}})`:                                                                     "log: { a: { b: { c: [Object] } } }",
		`console.log([], {}, [undefined, null], '', [''])`:                                                       "log: [] {} [ undefined, null ]  [ '' ]",
		`console.log('%s is %d and %i, %f %j %o %%', 'x', '5', 7.9, '1.5', {a: 1}, [1], 'rest')`:                 "log: x is 5 and 7, 1.5 {\"a\":1} [ 1 ] % rest",
		`console.log('100%', 5, '%s')`:                                                                           "log: 100% 5 %s",
		`console.log('%s')`:                                                                                      "log: %s",
		`console.log('%c red', 'color: red')`:                                                                    "log:  red",
		`class Foo { x = 1 }; console.log(new Foo(), Foo, () => 1, function named() {}, class {})`:               "log: Foo { x: 1 } [class Foo] [Function (anonymous)] [Function: named] [class (anonymous)]",
		`console.log(new Map([['a', {b: 1}]]), new Set([1, 'x']))`:                                               "log: Map(1) { 'a' => { b: 1 } } Set(2) { 1, 'x' }",
		`console.log(new Date(0), /a/g, [new Date(NaN)])`:                                                        "log: 1970-01-01T00:00:00.000Z /a/g [ Invalid Date ]",
		`const a = {}; a.self = a; console.log(a)`:                                                               "log: { self: [Circular *1] }",
		`console.log(Promise.resolve(1), Promise.reject(2).catch(() => 0), new Promise(() => {}))`:               "log: Promise { 1 } Promise { <pending> } Promise { <pending> }",
		`console.log(Buffer.from('ab'), new Uint8Array(3), new ArrayBuffer(2))`:                                  "log: <Buffer 61 62> Uint8Array(3) [ 0, 0, 0 ] ArrayBuffer { [Uint8Contents]: <00 00>, byteLength: 2 }",
		`console.log("it's", ["it's", 'a\nb', '\\'])`:                                                            `log: it's [ "it's", 'a\nb', '\\' ]`,
		`console.log(Object.create(null), Object.create({x: 1}))`:                                                "log: [Object: null prototype] {} {}",
		`console.log(new Array(200).fill(1).length, [1, 2].concat(new Array(105).fill(7)).slice(0, 103).length)`: "log: 200 103",
		`console.log({get a() { throw new Error('no') }})`:                                                       "log: [cannot be shown: Error: no]",
		`console.log([new Number(3), new String('s'), new Boolean(true), -0, NaN])`:                              "log: [ [Number: 3], [String: 's'], [Boolean: true], 0, NaN ]",
		`console.log({a: 'x'.repeat(40), b: 'y'.repeat(40)})`:                                                    "log: {\n  a: '" + "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" + "',\n  b: '" + "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy" + "'\n}",
		`const e = new RangeError('boom'); e.code = 'C'; console.log(e)`:                                         "log: RangeError: boom\n    at a.js:1:32 { code: 'C' }",
	} {
		t.Run(source, func(t *testing.T) {
			got := ""
			_, err := p.Call(context.Background(), jsbridge.Call{
				Connector: "demo", Method: "go", Script: folder("a.js", "exports.go = () => { "+source+" }"),
				Log: func(l jsbridge.LogLine) { got += "\n" + l.Level + ": " + l.Text },
			})
			if err != nil {
				t.Fatal(err)
			}
			if got != "\n"+want {
				t.Errorf("got %q\nwant %q", got, "\n"+want)
			}
		})
	}
}
