package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"claviger/runtime/fakeprovider"
)

// deskFolder is a connector whose every method after the flow calls the API: as rest-api-mapping and as hook.
var deskFolder = map[string]string{
	"spec.yml": `
name: Desk
parametersSchema:
  type: object
  required: [baseUrl, clientId, clientSecret]
  properties: {baseUrl: {type: string, format: uri}, clientId: {type: string}, clientSecret: {type: string, format: password}}
auth:
  type: oauth2
`,
	"auth/get-oauth-config.map.yml": `
clientId: {$var: connectorParameters.clientId}
clientSecret: {$var: connectorParameters.clientSecret}
authorizeUri: {$concat: [{$var: connectorParameters.baseUrl}, /authorize]}
tokenUri: {$concat: [{$var: connectorParameters.baseUrl}, /token]}
clientAuthLocation: body
`,
	"auth/make-api-client.js": `
exports.makeApiClient = ({connectorParameters, credentials}) => ({
  baseUri: connectorParameters.baseUrl + '/api',
  headers: {Authorization: 'Bearer ' + credentials.access_token},
  responseHandlers: [{match: {$eval: {$var: 'response.statusCode'}, is: 402}, error: {key: 'connection_is_defunct', message: 'nobody has paid'}}],
})
`,
	"auth/test.js": `
exports.test = async ({apiClient}) => {
  const me = await apiClient.get('/me', null, {returnFullResponse: true})
  if (!me.data.id || me.status !== 200) throw new Error('no account')
  return true
}
`,
	"auth/get-connection-label.rest.yml": "path: /me\nmethod: GET\nresponseMapping: {$var: response.data.name}\n",
	"auth/get-account-id.rest.yml":       "path: /me\nmethod: GET\nresponseMapping: {$var: response.data.id}\n",
	"auth/disconnect.rest.yml":           "path: /echo\nmethod: POST\nrequestMapping: {data: {token: {$var: credentials.refresh_token}}}\n",
}

func openDesk(t *testing.T) *shop {
	dir := t.TempDir()
	writeFolder(t, filepath.Join(dir, "desk"), deskFolder)
	s := openShop(t, fakeprovider.Options{}, "--connectors", dir)
	s.Integrate("desk", nil)
	return s
}

// From the flow to the deletion, through the real server and its workers.
func TestTheAPIClientOverHTTP(t *testing.T) {
	t.Parallel()
	s := openDesk(t)
	id, link := s.Connect(map[string]any{"integration": "desk", "owner": "acme"})
	refused(t, s.API(http.MethodPost, "/v1/connections/"+id+"/test", nil), 409, "not_connected")
	s.Consent(link)
	m := s.wantStatus(id, "connected")
	label, _ := m["label"].(string)
	if !strings.HasPrefix(label, "Account ") {
		t.Errorf("%v", m)
	}
	test := func() map[string]any {
		return s.Want(http.StatusOK, http.MethodPost, "/v1/connections/"+id+"/test", nil)
	}
	if m = test(); m["ok"] != true || m["label"] != label || m["message"] != nil {
		t.Errorf("%v", m)
	}

	// An expired token is renewed in the midst of the hook's call.
	s.provider.ExpireAccessTokens()
	if m = test(); m["ok"] != true || s.provider.TokenCalls("refresh_token") != 1 {
		t.Errorf("%v after %d renewals", m, s.provider.TokenCalls("refresh_token"))
	}

	// Who may not reach the connection may not test it; a key for connecting may.
	_, stranger := s.Key("--scope", "use", "--owner", "other")
	refused(t, s.APIAs(stranger, http.MethodPost, "/v1/connections/"+id+"/test", nil), 404, "not_found")
	_, own := s.Key("--scope", "connect", "--owner", "acme")
	if a := s.APIAs(own, http.MethodPost, "/v1/connections/"+id+"/test", nil); a.Status != 200 {
		t.Errorf("%d %s", a.Status, a.Body)
	}

	// The API fails, then calls the connection dead.
	s.provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Unavailable, On: fakeprovider.API})
	if m = test(); m["ok"] != false || !strings.Contains(m["message"].(string), "GET /me: the API answered 503") {
		t.Errorf("%v", m)
	}
	s.wantStatus(id, "connected")
	s.provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Answer, On: fakeprovider.API, Status: 402, Body: "{}"})
	if m = test(); m["ok"] != false || m["message"] != "nobody has paid" {
		t.Errorf("%v", m)
	}
	s.wantStatus(id, "reconnect_required")
	s.provider.Misbehave()

	m = s.Want(http.StatusOK, http.MethodDelete, "/v1/connections/"+id, nil)
	if m["revoked"] != true || m["reason"] != nil || !strings.Contains(string(s.provider.LastRequest(fakeprovider.API).Body), "fprt_") {
		t.Errorf("%v", m)
	}
	text := get(t, s.URL+"/metrics").Body
	for outcome, n := range map[string]string{"2xx": " ", "4xx": " 1\n", "5xx": " 1\n"} {
		if want := `claviger_api_calls_total{connector="desk",outcome="` + outcome + `",through="client"}` + n; !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestAConnectionThatFailsItsTestOverHTTP(t *testing.T) {
	t.Parallel()
	s := openDesk(t)
	s.provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Answer, On: fakeprovider.API, Status: 403, Header: map[string]string{"Content-Type": "application/json"}, Body: `{"error": "plan", "error_description": "your plan has no API"}`})
	id, link := s.Connect(map[string]any{"integration": "desk"})
	page := s.Consent(link)
	if !strings.Contains(page.Body, "your plan has no API") {
		t.Errorf("%s", page.Body)
	}
	m := s.wantStatus(id, "failed")
	if last, _ := m["lastError"].(map[string]any); last == nil || !strings.Contains(last["message"].(string), "your plan has no API") {
		t.Errorf("%v", m)
	}

	s.provider.Misbehave()
	s.Integrate("api-key", nil)
	refused(t, s.API(http.MethodPost, "/v1/connections", map[string]any{"integration": "api-key", "parameters": map[string]any{"apiKey": "a-wrong-key-0123"}}), 422, "provider_refused")
	if list := s.Want(http.StatusOK, http.MethodGet, "/v1/connections?integration=api-key", nil)["connections"].([]any); len(list) != 0 {
		t.Errorf("something was kept: %v", list)
	}
}
