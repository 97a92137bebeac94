package main

import (
	"net/http"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
)

// profiled is a folder whose extraction asks the provider who the account is.
func profiled(t testing.TB) string {
	t.Helper()
	return madeFolder(t, "profiled", map[string]string{
		"spec.yml": `
parametersSchema: {type: object, required: [baseUrl], properties: {baseUrl: {type: string}, clientId: {type: string}, clientSecret: {type: string, format: password}}}
auth: {type: oauth2}
`,
		"auth/get-oauth-config.map.yml": `
clientId: {$var: connectorParameters.clientId}
clientSecret: {$var: connectorParameters.clientSecret}
authorizeUri: {$concat: [{$var: connectorParameters.baseUrl}, /authorize]}
tokenUri: {$concat: [{$var: connectorParameters.baseUrl}, /token]}
clientAuthLocation: body
`,
		"auth/get-credentials-from-token-response.js": `exports.getCredentialsFromTokenResponse = async ({connectorParameters, tokenResponse}) => {
  const answer = await fetch(connectorParameters.baseUrl + '/api/me', {headers: {Authorization: 'Bearer ' + tokenResponse.access_token}});
  return {...tokenResponse, account: (await answer.json()).id};
};`,
	})
}

// killWhen kills the server as soon as f is true, and starts it again with an honest provider.
func (c *scene) killWhen(what string, f func() bool) {
	c.t.Helper()
	eventually(c.t, 10*time.Second, what, f)
	c.Kill()
	c.Provider.Misbehave()
	c.Start()
}

// refreshUnheard asks for a renewal whose answer never comes.
func (c *scene) refreshUnheard(id string) {
	r, err := http.NewRequest(http.MethodPost, c.URL+"/v1/connections/"+id+"/refresh", nil)
	if err != nil {
		panic(err)
	}
	r.Header.Set("Authorization", "Bearer "+adminKey)
	_, _ = do(http.DefaultClient, r)
}

// A kill while the code is being redeemed: it may be spent, so it is not sent again, and the user is told to start again.
func TestKilledInTheExchange(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-body"), fakeprovider.Options{})
	b := newBrowser(t)
	id, callback := c.begin(b, map[string]any{})
	c.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang})
	go b.c.Get(callback)
	c.killWhen("the code is sent", func() bool { return c.Provider.TokenCalls("") == 1 })
	if a, _ := b.Get(callback); a.Status != http.StatusBadRequest {
		t.Errorf("the callback again: %d", a.Status)
	}
	if c.Provider.TokenCalls("") != 1 {
		t.Errorf("the code was sent %d times", c.Provider.TokenCalls(""))
	}
	again := c.Want(http.StatusOK, http.MethodPost, "/v1/connections/"+id+"/reconnect", nil)
	b.Follow(again["connectUrl"].(string))
	c.wantStatus(id, "connected")
}

// A kill between the answer to an exchange and its extraction: the stored answer is used, nothing is sent again.
func TestKilledInTheExtraction(t *testing.T) {
	t.Parallel()
	c := newScene(t, profiled(t), fakeprovider.Options{})
	b := newBrowser(t)
	id, callback := c.begin(b, map[string]any{})
	c.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang, On: fakeprovider.API})
	go b.c.Get(callback)
	c.killWhen("the extraction has begun", func() bool { return c.Provider.Calls(fakeprovider.API) == 1 })
	if shown := c.wantStatus(id, "connected"); shown["lastError"] != nil {
		t.Errorf("%v", shown["lastError"])
	}
	credentials := c.Want(http.StatusOK, http.MethodGet, "/v1/connections/"+id+"/credentials", nil)["credentials"].(map[string]any)
	if credentials["account"] == nil || c.Provider.TokenCalls("") != 1 {
		t.Errorf("credentials %v after %d token requests", credentials, c.Provider.TokenCalls(""))
	}
}

// The same in a renewal: the answer has spent the refresh token, so it is the only way on.
func TestKilledInTheExtractionOfARenewal(t *testing.T) {
	t.Parallel()
	c := newScene(t, profiled(t), fakeprovider.Options{})
	id := c.connectWith(newBrowser(t), map[string]any{"integration": "app"})
	old := c.token(id)
	c.Provider.ResetLog()
	c.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang, On: fakeprovider.API})
	go c.refreshUnheard(id)
	c.killWhen("the extraction has begun", func() bool { return c.Provider.Calls(fakeprovider.API) == 1 })
	if c.token(id) == old {
		t.Error("the old token is handed out, though the new one is there")
	}
	c.Want(http.StatusOK, http.MethodPost, "/v1/connections/"+id+"/refresh", nil)
	if c.Provider.TokenCalls("refresh_token") != 2 {
		t.Errorf("%d renewals", c.Provider.TokenCalls("refresh_token"))
	}
	c.wantStatus(id, "connected")
}

// A kill in a renewal: the marker says that one was sent, so nobody sends another for a while; the token that still lives
// is handed out.
func TestKilledInARenewal(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-body"), fakeprovider.Options{})
	id := c.connectWith(newBrowser(t), map[string]any{"integration": "app"})
	token := c.token(id)
	c.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Hang, Grant: "refresh_token"})
	go c.refreshUnheard(id)
	c.killWhen("the renewal is sent", func() bool { return c.Provider.TokenCalls("refresh_token") == 1 })
	if c.token(id) != token {
		t.Error("the token that still lives is not handed out")
	}
	a := c.API(http.MethodPost, "/v1/connections/"+id+"/refresh", nil)
	if a.Status != http.StatusServiceUnavailable || a.Code() != "unknown_outcome" || a.Header.Get("Retry-After") == "" {
		t.Errorf("refresh: %d %s", a.Status, a.Body)
	}
	if c.Provider.TokenCalls("refresh_token") != 1 {
		t.Errorf("%d renewals were sent", c.Provider.TokenCalls("refresh_token"))
	}
	c.wantStatus(id, "connected")
}
