package grant_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime/egress"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

func TestClassifyCode(t *testing.T) {
	for _, row := range []struct {
		code   string
		status int
		after  time.Duration
		want   grant.Class
	}{
		{"invalid_grant", 0, 0, grant.Reauth},
		{"Invalid Grant", 400, 0, grant.Reauth},
		{"INVALID-GRANT", 400, 0, grant.Reauth},
		{"invalid_client", 0, time.Second, grant.Misconfigured},
		{"temporarily_unavailable", 200, 0, grant.Transient},
		{"invalid_request", 400, 0, grant.Malformed},
		{"", 0, 0, grant.Malformed},
		{"", 0, time.Second, grant.Transient},
		{"", 200, 0, grant.Malformed},
		{"", 400, 0, grant.Malformed},
		{"", 429, 0, grant.Transient},
		{"invalid_grant", 429, 0, grant.Transient},
		{"", 500, 0, grant.Unknown},
		{"", 503, time.Second, grant.Unknown},
		{"invalid_grant", 500, 0, grant.Transient},
		{"Bad Gateway", 502, 0, grant.Unknown},
		{"temporarily_unavailable", 503, 0, grant.Transient},
		{"", 408, 0, grant.Transient}, {"", 409, 0, grant.Transient}, {"", 423, 0, grant.Transient}, {"", 425, 0, grant.Transient},
	} {
		if got := grant.ClassifyCode(row.code, row.status, row.after); got != row.want {
			t.Errorf("%q, status %d, after %s: %s, expected %s", row.code, row.status, row.after, got, row.want)
		}
	}
	if f := grant.FailureOf("invalid_grant\r\n", time.Second); f.Class != grant.Reauth || f.RetryAfter != time.Second || f.Sent || f.Code != "invalid_grant" {
		t.Errorf("%+v", f)
	}
}

// TestNoAnswer drives real requests into the ways in which an answer can fail to come.
func TestNoAnswer(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	hang := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	reset := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		_ = conn.Close()
	})
	half := serve(t, rawAnswer([]byte("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access_token\":\"at")))
	large := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"access_token":"at","filler":"%s"}`, strings.Repeat("x", 2<<20))
	})
	for _, row := range []struct {
		name, uri string
		class     grant.Class
		sent      bool
	}{
		{"refused connection", "http://" + closed.Addr().String(), grant.Transient, false},
		{"unknown host in the list", "http://127.0.0.1:1/", grant.Transient, false},
		{"time over", hang.URL, grant.Unknown, true},
		{"reset", reset.URL, grant.Unknown, true},
		{"half an answer", half.URL, grant.Unknown, true},
		{"too large", large.URL, grant.Malformed, true},
		{"host outside the list", "https://other.example/", grant.Misconfigured, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_, err := config(t, "tokenUri", row.uri).Refresh(ctx, sender(t), secret.New("refresh-4711"))
			f := failure(t, err, row.class)
			if f.Sent != row.sent || f.Status != 0 && row.class != grant.Malformed {
				t.Errorf("%+v", f)
			}
			var out *egress.Error
			if !errors.As(err, &out) {
				t.Errorf("the cause is lost: %#v", f.Err)
			}
		})
	}
}

func TestAddressesThatAreNotOpen(t *testing.T) {
	guard, err := egress.NewGuard(nil)
	if err != nil {
		t.Fatal(err)
	}
	hosts, _ := egress.ParseHosts([]string{"127.0.0.1"})
	send := func(r *http.Request) (*egress.Answer, error) {
		return guard.Do(r, egress.Policy{Hosts: hosts, Timeout: time.Second})
	}
	for _, uri := range []string{"http://127.0.0.1:1/", "https://127.0.0.1:1/"} {
		_, err := config(t, "tokenUri", uri).Refresh(context.Background(), send, secret.New("refresh-4711"))
		if f := failure(t, err, grant.Misconfigured); f.Sent || !strings.Contains(f.Message, "not sent") {
			t.Errorf("%+v", f)
		}
	}
	f := grant.FailureToSend(errors.New("something else"))
	if f.Class != grant.Unknown || !f.Sent {
		t.Errorf("what is not known may have been sent: %+v", f)
	}
}

func TestFailureText(t *testing.T) {
	for want, f := range map[string]*grant.Failure{
		"refused (status 400): invalid_grant: expired": {Message: "refused", Status: 400, Code: "invalid_grant", Description: "expired", Excerpt: "{}"},
		"refused (status 500): page titled X":          {Message: "refused", Status: 500, Excerpt: "page titled X"},
		"there is no refresh token":                    {Message: "there is no refresh token"},
	} {
		if f.Error() != want {
			t.Errorf("%q, expected %q", f.Error(), want)
		}
	}
}

// TestHookResults: a result without a token is a failure whatever else it holds (format.md section 3).
func TestHookResults(t *testing.T) {
	c := config(t, "tokenFields", value.Of("access_token", "data.token"))
	at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	answer, err := c.Read(object(t, `{"data":{"token":"at-1"},"refresh_token":"rt-1","scope":"a b"}`), at)
	if err != nil || answer.Access.Reveal() != "at-1" || answer.Refresh.Reveal() != "rt-1" || len(answer.Scope) != 2 || !answer.ReceivedAt.Equal(at) || answer.Status != 0 {
		t.Errorf("%+v, %v", answer, err)
	}
	if answer.Response.Text("access_token") != "at-1" || !answer.Response.Has("data") {
		t.Error("the field stands under its standard name, the raw ones beside")
	}
	for _, result := range []string{`{}`, `{"access_token":null,"error":"invalid_grant"}`, `{"access_token":""}`, `{"access_token":5}`, `{"access_token":"a\nb"}`} {
		_, err := c.Read(object(t, result), at)
		failure(t, err, grant.Malformed)
	}
	for result, class := range map[string]grant.Class{
		`{"error":"invalid_grant"}`: grant.Reauth, `{"error":"invalid_client"}`: grant.Misconfigured, `{"error":"server_error"}`: grant.Transient,
		`{"error":"boom"}`: grant.Malformed, `{"error":{"code":"invalid_grant"}}`: grant.Reauth,
	} {
		if f := c.ErrorIn(object(t, result)); f == nil || f.Class != class {
			t.Errorf("%s: %+v", result, f)
		}
	}
	for _, result := range []string{`{}`, `{"error":null}`, `{"error":""}`, `{"status":"ok"}`} {
		if f := c.ErrorIn(object(t, result)); f != nil {
			t.Errorf("%s: %+v", result, f)
		}
	}
}

func TestErrorFromAnyAnswer(t *testing.T) {
	c := config(t)
	for _, row := range []struct {
		status int
		body   string
		class  grant.Class
	}{
		{200, `{"name":"x","status":"active"}`, ""}, {204, ``, ""}, {200, `<html></html>`, ""},
		{200, `{"ok":false,"error":"token_revoked"}`, grant.Reauth},
		{401, ``, grant.Malformed}, {429, `x`, grant.Transient}, {500, `x`, grant.Unknown},
	} {
		f := c.ErrorFrom(&egress.Answer{Status: row.status, Body: []byte(row.body)})
		if f == nil != (row.class == "") || f != nil && f.Class != row.class {
			t.Errorf("%d %s: %+v", row.status, row.body, f)
		}
	}
}

// TestErrorClassesComeFirst: for what a hook was answered too, in every status, and where the hook itself names a code.
func TestErrorClassesComeFirst(t *testing.T) {
	c := config(t, "errorClasses", []any{
		value.Of("when", value.Of("$eval", value.Of("$var", "response.data.detail"), "contains", "AADSTS700082"), "class", "reauth"),
		value.Of("when", value.Of("$eval", value.Of("$var", "response.data.error_description"), "contains", "AADSTS90033"), "class", "transient"),
		value.Of("when", value.Of("$eval", value.Of("$var", "response.headers.x-gone"), "is", "yes"), "class", "misconfigured"),
	})
	for _, row := range []struct {
		status int
		header string
		body   string
		class  grant.Class
		named  grant.Class // where the hook throws invalid_grant
	}{
		{200, "", `{"detail":"AADSTS700082: gone"}`, grant.Reauth, grant.Reauth},
		{400, "", `{"error":"invalid_grant","error_description":"AADSTS90033: later"}`, grant.Transient, grant.Transient},
		{500, "", `{"detail":"AADSTS700082: gone"}`, grant.Reauth, grant.Reauth},
		{503, "yes", `<html></html>`, grant.Misconfigured, grant.Misconfigured},
		{200, "yes", `{"access_token":"at"}`, "", grant.Reauth},
		{200, "", `{"detail":"fine"}`, "", grant.Reauth},
	} {
		a := &egress.Answer{Status: row.status, Header: http.Header{"X-Gone": {row.header}}, Body: []byte(row.body)}
		if f := c.ErrorBehind(a); f == nil != (row.class == "") || f != nil && f.Class != row.class {
			t.Errorf("%d %s: %+v", row.status, row.body, f)
		}
		f := grant.FailureOf("invalid_grant", 0)
		if c.Reclassify(f, a); f.Class != row.named {
			t.Errorf("%d %s, and the hook says invalid_grant: %s", row.status, row.body, f.Class)
		}
	}
	f := grant.FailureOf("invalid_grant", 0)
	if c.Reclassify(f, nil); f.Class != grant.Reauth {
		t.Errorf("without an answer: %s", f.Class)
	}
}

func TestWhichCodesSpeakOfTheClient(t *testing.T) {
	for code, want := range map[string]bool{
		"invalid_client": true, "Invalid Client": true, "unauthorized_client": true, "bad_client_secret": true, "deleted_client": true,
		"invalid_scope": false, "redirect_uri_mismatch": false, "invalid_grant": false, "": false,
	} {
		if grant.IsClientCode(code) != want {
			t.Errorf("%q: %v", code, !want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	c := config(t)
	for text, want := range map[string]time.Duration{
		"5": 5 * time.Second, " 1.5 ": 1500 * time.Millisecond, "0": 0, "-5": 0, "soon": 0, "": 0, "1e300": 24 * time.Hour, "NaN": 0, "Inf": 24 * time.Hour,
		"Tue, 01 Jan 2030 00:01:00 GMT": time.Minute, "Mon, 31 Dec 2029 23:59:00 GMT": 0, "Sun, 01 Jan 2040 00:00:00 GMT": 24 * time.Hour,
	} {
		f := c.ErrorFrom(&egress.Answer{Status: 429, Header: http.Header{"Retry-After": {text}}, ReceivedAt: received})
		if f.RetryAfter != want {
			t.Errorf("%q: %s, expected %s", text, f.RetryAfter, want)
		}
	}
	if f := grant.FailureOf("slow_down", 1000*time.Hour); f.RetryAfter != 24*time.Hour {
		t.Errorf("a hook's: %s", f.RetryAfter)
	}
}
