package grant_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

const implicitConfig = `{"grantType": "implicit", "clientId": "app", "authorizeUri": "https://p.example/authorize", "scopes": ["read"]}`

func TestImplicitAuthorizeURL(t *testing.T) {
	c, err := grant.Parse(object(t, implicitConfig), nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := c.AuthorizeURL(grant.AuthorizeRequest{RedirectURI: "https://us.example/cb", State: secret.New("the-state")})
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(raw)
	q := u.Query()
	if q.Get("response_type") != "token" || q.Get("state") != "the-state" || q.Get("scope") != "read" || q.Has("code_challenge") || q.Get("redirect_uri") != "https://us.example/cb" {
		t.Error(raw)
	}
	if !c.AnswersInFragment() || c.Carries() != "access_token" || !c.Grant().Interactive() || c.Grant().Renewable(c, secret.New("x")) {
		t.Error("not the implicit grant")
	}
}

func TestImplicitObtain(t *testing.T) {
	c, err := grant.Parse(object(t, implicitConfig), nil)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1_800_000_000, 0)
	query := value.Of("access_token", "the-token", "expires_in", "3600", "scope", "read write", "state", "the-state", "iss", "https://p.example", "refresh_token", "not-theirs-to-give", "instance", "eu")
	a, err := c.Grant().Obtain(t.Context(), c, nil, grant.Request{Query: query, At: at})
	if err != nil {
		t.Fatal(err)
	}
	if a.Access.Reveal() != "the-token" || !a.Refresh.IsEmpty() || strings.Join(a.Scope, " ") != "read write" || !a.ReceivedAt.Equal(at) {
		t.Errorf("%+v", a)
	}
	if a.Response.Has("state") || a.Response.Has("iss") || a.Response.Text("instance") != "eu" || !query.Has("state") {
		t.Errorf("%v", a.Response)
	}
	if at := grant.Expiry(a.Response, a.ReceivedAt, 0); !at.Equal(time.Unix(1_800_003_600, 0)) {
		t.Error(at)
	}
	for _, bad := range []*value.Object{value.Of(), value.Of("access_token", ""), value.Of("access_token", " "), value.Of("access_token", "a\nb"), value.Of("code", "x")} {
		if _, err := c.Grant().Obtain(t.Context(), c, nil, grant.Request{Query: bad}); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
	if _, err := c.Grant().Renew(t.Context(), c, nil, grant.Request{RefreshToken: secret.New("x")}); err == nil {
		t.Error("renewed")
	}
}

// Anybody may send a callback: one that is longer than any real one is not looked at, whatever the pattern.
func TestPatternsLookAtNoEndlessAddress(t *testing.T) {
	const address, pattern = "https://a.example/oauth/callback/x?b=", `[?&]code=(?<token>\w+)`
	if got := grant.InCallback(pattern, address+strings.Repeat("a", 30<<10)+"&code=c"); got != "c" {
		t.Errorf("%q", got)
	}
	if got := grant.InCallback(pattern, address+strings.Repeat("a", 1<<20)+"&code=c"); got != "" {
		t.Errorf("%q", got)
	}
}

func TestPatternsThatCannotWork(t *testing.T) {
	for given, want := range map[string]string{
		`{"callbackPattern": "code=([^&]+)"}`:                                            "callbackPattern: has no named group token",
		`{"callbackPattern": "code=(?<code>[^&]+)"}`:                                     "callbackPattern: has no named group token",
		`{"callbackPattern": "(?<=code=)(?<token>.+)"}`:                                  "RE2",
		`{"callbackPattern": "code=(?<token>[^&]+"}`:                                     "missing closing )",
		`{"callbackPattern": "(?<token>.*)"}`:                                            "matches an empty text",
		`{"callbackPattern": "(?<token>([a-z]?){1000}x)"}`:                               "its repetitions make it too large",
		`{"callbackPattern": ""}`:                                                        "expected a regular expression",
		`{"callbackPattern": 1}`:                                                         "expected a string",
		`{"statePattern": "state=(?<token>.+)"}`:                                         "statePattern: has no named group key",
		`{"statePattern": "` + strings.Repeat("a", 1001) + `(?<key>.)"}`:                 "at most 1000 bytes",
		`{"grantType": "client_credentials", "statePattern": "state=(?<key>.+)"}`:        "the grant client_credentials has no callback",
		`{"grantType": "client_credentials", "callbackPattern": "code=(?<token>[0-9])"}`: "the grant client_credentials has no callback",
	} {
		if _, err := grant.Parse(object(t, given), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", given, err, want)
		}
	}
}

func TestInCallback(t *testing.T) {
	for _, c := range []struct{ pattern, address, want string }{
		{`#code=(?<token>[0-9a-f]{6})$`, "https://us.example/oauth/callback/x#code=29d2ef", "29d2ef"},
		{`\?code=(?<token>.+?)&`, "https://us.example/oauth/callback/x?code=a%2Fb+c&state=s", "a/b+c"},
		{`&state=(?P<key>[^&#]+)`, "https://us.example/oauth/callback/x?code=a&state=s%20s#_=_", "s s"},
		{`\/grant\/(?<token>\w+)`, "https://us.example/oauth/callback/x?next=/grant/abc", "abc"},
		{`code=(?<token>[0-9]+)`, "https://us.example/oauth/callback/x?code=abc", ""},
		{`code=(?<token>.+)`, "https://us.example/?code=%zz", ""},
		{`code=(?<token>.+)`, "https://us.example/?code=%ff", ""},
		{`a(?<token>x)?`, "https://us.example/a", ""},
	} {
		if got := grant.InCallback(c.pattern, c.address); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.pattern, c.address, got, c.want)
		}
	}
}
