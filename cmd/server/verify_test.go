package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"claviger/runtime/fakeprovider"
)

func verification(t testing.TB, a answer) (client, detail string) {
	t.Helper()
	if a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	v, _ := a.JSON(t)["verification"].(map[string]any)
	client, _ = v["client"].(string)
	detail, _ = v["detail"].(string)
	return client, detail
}

func TestVerify(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	put := func(connector string, more map[string]any) answer {
		return s.API("PUT", "/v1/integrations/v-"+connector+"?verify=true", map[string]any{"connector": connector, "parameters": s.parameters(more)})
	}
	for _, connector := range []string{"oauth-body", "oauth-headers", "oauth-both", "oauth-client-credentials"} {
		const wrong = "a-wrong-secret-0123456789"
		a := put(connector, map[string]any{"clientSecret": wrong})
		refused(t, a, 422, "client_refused")
		if strings.Contains(a.Body, wrong) || !strings.Contains(a.Body, "invalid_client") {
			t.Errorf("%s: %s", connector, a.Body)
		}
		refused(t, s.API("GET", "/v1/integrations/v-"+connector, nil), 404, "not_found") // nothing is stored
		if client, detail := verification(t, put(connector, nil)); client != "known" || detail == "" {
			t.Errorf("%s: %s: %s", connector, client, detail)
		}
		// A stored one stays as it is where the new one is refused.
		refused(t, put(connector, map[string]any{"clientId": "stranger"}), 422, "client_refused")
		if m := s.Want(200, "GET", "/v1/integrations/v-"+connector, nil); m["parameters"].(map[string]any)["clientId"] != clientID || m["verification"] != nil {
			t.Errorf("%v", m)
		}
		// The stored parameters can be asked about again.
		if client, _ := verification(t, s.API("PUT", "/v1/integrations/v-"+connector+"?verify=true", map[string]any{"connector": connector})); client != "known" {
			t.Errorf("%s: %s", connector, client)
		}
	}
	if m := s.Want(200, "PUT", "/v1/integrations/v-oauth-body?verify=false", map[string]any{"connector": "oauth-body"}); m["verification"] != nil {
		t.Errorf("%v", m)
	}
	_, limited := s.Key("--scope", "connect", "--scope", "use")
	calls := s.provider.Calls("")
	refused(t, s.APIAs(limited, "PUT", "/v1/integrations/x?verify=true", map[string]any{"connector": "oauth-body", "parameters": s.parameters(nil)}), 403, "forbidden")
	refused(t, s.API("PUT", "/v1/integrations/x?verify=true", map[string]any{"connector": "oauth-body", "parameters": map[string]any{}}), 422, "invalid_parameters")
	if s.provider.Calls("") != calls {
		t.Error("the provider was asked")
	}
}

// A provider that cannot tell is not made to: what is said is unknown, and the integration is stored.
func TestVerifyWhatCannotBeTold(t *testing.T) {
	t.Parallel()
	var answered atomic.Value
	answered.Store(`400 {"error":"invalid_grant"}`)
	odd := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		status, body, _ := strings.Cut(answered.Load().(string), " ")
		code := http.StatusBadRequest
		if err := json.Unmarshal([]byte(status), &code); err != nil {
			t.Error(err)
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
	}))
	defer odd.Close()
	s := openShop(t, fakeprovider.Options{}, "--connectors", implicitSpec(t, "imp", implicitGrant))
	put := func(connector string, parameters map[string]any) answer {
		return s.API("PUT", "/v1/integrations/u-"+connector+"?verify=true", map[string]any{"connector": connector, "parameters": parameters})
	}
	at := func(base string) map[string]any { return s.parameters(map[string]any{"baseUrl": base}) }
	for answer, want := range map[string]string{
		`400 {"error":"invalid_grant"}`:         "in the same way",
		`400 {"error":"invalid_request"}`:       "does not tell",
		`400 {"error":"redirect_uri_mismatch"}`: "redirect_uri_mismatch",
		`500 oops`:                              "does not tell",
		`302 elsewhere`:                         "does not tell",
		`200 {"access_token":"anything"}`:       "never issued",
		`200 <html>`:                            "does not tell",
	} {
		answered.Store(answer)
		if client, detail := verification(t, put("oauth-body", at(odd.URL))); client != "unknown" || !strings.Contains(detail, want) || strings.Contains(detail, clientSecret) {
			t.Errorf("%s: %s: %s", answer, client, detail)
		}
	}
	answered.Store(`401 {"error":"invalid_client","error_description":"` + clientSecret + ` is wrong"}`)
	if a := put("oauth-body", at(odd.URL)); a.Code() != "client_refused" || strings.Contains(a.Body, clientSecret) {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	for connector, parameters := range map[string]map[string]any{
		"oauth-headers": at("http://127.0.0.1:1"), "imp": s.parameters(nil), "api-key": {"baseUrl": s.base},
		"oauth-hooks": s.parameters(map[string]any{"tokenUri": s.base + "/token", "profileUri": s.base + "/api/me"}),
	} {
		if client, detail := verification(t, put(connector, parameters)); client != "unknown" || detail == "" {
			t.Errorf("%s: %s: %s", connector, client, detail)
		}
	}
	// What is known only of a connection cannot be asked before; nor where the issuer says nothing.
	issued := implicitSpec(t, "issued", "      issuer: {$var: connectorParameters.baseUrl}\n      clientSecret: {$var: connectorParameters.clientSecret}\n      clientAuthLocation: body\n")
	other := startServer(t, "--egress-allow", "127.0.0.1", "--connectors", issued, "--connectors", "../../docs/examples/freshdesk/connectors")
	ask := func(connector string, parameters map[string]any) answer {
		return other.API("PUT", "/v1/integrations/"+connector+"?verify=true", map[string]any{"connector": connector, "parameters": parameters})
	}
	if client, detail := verification(t, ask("freshdesk-oauth", map[string]any{"clientId": clientID, "clientSecret": clientSecret})); client != "unknown" || !strings.Contains(detail, "cannot be asked") {
		t.Errorf("%s: %s", client, detail)
	}
	if client, detail := verification(t, ask("issued", at(odd.URL))); client != "unknown" || !strings.Contains(detail, "discovery") {
		t.Errorf("%s: %s", client, detail)
	}
	if client, _ := verification(t, ask("issued", s.parameters(nil))); client != "known" {
		t.Error(client)
	}
	if a := ask("issued", s.parameters(map[string]any{"clientSecret": "a-wrong-secret-0123456789"})); a.Code() != "client_refused" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if strings.Contains(s.Log(), clientSecret) {
		t.Error("the log holds the secret")
	}
}
