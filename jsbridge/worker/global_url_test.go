package worker

import (
	"strings"
	"testing"
	"unicode/utf8"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

func FuzzFormPairs(f *testing.F) {
	for _, seed := range []string{"", "a=1&b=2", "a=%C3%BC+%2B", "%", "%zz=&&=", "a=b=c", "\xff=%ff", "é=😀", "+=+"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var pieces []string
		pairs := formPairs(text)
		for _, p := range pairs {
			pieces = append(pieces, encodeFormText(p[0])+"="+encodeFormText(p[1]))
		}
		encoded := strings.Join(pieces, "&")
		again := formPairs(encoded)
		if len(again) != len(pairs) {
			t.Fatalf("%q has %d pairs, %q has %d", text, len(pairs), encoded, len(again))
		}
		for i := range again {
			if utf8.ValidString(text) && again[i] != pairs[i] {
				t.Errorf("%q became %q", pairs[i], again[i])
			}
		}
	})
}

func FuzzURL(f *testing.F) {
	for _, seed := range []string{
		"https://user:p@example.com:8443/a/../b?c=d#e", "//x", "http://[::1", "HTTP:\\\\a\\b", "https://exämple.com.", "mailto:a",
		"http://0x7f.1", "https://a@b@c/", "https://a#@b", "file:///c|/x", "http://\u3002.com", "blob:https://a/b", "http://a%41.com",
	} {
		f.Add(seed, "https://base.example/x/y?z", "host", "v")
	}
	f.Fuzz(func(t *testing.T, text, base, part, value string) {
		u, err := whatwg.ParseRef(base, text)
		if err != nil {
			if u, err = whatwg.Parse(text); err != nil {
				return
			}
		}
		again, err := whatwg.Parse(u.Href(false))
		if err != nil || again.Href(false) != u.Href(false) {
			t.Errorf("%q of %q parses to %v %v", u.Href(false), text, again, err)
		}
		if (u.Scheme() == "https" || u.Scheme() == "http") && (u.Hostname() == "" || strings.ContainsAny(u.Hostname(), "/@?#\\ \r\n\t")) {
			t.Errorf("%q has the host %q", text, u.Hostname())
		}
		setURLPart(u, part, value)
		_ = originOf(u)
	})
}
