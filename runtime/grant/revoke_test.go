package grant_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"claviger/mapping/value"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

func TestRevoke(t *testing.T) {
	p := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) })
	c := config(t, "revokeUri", p.URL+"/revoke", "clientAuthLocation", "body", "paramNames", value.Of("client_id", "key"), "tokenHeaders", value.Of("X-A", "1"))
	if err := c.Revoke(context.Background(), sender(t), secret.New("rt-1"), grant.RefreshToken); err != nil {
		t.Fatal(err)
	}
	r := p.only(t)
	if r.method != "POST" || r.body != "client_secret=client-secret-1&key=client-1&token=rt-1&token_type_hint=refresh_token" || r.header.Get("X-A") != "1" {
		t.Errorf("%s %s", r.method, r.body)
	}
}

func TestRevokeFails(t *testing.T) {
	for _, row := range []struct {
		status int
		body   string
		class  grant.Class
	}{
		{400, `{"error":"unsupported_token_type"}`, grant.Malformed},
		{401, `{"error":"invalid_client"}`, grant.Misconfigured},
		{503, ``, grant.Unknown}, {429, ``, grant.Transient}, {302, ``, grant.Malformed},
		{400, `rt-1-and-longer is not known`, grant.Malformed},
	} {
		p := serve(t, respond(row.status, row.body))
		err := config(t, "revokeUri", p.URL).Revoke(context.Background(), sender(t), secret.New("rt-1-and-longer"), grant.AccessToken)
		if f := failure(t, err, row.class); strings.Contains(f.Excerpt, "rt-1-and-longer") {
			t.Errorf("%+v", f)
		}
		p.only(t)
	}
	failure(t, config(t).Revoke(context.Background(), sender(t), secret.New("t"), grant.AccessToken), grant.Misconfigured)
	failure(t, config(t, "revokeUri", "https://a", "clientId", nil).Revoke(context.Background(), sender(t), secret.New("t"), grant.AccessToken), grant.Misconfigured)
	failure(t, config(t, "revokeUri", "https://a").Revoke(context.Background(), sender(t), secret.New("t\n"), grant.AccessToken), grant.Misconfigured)
}
