package connectors_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"claviger/connectors"
	"claviger/mapping"
	"claviger/mapping/value"
	"claviger/runtime/egress"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

const callbackURL = "https://claviger.example/oauth/callback/sample"

// walk is what every step of a sample gave.
type walk struct {
	Authorize   *request            `json:"authorize,omitempty"`
	Exchange    *request            `json:"exchange,omitempty"`
	Granted     []string            `json:"granted,omitempty"`
	Lifetime    string              `json:"lifetime,omitempty"` // of the access token
	Credentials *value.Object       `json:"credentials"`
	Refresh     *request            `json:"refresh,omitempty"`
	Renewed     *value.Object       `json:"renewed,omitempty"` // the credentials after the refresh
	Revoke      string              `json:"revoke,omitempty"`
	Client      *value.Object       `json:"client"` // of makeApiClient, without responseHandlers
	AccountID   any                 `json:"accountId,omitempty"`
	Label       any                 `json:"label,omitempty"`
	Calls       map[string]*request `json:"calls,omitempty"` // of rest-api-mappings
	Works       *bool               `json:"works,omitempty"` // what test makes of testAnswer
}

// request is one that is made: by a browser, to the token endpoint, or by a rest-api-mapping.
type request struct {
	Method  string            `json:"method,omitempty"`
	URI     string            `json:"uri"`
	Query   map[string]string `json:"query,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    any               `json:"body,omitempty"`
}

// traveller takes one sample through its connector, as the engine would.
type traveller struct {
	*testing.T
	c         *connectors.Connector
	auth      *connectors.Auth
	hosts     egress.Hosts
	arguments *value.Object
	last      *request // that was sent
}

func newTraveller(t *testing.T, c *connectors.Connector, s *sample) *traveller {
	auth, ok := c.Option(s.Option)
	if !ok {
		t.Fatalf("there is no auth option %q", s.Option)
	}
	ours, theirs := c.Parameters.Apply(s.ConnectorParameters), auth.Input.Apply(s.ConnectionParameters)
	for _, problem := range append(c.Parameters.Validate(ours), auth.Input.Validate(theirs)...) {
		t.Errorf("%s %s", problem.Path, problem.Message)
	}
	return &traveller{
		T: t, c: c, auth: auth, hosts: c.Hosts(ours, theirs),
		arguments: value.Of("connectorParameters", ours, "connectionParameters", theirs),
	}
}

// eval evaluates a method that is a mapping, with more arguments.
func (t *traveller) eval(m connectors.Method, more ...any) any {
	t.Helper()
	impl := t.auth.Methods[m]
	if impl == nil || impl.Mapping == nil {
		t.Fatalf("%s is no mapping", m)
	}
	return t.run(impl.Mapping, more...)
}

func (t *traveller) run(p *mapping.Program, more ...any) any {
	t.Helper()
	v, err := p.Eval(t.with(more...), mapping.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (t *traveller) with(more ...any) *value.Object {
	all := t.arguments.Clone()
	all.Merge(value.Of(more...))
	return all
}

// config is what getOAuthConfig returns.
func (t *traveller) config(more ...any) *grant.Config {
	t.Helper()
	result, _ := t.eval(connectors.GetOAuthConfig, more...).(*value.Object)
	config, err := grant.Parse(result, t.with(more...))
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func walkThrough(t *testing.T, c *connectors.Connector, s *sample) *walk {
	tr := newTraveller(t, c, s)
	w := &walk{Credentials: s.ConnectionParameters}
	if tr.auth.Type == connectors.OAuth2 {
		tr.authorize(w, s)
		if s.RefreshAnswer != nil {
			tr.refresh(w, s)
		}
	}
	tr.client(w, s)
	tr.calls(w, s)
	return w
}

func (t *traveller) authorize(w *walk, s *sample) {
	verifier := secret.New("a-verifier-that-is-the-same-in-every-run-of-the-samples")
	first := t.config("redirectUri", callbackURL, "state", "the-state")
	where, err := first.AuthorizeURL(grant.AuthorizeRequest{RedirectURI: callbackURL, State: secret.New("the-state"), Verifier: verifier})
	if err != nil {
		t.Fatal(err)
	}
	w.Authorize = fromURL(t.T, where)

	config := t.config("redirectUri", callbackURL, "state", "the-state", "queryParameters", s.Callback)
	answer, err := config.Exchange(context.Background(), t.answering(s.TokenAnswer),
		grant.ExchangeRequest{Query: s.Callback, RedirectURI: callbackURL, Verifier: verifier})
	if err != nil {
		t.Fatal(err)
	}
	w.Exchange, w.Granted = t.last, answer.Scope
	if at := grant.Expiry(answer.Response, answer.ReceivedAt, config.DefaultExpiresIn); !at.IsZero() {
		w.Lifetime = at.Sub(answer.ReceivedAt).String()
	}
	w.Credentials = t.credentials(s, answer)
}

// credentials are what is made of a token answer.
func (t *traveller) credentials(s *sample, a *grant.Answer) *value.Object {
	if !t.auth.Has(connectors.GetCredentialsFromTokenResponse) {
		return a.Response
	}
	o, _ := t.eval(connectors.GetCredentialsFromTokenResponse, "queryParameters", s.Callback, "tokenResponse", a.Response).(*value.Object)
	if o.Text("access_token") != a.Access.Reveal() {
		t.Error("the credentials lack the access token")
	}
	return o
}

func (t *traveller) refresh(w *walk, s *sample) {
	config := t.config("queryParameters", s.Callback, "credentials", w.Credentials)
	answer, err := config.Refresh(context.Background(), t.answering(s.RefreshAnswer), secret.New("the-refresh-token"))
	if err != nil {
		t.Fatal(err)
	}
	w.Refresh, w.Revoke = t.last, config.RevokeURI
	w.Renewed = w.Credentials.Clone()
	w.Renewed.Merge(t.credentials(s, answer))
}

// client evaluates what an API client and a person need of a connection.
func (t *traveller) client(w *walk, s *sample) {
	client, _ := t.eval(connectors.MakeAPIClient, "credentials", w.Credentials).(*value.Object)
	w.Client = client.Clone()
	w.Client.Delete("responseHandlers")
	t.reachable(client.Text("baseUri"))
	w.AccountID = t.told(connectors.GetAccountID, w, s)
	w.Label = t.told(connectors.GetConnectionLabel, w, s)
}

// told is what a method tells of an account; a rest-api-mapping of what the API answers to the test.
func (t *traveller) told(m connectors.Method, w *walk, s *sample) any {
	impl := t.auth.Methods[m]
	switch {
	case impl == nil || impl.Kind == connectors.KindREST && s.TestAnswer == nil:
		return nil
	case impl.Kind == connectors.KindREST:
		return t.run(impl.REST.Response, "credentials", w.Credentials, "response", value.Of("statusCode", value.Int(200), "data", s.TestAnswer))
	}
	return t.eval(m, "credentials", w.Credentials)
}

// calls evaluates the requests of test and disconnect, and what test makes of its answer.
func (t *traveller) calls(w *walk, s *sample) {
	w.Calls = map[string]*request{}
	for _, m := range []connectors.Method{connectors.Test, connectors.Disconnect, connectors.GetAccountID, connectors.GetConnectionLabel} {
		impl := t.auth.Methods[m]
		if impl == nil || impl.Kind != connectors.KindREST {
			continue
		}
		made, _ := t.run(impl.REST.Request, "credentials", w.Credentials).(*value.Object)
		made = made.Clone() // it may belong to the program
		path := made.Text("path")
		if strings.Contains(path, "://") {
			t.reachable(path)
		}
		made.Delete("path")
		w.Calls[string(m)] = &request{Method: impl.REST.Method, URI: path, Body: made}
	}
	if s.TestAnswer != nil {
		response := value.Of("statusCode", value.Int(200), "data", s.TestAnswer)
		works := value.Truthy(t.run(t.auth.Methods[connectors.Test].REST.Response, "credentials", w.Credentials, "response", response))
		w.Works = &works
	}
}

// reachable holds an address to the connector's own list of hosts.
func (t *traveller) reachable(address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err == nil {
		err = t.hosts.Check(u)
	}
	if err != nil {
		t.Errorf("%s: %v", address, err)
	}
}

// answering is a way out that answers every request that may leave with status 200 and a JSON body.
func (t *traveller) answering(body *value.Object) grant.Sender {
	return func(r *http.Request) (*egress.Answer, error) {
		if err := t.hosts.Check(r.URL); err != nil {
			var refused *egress.Error
			if !errors.As(err, &refused) {
				t.Fatalf("not a refusal of the guard: %v", err)
			}
			return nil, refused
		}
		t.last = fromRequest(t.T, r)
		text, err := json.Marshal(body)
		return &egress.Answer{
			Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: text, ReceivedAt: time.Now(),
		}, err
	}
}

func fromURL(t *testing.T, address string) *request {
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	out := &request{Query: single(u.Query())}
	u.RawQuery = ""
	out.URI = u.String()
	return out
}

func fromRequest(t *testing.T, r *http.Request) *request {
	out := fromURL(t, r.URL.String())
	out.Method, out.Headers = r.Method, single(url.Values(r.Header))
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		err = json.NewDecoder(bytes.NewReader(text)).Decode(&out.Body)
	} else {
		var form url.Values
		form, err = url.ParseQuery(string(text))
		out.Body = single(form)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func single(values url.Values) map[string]string {
	out := map[string]string{}
	for name := range values {
		out[name] = strings.Join(values[name], " + ")
	}
	return out
}
