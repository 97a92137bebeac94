package main

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"claviger/runtime/fakeprovider"
)

// formFolder asks for every kind of value. What is the credential is what was typed.
var formFolder = map[string]string{"spec.yml": `
name: Form <b>& "Co"</b>
auth:
  type: client-credentials
  ui:
    helpUri: https://help.example.com/?a=1&b="2"
    schema:
      type: object
      required: [domain, apiKey, region]
      additionalProperties: false
      properties:
        domain: {type: string, title: 'Domain <i>"x"</i>', description: '<script>alert(1)</script>', pattern: '^[a-z]+$'}
        apiKey: {type: string, format: password, minLength: 4}
        region: {type: string, enum: [eu, us]}
        size: {type: integer, enum: [1, 2], default: 2}
        sandbox: {type: boolean}
        seats: {type: integer, minimum: 1}
        factor: {type: number}
        note: {type: string, default: '">plain'}
        tags: {type: array, items: {type: string}}
        extra: {type: object}
        mail: {type: string, format: email}
`}

func openForm(t *testing.T, args ...string) *testServer {
	t.Helper()
	dir := t.TempDir()
	writeFolder(t, filepath.Join(dir, "form"), formFolder)
	s := startServer(t, append([]string{"--connectors", dir, "--connectors", folder(t, "oauth-body"), "--egress-allow", "127.0.0.1"}, args...)...)
	s.Want(200, "PUT", "/v1/integrations/form", map[string]any{"connector": "form", "returnUrls": []string{"https://app.example:8443/any"}})
	return s
}

// pageHeaders are what every answer to a browser carries.
func pageHeaders(t testing.TB, what string, a answer) {
	t.Helper()
	for name, want := range map[string]string{
		"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		"X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
	} {
		if a.Header.Get(name) != want {
			t.Errorf("%s: %s is %q", what, name, a.Header.Get(name))
		}
	}
	policy := a.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "base-uri 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") {
		t.Errorf("%s: %s", what, policy)
	}
	if strings.Contains(a.Body, "<script") || a.Body != "" && a.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("%s: %s: %s", what, a.Header.Get("Content-Type"), a.Body)
	}
}

func TestTheConnectPageAsksByTheSchema(t *testing.T) {
	t.Parallel()
	s := openForm(t)
	id, link := s.Connect(map[string]any{"integration": "form"})
	b := newBrowser(t)
	page, _ := b.Get(link)
	pageHeaders(t, "form", page)
	for _, want := range []string{
		`<h1>Connect Form &lt;b&gt;&amp; &#34;Co&#34;&lt;/b&gt;</h1>`,
		`Domain &lt;i&gt;&#34;x&#34;&lt;/i&gt;</label>`, `&lt;script&gt;alert(1)&lt;/script&gt;`,
		`name="apiKey" type="password" value="" autocomplete="off" required`, `<select id="f-region" name="region" required>`, `<option>eu</option>`,
		`<option selected>2</option>`, `<input type="checkbox" name="sandbox" value="true">`, `name="seats" type="number"`, `step="any"`,
		`value="&#34;&gt;plain"`, `<textarea id="f-tags"`, `name="mail" type="email"`, `name="domain" type="text" value="" required`,
		`href="https://help.example.com/?a=1&amp;b=%222%22" rel="noreferrer noopener"`, `note (optional)`,
	} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("no %s in\n%s", want, page.Body)
		}
	}

	wrong := url.Values{"domain": {`"><img src=x onerror=alert(1)>`}, "apiKey": {"s3cret-password"}, "region": {"mars"}, "seats": {"0"}, "factor": {"many"}, "tags": {"[1"}, "extra": {"{"}, "mail": {"none"}}
	again, _ := b.Post(link, wrong)
	pageHeaders(t, "form with errors", again)
	if again.Status != http.StatusUnprocessableEntity || strings.Contains(again.Body, "<img") || strings.Contains(again.Body, "s3cret-password") {
		t.Errorf("%d %s", again.Status, again.Body)
	}
	for field, want := range map[string]string{
		"domain": "Must match the pattern ^[a-z]+$.", "region": `Must be one of "eu", "us".`, "seats": "Must be at least 1.", "factor": "Must be a number.",
		"tags": "Must be a list.", "extra": "Must be an object.", "mail": "Must be in the format email.",
	} {
		at := strings.Index(again.Body, `name="`+field+`"`)
		if at < 0 {
			t.Fatalf("no %s", field)
		}
		_, message, _ := strings.Cut(again.Body[at:], `<p class="wrong" role="alert">`)
		message, _, _ = strings.Cut(message, "</p>")
		if html.UnescapeString(message) != want {
			t.Errorf("%s: %q, want %q", field, message, want)
		}
	}
	if !strings.Contains(again.Body, `value="&#34;&gt;&lt;img src=x onerror=alert(1)&gt;"`) {
		t.Errorf("what was typed is gone: %s", again.Body)
	}

	right := url.Values{
		"domain": {"acme"}, "apiKey": {"s3cret-password"}, "region": {"eu"}, "size": {"1"}, "sandbox": {"true"}, "seats": {" 12 "}, "factor": {"1.50"},
		"note": {""}, "tags": {"a\r\n\r\nb c\r\n"}, "extra": {`{"z":1,"a":[true]}`}, "mail": {"a@b.example"}, "claviger": {"no field"},
	}
	done, next := b.Post(link, right)
	pageHeaders(t, "redirect", done)
	if done.Status != http.StatusSeeOther || next != s.URL+"/connect/done" {
		t.Fatalf("%d %s %s", done.Status, next, done.Body)
	}
	last, _ := b.Get(next)
	pageHeaders(t, "done", last)
	if last.Status != http.StatusOK || !strings.Contains(last.Body, "<h1>Connected</h1>") {
		t.Errorf("%d %s", last.Status, last.Body)
	}
	got := s.API("GET", "/v1/connections/"+id+"/credentials", nil).Body
	want := `{"credentials":{"domain":"acme","apiKey":"s3cret-password","region":"eu","size":1,"sandbox":true,"seats":12,"factor":1.5,"tags":["a","b c"],"extra":{"z":1,"a":[true]},"mail":"a@b.example","note":"\">plain"},"expiresAt":null}`
	if got != want {
		t.Errorf("\n%s, want\n%s", got, want)
	}
	spent, _ := b.Get(link)
	pageHeaders(t, "spent", spent)
	if spent.Status != http.StatusBadRequest {
		t.Errorf("%d %s", spent.Status, spent.Body)
	}
}

// What the platform gave is not the user's to see or change; only what is missing is asked.
func TestTheConnectPageAsksOnlyWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := openForm(t)
	id, link := s.Connect(map[string]any{"integration": "form", "parameters": map[string]any{"domain": "given", "region": "us"}})
	b := newBrowser(t)
	page, _ := b.Get(link)
	if strings.Contains(page.Body, "given") || strings.Contains(page.Body, `name="domain"`) || strings.Contains(page.Body, `name="region"`) || !strings.Contains(page.Body, `name="apiKey"`) {
		t.Errorf("%s", page.Body)
	}
	b.Post(link, url.Values{"domain": {"mine"}, "region": {"eu"}, "apiKey": {"password"}})
	if a := s.API("GET", "/v1/connections/"+id+"/credentials", nil); !strings.Contains(a.Body, `"domain":"given"`) || !strings.Contains(a.Body, `"region":"us"`) {
		t.Errorf("%s", a.Body)
	}

	// What a user typed as the credential can be typed anew, in the same connection; what the platform gave stays.
	m := s.Want(200, "POST", "/v1/connections/"+id+"/reconnect", nil)
	again, _ := b.Get(m["connectUrl"].(string))
	if strings.Contains(again.Body, `name="domain"`) || !strings.Contains(again.Body, `name="apiKey"`) || strings.Contains(again.Body, "password\" value=\"p") {
		t.Errorf("%s", again.Body)
	}
	b.Post(m["connectUrl"].(string), url.Values{"domain": {"other"}, "region": {"eu"}, "apiKey": {"changed"}})
	if a := s.API("GET", "/v1/connections/"+id+"/credentials", nil); !strings.Contains(a.Body, `"apiKey":"changed"`) || !strings.Contains(a.Body, `"domain":"given"`) {
		t.Errorf("%s", a.Body)
	}

	// Nothing is missing: at once, without a page.
	m = s.Want(201, "POST", "/v1/connections", map[string]any{"integration": "form", "parameters": map[string]any{"domain": "a", "region": "us", "apiKey": "password"}})
	if m["status"] != "connected" {
		t.Errorf("%v", m)
	}
}

// A browser that comes back before the end can correct what it typed.
func TestTheConnectPageCanBeCorrected(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFolder(t, filepath.Join(dir, "hosted"), map[string]string{
		"spec.yml": "allowedHosts: ['*.example.com']\nauth:\n  type: oauth2\n  inputSchema: {type: object, required: [shop], properties: {shop: {type: string, pattern: '^[a-z]+$'}}}\n" +
			"  getOAuthConfig: {implementationType: mapping}\n",
		"auth/get-oauth-config.yml": "clientId: id\nclientAuthLocation: none\nauthorizeUri: {$tpl: 'https://{connectionParameters.shop}.example.com/a'}\ntokenUri: {$tpl: 'https://{connectionParameters.shop}.example.com/t'}\n",
	})
	s := startServer(t, "--connectors", dir)
	s.Want(200, "PUT", "/v1/integrations/hosted", map[string]any{"connector": "hosted"})
	_, link := s.Connect(map[string]any{"integration": "hosted"})
	b := newBrowser(t)
	b.Get(link)
	_, next := b.Post(link, url.Values{"shop": {"typo"}})
	if !strings.HasPrefix(next, "https://typo.example.com/a?") {
		t.Fatal(next)
	}
	page, _ := b.Get(link)
	if !strings.Contains(page.Body, `name="shop" type="text" value="typo"`) {
		t.Fatalf("%s", page.Body)
	}
	if _, next = b.Post(link, url.Values{"shop": {"right"}}); !strings.HasPrefix(next, "https://right.example.com/a?") {
		t.Error(next)
	}
	for _, evil := range []string{"evil.com/", "a@b", "x#", "..", "a%2fb", "a\r\nb", "ｅｖｉｌ", "a.b", ""} {
		if a, next := b.Post(link, url.Values{"shop": {evil}}); a.Status != http.StatusUnprocessableEntity || next != "" {
			t.Errorf("%q: %d %s", evil, a.Status, next)
		}
	}
}

// Programs that open links before people do, or fetch ahead, do not spend them.
func TestProgramsDoNotSpendALink(t *testing.T) {
	t.Parallel()
	s := openForm(t)
	_, link := s.Connect(map[string]any{"integration": "form"})
	visit := func(method string, header map[string]string) answer {
		r, err := http.NewRequest(method, link, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range header {
			r.Header.Set(k, v)
		}
		a, _ := newBrowser(t).send(r)
		pageHeaders(t, fmt.Sprint(method, header), a)
		if len(a.Header.Values("Set-Cookie")) > 0 || strings.Contains(a.Body, "apiKey") {
			t.Errorf("%s %v got the form", method, header)
		}
		return a
	}
	visit("HEAD", nil)
	for _, h := range []map[string]string{{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"X-Purpose": "preview"}, {"X-Moz": "prefetch"}} {
		if a := visit("GET", h); a.Status != http.StatusServiceUnavailable {
			t.Errorf("%v: a browser would keep this answer for the visit: %d", h, a.Status)
		}
	}
	for _, h := range []map[string]string{
		{"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}, {"User-Agent": "facebookexternalhit/1.1"}, {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
		{"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, {"Sec-Fetch-Mode": "cors"}, {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
	} {
		if a := visit("GET", h); a.Status != http.StatusOK || !strings.Contains(a.Body, "Continue") {
			t.Errorf("%v: %d %s", h, a.Status, a.Body)
		}
	}

	// A person who is taken for a program presses the button; nobody presses it for them from another site.
	b := newBrowser(t)
	press := func(site string) (answer, string) {
		r, err := http.NewRequest("POST", link, strings.NewReader("claviger-continue=1"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("User-Agent", "Mozilla/5.0 (Linux; Android 10; CUBOT_X30)")
		r.Header.Set("Sec-Fetch-Site", site)
		return b.send(r)
	}
	if a, _ := press("cross-site"); a.Status != http.StatusBadRequest {
		t.Errorf("%d", a.Status)
	}
	if a, _ := press("same-origin"); a.Status != http.StatusOK || !strings.Contains(a.Body, "apiKey") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

func TestALinkBelongsToOneBrowser(t *testing.T) {
	t.Parallel()
	for public, want := range map[string]string{
		"":                         "^claviger_flow_[a-z0-9]+=[A-Za-z0-9_-]{43}; Path=/; Max-Age=1800; HttpOnly; SameSite=Lax$",
		"https://connect.example/": "^__Host-claviger_flow_[a-z0-9]+=[A-Za-z0-9_-]{43}; Path=/; Max-Age=1800; HttpOnly; Secure; SameSite=Lax$",
	} {
		args := []string{}
		if public != "" {
			args = []string{"--public-url", public}
		}
		s := openForm(t, args...)
		_, link := s.Connect(map[string]any{"integration": "form"})
		if public != "" {
			if !strings.HasPrefix(link, "https://connect.example/connect/") {
				t.Fatal(link)
			}
			link = s.URL + strings.TrimPrefix(link, "https://connect.example")
		}
		first, _ := newBrowser(t).Get(link)
		if cookie := first.Header.Get("Set-Cookie"); !regexp.MustCompile(want).MatchString(cookie) {
			t.Errorf("%s", cookie)
		}
		second := newBrowser(t)
		if a, _ := second.Get(link); a.Status != http.StatusBadRequest || strings.Contains(a.Body, "apiKey") || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("another browser got %d %s", a.Status, a.Body)
		}
		if a, _ := second.Post(link, url.Values{"domain": {"a"}, "region": {"eu"}, "apiKey": {"password"}}); a.Status != http.StatusBadRequest {
			t.Errorf("another browser got %d %s", a.Status, a.Body)
		}
	}
}

// Whatever a callback brings, nothing of it comes back unescaped, and all that is not an open flow's gets one answer.
func TestCallbacksReflectNothing(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	s.Integrate("oauth-body", nil)
	const evil = `<img src=x onerror=alert(1)>"'`
	b := newBrowser(t)
	var neutral string
	for _, query := range []string{
		"", "?code=c", "?state=unknown&code=c", "?state=" + url.QueryEscape(evil) + "&code=" + url.QueryEscape(evil), "?state=a&state=b&code=c",
		"?error=" + url.QueryEscape(evil) + "&error_description=" + url.QueryEscape(evil), "?handle=unknown", "?handle=" + url.QueryEscape(evil),
		"?state=%ff%fe&code=%ff", "?state=" + strings.Repeat("a", 20_000),
	} {
		for _, integration := range []string{"oauth-body", "unknown", url.PathEscape(evil)} {
			a, next := b.Get(s.URL + "/oauth/callback/" + integration + query)
			pageHeaders(t, query, a)
			if neutral == "" {
				neutral = a.Body
			}
			if a.Status != http.StatusBadRequest || next != "" || a.Body != neutral || strings.Contains(a.Body, "onerror") {
				t.Errorf("%.60s: %d %s", query, a.Status, a.Body)
			}
		}
	}
	for _, query := range []string{"?a=%zz", "?a;b=c"} {
		if a, _ := b.Get(s.URL + "/oauth/callback/oauth-body" + query); a.Status != http.StatusBadRequest || a.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d", query, a.Status)
		}
	}
	if a, _ := b.Post(s.URL+"/oauth/callback/oauth-body", url.Values{"state": {"x"}, "code": {strings.Repeat("x", 1<<20)}}); a.Status != http.StatusBadRequest {
		t.Errorf("%d %s", a.Status, a.Body)
	}

	// Of an open flow the provider's own words are shown, as text.
	id, link := s.Connect(map[string]any{"integration": "oauth-body"})
	_, authorize := b.Get(link)
	u, err := url.Parse(authorize)
	if err != nil {
		t.Fatal(err)
	}
	callback := s.URL + "/oauth/callback/oauth-body?" + url.Values{"state": {u.Query().Get("state")}, "error": {"access_denied"}, "error_description": {evil}}.Encode()
	a, _ := b.Get(callback)
	pageHeaders(t, "denied", a)
	if !strings.Contains(a.Body, "access_denied") || strings.Contains(a.Body, "<img") || !strings.Contains(html.UnescapeString(a.Body), evil) {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	m := s.Want(200, "GET", "/v1/connections/"+id, nil)
	if m["status"] != "failed" || m["lastError"].(map[string]any)["code"] != "access_denied" {
		t.Errorf("%v", m)
	}
}

// A return URL is taken when scheme, host and port are exactly those of a registered one.
func TestReturnURLs(t *testing.T) {
	t.Parallel()
	s := openForm(t)
	for address, ok := range map[string]bool{
		"https://app.example:8443/back?x=1":     true,
		"https://app.example:8443":              true,
		"https://app.example/back":              false,
		"http://app.example:8443/back":          false,
		"https://app.example:8444/back":         false,
		"https://app.example.evil:8443":         false,
		"https://evil.app.example:8443":         false,
		"https://user@app.example:8443/":        false,
		"https://app.example:8443@evil.example": false,
		`https://app.example:8443\@evil.ex`:     false,
		`https:\\app.example:8443`:              false,
		"//app.example:8443/":                   false,
		"https:app.example:8443":                false,
		"https://app.example:8443//evil.ex":     false,
		"https://app.example:8443/#fragment":    false,
		"https://app.example:8443/\r\nX: y":     false,
		"https://app.example:8443/a b":          false,
		"javascript:alert(1)":                   false,
		"/back":                                 false,
	} {
		a := s.API("POST", "/v1/connections", map[string]any{"integration": "form", "returnUrl": address})
		if ok != (a.Status == http.StatusCreated) {
			t.Errorf("%q: %d %s", address, a.Status, a.Body)
		}
		if !ok {
			refused(t, a, 422, "invalid_return_url")
		}
	}
	id, link := s.Connect(map[string]any{"integration": "form", "returnUrl": "https://app.example:8443/back?x=1&connection=mine"})
	b := newBrowser(t)
	b.Get(link)
	a, back := b.Post(link, url.Values{"domain": {"a"}, "region": {"eu"}, "apiKey": {"password"}})
	if a.Status != http.StatusSeeOther || back != "https://app.example:8443/back?connection="+id+"&status=connected&x=1" {
		t.Errorf("%d %s", a.Status, back)
	}
}
