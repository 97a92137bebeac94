package grant_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"claviger/mapping/value"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

const callback = "https://claviger.example/oauth/callback/x"

func authorize(t *testing.T, c *grant.Config, scopes []string) *url.URL {
	t.Helper()
	text, err := c.AuthorizeURL(grant.AuthorizeRequest{
		RedirectURI: callback, State: secret.New("state-1"), Verifier: secret.New("verifier-1"), Scopes: scopes,
	})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func TestAuthorizeURL(t *testing.T) {
	base := "client_id=client-1&code_challenge=" + challengeOf("verifier-1") + "&code_challenge_method=S256&redirect_uri=" +
		url.QueryEscape(callback) + "&response_type=code"
	for _, row := range []struct {
		name   string
		given  *value.Object
		scopes []string
		want   string // everything after https://provider.example
	}{
		{"plain", value.Of(), nil, "/authorize?" + base + "&state=state-1"},
		{"scopes", value.Of("scopes", []any{"a", "b c"}), nil, "/authorize?" + base + "&scope=a+b+c&state=state-1"},
		{"separator", value.Of("scopes", []any{"a", "b"}, "scopeSeparator", ","), nil, "/authorize?" + base + "&scope=a%2Cb&state=state-1"},
		{"scopes of the caller", value.Of("scopes", []any{"a"}), []string{"x", "y"}, "/authorize?" + base + "&scope=x+y&state=state-1"},
		{"no scope of the caller", value.Of("scopes", []any{"a"}), []string{}, "/authorize?" + base + "&state=state-1"},
		{"without PKCE", value.Of("skipPkce", true), nil, "/authorize?client_id=client-1&redirect_uri=" + url.QueryEscape(callback) + "&response_type=code&state=state-1"},
		{"own query", value.Of("authorizeUri", "https://provider.example/a?x=%41&y"), nil, "/a?x=%41&y&" + base + "&state=state-1"},
		{"own query replaces ours", value.Of("authorizeUri", "https://provider.example/a?response_type=auth_code"), nil,
			"/a?response_type=auth_code&" + strings.TrimSuffix(base, "&response_type=code") + "&state=state-1"},
		{"fragment", value.Of("authorizeUri", "https://provider.example/#/oauth"), nil, "/#/oauth?" + base + "&state=state-1"},
		{"query and fragment", value.Of("authorizeUri", "https://provider.example/?a=1#/oauth?b=2"), nil, "/?a=1#/oauth?b=2&" + base + "&state=state-1"},
		{"empty query", value.Of("authorizeUri", "https://provider.example/a?"), nil, "/a?" + base + "&state=state-1"},
		{"extra", value.Of("extra", value.Of("prompt", "consent", "max_age", value.Int(5), "flag", true, "client_id", nil, "empty", "")), nil,
			"/authorize?" + strings.TrimPrefix(base, "client_id=client-1&") + "&state=state-1 +empty= +flag=true +max_age=5 +prompt=consent"},
		{"extra replaces", value.Of("extra", value.Of("response_type", "code id_token", "scope", "z"), "scopes", []any{"a"}), nil,
			"/authorize?" + strings.Replace(base, "response_type=code", "response_type=code+id_token", 1) + "&scope=z&state=state-1"},
		{"extra over the own query", value.Of("authorizeUri", "https://provider.example/a?x=1&y=2", "extra", value.Of("x", "3", "y", nil)), nil,
			"/a?" + base + "&state=state-1&x=3"},
		{"renamed", value.Of("paramNames", value.Of("client_id", "client_key", "redirect_uri", "redirect_url", "state", "customField", "client_secret", "s")), nil,
			"/authorize?client_key=client-1&code_challenge=" + challengeOf("verifier-1") + "&code_challenge_method=S256&customField=state-1&redirect_url=" +
				url.QueryEscape(callback) + "&response_type=code"},
		{"renamed here only", value.Of("paramNames", value.Of("authorize", value.Of("client_id", "a"), "token", value.Of("client_id", "b"))), nil,
			"/authorize?a=client-1&" + strings.TrimPrefix(base, "client_id=client-1&") + "&state=state-1"},
		{"swapped", value.Of("paramNames", value.Of("authorize", value.Of("scope", "response_type", "response_type", "scope")), "scopes", []any{"z"}), nil,
			"/authorize?" + strings.Replace(base, "response_type=code", "response_type=z", 1) + "&scope=code&state=state-1"},
		{"renamed and removed", value.Of("paramNames", value.Of("response_type", "kind"), "extra", value.Of("response_type", nil)), nil,
			"/authorize?" + strings.TrimSuffix(base, "&response_type=code") + "&state=state-1"},
		{"resource", value.Of("resource", []any{"https://a", "https://b"}), nil,
			"/authorize?" + strings.TrimSuffix(base, "response_type=code") + "resource=https%3A%2F%2Fa&resource=https%3A%2F%2Fb&response_type=code&state=state-1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			given := value.Of("clientId", "client-1", "authorizeUri", "https://provider.example/authorize")
			given.Merge(row.given)
			c, err := grant.Parse(given, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := authorize(t, c, row.scopes).String()
			if want := "https://provider.example" + row.want; strings.Contains(want, " +") {
				sameQuery(t, got, strings.ReplaceAll(want, " +", "&"))
			} else if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func sameQuery(t *testing.T, got, want string) {
	t.Helper()
	g, _ := url.Parse(got)
	w, _ := url.Parse(want)
	if g.Query().Encode() != w.Query().Encode() {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAuthorizeURLIsRefused(t *testing.T) {
	for _, row := range []struct {
		name  string
		given *value.Object
		says  string
	}{
		{"no client", value.Of("authorizeUri", "https://a/"), "clientId is missing"},
		{"no URI", value.Of("clientId", "x"), "authorizeUri is missing"},
		{"relative", value.Of("clientId", "x", "authorizeUri", "/authorize"), "authorizeUri is not an absolute https URI"},
		{"script", value.Of("clientId", "x", "authorizeUri", "javascript:alert(1)//a"), "authorizeUri is not an absolute https URI"},
		{"user", value.Of("clientId", "x", "authorizeUri", "https://good.example@evil.example/"), "authorizeUri holds a user name"},
		{"own state", value.Of("clientId", "x", "authorizeUri", "https://a/?st%61te=fixed"), "a parameter state of its own"},
		{"own redirect behind a fragment", value.Of("clientId", "x", "authorizeUri", "https://a/#/b?redirect_uri=https://evil.example"), "a parameter redirect_uri of its own"},
		{"own renamed state", value.Of("clientId", "x", "authorizeUri", "https://a/?s=fixed", "paramNames", value.Of("state", "s")), "a parameter state of its own"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := grant.Parse(row.given, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.AuthorizeURL(grant.AuthorizeRequest{RedirectURI: callback, State: grant.NewState(), Verifier: grant.NewVerifier()})
			if f := failure(t, err, grant.Misconfigured); !strings.Contains(f.Error(), row.says) {
				t.Errorf("nothing of %q in %v", row.says, f)
			}
		})
	}
	c := config(t)
	_, err := c.AuthorizeURL(grant.AuthorizeRequest{RedirectURI: callback, State: secret.New("s"), Verifier: secret.New("v"), Scopes: []string{"a\r\nb"}})
	failure(t, err, grant.Misconfigured)
	_, err = c.AuthorizeURL(grant.AuthorizeRequest{RedirectURI: callback, State: secret.New("s")})
	failure(t, err, grant.Internal)
}

func TestStateAndVerifier(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		state, verifier := grant.NewState().Reveal(), grant.NewVerifier().Reveal()
		if len(state) < 26 || len(verifier) < 43 || seen[state] || seen[verifier] {
			t.Fatalf("state of %d and verifier of %d characters, or one of them twice", len(state), len(verifier))
		}
		seen[state], seen[verifier] = true, true
		if url.QueryEscape(state) != state || url.QueryEscape(verifier) != verifier {
			t.Fatal("both must survive a query unchanged")
		}
	}
}
