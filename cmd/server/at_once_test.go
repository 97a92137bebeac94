package main

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
)

// The grant client_credentials needs no person: made at once, and renewed by asking again.
func TestClientCredentials(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-client-credentials"), fakeprovider.Options{Lifetime: 2 * time.Second})
	made := c.Want(http.StatusCreated, http.MethodPost, "/v1/connections", map[string]any{"integration": "app", "owner": "tenant"})
	if made["status"] != "connected" || made["connectUrl"] != nil || made["expiresAt"] == nil {
		t.Fatalf("made %v", made)
	}
	id := made["id"].(string)
	tokens := c.readersOver(id, 20, 3*time.Second)
	unseen := c.Provider.TokenCalls("client_credentials") - len(tokens)
	if len(tokens) < 2 || unseen != 0 && unseen != 1 {
		t.Errorf("%d requests for %d tokens", c.Provider.TokenCalls("client_credentials"), len(tokens))
	}
	if c.Provider.TokenCalls("refresh_token") != 0 {
		t.Error("the refresh grant was tried")
	}
	c.Kill()
	c.Start()
	c.token(id)
	before := c.token(id)
	c.Want(http.StatusOK, http.MethodPost, "/v1/connections/"+id+"/refresh", nil)
	if c.token(id) == before {
		t.Error("the same token after a forced renewal")
	}
}

// What fails at once leaves nothing behind.
func TestNothingIsKeptOfAFailure(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-client-credentials"), fakeprovider.Options{})
	for mode, want := range map[fakeprovider.Mode]struct {
		status int
		code   string
	}{
		fakeprovider.InvalidClient: {http.StatusServiceUnavailable, "integration_misconfigured"},
		fakeprovider.InvalidGrant:  {http.StatusUnprocessableEntity, "provider_refused"},
		fakeprovider.HTML:          {http.StatusBadGateway, "provider_malformed"},
		fakeprovider.Reset:         {http.StatusServiceUnavailable, "unknown_outcome"},
		fakeprovider.RateLimited:   {http.StatusServiceUnavailable, "provider_unavailable"},
	} {
		c.Provider.Misbehave(fakeprovider.Fault{Mode: mode})
		a := c.API(http.MethodPost, "/v1/connections", map[string]any{"integration": "app"})
		if a.Status != want.status || a.Code() != want.code {
			t.Errorf("%s: %d %s", mode, a.Status, a.Body)
		}
		if retry := a.Header.Get("Retry-After"); mode == fakeprovider.RateLimited && retry != "1" {
			t.Errorf("Retry-After is %q", retry)
		}
	}
	if list := c.Want(http.StatusOK, http.MethodGet, "/v1/connections", nil)["connections"].([]any); len(list) != 0 {
		t.Errorf("kept %v", list)
	}
	c.Provider.Misbehave()
	c.Want(http.StatusCreated, http.MethodPost, "/v1/connections", map[string]any{"integration": "app"})
}

// What the user types is the credential: at once where the platform has it, else by the page.
func TestTypedCredentials(t *testing.T) {
	t.Parallel()
	c := &scene{testServer: startServer(t, "--egress-allow", "127.0.0.1", "--connectors", folder(t, "api-key"), "--connectors", folder(t, "basic"))}
	base := fakeprovider.New(fakeprovider.Options{APIKey: "key-0123456789", Username: "ada", Password: "pass-0123456789"}).Start(t)
	for _, key := range []string{"api-key", "basic"} {
		c.Want(http.StatusOK, http.MethodPut, "/v1/integrations/"+key, map[string]any{"connector": key, "parameters": map[string]any{"baseUrl": base}})
	}
	for _, e := range []struct {
		integration string
		typed, want map[string]any
	}{
		{"api-key", map[string]any{"apiKey": "key-0123456789"}, map[string]any{"key": "key-0123456789"}},
		{"basic", map[string]any{"username": "ada", "password": "pass-0123456789"}, map[string]any{"username": "ada", "password": "pass-0123456789"}},
	} {
		made := c.Want(http.StatusCreated, http.MethodPost, "/v1/connections", map[string]any{"integration": e.integration, "parameters": e.typed})
		if made["status"] != "connected" || made["connectUrl"] != nil {
			t.Errorf("made %v", made)
		}
		c.wantCredentials(made["id"].(string), e.want)

		id, link := c.Connect(map[string]any{"integration": e.integration})
		b := newBrowser(t)
		if a, next := b.Get(link); a.Status != http.StatusOK || next != "" {
			t.Fatalf("the page: %d to %q", a.Status, next)
		}
		if a, _ := b.Post(link, url.Values{}); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("an empty form: %d", a.Status)
		}
		c.wantStatus(id, "pending")
		form := url.Values{}
		for name, v := range e.typed {
			form.Set(name, v.(string))
		}
		if a, _ := newBrowser(t).Post(link, form); a.Status != http.StatusBadRequest {
			t.Errorf("another browser: %d", a.Status)
		}
		a, next := b.Post(link, form)
		if next != "" {
			a, _ = b.Follow(next)
		}
		if a.Status != http.StatusOK {
			t.Errorf("the form: %d %s", a.Status, a.Body)
		}
		c.wantStatus(id, "connected")
		c.wantCredentials(id, e.want)
		if a := c.API(http.MethodPost, "/v1/connections/"+id+"/refresh", nil); a.Status != http.StatusConflict || a.Code() != "not_refreshable" {
			t.Errorf("refresh: %d %s", a.Status, a.Body)
		}
		c.wantStatus(id, "connected")
	}
	if a := c.API(http.MethodPost, "/v1/connections", map[string]any{"integration": "api-key", "parameters": map[string]any{"apiKey": ""}}); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("an empty key: %d %s", a.Status, a.Body)
	}
}

func (s *testServer) wantCredentials(id string, want map[string]any) {
	s.t.Helper()
	got := s.Want(http.StatusOK, http.MethodGet, "/v1/connections/"+id+"/credentials", nil)["credentials"].(map[string]any)
	if len(got) != len(want) {
		s.t.Errorf("credentials %v, expected %v", got, want)
	}
	for name, v := range want {
		if got[name] != v {
			s.t.Errorf("credentials %v, expected %v", got, want)
		}
	}
}
