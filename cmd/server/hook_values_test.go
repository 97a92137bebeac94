package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claviger/runtime/fakeprovider"
)

// tellingFolder is a connector whose every method reads stored values and tells them; the one that connectorParameters.leak
// names throws them, too.
func tellingFolder() map[string]string {
	files := map[string]string{
		"spec.yml": `
parametersSchema:
  type: object
  required: [baseUrl, clientId, clientSecret, leak]
  properties: {baseUrl: {type: string, format: uri}, clientId: {type: string}, clientSecret: {type: string, format: password}, leak: {type: string}}
auth:
  type: oauth2
`,
		"lib/tell.js": `
exports.tell = async (here, {connectorParameters: {leak}, values}) => {
  const own = values.connection && await values.connection('canary/own');
  const ours = await values.integration('canary/ours');
  for (const text of [own, ours?.deep[0]].filter(Boolean)) {
    console.log(text, [text], encodeURIComponent(text), btoa(text), Buffer.from('x' + text).toString('base64url'), Buffer.from(text).toString('hex'));
  }
  if (leak !== here) return own;
  const text = JSON.stringify({own, ours});
  throw new Error('failed with ' + text + encodeURIComponent(text) + btoa(text) + Buffer.from(text).toString('hex'));
};
exports.post = async ({connectorParameters: {baseUrl, clientId, clientSecret}}, fields) => {
  const answer = await fetch(baseUrl + '/token', {method: 'POST', body: new URLSearchParams({client_id: clientId, client_secret: clientSecret, ...fields})});
  return answer.json();
};
`,
	}
	for method, then := range map[string]string{
		"getOAuthConfig":                  `({clientId: p.clientId, clientSecret: p.clientSecret, clientAuthLocation: 'body', authorizeUri: p.baseUrl + '/authorize', tokenUri: p.baseUrl + '/token'})`,
		"getTokenData":                    `post(all, {grant_type: 'authorization_code', code: all.queryParameters.code, redirect_uri: all.redirectUri, code_verifier: all.codeVerifier})`,
		"getCredentialsFromTokenResponse": `all.tokenResponse`,
		"refreshCredentials":              `post(all, {grant_type: 'refresh_token', refresh_token: all.credentials.refresh_token})`,
		"makeApiClient":                   `({baseUri: p.baseUrl + '/api', headers: {Authorization: 'Bearer ' + all.credentials.access_token, 'X-Own': own}})`,
		"test":                            `all.apiClient.get('/me')`,
		"getConnectionLabel":              `'it is ' + own`,
		"getAccountId":                    `'an account'`,
		"disconnect":                      `undefined`,
	} {
		spec := fmt.Sprintf("  %s: {implementationType: javascript}\n", method)
		files["spec.yml"] += spec
		files["auth/"+kebab(method)+".js"] = fmt.Sprintf(`const {tell, post} = require('../lib/tell.js');
exports.%s = async (all) => { const p = all.connectorParameters, own = await tell('%s', all); return %s; };
`, method, method, then)
	}
	return files
}

// kebab is a method's name as files have it.
func kebab(method string) string {
	text := strings.ReplaceAll(method, "OAuth", "Oauth")
	for c := 'A'; c <= 'Z'; c++ {
		text = strings.ReplaceAll(text, string(c), "-"+strings.ToLower(string(c)))
	}
	return text
}

// The API gets the values that a hook puts into its client; nobody else gets any, however loudly hooks tell them.
func TestStoredValuesDoNotLeak(t *testing.T) {
	t.Parallel()
	const own, ours = `own value/+&"4711-canary`, `our value/+&"4712-canary`
	p := fakeprovider.New(fakeprovider.Options{AutoApprove: true, Clients: []fakeprovider.Client{{ID: clientID, Secret: clientSecret}}})
	s := startServer(t, "--egress-allow", "127.0.0.1", "--connectors", madeFolder(t, "telling", tellingFolder()))
	c := &canary{shop: &shop{s, p, p.Start(t)}}
	did := map[string]bool{}
	for _, leak := range []string{"none", "getOAuthConfig", "getTokenData", "getCredentialsFromTokenResponse", "refreshCredentials", "makeApiClient", "test", "getConnectionLabel", "getAccountId", "disconnect"} {
		key := "telling-" + strings.ToLower(leak)
		for _, then := range []string{"none", leak} { // getOAuthConfig would let nobody begin
			a := c.call(adminKey, "PUT", "/v1/integrations/"+key, map[string]any{"connector": "telling", "hookLogs": true, "parameters": c.parameters(map[string]any{"leak": then})})
			if a.Status != http.StatusOK {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
			c.Want(http.StatusOK, "PUT", "/v1/integrations/"+key+"/values/canary%2Fours", map[string]any{"value": map[string]any{"deep": []string{ours}}, "backend": true})
			made := c.call(adminKey, "POST", "/v1/connections", map[string]any{"integration": key})
			id, link := "", ""
			if made.Status == http.StatusCreated {
				m := made.JSON(t)
				id, link = m["id"].(string), m["connectUrl"].(string)
			} else if then != "getOAuthConfig" {
				t.Fatalf("%s: %d %s", then, made.Status, made.Body)
			} else {
				continue
			}
			at := "/v1/connections/" + id
			c.Want(http.StatusOK, "PUT", at+"/values/canary%2Fown", map[string]any{"value": own, "backend": true})
			c.browser().Follow(link)
			for _, call := range []string{"POST /refresh", "POST /test", "GET /proxy/me", "GET /proxy/echo", "GET ", "GET /events", "GET /credentials", "GET /values/canary%2Fown"} {
				method, path, _ := strings.Cut(call, " ")
				if path == "/proxy/echo" {
					a := c.API(method, at+path, nil) // which shows what it was sent, and may
					did["the API got it"] = did["the API got it"] || strings.Contains(a.Body, "4711-canary")
					continue
				}
				a := c.call(adminKey, method, at+path, nil)
				did[call+" "+then] = a.Status == http.StatusOK
			}
			c.call(adminKey, "DELETE", at, nil)
			c.call(adminKey, "DELETE", "/v1/integrations/"+key, nil)
		}
	}
	if !did["POST /refresh none"] || !did["POST /test none"] || !did["GET /proxy/me none"] || did["POST /refresh refreshCredentials"] || !did["the API got it"] {
		t.Errorf("%v", did)
	}
	secrets := []string{own, ours}
	search(t, "an answer", c.out.Bytes(), secrets)
	search(t, "the log", []byte(s.Log()), secrets)
	if n := strings.Count(c.events.String(), "[secret]"); n < 20 || !strings.Contains(s.Log(), "[secret]") {
		t.Errorf("hooks told %d times", n)
	}
	s.Stop()
	files, err := filepath.Glob(filepath.Join(s.Data, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err == nil {
			search(t, name, text, secrets)
		}
	}
}
