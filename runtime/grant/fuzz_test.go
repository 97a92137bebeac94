package grant_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
		if strings.Count(u, "STATE-VALUE") != 1 || !strings.Contains(u, "claviger.example") || !c.SkipPKCE && !strings.Contains(u, challengeOf("v")) {
			t.Errorf("%s\nmade %s", text, u)
		}
		if strings.ContainsAny(u, "\r\n\x00") {
			t.Errorf("%s\nmade %q", text, u)
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
