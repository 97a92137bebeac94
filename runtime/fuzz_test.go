package runtime

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// What passes as a return URL leads to the registered host and nowhere else, also with our parameters added.
func FuzzReturnURL(f *testing.F) {
	for _, seed := range []string{
		"https://platform.test/back?a=1", "https://platform.test@evil.example", `https://platform.test\@evil.example`, "https://platform.test//evil.example",
		"https:platform.test", "//platform.test", "https://platform.test:443/", "https://ｐlatform.test", "https://platform.test/%0d%0a", "https://platform.test?x#y",
	} {
		f.Add(seed)
	}
	i := &Integration{Key: "app", ReturnURLs: []string{"https://platform.test"}}
	f.Fuzz(func(t *testing.T, raw string) {
		if i.registered(raw) != nil {
			return
		}
		for _, address := range []string{raw, withQuery(raw, "connection", "con_1", "status", "connected")} {
			u, err := url.Parse(address)
			if err != nil || u.Scheme != "https" || u.Host != "platform.test" || u.User != nil || u.Fragment != "" {
				t.Fatalf("%q leads to %q", raw, address)
			}
			if !strings.HasPrefix(strings.ToLower(address), "https://platform.test") || strings.ContainsAny(address, "\\\r\n\t\x00 ") {
				t.Fatalf("a browser may read %q otherwise", address)
			}
		}
	})
}

// What methods are shown of a callback is one clean, bounded text for each name.
func FuzzCallbackQuery(f *testing.F) {
	for _, seed := range []string{"state=a&code=b", "code=a&code=b", "a=%ff", "a=%00", "a=b%0d%0a", "%ff=a", "a", "=b", "", "a=" + strings.Repeat("x", 20_000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		query, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		o, err := callbackQuery(query)
		if err != nil {
			if AsError(err).Code != CodeInvalidRequest {
				t.Fatal(err)
			}
			return
		}
		if o.Len() != len(query) {
			t.Fatalf("%d of %d parameters", o.Len(), len(query))
		}
		for name, v := range o.All() {
			text, ok := v.(string)
			if !ok || text != query.Get(name) || !utf8.ValidString(name+text) || len(text) > maxCallbackValue || strings.ContainsAny(name+text, "\r\n\x00") {
				t.Fatalf("%q is %q", name, v)
			}
		}
	})
}
