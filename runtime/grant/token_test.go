package grant_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"claviger/mapping/value"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

func exchange(t *testing.T, c *grant.Config) (*grant.Answer, error) {
	t.Helper()
	return c.Exchange(context.Background(), sender(t), grant.ExchangeRequest{
		Query: value.Of("code", "code-1", "state", "s"), RedirectURI: callback, Verifier: secret.New("verifier-1"),
	})
}

func TestExchange(t *testing.T) {
	p := serve(t, respond(200, tokenAnswer))
	answer, err := exchange(t, config(t, "tokenUri", p.URL+"/token?own=%41", "clientAuthLocation", "body"))
	if err != nil {
		t.Fatal(err)
	}
	r := p.only(t)
	want := url.Values{
		"grant_type": {"authorization_code"}, "code": {"code-1"}, "redirect_uri": {callback}, "code_verifier": {"verifier-1"},
		"client_id": {"client-1"}, "client_secret": {"client-secret-1"},
	}
	if r.method != "POST" || r.url.RequestURI() != "/token?own=%41" || r.form(t).Encode() != want.Encode() {
		t.Errorf("%s %s %s", r.method, r.url.RequestURI(), r.body)
	}
	if r.header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.header.Get("Accept") != "application/json" || r.header.Get("Authorization") != "" {
		t.Errorf("header %v", r.header)
	}
	if answer.Access.Reveal() != "at-1" || answer.Refresh.Reveal() != "rt-1" || answer.Status != 200 || answer.ReceivedAt.IsZero() ||
		answer.Response.Text("token_type") != "Bearer" || answer.Scope != nil {
		t.Errorf("answer %+v", answer)
	}
}

func TestRefresh(t *testing.T) {
	p := serve(t, respond(200, `{"access_token":"at-2"}`))
	c := config(t, "tokenUri", p.URL+"/token", "refreshUri", p.URL+"/refresh", "clientAuthLocation", "body", "scopes", []any{"a"},
		"tokenExtra", value.Of("only", "exchange"), "refreshExtra", value.Of("type", "refresh"))
	answer, err := c.Refresh(context.Background(), sender(t), secret.New("rt-0"))
	if err != nil {
		t.Fatal(err)
	}
	r := p.only(t)
	if want := "client_id=client-1&client_secret=client-secret-1&grant_type=refresh_token&refresh_token=rt-0&type=refresh"; r.url.Path != "/refresh" || r.body != want {
		t.Errorf("%s %s", r.url.Path, r.body)
	}
	if answer.Access.Reveal() != "at-2" || !answer.Refresh.IsEmpty() || answer.Response.Has("refresh_token") {
		t.Errorf("an answer without a refresh token gives none: %+v", answer)
	}
	_, err = c.Refresh(context.Background(), sender(t), secret.Text{})
	failure(t, err, grant.Reauth)
}

func TestRefreshScopeOnlyFromRefreshExtra(t *testing.T) {
	p := serve(t, respond(200, tokenAnswer))
	c := config(t, "tokenUri", p.URL, "scopes", []any{"a"}, "refreshExtra", value.Of("scope", "b"))
	if _, err := c.Refresh(context.Background(), sender(t), secret.New("rt-0")); err != nil {
		t.Fatal(err)
	}
	if got := p.only(t).form(t).Get("scope"); got != "b" {
		t.Errorf("scope %q", got)
	}
}

func TestClientCredentials(t *testing.T) {
	p := serve(t, respond(200, tokenAnswer))
	c := config(t, "tokenUri", p.URL, "clientAuthLocation", "body", "grantType", "client_credentials", "scopes", []any{"a", "b"}, "scopeSeparator", ",",
		"tokenExtra", value.Of("audience", "https://api", "n", value.Int(5)), "resource", "https://r")
	g := c.Grant()
	if g.Interactive() || !g.Renewable(c, secret.Text{}) {
		t.Error("it is made at once and renewed by asking again")
	}
	for _, ask := range []func(context.Context, *grant.Config, grant.Sender, grant.Request) (*grant.Answer, error){g.Obtain, g.Renew} {
		if _, err := ask(context.Background(), c, sender(t), grant.Request{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range p.all() {
		want := "audience=https%3A%2F%2Fapi&client_id=client-1&client_secret=client-secret-1&grant_type=client_credentials&n=5&resource=https%3A%2F%2Fr&scope=a%2Cb"
		if r.body != want {
			t.Errorf("got  %s\nwant %s", r.body, want)
		}
	}
	if _, err := c.ClientCredentials(context.Background(), sender(t), []string{}); err != nil {
		t.Fatal(err)
	}
	if last := p.all()[2].form(t); last.Has("scope") {
		t.Error("no scope asked for, none sent")
	}
}

func TestGrants(t *testing.T) {
	for _, g := range grant.Grants() {
		c, err := grant.Parse(value.Of("grantType", g.Name()), nil)
		if err != nil || c.Grant() != g {
			t.Errorf("grantType %s does not lead to its grant: %v", g.Name(), err)
		}
	}
	p := serve(t, respond(200, tokenAnswer))
	c := config(t, "tokenUri", p.URL)
	g := c.Grant()
	r := grant.Request{Query: value.Of("code", "code-1"), RedirectURI: callback, Verifier: secret.New("v-1"), RefreshToken: secret.New("rt-0")}
	if _, err := g.Obtain(t.Context(), c, sender(t), r); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Renew(t.Context(), c, sender(t), r); err != nil {
		t.Fatal(err)
	}
	first, second := p.all()[0].form(t), p.all()[1].form(t)
	if first.Get("code") != "code-1" || first.Get("code_verifier") != "v-1" || first.Get("redirect_uri") != callback || second.Get("refresh_token") != "rt-0" {
		t.Errorf("%v, %v", first, second)
	}
	if g.Renewable(c, secret.Text{}) || !g.Renewable(c, secret.New("rt")) || g.Renewable(config(t, "noRefreshToken", true), secret.New("rt")) {
		t.Error("the refresh grant needs a refresh token and an author who does not exclude it")
	}
}

// TestClientAuthentication sends awkward ids and secrets everywhere. RFC 6749 section 2.3.1 wants both form-encoded before
// they become Basic authentication.
func TestClientAuthentication(t *testing.T) {
	const id, clientSecret = "id:1 +%ü", "p:a%s+s wörd"
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("id%3A1+%2B%25%C3%BC:p%3Aa%25s%2Bs+w%C3%B6rd"))
	for location, want := range map[any]struct {
		header         string
		bodyID, secret string
	}{
		nil:       {basic, id, clientSecret},
		"headers": {basic, "", ""},
		"body":    {"", id, clientSecret},
		"none":    {"", id, ""},
	} {
		p := serve(t, respond(200, tokenAnswer))
		c := config(t, "clientId", id, "clientSecret", clientSecret, "tokenUri", p.URL, "revokeUri", p.URL, "clientAuthLocation", location)
		if _, err := exchange(t, c); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Refresh(context.Background(), sender(t), secret.New("rt-0")); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ClientCredentials(context.Background(), sender(t), nil); err != nil {
			t.Fatal(err)
		}
		if err := c.Revoke(context.Background(), sender(t), secret.New("rt-0"), grant.RefreshToken); err != nil {
			t.Fatal(err)
		}
		for i, r := range p.all() {
			form := r.form(t)
			if r.header.Get("Authorization") != want.header || form.Get("client_id") != want.bodyID || form.Get("client_secret") != want.secret {
				t.Errorf("%v, request %d: header %q, body %s", location, i, r.header.Get("Authorization"), r.body)
			}
		}
	}
}

func TestClientWithoutSecret(t *testing.T) {
	p := serve(t, respond(200, tokenAnswer))
	if _, err := exchange(t, config(t, "clientSecret", nil, "tokenUri", p.URL)); err != nil {
		t.Fatal(err)
	}
	if r := p.only(t); r.header.Get("Authorization") != "" || r.form(t).Has("client_secret") || r.form(t).Get("client_id") != "client-1" {
		t.Errorf("header %v, body %s", r.header, r.body)
	}
}

// TestOneRequestOnly: whatever the client authentication, a refusal is not answered by a second attempt, which would
// redeem the code twice.
func TestOneRequestOnly(t *testing.T) {
	for _, location := range []any{nil, "headers", "body", "none"} {
		for _, status := range []int{400, 401, 403, 429, 500, 503, 307} {
			p := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "/again")
				respond(status, `{"error":"invalid_client"}`)(w, r)
			})
			c := config(t, "tokenUri", p.URL, "clientAuthLocation", location)
			if _, err := exchange(t, c); err == nil {
				t.Fatal("expected a failure")
			}
			p.only(t)
			_, _ = c.Refresh(context.Background(), sender(t), secret.New("rt-0"))
			_, _ = c.ClientCredentials(context.Background(), sender(t), nil)
			if n := len(p.all()); n != 3 {
				t.Errorf("location %v, status %d: %d requests for three calls", location, status, n)
			}
		}
	}
}

func TestJSONRequest(t *testing.T) {
	p := serve(t, respond(200, tokenAnswer))
	c := config(t, "tokenUri", p.URL, "clientAuthLocation", "body", "tokenRequestFormat", "json",
		"paramNames", value.Of("client_id", "app_id", "client_secret", "secret", "code", "auth_code"),
		"tokenExtra", value.Of("redirect_uri", nil, "code", nil, "auth_type", value.Int(1), "nested", value.Of("a", []any{true})),
		"resource", []any{"https://a", "https://b"})
	if _, err := exchange(t, c); err != nil {
		t.Fatal(err)
	}
	r := p.only(t)
	want := object(t, `{"app_id":"client-1","secret":"client-secret-1","code_verifier":"verifier-1","grant_type":"authorization_code",
		"auth_type":1,"nested":{"a":[true]},"resource":["https://a","https://b"]}`)
	if r.header.Get("Content-Type") != "application/json" || !value.Equal(object(t, r.body), want) {
		t.Errorf("%s %s", r.header.Get("Content-Type"), r.body)
	}
}

func TestTokenExtraReplacesAndRemoves(t *testing.T) {
	p := serve(t, respond(200, tokenAnswer))
	c := config(t, "tokenUri", p.URL, "paramNames", value.Of("token", value.Of("client_id", "key")),
		"tokenExtra", value.Of("grant_type", "token", "client_secret", nil, "code_verifier", nil, "request", true, "client_id", nil))
	if _, err := exchange(t, c); err != nil {
		t.Fatal(err)
	}
	if got, want := p.only(t).body, "code=code-1&grant_type=token&redirect_uri="+url.QueryEscape(callback)+"&request=true"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTokenHeaders(t *testing.T) {
	p := serve(t, respond(200, tokenAnswer))
	c := config(t, "tokenUri", p.URL, "tokenHeaders", value.Of("x-api-key", "k1", "AUTHORIZATION", nil, "Accept", "application/vnd.x", "content-type", "text/x", "n", value.Int(1)))
	if _, err := exchange(t, c); err != nil {
		t.Fatal(err)
	}
	h := p.only(t).header
	if h.Get("X-Api-Key") != "k1" || h.Get("Authorization") != "" || h.Get("Accept") != "application/vnd.x" || h.Get("Content-Type") != "text/x" || h.Get("N") != "1" {
		t.Errorf("%v", h)
	}
}

func TestNoVerifierWithoutPKCE(t *testing.T) {
	p := serve(t, respond(200, tokenAnswer))
	if _, err := exchange(t, config(t, "tokenUri", p.URL, "skipPkce", true)); err != nil {
		t.Fatal(err)
	}
	if p.only(t).form(t).Has("code_verifier") {
		t.Error("a verifier was sent without a challenge")
	}
}

// TestNothingIsSent: what cannot be a request is refused before anything leaves.
func TestNothingIsSent(t *testing.T) {
	p := serve(t, respond(200, tokenAnswer))
	ctx, send := context.Background(), sender(t)
	ask := func(c *grant.Config, code string) error {
		_, err := c.Exchange(ctx, send, grant.ExchangeRequest{Query: value.Of("code", code), RedirectURI: callback})
		return err
	}
	good := config(t, "tokenUri", p.URL)
	failure(t, ask(config(t), "c"), grant.Misconfigured)
	failure(t, ask(config(t, "tokenUri", "/token"), "c"), grant.Misconfigured)
	failure(t, ask(config(t, "tokenUri", "https://user:pass@127.0.0.1/"), "c"), grant.Misconfigured)
	failure(t, ask(config(t, "tokenUri", p.URL, "clientId", nil), "c"), grant.Misconfigured)
	failure(t, ask(config(t, "tokenUri", "https://other.example/token"), "c"), grant.Misconfigured)
	failure(t, ask(good, "a\r\nb"), grant.Misconfigured)
	failure(t, ask(good, ""), grant.Malformed)
	_, err := good.ClientCredentials(ctx, send, []string{"a\x00"})
	failure(t, err, grant.Misconfigured)
	if f := failure(t, ask(config(t, "tokenUri", "https://other.example/token"), "c"), grant.Misconfigured); f.Sent {
		t.Error("nothing was sent")
	}
	if n := len(p.all()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// TestFailureWrapsTheLibrarysError: callers that know x/oauth2 find its error.
func TestFailureWrapsTheLibrarysError(t *testing.T) {
	p := serve(t, respond(400, `{"error":"invalid_grant","error_description":"gone","error_uri":"https://docs"}`))
	_, err := exchange(t, config(t, "tokenUri", p.URL))
	var library *oauth2.RetrieveError
	if !errors.As(err, &library) || library.ErrorCode != "invalid_grant" || library.ErrorDescription != "gone" || library.ErrorURI != "https://docs" {
		t.Errorf("got %#v", err)
	}
}

// TestFailureHoldsNoSecretThatWasSent: a provider that echoes the request, in any of the usual encodings, tells nobody.
func TestFailureHoldsNoSecretThatWasSent(t *testing.T) {
	secrets := []string{"client-secret-1", "code-4711-long", "verifier-4711-long", "refresh-4711-long", "key-4711-long"}
	p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		text := r.PostForm.Encode() + " " + r.Header.Get("Authorization") + " " + r.Header.Get("X-Api-Key") + " " + strings.Join(secrets, " ")
		encoded, _ := value.Encode(value.Of("error", "invalid_grant", "error_description", text, "more", text, "error_uri", "https://docs?"+text))
		respond(400, string(encoded))(w, r)
	})
	c := config(t, "tokenUri", p.URL, "tokenHeaders", value.Of("x-api-key", "key-4711-long"))
	_, first := c.Exchange(context.Background(), sender(t), grant.ExchangeRequest{
		Query: value.Of("code", "code-4711-long"), RedirectURI: callback, Verifier: secret.New("verifier-4711-long"),
	})
	_, second := c.Refresh(context.Background(), sender(t), secret.New("refresh-4711-long"))
	for i, sent := range [][]string{{secrets[0], secrets[1], secrets[2], secrets[4]}, {secrets[0], secrets[3], secrets[4]}} {
		f := failure(t, []error{first, second}[i], grant.Reauth)
		text := f.Error() + f.Excerpt + f.Description + f.URI + f.Err.Error()
		for _, s := range sent {
			if strings.Contains(text, s) || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(s))[:12]) {
				t.Errorf("%s stands in %s", s, text)
			}
		}
	}
}
