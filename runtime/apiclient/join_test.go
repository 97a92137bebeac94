package apiclient

import (
	"net/url"
	"strings"
	"testing"
)

func TestJoin(t *testing.T) {
	for _, c := range []struct{ base, path, want string }{
		{"https://api.example.com", "/me", "https://api.example.com/me"},
		{"https://api.example.com/v2/", "me", "https://api.example.com/v2/me"},
		{"https://api.example.com/v2", "", "https://api.example.com/v2"},
		{"https://api.example.com/v2", "/", "https://api.example.com/v2/"},
		{"https://api.example.com/v2", "?page=2", "https://api.example.com/v2?page=2"},
		{"https://api.example.com/v2?a=1", "/x?b=2", "https://api.example.com/v2/x?a=1&b=2"},
		{"https://api.example.com", "/users:batch", "https://api.example.com/users:batch"},
		{"https://api.example.com", "/a b/ü", "https://api.example.com/a%20b/%C3%BC"},
		{"https://api.example.com", "/a%2Fb/100%", "https://api.example.com/a%2Fb/100%25"},
		{"https://api.example.com", "evil.com:80/x", "https://api.example.com/evil.com:80/x"},
		{"https://api.example.com", "@evil.com/", "https://api.example.com/@evil.com/"},
		{"https://api.example.com", "/x?next=https://evil.com/../", "https://api.example.com/x?next=https://evil.com/../"},
		{"https://api.example.com", "//evil.com/x", ""},
		{"https://api.example.com", `/\evil.com`, ""},
		{"https://api.example.com", "/a/../b", ""},
		{"https://api.example.com", "..", ""},
		{"https://api.example.com", "/a/%2E%2e/b", ""},
		{"https://api.example.com", "/a\r\nHost: evil.com", ""},
		{"https://api.example.com", "/a\x00", ""},
		{"https://api.example.com", "/a#b", ""},
		{"https://api.example.com", "/a\xff", ""},
		{"", "/me", ""},
	} {
		var base *url.URL
		if c.base != "" {
			base, _ = url.Parse(c.base)
		}
		u, err := Join(base, c.path)
		if (err == nil) != (c.want != "") || err == nil && u.String() != c.want {
			t.Errorf("%s and %q: %v, %v; want %q", c.base, c.path, u, err, c.want)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\r\n\x00") {
			t.Errorf("%q: the error quotes it: %q", c.path, err)
		}
	}
}

func TestFill(t *testing.T) {
	for _, c := range []struct{ path, id, want string }{
		{"/users/{id}/x", "7", "/users/7/x"},
		{"/users/{id}", "a/b?c#d", "/users/a%2Fb%3Fc%23d"},
		{"/users/{id}", "%2e%2e", "/users/%252e%252e"},
		{"/users/{id}", "..", ""},
		{"/users/{id}", "", ""},
		{"/users/{id}", "a\r\nb", ""},
		{"/users/{other}", "7", ""},
		{"/users/{", "7", "/users/{"},
	} {
		got, err := fill(c.path, map[string]string{"id": c.id})
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s with %q: %q, %v", c.path, c.id, got, err)
		}
	}
}

func TestAbsoluteURLs(t *testing.T) {
	for text, good := range map[string]bool{
		"https://api.example.com/me?a=1": true, "HTTPS://api.example.com": true, "https://api.example.com/a#b": true,
		"https://user:pw@api.example.com/": false, "https:///x": false, "https://a b": false, `https://a\@b/`: false,
		"https://a\r\n.com/": false, "https://a/x/../y": false, "http://%zz/": false,
	} {
		if _, ok, err := absolute(text); !ok || (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"/x", "ftp://a/", "//a/x", "javascript://x", ""} {
		if _, ok, _ := absolute(text); ok {
			t.Errorf("%q counts as absolute", text)
		}
	}
}

// FuzzJoin puts any text behind a base, and into a parameter of a path: scheme, host and port stay, and so does the base's
// own path.
func FuzzJoin(f *testing.F) {
	for _, seed := range []string{
		"/me", "//evil.com", `\\evil.com`, "/..", "%2e%2e/", "a@b", "x#", "?q", "evil.com/", ":80@evil.com", "\r\nHost: evil", "．．/", "%", "%2", "/%5c", "a;b", "[::1]", "https:evil.com",
	} {
		f.Add(seed)
	}
	base, _ := url.Parse("https://api.example.com:8443/v2/base")
	f.Fuzz(func(t *testing.T, text string) {
		paths := []string{text, "/x/" + text}
		if filled, err := fill("/x/{p}/y", map[string]string{"p": text}); err == nil {
			if strings.Count(filled, "/") != 3 || strings.ContainsAny(filled, "?#") {
				t.Errorf("%q became more than one piece: %q", text, filled)
			}
			paths = append(paths, filled)
		}
		for _, path := range paths {
			u, err := Join(base, path)
			if err != nil {
				continue
			}
			again, err := url.Parse(u.String())
			if err != nil || again.Scheme != "https" || again.Host != base.Host || again.User != nil || again.Fragment != "" {
				t.Fatalf("%q became %q: %v", path, u, err)
			}
			if resolved := again.ResolveReference(&url.URL{}); !strings.HasPrefix(again.EscapedPath(), "/v2/base") || !strings.HasPrefix(resolved.Path, "/v2/base") {
				t.Fatalf("%q left the base's path: %q", path, u)
			}
		}
	})
}
