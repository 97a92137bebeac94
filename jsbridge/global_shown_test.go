package jsbridge_test

import (
	"context"
	"testing"

	"claviger/jsbridge"
)

// TestConsoleOfGlobals is how console shows objects of the environment, which have no members of their own.
func TestConsoleOfGlobals(t *testing.T) {
	p := newPool(t, 1)
	for source, want := range map[string]string{
		`new Headers({b: '1', A: '2'})`:                            "Headers { a: '2', b: '1' }",
		`new URLSearchParams('a=1&b=2')`:                           "URLSearchParams { a: '1', b: '2' }",
		`[new URL('https://u@a.example/b?c#d')]`:                   "[\n  URL {\n    href: 'https://u@a.example/b?c#d',\n    origin: 'https://a.example',\n    protocol: 'https:',\n    username: 'u',\n    password: '',\n    host: 'a.example',\n    hostname: 'a.example',\n    port: '',\n    pathname: '/b',\n    search: '?c',\n    hash: '#d'\n  }\n]",
		`new Response('x', {status: 404})`:                         "Response {\n  status: 404,\n  statusText: '',\n  url: '',\n  headers: Headers { 'content-type': 'text/plain;charset=UTF-8' },\n  bodyUsed: false\n}",
		`new Request('https://a')`:                                 "Request {\n  method: 'GET',\n  url: 'https://a/',\n  headers: Headers {},\n  bodyUsed: false\n}",
		`new Blob(['a'], {type: 't/t'})`:                           "Blob { size: 1, type: 't/t' }",
		`new File(['a'], 'n', {lastModified: 5})`:                  "File { size: 1, type: '', name: 'n', lastModified: 5 }",
		`AbortSignal.abort()`:                                      "AbortSignal { aborted: true }",
		`require('crypto').createSecretKey(Buffer.from('secret'))`: "KeyObject { type: 'secret' }",
		`await crypto.subtle.generateKey({name: 'HMAC', hash: 'SHA-1', length: 8}, false, ['sign'])`: "CryptoKey {\n  type: 'secret',\n  extractable: false,\n  algorithm: { name: 'HMAC', hash: { name: 'SHA-1' }, length: 8 },\n  usages: [ 'sign' ]\n}",
		`Object.create(Headers.prototype)`: "[cannot be shown: TypeError: Cannot read private member #values from an object whose class did not declare it]",
	} {
		t.Run(source, func(t *testing.T) {
			got := ""
			_, err := p.Call(context.Background(), jsbridge.Call{
				Connector: "demo", Method: "go", Script: folder("a.js", "exports.go = async () => { console.log("+source+") }"),
				Log: func(l jsbridge.LogLine) { got += l.Text },
			})
			if err != nil || got != want {
				t.Errorf("got  %q %v\nwant %q", got, err, want)
			}
		})
	}
}
