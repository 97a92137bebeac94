package apiclient_test

import (
	"net/url"
	"path"
	"strings"
	"testing"

	"claviger/runtime/apiclient"
)

func TestForward(t *testing.T) {
	for _, c := range []struct{ base, path, query, want string }{
		{"https://a.example", "", "", "https://a.example"}, {"https://a.example/", "/", "", "https://a.example/"}, {"https://a.example/v1/", "/x", "", "https://a.example/v1/x"},
		{"https://a.example/v1?k=1", "/x%2Fy", "q=%20+", "https://a.example/v1/x%2Fy?k=1&q=%20+"}, {"https://a.example/v%201", "/a;b=c/...", "", "https://a.example/v%201/a;b=c/..."},
		{"https://a.example:8443/v1", "/%252e%252e/x", "", "https://a.example:8443/v1/%252e%252e/x"},
	} {
		base, _ := url.Parse(c.base)
		if u, err := apiclient.Forward(base, c.path, c.query); err != nil || u.String() != c.want {
			t.Errorf("%s %s: %v, %v", c.base, c.path, u, err)
		}
	}
	base, _ := url.Parse("https://a.example/v1")
	for _, bad := range []string{"//evil.example", "/..", "/x/../y", "/%2e%2E", "/x%2f..", "/x%5c..%5cy", "/..;a/x", "/..%3bx", `/a\b`, "/a#b", "/a\nb", "/%", "/a%2", "/\xff"} {
		if u, err := apiclient.Forward(base, bad, ""); err == nil {
			t.Errorf("%q became %s", bad, u)
		}
	}
}

// FuzzForward wants host and scheme kept, and the base above whatever is called, however often the path is decoded.
func FuzzForward(f *testing.F) {
	for _, seed := range []string{"/a/b", "//evil.com", "/@evil.com/", "/..%2f..", "/%2e%2e/", "/a;/..;b", `/\evil`, "/x#y", "/%0d%0a", "/．．/", "/:80@evil/", "?x", "/%c0%ae"} {
		f.Add(seed, "a=b")
	}
	base, _ := url.Parse("https://api.example/base")
	f.Fuzz(func(t *testing.T, given, query string) {
		if given != "" && given[0] != '/' {
			given = "/" + given
		}
		u, err := apiclient.Forward(base, given, query)
		if err != nil {
			return
		}
		again, err := url.Parse("https://api.example" + u.EscapedPath())
		if err != nil || u.Host != "api.example" || u.Scheme != "https" || u.User != nil || u.Opaque != "" || again.Host != "api.example" {
			t.Fatalf("%q became %s, %v", given, u, err)
		}
		decoded := strings.ReplaceAll(u.Path, `\`, "/")
		if clean := path.Clean(decoded); clean != "/base" && !strings.HasPrefix(clean, "/base/") {
			t.Fatalf("%q leaves the base: %s", given, clean)
		}
	})
}
