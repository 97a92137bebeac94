package httpapi_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"claviger/runtime"
)

// rules sets the placeholders of the rig's integration.
func (r *rig) rules(rules ...map[string]any) {
	r.Helper()
	r.put("/v1/integrations/app", map[string]any{"connector": "app", "placeholders": rules})
}

func (r *rig) rule(position string, names ...string) map[string]any {
	return map[string]any{"methods": []string{"GET", "POST"}, "url": r.api.URL + "/(base|other)/x", "position": position, "names": names}
}

var expanding = http.Header{"Claviger-Placeholders": {"on"}}

func with(pairs ...string) http.Header {
	h := expanding.Clone()
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

// echoing lets the API answer with what it got at a position.
func (r *rig) echoing() {
	r.api.on(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		io.WriteString(w, q.URL.RawQuery+"|"+strings.Join(q.Header["X-Key"], ",")+"|"+string(body))
	})
}

func TestPlaceholders(t *testing.T) {
	r := newRig(t, makeClient)
	r.echoing()
	value := func(path, text string) {
		r.Helper()
		r.put(path, map[string]any{"value": text, "backend": true})
	}
	value("/v1/connections/con_1/values/a%2Fb", `user"value`)
	value("/v1/integrations/app/values/wide", "__apiKey__")
	names := []string{"apiKey", "clientId", "config", "[user[credentials/access_token]]", "[user[values/a/b]]", "[[wide]]", "[[none]]"}
	r.rules(r.rule("header x-key", names...), r.rule("query q", names...), r.rule("body", names...))
	for _, c := range []struct {
		path, header, contentType, body, want string
	}{
		{"/x?q=__apiKey__&r=1;2", "", "", "", "q=api-key-9876543210&r=1;2||"},
		{"/x?q=%5F%5FclientId%2B':'%2BapiKey.base64__&%zz", "", "", "", "q=Y2xpZW50OmFwaS1rZXktOTg3NjU0MzIxMA%3D%3D&%zz||"},
		{"/x?q=[user[values/a/b]]", "", "", "", "q=user%22value||"},
		{"/x", "Basic __clientId+':'+apiKey.base64__", "", "", "|Basic Y2xpZW50OmFwaS1rZXktOTg3NjU0MzIxMA==|"},
		{"/x", "[user[credentials/access_token]]", "", "", "|at-0|"},
		{"/x", "[[wide]]", "", "", "|__apiKey__|"}, // once
		{"/x", "", "application/json", `{"a":"[user[values/a/b]]","n":__config.json("[k][n]")__,"l":[[1,2]]}`, `||{"a":"user\"value","n":7,"l":[[1,2]]}`},
		{"/x", "", "application/x-www-form-urlencoded", `a=[user[values/a/b]]&b=__apiKey.urlencode__&c=%2B`, `||a=user%22value&b=api-key-9876543210&c=%2B`},
		{"/x", "", "text/plain", `[user[values/a/b]] __init`, `||user"value __init`},
	} {
		a := r.do("POST", proxyPath+c.path, with("X-Key", c.header, "Content-Type", c.contentType), strings.NewReader(c.body))
		if a.StatusCode != 200 || a.body != c.want {
			t.Errorf("%+v: %d %s", c, a.StatusCode, a.body)
		}
	}
	// Without being asked for nothing is expanded, and nothing is looked at.
	if a := r.do("POST", proxyPath+"/x?q=__apiKey__", http.Header{"X-Key": {"__apiKey__"}}, strings.NewReader("__nobody__")); a.body != "q=__apiKey__|__apiKey__|__nobody__" {
		t.Error(a.body)
	}
	// The token that is expanded is the one of now.
	r.api.on(r.api.guarded(func(w http.ResponseWriter, q *http.Request) { io.WriteString(w, q.Header.Get("X-Key")) }))
	r.api.revoke()
	if a := r.do("GET", proxyPath+"/x", with("X-Key", "[user[credentials/access_token]]"), nil); a.body != "at-1" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

func TestPlaceholdersAreRefused(t *testing.T) {
	r := newRig(t, makeClient)
	called := false
	r.api.on(func(http.ResponseWriter, *http.Request) { called = true })
	refuse := func(status int, method, path string, h http.Header, body string) {
		t.Helper()
		called = false
		a := r.do(method, proxyPath+path, h, strings.NewReader(body))
		r.problem(a, status, map[int]string{403: "forbidden", 400: "invalid_request"}[status])
		if called || strings.Contains(a.body, "api-key-98") || strings.Contains(a.body, "client-secret") || strings.Contains(a.body, "rt-0") {
			t.Errorf("%s %s %s: the API was called, or %s", method, path, body, a.body)
		}
	}
	refuse(403, "POST", "/x", expanding, "__apiKey__") // no rule at all
	r.rules(r.rule("header X-Key", "apiKey", "clientSecret", "none", "[user[credentials/refresh_token]]", "[user[values/v]]", "[[v]]", "[user[values/lines]]"), r.rule("body", "clientId"))
	refuse(403, "POST", "/x", expanding, "__apiKey__")                     // another position
	refuse(403, "GET", "/x?q=__apiKey__", expanding, "")                   // another
	refuse(403, "GET", "/x?__apiKey__=q", expanding, "")                   // and another
	refuse(403, "GET", "/x?__apiKey__", expanding, "")                     //
	refuse(403, "GET", "/__apiKey__", expanding, "")                       // the path
	refuse(403, "GET", "/%5B[v]]/x", expanding, "")                        //
	refuse(403, "GET", "/x", with("X-Other", "__apiKey__"), "")            // another header
	refuse(403, "PUT", "/x", with("X-Key", "__apiKey__"), "")              // another method
	refuse(403, "GET", "/x/y", with("X-Key", "__apiKey__"), "")            // another address
	refuse(403, "GET", "/X", with("X-Key", "__apiKey__"), "")              //
	refuse(403, "GET", "/%78", with("X-Key", "__apiKey__"), "")            // the same in another form is another
	refuse(403, "GET", "/x", with("X-Key", "__clientId__"), "")            // another name
	refuse(403, "GET", "/x", with("X-Key", "__apiKey+clientId__"), "")     //
	refuse(400, "GET", "/x", with("X-Key", "__none__"), "")                // nobody has it
	refuse(400, "GET", "/x", with("X-Key", "[[v]]"), "")                   //
	refuse(400, "GET", "/x", with("X-Key", "__apiKey.upper__"), "")        // no filter of that name
	refuse(400, "GET", "/x", with("X-Key", `__apiKey.json("[k]")__`), "")  // no JSON
	refuse(403, "GET", "/x", with("X-Key", "__clientSecret__"), "")        // not to this address
	refuse(403, "GET", "/x", with("X-Key", "__clientSecret.base64__"), "") //
	refuse(403, "GET", "/x", with("X-Key", "[user[credentials/refresh_token]]"), "")
	refuse(400, "POST", "/x", expanding, strings.Repeat("x", 1<<20+1))
	r.put("/v1/connections/con_1/values/lines", map[string]any{"value": "a\r\nX-Evil: b"})
	refuse(400, "GET", "/x", with("X-Key", "[user[values/lines]]"), "")
	r.put("/v1/connections/con_1/values/v", map[string]any{"value": "rt-0-long-enough"}) // a copy under another name
	refuse(403, "GET", "/x", with("X-Key", "[user[values/v]]"), "")
	refuse(400, "GET", "/x", http.Header{"Claviger-Placeholders": {"yes"}}, "")
}

// Client secrets and refresh tokens go to the token endpoint, where a rule says so.
func TestPlaceholdersAtTheTokenEndpoint(t *testing.T) {
	r := newRig(t, makeClient)
	r.rules(map[string]any{"methods": []string{"POST"}, "url": r.api.URL + "/.*", "position": "body", "names": []string{"clientSecret", "[user[credentials/refresh_token]]"}})
	h := with("Claviger-Base", "auth", "Content-Type", "application/x-www-form-urlencoded")
	form := "grant_type=refresh_token&client_secret=__clientSecret__&refresh_token=[user[credentials/refresh_token]]"
	a := r.do("POST", proxyPath+"/token", h, strings.NewReader(form))
	if a.StatusCode != 200 || len(r.api.tokens) != 1 || r.api.tokens[0].PostForm.Get("client_secret") != "client-secret-0123456789" || r.api.tokens[0].PostForm.Get("refresh_token") != "rt-0-long-enough" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	for _, path := range []string{"/token/", "/token/x", "/TOKEN", "//token", "/tokens"} {
		if a := r.do("POST", proxyPath+path, h, strings.NewReader(form)); a.StatusCode != 403 && a.StatusCode != 400 {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
}

func TestPlaceholderRules(t *testing.T) {
	r := newRig(t, makeClient)
	good := r.rule("body", "apiKey")
	for field, bad := range map[string]any{"methods": []string{"get"}, "url": "(", "position": "path", "names": []string{"__apiKey__"}} {
		rule := map[string]any{}
		for k, v := range good {
			rule[k] = v
		}
		for _, v := range []any{bad, nil} {
			if rule[field] = v; v == nil {
				delete(rule, field)
			}
			text := mustJSON(map[string]any{"connector": "app", "placeholders": []any{rule}})
			a := r.do("PUT", "/v1/integrations/app", http.Header{"Content-Type": {"application/json"}}, strings.NewReader(text))
			if a.StatusCode != 422 && a.StatusCode != 400 || !strings.Contains(a.body, field) {
				t.Errorf("%s %v: %d %s", field, v, a.StatusCode, a.body)
			}
		}
	}
	for _, position := range []string{"header Authorization", "header Host", "header X-Forwarded-For", "header", "query", "header A B", "body x"} {
		text := mustJSON(map[string]any{"connector": "app", "placeholders": []any{r.rule(position, "apiKey")}})
		a := r.do("PUT", "/v1/integrations/app", http.Header{"Content-Type": {"application/json"}}, strings.NewReader(text))
		r.problem(a, 422, "invalid_parameters")
	}
	r.rules(good)
	if a := r.do("GET", "/v1/integrations/app", nil, nil); !strings.Contains(a.body, `"placeholders":[{"methods":["GET","POST"]`) {
		t.Error(a.body)
	}
	r.rules()
	if a := r.do("GET", "/v1/integrations/app", nil, nil); !strings.Contains(a.body, `"placeholders":[]`) {
		t.Error(a.body)
	}
}

func TestValues(t *testing.T) {
	r := newRig(t, makeClient)
	const path = "/v1/connections/con_1/values/"
	a := r.put(path+"x%2Fy.z_-1", map[string]any{"value": map[string]any{"a": []any{1, nil}}})
	if !strings.Contains(a.body, `"name":"x/y.z_-1","value":{"a":[1,null]},"backend":false,"expiresAt":null`) {
		t.Error(a.body)
	}
	if got := r.do("GET", path+"x%2Fy.z_-1", nil, nil); got.body != a.body {
		t.Error(got.body)
	}
	a = r.put(path+"hidden", map[string]any{"value": "s3cret-value", "backend": true})
	if got := r.do("GET", path+"hidden", nil, nil); got.StatusCode != 200 || strings.Contains(a.body+got.body, "s3cret") || !strings.Contains(got.body, `"backend":true`) {
		t.Error(got.body)
	}
	r.put(path+"soon", map[string]any{"value": 1, "expiresAt": time.Now().Add(time.Hour)})
	r.store.MoveClock(2 * time.Hour)
	r.problem(r.do("GET", path+"soon", nil, nil), 404, "not_found")
	for body, status := range map[string]int{
		`{"value":null}`: 400, `{}`: 400, `{"value":1,"expiresAt":"2001-01-01T00:00:00Z"}`: 400, `{"value":"` + strings.Repeat("x", 64<<10) + `"}`: 400, `{"value":1,"ttl":1}`: 400,
	} {
		a := r.do("PUT", path+"bad", http.Header{"Content-Type": {"application/json"}}, strings.NewReader(body))
		r.problem(a, status, "invalid_request")
	}
	put := func(name string) answer {
		return r.do("PUT", path+name, http.Header{"Content-Type": {"application/json"}}, strings.NewReader(`{"value":1}`))
	}
	for _, name := range []string{"a%20b", "%2561%25", "%C3%BC", strings.Repeat("n", 129), "a%00"} {
		r.problem(put(name), 400, "invalid_request")
	}
	n := 1
	for ; put("n"+strings.Repeat("x", n)).StatusCode == 200; n++ {
	}
	r.problem(put("more"), 409, "conflict")
	if a := r.do("DELETE", path+"nx", nil, nil); a.StatusCode != 204 || n < 90 {
		t.Errorf("%d after %d", a.StatusCode, n)
	}
	r.problem(r.do("DELETE", path+"nx", nil, nil), 404, "not_found")
	r.problem(r.do("GET", "/v1/connections/none/values/x", nil, nil), 404, "not_found")
	r.put("/v1/integrations/app/values/w", map[string]any{"value": "w"})
	// Keys that are limited see theirs only, and none of the integration's.
	_, key, err := runtime.CreateKey(t.Context(), r.store, runtime.APIKey{Scopes: []runtime.Scope{runtime.ScopeUse}, Owners: []string{"tenant"}}, time.Now())
	r.ok(err)
	as := http.Header{"Authorization": {"Bearer " + key}}
	r.connect("con_2", "other")
	r.put("/v1/connections/con_2/values/v", map[string]any{"value": 1})
	if a := r.do("GET", path+"hidden", as, nil); a.StatusCode != 200 {
		t.Error(a.body)
	}
	r.problem(r.do("GET", "/v1/connections/con_2/values/v", as, nil), 404, "not_found")
	r.problem(r.do("GET", "/v1/integrations/app/values/w", as, nil), 403, "forbidden")
	r.problem(r.do("GET", "/v1/connections/con_2/proxy/x", as, nil), 404, "not_found")
}
