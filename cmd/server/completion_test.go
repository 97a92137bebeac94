package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"claviger/runtime/fakeprovider"
)

// With requireCompletion a code is held until the platform's own server says that the person is the right one.
func TestCompletion(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-body"), fakeprovider.Options{})
	c.integrate("app", "oauth-body", map[string]any{"requireCompletion": true})
	if a := c.API(http.MethodPost, "/v1/connections", map[string]any{"integration": "app"}); a.Status != http.StatusUnprocessableEntity || a.Code() != "invalid_return_url" {
		t.Errorf("without a return URL: %d %s", a.Status, a.Body)
	}
	hold := func() (id, completion string, b *browser, callback string) {
		b = newBrowser(t)
		id, callback = c.begin(b, map[string]any{"returnUrl": "https://platform.test/back?keep=1"})
		a, next := b.Get(callback)
		u, err := url.Parse(next)
		if err != nil || a.Status != http.StatusSeeOther || u.Host != "platform.test" || u.Query().Get("connection") != id || u.Query().Get("keep") != "1" {
			t.Fatalf("the browser goes to %q with %d", next, a.Status)
		}
		if strings.Contains(next, query(t, callback).Get("code")) || u.Query().Has("status") {
			t.Errorf("the address tells too much: %q", next)
		}
		return id, u.Query().Get("completion"), b, callback
	}
	id, completion, b, callback := hold()
	other, otherCompletion, _, _ := hold()
	c.wantStatus(id, "pending")
	if a, _ := b.Get(callback); a.Status != http.StatusBadRequest {
		t.Errorf("the callback again: %d", a.Status)
	}
	for name, wrong := range map[string]string{"another's": otherCompletion, "an unknown one": strings.Repeat("a", 43), "none": "", "the state": query(t, callback).Get("state")} {
		if a := c.complete(id, wrong); a.Status != http.StatusBadRequest || a.Code() != "flow_refused" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	if c.Provider.TokenCalls("") != 0 {
		t.Error("a code was redeemed before the completion")
	}
	c.Kill() // the held code outlives the process
	c.Start()
	if a := c.complete(id, completion); a.Status != http.StatusOK || a.JSON(t)["status"] != "connected" {
		t.Errorf("complete: %d %s", a.Status, a.Body)
	}
	c.token(id)
	if a := c.complete(id, completion); a.Status != http.StatusBadRequest {
		t.Errorf("a second time: %d %s", a.Status, a.Body)
	}
	if c.Provider.TokenCalls("") != 1 {
		t.Errorf("%d token requests", c.Provider.TokenCalls(""))
	}

	c.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.InvalidGrant})
	if a := c.complete(other, otherCompletion); a.Status != http.StatusUnprocessableEntity || a.Code() != "provider_refused" {
		t.Errorf("a provider that refuses: %d %s", a.Status, a.Body)
	}
	c.wantStatus(other, "failed")
}

func (c *scene) complete(id, completion string) answer {
	c.t.Helper()
	return c.API(http.MethodPost, "/v1/connections/"+id+"/complete", map[string]any{"completion": completion})
}
