package fakeprovider_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"claviger/runtime/fakeprovider"
)

// FuzzRequests sends anything to the endpoints that parse bodies: none may panic or answer with 500.
func FuzzRequests(f *testing.F) {
	f.Add("/token", "grant_type=refresh_token&refresh_token=x", "application/x-www-form-urlencoded", "Basic YTpi")
	f.Add("/token", `{"grant_type":["a",1,null]}`, "application/json", "")
	f.Add("/authorize?client_id=app&redirect_uri=a:b&response_type=code&approve=1", "", "", "")
	f.Add("/authorize?client_id=app&redirect_uri=https://a.example/%3Fx", "response_mode=form_post", "application/x-www-form-urlencoded", "")
	f.Add("/control", `[{"mode":"set","set":{"a":[1]}},{"mode":"nested","fields":{"access_token":"."}}]`, "", "")
	f.Add("/revoke", "token=%zz", "application/x-www-form-urlencoded", "Basic %")
	f.Fuzz(func(t *testing.T, target, body, kind, authorization string) {
		if !strings.HasPrefix(target, "/") || strings.ContainsAny(target, " \x00\r\n\t") {
			t.Skip("not a request target")
		}
		p := fakeprovider.New(fakeprovider.Options{Clients: []fakeprovider.Client{{ID: "app", Secret: "b"}, {ID: "a", Secret: "b"}}})
		p.Close() // nothing hangs
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		u, err := r.URL.Parse(target)
		if err != nil {
			t.Skip("not a URL")
		}
		r.URL = u
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Authorization", authorization)
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
	})
}

// FuzzFaults sets anything as faults over /control and then asks for a token: what was accepted must be carried out.
func FuzzFaults(f *testing.F) {
	f.Add(`[{"mode":"set","set":{"a":{"b":1}}},{"mode":"nested","fields":{"access_token":"a.b.c"}}]`)
	f.Add(`{"mode":"answer","status":204,"header":{"X y":"z\n"},"body":"x"}`)
	f.Add(`{"mode":"redirect","location":"//e","on":"token","grant":"client_credentials","times":1}`)
	f.Add(`[{"mode":"form_encoded"},{"mode":"drip","delayMs":0},{"mode":"reset_half"},{"mode":"wrong_content_type"}]`)
	f.Fuzz(func(t *testing.T, faults string) {
		if strings.Contains(faults, "size") || strings.Contains(faults, "bomb") {
			t.Skip("fills the memory, as asked")
		}
		p := fakeprovider.New(fakeprovider.Options{Clients: []fakeprovider.Client{{ID: "app", Secret: "b"}}})
		p.Close()
		p.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/control", strings.NewReader(faults)))
		r := httptest.NewRequest("POST", "/token", strings.NewReader("grant_type=client_credentials&client_id=app&client_secret=b"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		defer func() {
			if v := recover(); v != nil && v != http.ErrAbortHandler {
				panic(v)
			}
		}()
		p.ServeHTTP(httptest.NewRecorder(), r)
	})
}
