package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"claviger/runtime/fakeprovider"
)

// What the provider says at the callback, or instead of a token, is a page for the user, a fact for the platform, and
// redeemed once.
func TestFlowsThatTheProviderEnds(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-body"), fakeprovider.Options{})
	token := func(m fakeprovider.Mode) fakeprovider.Fault {
		return fakeprovider.Fault{Mode: m, On: fakeprovider.Token}
	}
	for name, e := range map[string]struct {
		fault  fakeprovider.Fault
		params url.Values // replaced in the callback
		page   int
		says   string // on the page, and in the connection's last error
		class  string
		calls  int
	}{
		"access_denied": {params: url.Values{"code": nil, "error": {"access_denied"}, "error_description": {"The user said <no>"}},
			page: http.StatusUnprocessableEntity, says: "access_denied", class: "reauth"},
		"temporarily_unavailable": {params: url.Values{"code": nil, "error": {"temporarily_unavailable"}},
			page: http.StatusServiceUnavailable, says: "temporarily_unavailable", class: "transient"},
		"an error of its own": {params: url.Values{"code": nil, "error": {"strange"}}, page: http.StatusBadGateway, says: "strange", class: "malformed"},
		"an error and a code": {params: url.Values{"error": {"access_denied"}}, page: http.StatusUnprocessableEntity, says: "access_denied", class: "reauth"},
		"invalid_grant":       {fault: token(fakeprovider.InvalidGrant), page: http.StatusUnprocessableEntity, says: "invalid_grant", class: "reauth", calls: 1},
		"invalid_client":      {fault: token(fakeprovider.InvalidClient), page: http.StatusServiceUnavailable, says: "invalid_client", class: "misconfigured", calls: 1},
		"HTML":                {fault: token(fakeprovider.HTML), page: http.StatusBadGateway, says: "HTML", class: "malformed", calls: 1},
		"oversize":            {fault: token(fakeprovider.Oversized), page: http.StatusBadGateway, says: "larger than", class: "malformed", calls: 1},
		"a bomb":              {fault: token(fakeprovider.GzipBomb), page: http.StatusBadGateway, says: "larger than", class: "malformed", calls: 1},
		"nested":              {fault: token(fakeprovider.DeepJSON), page: http.StatusBadGateway, says: "nested", class: "malformed", calls: 1},
		"a redirect":          {fault: token(fakeprovider.Redirect), page: http.StatusBadGateway, says: "redirect", class: "malformed", calls: 1},
		"429":                 {fault: token(fakeprovider.RateLimited), page: http.StatusServiceUnavailable, says: "429", class: "transient", calls: 1},
		"503 with an error":   {fault: token(fakeprovider.TemporarilyUnavailable), page: http.StatusServiceUnavailable, says: "temporarily_unavailable", class: "transient", calls: 1},
		"503 of a gateway":    {fault: token(fakeprovider.Unavailable), page: http.StatusServiceUnavailable, says: "503", class: "unknown", calls: 1},
		"a reset":             {fault: token(fakeprovider.Reset), page: http.StatusServiceUnavailable, says: "broke", class: "unknown", calls: 1},
		"half an answer":      {fault: token(fakeprovider.ResetHalf), page: http.StatusServiceUnavailable, says: "broke", class: "unknown", calls: 1},
		"200 with ok: false":  {fault: token(fakeprovider.NotOK), page: http.StatusUnprocessableEntity, says: "invalid_auth", class: "reauth", calls: 1},
	} {
		t.Run(name, func(t *testing.T) {
			c.Provider.Misbehave()
			if e.class == "unknown" {
				c.connectWith(newBrowser(t), map[string]any{"integration": "app"}) // or five in a row would open the circuit
			}
			for _, returnURL := range []string{"", "https://platform.test/back"} {
				b := newBrowser(t)
				before := c.Provider.TokenCalls("")
				id, callback := c.begin(b, map[string]any{"returnUrl": returnURL})
				if e.fault.Mode != "" {
					c.Provider.Misbehave(e.fault)
				}
				at := with(t, callback, e.params)
				a, next := b.Get(at)
				c.Provider.Misbehave()
				want, status := "https://platform.test/back?connection="+id+"&status=failed", http.StatusSeeOther
				if returnURL == "" {
					want, status = "", e.page
					if !strings.Contains(a.Body, e.says) || strings.Contains(a.Body, "<no>") {
						t.Errorf("the page says %s", a.Body)
					}
				}
				if a.Status != status || next != want {
					t.Errorf("answered with %d to %q, expected %d to %q", a.Status, next, status, want)
				}
				last := c.wantStatus(id, "failed")["lastError"].(map[string]any)
				if last["class"] != e.class || !strings.Contains(last["message"].(string), e.says) {
					t.Errorf("the last error is %v", last)
				}
				if a, _ := b.Get(at); a.Status != http.StatusBadRequest {
					t.Errorf("a replay is answered with %d", a.Status)
				}
				if got := c.Provider.TokenCalls("") - before; got != e.calls {
					t.Errorf("%d token requests, expected %d", got, e.calls)
				}
				if a := c.API(http.MethodGet, "/v1/connections/"+id+"/credentials", nil); a.Status != http.StatusConflict || a.Code() != "not_connected" {
					t.Errorf("credentials: %d %s", a.Status, a.Body)
				}
			}
		})
	}
}

func TestProviderDown(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-body"), fakeprovider.Options{})
	b := newBrowser(t)
	id, link := c.Connect(map[string]any{"integration": "app"})
	_, authorize := b.Get(link)
	_, callback := b.Get(authorize)
	down := "http://" + freeAddress(t)
	c.Want(http.StatusOK, http.MethodPut, "/v1/integrations/app", map[string]any{
		"connector": "oauth-body", "parameters": map[string]any{"baseUrl": down, "clientId": fakeClient, "clientSecret": fakeSecret},
	})
	if a, _ := b.Get(callback); a.Status != http.StatusOK && a.Status != http.StatusSeeOther {
		t.Errorf("a flow that began before does not go by what was fixed then: %d %s", a.Status, a.Body)
	}
	c.wantStatus(id, "connected")

	id, link = c.Connect(map[string]any{"integration": "app"})
	_, authorize = b.Get(link)
	if a, _ := b.Get(c.URL + "/oauth/callback/app?code=a-code-0123&state=" + query(t, authorize).Get("state")); a.Status != http.StatusServiceUnavailable {
		t.Errorf("answered with %d: %s", a.Status, a.Body)
	}
	if last := c.wantStatus(id, "failed")["lastError"].(map[string]any); last["class"] != "transient" {
		t.Errorf("the last error is %v", last)
	}
}

// A posted callback (form_post) carries no cookie: it is answered with a GET of our own, where the cookie is checked.
func TestPostedCallback(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-body"), fakeprovider.Options{})
	b, stranger := newBrowser(t), newBrowser(t)
	id, callback := c.begin(b, map[string]any{})
	form := query(t, callback)
	at := c.URL + "/oauth/callback/app"

	a, next := stranger.Post(at, form)
	if a.Status != http.StatusSeeOther || !strings.HasPrefix(next, at+"?handle=") || strings.Contains(next, form.Get("code")) {
		t.Fatalf("answered with %d to %q", a.Status, next)
	}
	if a, _ := stranger.Get(next); a.Status != http.StatusBadRequest {
		t.Errorf("without the cookie: %d", a.Status)
	}
	other := strings.Replace(next, "/callback/app", "/callback/other", 1)
	if a, _ := b.Get(other); a.Status != http.StatusBadRequest {
		t.Errorf("on another integration's URL: %d", a.Status)
	}
	if c.Provider.TokenCalls("") != 0 {
		t.Error("a token request was sent")
	}
	if a, end := b.Follow(next); a.Status != http.StatusOK {
		t.Errorf("ended at %s with %d: %s", end, a.Status, a.Body)
	}
	c.wantStatus(id, "connected")
	if a, _ := b.Get(next); a.Status != http.StatusBadRequest {
		t.Errorf("the handle again: %d", a.Status)
	}
	for name, spoilt := range map[string]url.Values{
		"an unknown state": {"state": {"x"}, "code": {"y"}}, "no state": {"code": {"y"}}, "two states": {"state": {"x", "y"}},
		"a megabyte": {"state": {"x"}, "code": {strings.Repeat("a", 1<<20)}},
	} {
		if a, next := b.Post(at, spoilt); a.Status != http.StatusBadRequest || next != "" {
			t.Errorf("%s: %d to %q", name, a.Status, next)
		}
	}
}

// The issuer that the callback names must be the one that the flow was sent to (RFC 9207).
func TestIssuerOfTheCallback(t *testing.T) {
	t.Parallel()
	dir := madeFolder(t, "discovered", map[string]string{
		"spec.yml": `
parametersSchema: {type: object, required: [baseUrl], properties: {baseUrl: {type: string}, clientId: {type: string}, clientSecret: {type: string, format: password}}}
auth: {type: oauth2}
`,
		"auth/get-oauth-config.map.yml": `
clientId: {$var: connectorParameters.clientId}
clientSecret: {$var: connectorParameters.clientSecret}
issuer: {$var: connectorParameters.baseUrl}
clientAuthLocation: headers
`,
	})
	c := newScene(t, dir, fakeprovider.Options{SendIss: true})
	for name, e := range map[string]struct {
		params url.Values
		page   int
		status string
	}{
		"the right one":             {nil, http.StatusOK, "connected"},
		"another":                   {url.Values{"iss": {"https://evil.example"}}, http.StatusBadGateway, "failed"},
		"none":                      {url.Values{"iss": nil}, http.StatusBadGateway, "failed"},
		"another, and an error":     {url.Values{"iss": {"https://evil.example"}, "code": nil, "error": {"access_denied"}}, http.StatusBadGateway, "failed"},
		"the right one and a slash": {url.Values{"iss": {c.Base + "/"}}, http.StatusBadGateway, "failed"},
	} {
		b := newBrowser(t)
		before := c.Provider.TokenCalls("")
		id, callback := c.begin(b, map[string]any{})
		if a, _ := b.Follow(with(t, callback, e.params)); a.Status != e.page {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
		c.wantStatus(id, e.status)
		if sent := c.Provider.TokenCalls("") > before; sent != (e.status == "connected") {
			t.Errorf("%s: a token request was sent: %v", name, sent)
		}
	}
}
