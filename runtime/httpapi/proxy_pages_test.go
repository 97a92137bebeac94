package httpapi_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"claviger/runtime"
)

const pageOrigin = "https://app.example"

// session makes a session for a page of pageOrigin, and returns its token.
func (r *rig) session(owner string) string {
	r.Helper()
	_, token, err := r.engine.CreateSession(r.Context(), &runtime.Caller{KeyID: "bootstrap", Scopes: []runtime.Scope{runtime.ScopeAdmin}},
		runtime.NewSession{Owner: owner, Origins: []string{pageOrigin}})
	r.ok(err)
	return token
}

// A page reads what the API answers, and problems of ours: its own origin may, by our word and not by the API's.
func TestProxyForPages(t *testing.T) {
	r := newRig(t, makeClient)
	token := r.session("tenant")
	var sent http.Header
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		sent = q.Header
		w.Header().Set("Access-Control-Allow-Origin", "https://evil.example")
		w.Header().Set("Access-Control-Allow-Credentials", "true")
		w.Header().Set("Vary", "Accept")
		w.Header().Set("X-Own", "x")
		if q.URL.Path == "/base/early" {
			w.WriteHeader(103)
		}
		io.WriteString(w, "fine")
	})
	as := http.Header{"Authorization": {"Bearer " + token}, "Origin": {pageOrigin}, "Cookie": {"a=b"}}
	readable := func(a answer) bool {
		return slices.Equal(a.Header["Access-Control-Allow-Origin"], []string{pageOrigin}) && slices.Equal(a.Header["Access-Control-Expose-Headers"], []string{"*"}) &&
			a.Header["Access-Control-Allow-Credentials"] == nil && slices.Contains(a.Header["Vary"], "Origin")
	}
	for _, path := range []string{"/x", "/early"} {
		a := r.do("GET", proxyPath+path, as, nil)
		if a.StatusCode != 200 || a.body != "fine" || !readable(a) || a.Header.Get("X-Own") != "x" || !slices.Contains(a.Header["Vary"], "Accept") {
			t.Errorf("%s: %d %q", path, a.StatusCode, a.Header)
		}
	}
	if sent.Get("Cookie") != "" || sent.Get("Authorization") != "Bearer at-0" {
		t.Errorf("%q", sent)
	}
	if a := r.do("POST", proxyPath+"/../x", as, strings.NewReader("x")); a.StatusCode != 400 || !readable(a) {
		t.Errorf("%d %q", a.StatusCode, a.Header)
	}
	r.api.CloseClientConnections()
	r.api.Close()
	if a := r.do("GET", proxyPath+"/x", as, nil); a.StatusCode != 502 || !readable(a) {
		t.Errorf("%d %q", a.StatusCode, a.Header)
	}
	as.Set("Origin", "https://evil.example")
	if a := r.do("GET", proxyPath+"/x", as, nil); a.StatusCode != 403 || a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%d %q", a.StatusCode, a.Header)
	}
	r.connect("con_2", "other")
	as.Set("Origin", pageOrigin)
	r.problem(r.do("GET", "/v1/connections/con_2/proxy/x", as, nil), 404, "not_found")
}
