package connectors

import (
	"fmt"
	"strings"
	"testing"

	"claviger/mapping"
	"claviger/mapping/value"
)

func loadSpec(t testing.TB, spec string) *Connector {
	t.Helper()
	c, found := LoadFS(mapFS(map[string]string{"c/spec.yml": spec}), "c")
	if c == nil {
		t.Fatal(found)
	}
	return c
}

func TestHosts(t *testing.T) {
	literal := `
auth:
  type: client-credentials
  makeApiClient: {mapping: {baseUri: 'https://API.example.com/v1', bases: {x: {$concat: ['https://', files.example.com, /x]}}}}
  test: {code: "fetch('https://test.example.com:8443/')"}
`
	tests := []struct{ spec, connector, connection, want string }{
		{literal, `{}`, `{}`, "[api.example.com files.example.com test.example.com]"},
		{literal, `{"uri": "https://Own.example.org:8443/x", "list": [{"deep": "http://10.0.0.5/"}], "plain": "other.example.org", "n": 5}`, `{"uri": "https://evil.example"}`,
			"[10.0.0.5 api.example.com files.example.com own.example.org test.example.com]"},
		{"allowedHosts: ['*.example.com']" + literal, `{"uri": "https://own.example.org"}`, `{"uri": "https://evil.example"}`, "[*.example.com]"},
		{"allowedHosts: []" + literal[:strings.Index(literal, "  make")], `{"uri": "https://own.example.org"}`, `{}`, "[]"},
		{`
allowedHosts: [connection, login.example.com]
auth:
  type: client-credentials
  inputSchema: {type: object, properties: {host: {type: string}, apiKey: {type: string, format: password}}}
`, `{}`, `{"host": "desk.example.org:8443", "apiKey": "secret.example", "uri": "https://own.example.org/x", "evil": "a@b", "path": "x/y", "n": 1}`,
			"[desk.example.org login.example.com own.example.org]"},
	}
	for _, test := range tests {
		c := loadSpec(t, test.spec)
		got := fmt.Sprint(c.Hosts(object(t, test.connector), object(t, test.connection)).Strings())
		if got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
	if got := loadSpec(t, literal).Hosts(nil, nil).Strings(); len(got) != 3 {
		t.Errorf("without parameters: %v", got)
	}
}

func TestOptions(t *testing.T) {
	c := loadOne(t, "../testdata/good/options").Connector
	option, ok := c.Option("key")
	if !ok || option.Type != ClientCredentials || option.Title != "API key" || c.Auth.Title != "Sign in" {
		t.Fatalf("%+v", option)
	}
	if got := string(option.Input.JSON()); got != `{"type":"object","properties":{"note":{"type":"string"},"apiKey":{"type":"string","isSensitive":true}},"required":["apiKey"]}` {
		t.Errorf("merged schema: %s", got)
	}
	if option.Methods[GetOAuthConfig] != c.Auth.Methods[GetOAuthConfig] || option.Methods[MakeAPIClient] == c.Auth.Methods[MakeAPIClient] {
		t.Error("methods are not laid over one another")
	}
	for parameters, want := range map[string]bool{`{}`: true, `{"clientId": "x"}`: false} {
		if on, err := option.IsEnabled(object(t, parameters), mapping.Env{}); err != nil || on != want {
			t.Errorf("%s: enabled %v, %v", parameters, on, err)
		}
	}
	if on, err := c.Auth.IsEnabled(nil, mapping.Env{}); err != nil || !on {
		t.Error("the block itself is not enabled")
	}
	if _, ok := c.Option("other"); ok {
		t.Error("an unknown option is found")
	}
	if block, ok := c.Option(""); !ok || block != c.Auth {
		t.Error("the empty key is not the block itself")
	}
}

func TestImplementations(t *testing.T) {
	c := loadOne(t, "../testdata/good/api-key").Connector
	test := c.Auth.Methods[Test].Script
	if test.Entry != "spec.yml" || test.Line != 31 || test.Col != 7 || !strings.HasPrefix(test.Files["spec.yml"], "exports.test") {
		t.Errorf("inline code: %s:%d:%d", test.Entry, test.Line, test.Col)
	}
	client, err := c.Auth.Methods[MakeAPIClient].Mapping.Eval(value.Of("connectionParameters", value.Of("domain", "acme", "region", "eu")), mapping.Env{})
	if err != nil || client.(*value.Object).Text("baseUri") != "https://acme.desk.example.com/api" {
		t.Errorf("%v, %v", client, err)
	}
	if _, err := c.Auth.Methods[MakeAPIClient].Mapping.Eval(nil, mapping.Env{}); err == nil {
		t.Error("a URI with a missing part is evaluated")
	}
	hooks := loadOne(t, "../testdata/good/hooks").Connector
	refresh := hooks.Auth.Methods[RefreshCredentials]
	if refresh.Kind != KindJavaScript || refresh.Script.Entry != "auth/refresh-credentials.js" || refresh.Script.Files["lib/form.js"] == "" {
		t.Errorf("%+v", refresh)
	}
	rest := loadOne(t, "../testdata/good/ignored").Connector.Auth.Methods[Test]
	request, err := rest.REST.Request.Eval(value.Of("credentials", value.Of("id", "5", "token", "t")), mapping.Env{})
	if want := `{"path":"https://api.example.com/users/{id}","pathParameters":{"id":"5"},"headers":{"Authorization":"Bearer t"}}`; err != nil || lineOf(request) != want || rest.REST.Method != "GET" {
		t.Errorf("%s, %v", lineOf(request), err)
	}
	if _, err := rest.REST.Request.Eval(value.Of("credentials", value.Of("id", "5")), mapping.Env{}); err == nil {
		t.Error("an Authorization header with a missing part is evaluated")
	}
}

// The callback may tell the token endpoint: until then the config can be had without it.
func TestLateURI(t *testing.T) {
	p := loadOne(t, "../testdata/good/late-host").Connector.Auth.Methods[GetOAuthConfig].Mapping
	before, err := p.Eval(value.Of("connectorParameters", value.Of("clientId", "x")), mapping.Env{})
	if err != nil || before.(*value.Object).Text("authorizeUri") == "" {
		t.Errorf("%v, %v", before, err)
	}
}

func TestLimits(t *testing.T) {
	limits := loadOne(t, "../testdata/good/api-key").Connector.Limits
	if limits.Wall.String() != "10s" || limits.Memory != 128<<20 || limits.Fetches != 5 || limits.CPU != 0 || limits.Bytes != 0 {
		t.Errorf("%+v", limits)
	}
}

func TestMethodRules(t *testing.T) {
	for _, rule := range Methods() {
		if again, ok := Rule(rule.Method); !ok || again.Method != rule.Method || len(rule.files) == 0 || len(rule.Types) == 0 {
			t.Errorf("%+v", rule)
		}
	}
	if _, ok := Rule("nothing"); ok {
		t.Error("an unknown method has a rule")
	}
}
