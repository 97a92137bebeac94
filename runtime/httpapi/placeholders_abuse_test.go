package httpapi_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// A rule speaks of a method, an address and a parameter. A caller who has a server read them differently gets nothing.
func TestPlaceholdersOfCallsThatAreTakenForOthers(t *testing.T) {
	r := newRig(t, makeClient)
	called := false
	r.api.on(func(http.ResponseWriter, *http.Request) { called = true })
	names := []string{"apiKey"}
	r.rules(r.rule("header X-Key", names...), r.rule("query q", names...), r.rule("body", names...))
	const form, multipart = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
	for _, c := range []struct {
		path   string
		header http.Header
		body   string
	}{
		{"/x", with("X-HTTP-Method-Override", "DELETE", "X-Key", "__apiKey__"), ""},
		{"/x", with("X-HTTP-Method", "DELETE", "X-Key", "__apiKey__"), ""},
		{"/x", with("X_HTTP_Method", "DELETE", "X-Key", "__apiKey__"), ""},
		{"/x", with("X-Method-Override", "DELETE"), "__apiKey__"},
		{"/x?q=__apiKey__", with("X-Original-URL", "/notes"), ""},
		{"/x?q=__apiKey__", with("X-Rewrite-Url", "/notes"), ""},
		{"/x?q=__apiKey__&_method=PUT", expanding, ""},
		{"/x?a=1;%5Fmethod=PUT&q=__apiKey__", expanding, ""},
		{"/x?q=__apiKey__&_HttpMethod=PATCH", expanding, ""},
		{"/x", with("Content-Type", form), "a=__apiKey__&_method=DELETE"},
		{"/x?q=__apiKey__", with("Content-Type", form), "%5Fmethod=DELETE"},
		{"/x", with("Content-Type", multipart), "--b\r\nContent-Disposition: form-data; name=\"_method\"\r\n\r\nPUT\r\n--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n__apiKey__\r\n--b--\r\n"},
		{"/x", with("Content-Type", multipart), "--b\r\nContent-Disposition: form-data; name=_method\r\n\r\nPUT\r\n--b\r\nContent-Disposition: form-data; name=a\r\n\r\n__apiKey__\r\n--b--\r\n"},
		{"/x", with("Content-Type", "application/json"), `{"a":"__apiKey__","_method":"PUT"}`},
		{"/x", with("Content-Type", "application/json"), `{"\u005fmethod":"PUT","a":"__apiKey__"}`},
		{"/x?q=1;note=__apiKey__", expanding, ""},
		{"/x?q=__apiKey__;note=1", expanding, ""},
	} {
		called = false
		a := r.do("POST", proxyPath+c.path, c.header, strings.NewReader(c.body))
		r.problem(a, 403, "forbidden")
		if called {
			t.Errorf("%+v: the API was called", c)
		}
	}
	// Without a placeholder, and where a semicolon is a part of the value, nothing is in the way.
	r.echoing()
	for _, c := range []struct{ path, override, want string }{
		{"/x?_method=PUT", "DELETE", "_method=PUT||"}, {"/x?q=1%3Bn=__apiKey__", "", "q=1%3Bn=api-key-9876543210||"}, {"/x?q=__'%3B'+apiKey__", "", "q=%3Bapi-key-9876543210||"},
	} {
		h := expanding.Clone()
		if c.override != "" {
			h.Set("X-HTTP-Method-Override", c.override)
		}
		if a := r.do("POST", proxyPath+c.path, h, nil); a.body != c.want {
			t.Errorf("%s: %d %s", c.path, a.StatusCode, a.body)
		}
	}
}

// What a caller writes costs in proportion to its own length: a filter that makes a value grow is not applied without end, and a
// large value not put in without end.
func TestPlaceholdersDoNotGrow(t *testing.T) {
	r := newRig(t, makeClient)
	var received int64
	r.api.on(func(_ http.ResponseWriter, q *http.Request) { received, _ = io.Copy(io.Discard, q.Body) })
	r.put("/v1/integrations/app/values/w", map[string]any{"value": strings.Repeat("x", 10_000)})
	r.rules(r.rule("header X-Key", "apiKey"), r.rule("query q", "apiKey"), r.rule("body", "[[w]]", "apiKey"))
	many := strings.Repeat("q=__apiKey__&", 101)
	for path, body := range map[string]string{
		"/x": strings.Repeat("[[w]]", 101), "/x?a": "__[[w]]" + strings.Repeat("+[[w]]", 101) + "__", "/x?b": "__apiKey" + strings.Repeat(".base64", 25) + "__", "/x?" + many: "",
	} {
		r.problem(r.do("POST", proxyPath+path, expanding, strings.NewReader(body)), 400, "invalid_request")
	}
	rule := r.rule("body", "[[w]]")
	rule["url"] = "https?://.*"
	r.rules(rule) // an address without end is looked at for no rule
	r.problem(r.do("POST", proxyPath+"/"+strings.Repeat("x", 20_000), expanding, strings.NewReader("[[w]]")), 403, "forbidden")
	if a := r.do("POST", proxyPath+"/x", expanding, strings.NewReader(strings.Repeat("[[w]]", 100))); a.StatusCode != 200 || received != 1_000_000 {
		t.Errorf("%d %s, %d bytes", a.StatusCode, a.body, received)
	}
}
