package jsbridge_test

import (
	"strings"
	"testing"
	"time"
)

func TestResults(t *testing.T) {
	p := newPool(t, 1)
	for source, want := range map[string]string{
		`undefined`:                         `undefined`,
		`null`:                              `null`,
		`0`:                                 `0`,
		`-0`:                                `0`,
		`1.5`:                               `1.5`,
		`1e21`:                              `1e+21`,
		`123456789012345680000`:             `123456789012345680000`,
		`0.1 + 0.2`:                         `0.30000000000000004`,
		`"ü\u0000\u2028😀\n"`:                `"ü\u0000\u2028😀\n"`,
		`"\ud800"`:                          "\"\ufffd\"",
		`true`:                              `true`,
		`[1, "a", null, undefined, [], {}]`: `[1,"a",null,null,[],{}]`,
		`[, 1]`:                             `[null,1]`,
		`({a: undefined, b: 1})`:            `{"b":1}`,
		`({b: 1, a: 2, 1: 3})`:              `{"1":3,"b":1,"a":2}`,
		`new Date(0)`:                       `"1970-01-01T00:00:00.000Z"`,
		`({at: new Date(NaN)})`:             `{"at":null}`,
		`({toJSON() { return {x: 1} }})`:    `{"x":1}`,
		`({a: {toJSON: (k) => k}})`:         `{"a":"a"}`,
		`({a: {toJSON: () => undefined}})`:  `{}`,
		`new URL('https://a.example')`:      `"https://a.example/"`,
		`[new Number(1), new String('s'), new Boolean(false)]`:         `[1,"s",false]`,
		`({get a() { return 5 }})`:                                     `{"a":5}`,
		`JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}')`:      `{"__proto__":{"x":1},"constructor":2}`,
		`Object.create({inherited: 1})`:                                `{}`,
		`Object.create(null)`:                                          `{}`,
		`Object.defineProperty({}, 'h', {value: 1})`:                   `{}`,
		`({[Symbol('s')]: 1})`:                                         `{}`,
		`new Map([[1, 2]])`:                                            `{}`,
		`new Uint8Array([1, 2])`:                                       `{"0":1,"1":2}`,
		`Buffer.from('a')`:                                             `{"type":"Buffer","data":[97]}`,
		`new Proxy({a: 1}, {})`:                                        `{"a":1}`,
		`new Proxy([1, 2], {})`:                                        `[1,2]`,
		`(() => { const shared = {x: 1}; return [shared, shared] })()`: `[{"x":1},{"x":1}]`,
		`Promise.resolve(Promise.resolve(7))`:                          `7`,
		`'x'.repeat(1e6).length`:                                       `1000000`,
	} {
		t.Run(source, func(t *testing.T) {
			wantJSON(t, p, folder("a.js", "exports.go = () => ("+source+")"), want)
			wantJSON(t, p, folder("a.js", "exports.go = async () => ("+source+")"), want)
		})
	}
}

func TestResultsThatAreErrors(t *testing.T) {
	p := newPool(t, 1)
	for source, part := range map[string]string{
		`NaN`:                       `the result is NaN, which JSON cannot hold`,
		`({a: {b: [1, NaN]}})`:      `the result's a.b[1] is NaN`,
		`({a: Infinity})`:           `the result's a is Infinity`,
		`({a: [-Infinity]})`:        `the result's a[0] is -Infinity`,
		`({a: 5n})`:                 `the result's a is a BigInt`,
		`({a: Object(5n)})`:         `the result's a is a BigInt`,
		`({a: new Number(NaN)})`:    `the result's a is NaN`,
		`({a: () => 1})`:            `the result's a is a function`,
		`() => 1`:                   `the result is a function`,
		`class {}`:                  `the result is a function`,
		`({a: Symbol('s')})`:        `the result's a is a symbol`,
		`({"a.b": {"": NaN}})`:      `the result's "a.b"."" is NaN`,
		`({a: Promise.resolve(1)})`: `the result's a is a promise; it must be awaited`,
		`(() => { const a = {}; a.a = {b: a}; return a })()`:                         `the result's a.b is a cycle`,
		`(() => { const a = []; a.push(a); return a })()`:                            `the result's [0] is a cycle`,
		`({get a() { throw new Error('getter') }})`:                                  `getter`,
		`({toJSON() { throw new Error('toJSON') }})`:                                 `toJSON`,
		`new Proxy({}, {ownKeys() { throw new Error('trap') }})`:                     `trap`,
		`(() => { let a = {}; for (let i = 0; i < 1e5; i++) a = {a}; return a })()`:  `the result is nested more than 1000 deep`,
		`(() => { let a = []; for (let i = 0; i < 1001; i++) a = [a]; return a })()`: `the result is nested more than 1000 deep`,
		`'x'.repeat(2 ** 25)`:     `more than 16 MiB`,
		`new Array(1e6).fill({})`: `the result holds more than 125000 values`,
		`new Array(1e9)`:          `the result holds more than 125000 values`,
		`(() => { let a = ['x'.repeat(1000)]; for (let i = 0; i < 15; i++) a = [a, a]; return a })()`: `the result is larger than 16 MiB`,
	} {
		t.Run(source, func(t *testing.T) {
			_, err := call(p, folder("a.js", "exports.go = async () => ("+source+")"), nil)
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("got %v, want …%s…", err, part)
			}
		})
	}
}

func TestThrownErrors(t *testing.T) {
	p := newPool(t, 1)
	for source, want := range map[string]struct {
		message, code string
		retryAfter    time.Duration
	}{
		`Object.assign(new Error('refused'), {code: 'invalid_grant'})`:                      {"refused", "invalid_grant", 0},
		`Object.assign(new Error('slow down'), {code: 'slow_down', retryAfter: 1.5})`:       {"slow down", "slow_down", 1500 * time.Millisecond},
		`Object.assign(new Error('text'), {retryAfter: '30'})`:                              {"text", "", 30 * time.Second},
		`Object.assign(new Error('odd'), {code: 5, retryAfter: -1})`:                        {"odd", "", 0},
		`Object.assign(new Error('odd'), {code: {}, retryAfter: NaN})`:                      {"odd", "", 0},
		`Object.assign(new Error('far'), {retryAfter: 1e300})`:                              {"far", "", 365 * 24 * time.Hour},
		`Object.assign(new Error('lines'), {message: 'two\nlines', code: 'a\nb'})`:          {"two lines", "a b", 0},
		`Object.defineProperty(new Error('kept'), 'code', {get() { throw 1 }})`:             {"kept", "", 0},
		`Object.defineProperty({}, 'message', {get() { throw 1 }})`:                         {"thrown: an object that cannot be read", "", 0},
		`new (class E extends Error { constructor() { super('own'); this.name = 'E' } })()`: {"own", "", 0},
		`new RangeError('range')`:    {"RangeError: range", "", 0},
		`new Error('')`:              {"an Error without a message was thrown", "", 0},
		`new Error('x'.repeat(1e6))`: {strings.Repeat("x", 4096) + "…", "", 0},
		`Symbol('s')`:                {"thrown: s", "", 0},
		`5n`:                         {"thrown: 5", "", 0},
		`[1, 2]`:                     {"thrown: [ 1, 2 ]", "", 0},
	} {
		t.Run(source, func(t *testing.T) {
			for _, arrow := range []string{"() => ", "async () => ", "async () => { await null; throw "} {
				text := "exports.go = " + arrow + "{ throw " + source + " }"
				if strings.HasSuffix(arrow, "throw ") {
					text = "exports.go = " + arrow + source + " }"
				}
				_, err := call(p, folder("a.js", text), nil)
				e := failed(t, err)
				if e.Message != want.message || e.Code != want.code || e.RetryAfter != want.retryAfter {
					t.Errorf("got %q %q %s", e.Message, e.Code, e.RetryAfter)
				}
			}
		})
	}
}
