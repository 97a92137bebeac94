package connectors_test

import (
	"testing"
	"testing/fstest"

	"claviger/connectors"
	"claviger/mapping/value"
)

func TestClientCredentialsFallBackToDeclaredParameters(t *testing.T) {
	spec := "auth:\n  type: client-credentials\n  inputSchema:\n    type: object\n    properties: {domain: {type: string}, region: {type: string}}\n"
	c, findings := connectors.LoadFS(fstest.MapFS{"acme/spec.yml": {Data: []byte(spec)}}, "acme")
	if c == nil {
		t.Fatal(findings)
	}
	got := c.Auth.ClientCredentials(value.Of("token", "t", "region", "stored"), value.Of("domain", "d", "region", "typed", "undeclared", "x"))
	want := value.Of("token", "t", "region", "stored", "domain", "d")
	if !value.Equal(got, want) {
		t.Errorf("got %v, want %v", value.String(got), value.String(want))
	}
}
