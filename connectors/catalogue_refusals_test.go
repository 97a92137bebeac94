package connectors_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime/apiclient"
	"claviger/runtime/egress"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

func bundled(t *testing.T, key string) *connectors.Connector {
	t.Helper()
	c, findings := connectors.LoadFS(connectors.Catalogue(), key)
	if c == nil {
		t.Fatal(findings)
	}
	return c
}

func client() *value.Object {
	return value.Of("clientId", "the-client-id", "clientSecret", "the-client-secret")
}

// What an end user types can never move a secret to another host: the schema refuses it.
func TestCatalogueRefusesTypedHosts(t *testing.T) {
	hostile := []string{
		"", "evil.com/", "evil.com/#", "evil.com#", "evil.com?", `evil.com\`, "a@b", "a@evil.com", "a:1", "a%2eb", "evil.example", "..", ".", "-a", "a-",
		"a\n", "\na", "a b", "a\x00", "evil．example", "evil。example", "ａ", "xn--/", "https://evil.example",
	}
	for key, name := range map[string]string{"freshdesk": "domain", "salesforce": "myDomain"} {
		schema := bundled(t, key).Auth.Input
		typed := func(text string) *value.Object {
			o := value.Of(name, text)
			if key == "freshdesk" {
				o.Set("apiKey", "the-api-key")
			}
			return schema.Apply(o)
		}
		for _, text := range hostile {
			if key == "salesforce" && text == "evil.example" {
				continue // one dot is allowed: .my.salesforce.com follows
			}
			if problems := schema.Validate(typed(text)); len(problems) == 0 {
				t.Errorf("%s: %s %q is accepted", key, name, text)
			}
		}
		if problems := schema.Validate(typed("acme--test-1")); len(problems) > 0 {
			t.Errorf("%s: %v", key, problems)
		}
	}
	salesforce := bundled(t, "salesforce")
	tr := newTraveller(t, salesforce, &sample{ConnectorParameters: client(), ConnectionParameters: value.Of("myDomain", "evil.example")})
	if uri := tr.config().TokenURI; uri != "https://evil.example.my.salesforce.com/services/oauth2/token" {
		t.Errorf("the token endpoint is %s", uri)
	}
}

// What the callback or the provider names as a host is used only if the connector lists it.
func TestCatalogueRefusesNamedHosts(t *testing.T) {
	guard, err := egress.NewGuard(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range []string{
		"https://evil.example", "https://accounts.zoho.com.evil.example", "https://accounts.zoho.com@evil.example", "https://evil.example/accounts.zoho.com",
		"https://evil.example#accounts.zoho.com", `https://evil.example\.zoho.com`, "https://accounts.zoho.com:443@evil.example", "//evil.example", "",
		"http://169.254.169.254", "https://www.zohoapis.com.evil.example", "https://zoho.com", "https://xn--accounts.zoho.com",
	} {
		callback := value.Of("code", "the-code", "accounts-server", server)
		tr := newTraveller(t, bundled(t, "zoho"), &sample{ConnectorParameters: client()})
		sent := func(r *http.Request) (*egress.Answer, error) {
			return guard.Do(r, egress.Policy{Hosts: tr.hosts, Timeout: time.Second})
		}
		_, err := tr.config("queryParameters", callback).Exchange(context.Background(), sent,
			grant.ExchangeRequest{Query: callback, RedirectURI: callbackURL})
		refused(t, "the exchange with accounts-server "+server, err)
		config := tr.config("queryParameters", callback, "credentials", value.Of("accounts_server", server))
		_, err = config.Refresh(context.Background(), sent, secret.New("the-refresh-token"))
		refused(t, "the refresh with accounts_server "+server, err)
	}
	for key, member := range map[string]string{"zoho": "api_domain", "salesforce": "instance_url"} {
		tr := newTraveller(t, bundled(t, key), &sample{ConnectorParameters: client()})
		for _, base := range []string{"https://evil.example", "https://salesforce.com.evil.example", "https://www.zohoapis.com@evil.example"} {
			credentials := value.Of("access_token", "the-token", member, base)
			made := tr.eval(connectors.MakeAPIClient, "credentials", credentials).(*value.Object)
			r, err := http.NewRequest(http.MethodGet, made.Text("baseUri")+"/x", nil)
			if err == nil {
				_, err = guard.Do(r, egress.Policy{Hosts: tr.hosts, Timeout: time.Second})
			}
			refused(t, key+" at "+base, err)
		}
	}
}

// refused wants that nothing was sent and that a rule, not the network, was the cause.
func refused(t *testing.T, what string, err error) {
	t.Helper()
	var guard *egress.Error
	var failure *grant.Failure
	var unusable *url.Error
	switch {
	case err == nil:
		t.Errorf("%s was sent", what)
	case errors.As(err, &guard):
		if guard.Sent || guard.Reason != egress.HostNotAllowed && guard.Reason != egress.InvalidRequest {
			t.Errorf("%s: %v", what, err)
		}
	case errors.As(err, &failure):
		if failure.Sent || failure.Class != grant.Misconfigured {
			t.Errorf("%s: %v", what, err)
		}
	case !errors.As(err, &unusable):
		t.Errorf("%s: %v", what, err)
	}
}

// Each provider's own way of refusing is understood.
func TestCatalogueFailureClasses(t *testing.T) {
	for _, refusal := range []struct {
		key, option string
		status      int
		body        string
		class       grant.Class
		code        string
	}{
		{"github", "", 200, `{"error": "bad_refresh_token", "error_description": "The refresh token passed is incorrect or expired."}`, grant.Reauth, "bad_refresh_token"},
		{"github", "", 200, `{"error": "incorrect_client_credentials"}`, grant.Misconfigured, "incorrect_client_credentials"},
		{"google", "", 400, `{"error": "invalid_grant", "error_description": "Token has been expired or revoked."}`, grant.Reauth, "invalid_grant"},
		{"slack", "", 200, `{"ok": false, "error": "invalid_refresh_token"}`, grant.Reauth, "invalid_refresh_token"},
		{"slack", "user", 200, `{"ok": false, "error": "bad_client_secret"}`, grant.Misconfigured, "bad_client_secret"},
		{"slack", "user", 200, `{"ok": false, "error": "internal_error"}`, grant.Transient, "internal_error"},
		{"microsoft", "", 400, `{"error": "interaction_required", "error_codes": [50079]}`, grant.Reauth, "interaction_required"},
		{"microsoft", "", 401, `{"error": "invalid_client", "error_codes": [7000222]}`, grant.Misconfigured, "invalid_client"},
		{"hubspot", "", 400, `{"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"}`, grant.Reauth, "BAD_REFRESH_TOKEN"},
		{"salesforce", "", 400, `{"error": "inactive_user", "error_description": "user is inactive"}`, grant.Reauth, "inactive_user"},
		{"salesforce", "", 400, `{"error": "rate_limit_exceeded"}`, grant.Transient, "rate_limit_exceeded"},
		{"quickbooks", "", 400, `{"error": "invalid_grant"}`, grant.Reauth, "invalid_grant"},
		{"notion", "", 400, `{"error": "invalid_grant", "request_id": "1"}`, grant.Reauth, "invalid_grant"},
		{"zoho", "", 200, `{"error": "invalid_code"}`, grant.Reauth, "invalid_code"},
		{"zoho", "", 200, `{"error": "invalid_client_secret"}`, grant.Misconfigured, "invalid_client_secret"},
	} {
		tr := newTraveller(t, bundled(t, refusal.key), &sample{Option: refusal.option, ConnectorParameters: client()})
		_, err := tr.config("credentials", value.Of("access_token", "old")).Refresh(context.Background(),
			func(*http.Request) (*egress.Answer, error) {
				header := http.Header{"Content-Type": {"application/json"}}
				return &egress.Answer{Status: refusal.status, Header: header, Body: []byte(refusal.body), ReceivedAt: time.Now()}, nil
			}, secret.New("the-refresh-token"))
		var failure *grant.Failure
		if !errors.As(err, &failure) || failure.Class != refusal.class {
			t.Errorf("%s %s: %v, want class %s", refusal.key, refusal.body, err, refusal.class)
		} else if failure.Code != refusal.code {
			t.Errorf("%s %s: the code is %q", refusal.key, refusal.body, failure.Code)
		}
	}
}

// The first response handler that matches says what an answer of the API means.
func TestCatalogueResponseHandlers(t *testing.T) {
	for _, answer := range []struct {
		key    string
		status int
		body   string
		want   string // key and message of the error; empty: there is none
	}{
		{"slack", 200, `{"ok": true}`, ""},
		{"slack", 200, `{"ok": false, "error": "token_expired"}`, "access_token_expired: Slack says that the token has expired"},
		{"slack", 200, `{"ok": false, "error": "token_revoked"}`, "connection_is_defunct: Slack refuses the token: token_revoked"},
		{"slack", 200, `{"ok": false, "error": "channel_not_found"}`, ": Slack answered: channel_not_found"},
		{"slack", 429, `{"ok": false, "error": "ratelimited"}`, "rate_limit_exceeded: Slack's rate limit is reached"},
		{"freshdesk", 401, `{"code": "invalid_credentials"}`, "connection_is_defunct: Freshdesk refuses the API key"},
		{"freshdesk", 404, ``, ": GET /x: the API answered 404 Not Found"},
	} {
		tr := newTraveller(t, bundled(t, answer.key), given(answer.key))
		made, _ := tr.eval(connectors.MakeAPIClient, "credentials", value.Of("access_token", "the-token", "apiKey", "the-api-key")).(*value.Object)
		if got := handled(t, made, answer.status, answer.body); got != answer.want {
			t.Errorf("%s %d %s: %q, want %q", answer.key, answer.status, answer.body, got, answer.want)
		}
	}
}

func given(key string) *sample {
	if key == "freshdesk" {
		return &sample{ConnectionParameters: value.Of("domain", "acme", "apiKey", "the-api-key")}
	}
	return &sample{ConnectorParameters: client()}
}

// handled is what the API client of a connector makes of an answer: key and message of its error.
func handled(t *testing.T, made *value.Object, status int, body string) string {
	t.Helper()
	client, err := apiclient.Parse(made, nil)
	if err != nil {
		t.Fatal(err)
	}
	way := apiclient.Way{
		Send: func(*http.Request) (*egress.Answer, error) {
			return &egress.Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}, nil
		},
		Pause: func(context.Context, time.Duration) error { return context.Canceled },
	}
	_, err = client.Do(t.Context(), way, apiclient.Request{Method: "GET", Path: "/x"})
	var refused *apiclient.Error
	if !errors.As(err, &refused) {
		return ""
	}
	return string(refused.Key) + ": " + refused.Message
}
