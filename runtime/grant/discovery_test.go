package grant_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"claviger/mapping/value"
	"claviger/runtime/grant"
)

// issuer serves metadata at one path; everything else answers as missing says.
func issuer(t *testing.T, path, at string, missing http.HandlerFunc, fields string) (string, *provider) {
	t.Helper()
	var p *provider
	p = serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != at {
			missing(w, r)
			return
		}
		respond(200, fmt.Sprintf(`{"issuer":%q,"authorization_endpoint":"https://a.example/auth","token_endpoint":"https://a.example/token",
			"revocation_endpoint":"https://a.example/revoke"%s}`, p.URL+path, fields))(w, r)
	})
	return p.URL + path, p
}

func TestDiscovery(t *testing.T) {
	for _, row := range []struct {
		name, path, at string
		asks           int
	}{
		{"RFC 8414", "", "/.well-known/oauth-authorization-server", 1},
		{"RFC 8414 with a path", "/tenant/1", "/.well-known/oauth-authorization-server/tenant/1", 1},
		{"OpenID", "", "/.well-known/openid-configuration", 2},
		{"OpenID with a path", "/tenant/1", "/tenant/1/.well-known/openid-configuration", 2},
		{"OpenID, path inserted", "/tenant/1", "/.well-known/openid-configuration/tenant/1", 3},
		{"a slash at the end", "/", "/.well-known/oauth-authorization-server", 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			iss, p := issuer(t, row.path, row.at, respond(404, "not here"), "")
			c, err := config(t, "issuer", iss, "authorizeUri", nil, "tokenUri", "https://own.example/token").Discover(context.Background(), sender(t))
			if err != nil {
				t.Fatal(err)
			}
			if c.AuthorizeURI != "https://a.example/auth" || c.TokenURI != "https://own.example/token" || c.RevokeURI != "https://a.example/revoke" {
				t.Errorf("only what is left out is filled: %+v", c)
			}
			if n := len(p.all()); n != row.asks {
				t.Errorf("%d requests, expected %d", n, row.asks)
			}
		})
	}
}

func TestDiscoveryFails(t *testing.T) {
	ask := func(iss string) *grant.Failure {
		_, err := grant.FetchMetadata(context.Background(), iss, sender(t))
		var f *grant.Failure
		if !errors.As(err, &f) {
			t.Fatalf("expected a failure, got %v", err)
		}
		return f
	}
	other := serve(t, respond(200, `{"issuer":"https://evil.example","token_endpoint":"https://evil.example/token"}`))
	if f := ask(other.URL); f.Class != grant.Misconfigured || !strings.Contains(f.Message, "https://evil.example") {
		t.Errorf("%+v", f)
	}
	slash := serve(t, nil)
	slash.Config.Handler = respond(200, fmt.Sprintf(`{"issuer":%q}`, slash.URL+"/"))
	if f := ask(slash.URL); f.Class != grant.Misconfigured {
		t.Errorf("a slash is a difference: %+v", f)
	}
	page := serve(t, respond(200, `<html></html>`))
	if f := ask(page.URL); f.Class != grant.Misconfigured || len(page.all()) != 2 {
		t.Errorf("%+v", f)
	}
	down := serve(t, respond(503, ``))
	if f := ask(down.URL); f.Class != grant.Transient || len(down.all()) != 1 {
		t.Errorf("%+v after %d requests", f, len(down.all()))
	}
	moved := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://evil.example/", http.StatusFound)
	})
	if f := ask(moved.URL); f.Class != grant.Misconfigured {
		t.Errorf("%+v", f)
	}
	for _, iss := range []string{"", "x", "https://a.example/?q", "https://a.example/#f", "https://user@a.example", "ftp://a.example"} {
		if f := ask(iss); f.Class != grant.Misconfigured || f.Sent {
			t.Errorf("%s: %+v", iss, f)
		}
	}
	_, err := config(t, "issuer", "https://other.example").Discover(context.Background(), sender(t))
	failure(t, err, grant.Misconfigured)
	same := config(t)
	if c, err := same.Discover(context.Background(), nil); c != same || err != nil {
		t.Error("without an issuer nothing is asked")
	}
}

func TestCheckIssuer(t *testing.T) {
	for _, row := range []struct {
		name     string
		required bool
		query    *value.Object
		fine     bool
	}{
		{"absent", false, value.Of(), true},
		{"no query", false, nil, true},
		{"absent, required", true, value.Of("code", "c"), false},
		{"the one", false, value.Of("iss", "https://a.example/x"), true},
		{"the one, required", true, value.Of("iss", "https://a.example/x"), true},
		{"another", false, value.Of("iss", "https://evil.example"), false},
		{"a slash more", false, value.Of("iss", "https://a.example/x/"), false},
		{"upper case", false, value.Of("iss", "https://A.example/x"), false},
		{"empty", false, value.Of("iss", ""), false},
		{"two", false, value.Of("iss", []any{"https://a.example/x", "https://evil.example"}), false},
		{"null", false, value.Of("iss", nil), false},
	} {
		c := config(t, "issuer", "https://a.example/x").WithMetadata(&grant.Metadata{Issuer: "https://a.example/x", IssInCallback: row.required})
		err := c.CheckIssuer(row.query)
		var refused *grant.IssuerError
		if (err == nil) != row.fine || err != nil && !errors.As(err, &refused) {
			t.Errorf("%s: %v", row.name, err)
		}
		if err != nil && strings.Contains(err.Error(), "evil") {
			t.Errorf("%s: what the callback says is not repeated: %v", row.name, err)
		}
	}
	if err := config(t).CheckIssuer(value.Of("iss", "https://whoever.example")); err != nil {
		t.Errorf("nothing to compare with: %v", err)
	}
	iss, _ := issuer(t, "", "/.well-known/oauth-authorization-server", respond(404, ""), `,"authorization_response_iss_parameter_supported":true`)
	c, err := config(t, "issuer", iss).Discover(context.Background(), sender(t))
	if err != nil {
		t.Fatal(err)
	}
	if c.CheckIssuer(value.Of()) == nil || c.CheckIssuer(value.Of("iss", iss)) != nil {
		t.Error("the metadata says that iss is there")
	}
}
