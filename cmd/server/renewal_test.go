package main

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
)

// hookScene is a scene of the folder whose hooks are written as the format's documentation shows them: refreshCredentials
// looks at no status, so that where the provider refuses its token is undefined.
func hookScene(t *testing.T, o fakeprovider.Options) *scene {
	t.Helper()
	c := openScene(t, folder(t, "oauth-hooks"), o)
	c.integrate("app", "oauth-hooks", c.hookParameters())
	return c
}

// A provider that refuses under the documentation's own refreshCredentials: every class of failure is told apart by what
// the hook's fetch received, though the hook says nothing.
func TestRefusalUnderTheSeedsHook(t *testing.T) {
	t.Parallel()
	c := hookScene(t, fakeprovider.Options{Lifetime: 2 * time.Second})
	for _, e := range []struct {
		fault  fakeprovider.Fault
		status int
		code   string
		kept   string // status of the connection
	}{
		{fakeprovider.Fault{Mode: fakeprovider.InvalidGrant}, http.StatusConflict, "reconnect_required", "reconnect_required"},
		{fakeprovider.Fault{Mode: fakeprovider.InvalidClient}, http.StatusServiceUnavailable, "integration_misconfigured", "connected"},
		{fakeprovider.Fault{Mode: fakeprovider.RateLimited}, http.StatusServiceUnavailable, "provider_unavailable", "connected"},
		{fakeprovider.Fault{Mode: fakeprovider.HTML}, http.StatusBadGateway, "connector_failed", "connected"},
		{fakeprovider.Fault{Mode: fakeprovider.Answer, Body: "{}"}, http.StatusBadGateway, "provider_malformed", "connected"},
	} {
		t.Run(string(e.fault.Mode), func(t *testing.T) {
			c.integrate("app", "oauth-hooks", c.hookParameters())
			c.Provider.Misbehave()
			id := c.connectWith(newBrowser(t), map[string]any{"integration": "app"})
			e.fault.Grant = "refresh_token"
			c.Provider.Misbehave(e.fault)
			time.Sleep(2 * time.Second)
			a := c.API(http.MethodGet, "/v1/connections/"+id+"/credentials", nil)
			if a.Status != e.status || a.Code() != e.code {
				t.Errorf("%d %s", a.Status, a.Body)
			}
			failure, _ := a.JSON(t)["failure"].(map[string]any)
			if failure["method"] != "refreshCredentials" || failure["file"] == nil {
				t.Errorf("the failure is %v", failure)
			}
			c.wantStatus(id, e.kept)

			c.Provider.Misbehave()
			switch e.code {
			case "reconnect_required":
				calls := c.Provider.TokenCalls("refresh_token")
				c.API(http.MethodGet, "/v1/connections/"+id+"/credentials", nil)
				c.API(http.MethodPost, "/v1/connections/"+id+"/refresh", nil)
				if c.Provider.TokenCalls("refresh_token") != calls {
					t.Error("more calls after a refusal for good")
				}
				again := c.Want(http.StatusOK, http.MethodPost, "/v1/connections/"+id+"/reconnect", nil)
				newBrowser(t).Follow(again["connectUrl"].(string))
			case "integration_misconfigured":
				c.integrate("app", "oauth-hooks", c.hookParameters())
			case "provider_malformed", "connector_failed":
				c.Want(http.StatusOK, http.MethodPost, "/v1/connections/"+id+"/refresh", nil)
			}
			eventually(t, 10*time.Second, "credentials again", func() bool {
				return c.API(http.MethodGet, "/v1/connections/"+id+"/credentials", nil).Status == http.StatusOK
			})
			c.wantStatus(id, "connected")
		})
	}
}

func (c *scene) hookParameters() map[string]any {
	return map[string]any{"parameters": map[string]any{
		"baseUrl": c.Base, "clientId": fakeClient, "clientSecret": fakeSecret, "tokenUri": c.Base + "/token", "profileUri": c.Base + "/api/me",
	}}
}

// wantNoLeak searches everything that the server has written, its database included, for the provider's secrets.
func (c *scene) wantNoLeak() {
	c.t.Helper()
	c.Stop()
	written := map[string][]byte{"the log": []byte(c.Log())}
	err := filepath.WalkDir(c.Data, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			written[entry.Name()], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		c.t.Error(err)
	}
	for _, secret := range c.Provider.Secrets() {
		for _, form := range []string{secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret))} {
			for where, text := range written {
				if bytes.Contains(text, []byte(form)) {
					c.t.Errorf("%s holds a secret", where)
				}
			}
		}
	}
}
