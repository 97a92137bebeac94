package grant_test

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"claviger/mapping/value"
	"claviger/runtime/egress"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

// FuzzParse: any object is either a Config or a ConfigError, and a Config makes no authorize URL that gives up what binds
// the flow.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"clientId":"a","authorizeUri":"https://a/b?c=d#e","scopes":["x"],"extra":{"prompt":"consent","scope":null}}`,
		`{"clientId":"a","authorizeUri":"https://a/b","paramNames":{"state":"s","client_id":"state"}}`,
		`{"clientId":"a","authorizeUri":"https://a/#x","paramNames":{"authorize":{"scope":"a"},"token":{"code":"b"}},"tokenHeaders":{"A":"b"}}`,
		`{"errorWhen":{"$eval":{"$var":"response.data"},"is":1},"errorClasses":[{"when":true,"class":"reauth"}],"tokenFields":{"a":"b[0]"}}`,
		`{"grantType":"implicit","clientid":1,"redirectUri":"https://a","resource":["https://b"],"refreshMargin":1e300}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := value.DecodeObject([]byte(text))
		if err != nil {
			return
		}
		c, err := grant.Parse(o, nil)
		if err != nil {
			var mistakes *grant.ConfigError
			if !errors.As(err, &mistakes) || len(mistakes.Mistakes) == 0 || err.Error() == "" {
				t.Fatalf("%#v", err)
			}
			return
		}
		u, err := c.AuthorizeURL(grant.AuthorizeRequest{RedirectURI: callback, State: secret.New("STATE-VALUE"), Verifier: secret.New("v")})
		if err != nil {
			return
		}
		if strings.Count(u, "STATE-VALUE") != 1 || !strings.Contains(u, "claviger.example") || !c.SkipPKCE && c.Carries() == "code" && !strings.Contains(u, challengeOf("v")) {
			t.Errorf("%s\nmade %s", text, u)
		}
		if strings.ContainsAny(u, "\r\n\x00") {
			t.Errorf("%s\nmade %q", text, u)
		}
	})
}

// FuzzPatterns: a pattern is refused, or finds in a callback what stands there.
func FuzzPatterns(f *testing.F) {
	f.Add(`#code=(?<token>[0-9a-f]{6})$`, "https://a.example/oauth/callback/x#code=29d2ef")
	f.Add(`[?&]code=(?P<token>.+?)&|x(?<token>y)`, "https://a.example/?code=a%2Fb&state=%zz")
	f.Add(`(?<token>(a+)+)$`, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")
	f.Fuzz(func(t *testing.T, pattern, address string) {
		c, err := grant.Parse(value.Of("callbackPattern", pattern), nil)
		if err != nil {
			return
		}
		found := grant.InCallback(c.CallbackPattern, address)
		plain, err := url.PathUnescape(address)
		if found != "" && (err != nil || !strings.Contains(plain, found)) {
			t.Errorf("%q in %q: %q", pattern, address, found)
		}
	})
}

// FuzzRead: any body of any status is read as an answer with a token or as a failure with a class, and neither holds what
// would break a header.
func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("../../testdata/tokens/*.http")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		_, body, _ := strings.Cut(string(raw), "\r\n\r\n")
		if len(body) < 2000 {
			f.Add(200, body)
			f.Add(400, body)
		}
	}
	c := config(f, "tokenUri", "https://a.example/token", "tokenFields", value.Of("access_token", "data.accessToken"), "scopeSeparator", "+")
	f.Fuzz(func(t *testing.T, status int, body string) {
		send := func(*http.Request) (*egress.Answer, error) {
			return &egress.Answer{Status: status, Body: []byte(body), ReceivedAt: received}, nil
		}
		answer, err := c.Refresh(t.Context(), send, secret.New("refresh-token-4711"))
		if err == nil {
			if answer.Access.IsEmpty() || status < 200 || status > 299 || strings.ContainsAny(answer.Access.Reveal()+answer.Refresh.Reveal(), "\r\n\x00") {
				t.Errorf("%d %q made %+v", status, body, answer)
			}
			grant.Expiry(answer.Response, answer.ReceivedAt, 0)
			return
		}
		var failed *grant.Failure
		if !errors.As(err, &failed) || failed.Class == "" || failed.Class == grant.Internal || failed.Message == "" {
			t.Fatalf("%d %q: %#v", status, body, err)
		}
		text := failed.Error() + failed.Excerpt
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\r\n\x00") || strings.Contains(text, "refresh-token-4711") || len([]rune(failed.Excerpt)) > 301 {
			t.Errorf("%d %q: %q", status, body, text)
		}
	})
}

// FuzzRetryAfter: whatever a provider says, nobody waits less than nothing or more than a day.
func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"5", "1.5", "-1", "1e300", "NaN", "0x1p-2", "Tue, 01 Jan 2030 00:01:00 GMT", "Tue Jan  1 00:01:00 2030", "Sun, 01 Jan 9999 00:00:00 GMT", "1_0"} {
		f.Add(s)
	}
	c := config(f)
	f.Fuzz(func(t *testing.T, text string) {
		failed := c.ErrorFrom(&egress.Answer{Status: 429, Header: http.Header{"Retry-After": {text}}, ReceivedAt: received})
		if failed.Class != grant.Transient || failed.RetryAfter < 0 || failed.RetryAfter > 24*time.Hour {
			t.Errorf("%q: %s, %s", text, failed.Class, failed.RetryAfter)
		}
	})
}

// FuzzErrorBehind: any answer that a hook was given is explained by a known class, or not at all, and what is told of it
// breaks no line.
func FuzzErrorBehind(f *testing.F) {
	for _, s := range []string{`{"error":"invalid_grant"}`, `{"ok":false,"error":"x"}`, `{"errors":[{"code":"gone"}]}`, `[{"errorCode":"A","message":"b\r\n"}]`, "error=a&error_description=b", "<html>", ""} {
		f.Add(200, s)
		f.Add(400, s)
		f.Add(503, s)
	}
	c := config(f, "errorWhen", value.Of("$eval", value.Of("$var", "response.data.ok"), "is", false), "errorClasses", []any{
		value.Of("when", value.Of("$eval", value.Of("$var", "response.data.error"), "contains", "gone"), "class", "reauth"),
	})
	known := []grant.Class{grant.Reauth, grant.Misconfigured, grant.Transient, grant.Malformed, grant.Unknown}
	f.Fuzz(func(t *testing.T, status int, body string) {
		a := &egress.Answer{Status: status, Body: []byte(body), ReceivedAt: received}
		for _, failed := range []*grant.Failure{c.ErrorFrom(a), c.ErrorBehind(a)} {
			if failed == nil {
				continue
			}
			if text := failed.Code + failed.Description + failed.Message; !slices.Contains(known, failed.Class) || strings.ContainsAny(text, "\r\n\x00") || !utf8.ValidString(text) {
				t.Errorf("%d %q: %s %q", status, body, failed.Class, text)
			}
		}
	})
}
