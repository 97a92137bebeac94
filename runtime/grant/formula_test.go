package grant_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"claviger/mapping"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
	"claviger/runtime/egress"
	"claviger/runtime/grant"
)

// fromFile evaluates a getOAuthConfig mapping as the engine does, further paths deferred, and parses the result.
func fromFile(t *testing.T, source string, variables *value.Object, later ...string) (*grant.Config, error) {
	t.Helper()
	node, found := yamlpos.Parse("auth/get-oauth-config.map.yml", []byte(source))
	if found.HasErrors() {
		t.Fatal(found)
	}
	program, found := mapping.Compile(node, mapping.Options{
		Defer: func(path []string) bool { return grant.Deferred(path) || len(later) > 0 && slices.Equal(path, later) },
	})
	if found.HasErrors() {
		t.Fatal(found)
	}
	result, err := program.Eval(variables, mapping.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return grant.Parse(result.(*value.Object), variables)
}

const withFormulas = `
clientId: a
errorWhen:
  $eval: {$var: response.data.state}
  is: {$var: connectorParameters.bad}
errorClasses:
  - when: {$eval: {$var: response.data.why}, is: {$var: connectorParameters.gone}}
    class: reauth
  - when: {$eval: {$var: response.statusCode}, gte: 400}
    class: misconfigured
`

// TestFormulasSeeVariablesAndAnswer: from a mapping file and from a hook alike.
func TestFormulasSeeVariablesAndAnswer(t *testing.T) {
	variables := value.Of("connectorParameters", value.Of("bad", "B", "gone", "G"))
	file, err := fromFile(t, withFormulas, variables)
	if err != nil {
		t.Fatal(err)
	}
	node, _ := yamlpos.Parse("x", []byte(withFormulas))
	hook, err := grant.Parse(node.Value().(*value.Object), variables)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*grant.Config{"file": file, "hook": hook} {
		for _, row := range []struct {
			status int
			body   string
			class  grant.Class
		}{
			{200, `{"state":"A"}`, ""}, {200, `{"state":"B"}`, grant.Malformed}, {200, `{"state":"B","why":"G"}`, grant.Reauth},
			{503, `{"why":"G"}`, grant.Reauth}, {503, `{}`, grant.Misconfigured},
		} {
			f := c.ErrorFrom(&egress.Answer{Status: row.status, Body: []byte(row.body)})
			if f == nil != (row.class == "") || f != nil && f.Class != row.class {
				t.Errorf("%s: %d %s: %+v", name, row.status, row.body, f)
			}
		}
	}
}

// TestURIsAreJudgedWhenUsed: a tokenUri that is known only after the callback disturbs no authorize URL.
func TestURIsAreJudgedWhenUsed(t *testing.T) {
	const source = `
clientId: a
authorizeUri: https://a.example/authorize
tokenUri: {$uuid: true}
`
	c, err := fromFile(t, source, value.Of(), "tokenUri") // without randomness $uuid fails
	if err != nil {
		t.Fatal(err)
	}
	authorize(t, c, nil)
	_, err = exchange(t, c)
	f := failure(t, err, grant.Misconfigured)
	var where *mapping.EvalError
	if !errors.As(err, &where) || !strings.Contains(f.Message, "auth/get-oauth-config.map.yml:4:") {
		t.Errorf("the place of the mistake is lost: %v", err)
	}
	for tokenURI, says := range map[string]string{
		"{$tpl: 'https://{queryParameters.region}.a.example/token'}": "tokenUri is missing",
		"not-a-uri": "tokenUri is not an absolute https URI",
	} {
		for _, later := range []string{"none", "tokenUri"} {
			c, err := fromFile(t, "clientId: a\nauthorizeUri: https://a.example/authorize\ntokenUri: "+tokenURI, value.Of(), later)
			if err != nil {
				t.Fatal(err)
			}
			authorize(t, c, nil)
			_, err = exchange(t, c)
			if f := failure(t, err, grant.Misconfigured); f.Message != says {
				t.Errorf("%s: %v", tokenURI, f)
			}
		}
	}
	known, err := fromFile(t, "tokenUri: {$tpl: 'https://{queryParameters.region}.a.example/token'}",
		value.Of("queryParameters", value.Of("region", "eu")), "tokenUri")
	if err != nil || known.TokenURI != "https://eu.a.example/token" {
		t.Errorf("%+v, %v", known, err)
	}
}

func TestFormulaThatFails(t *testing.T) {
	for _, source := range []string{"errorWhen: {$uuid: true}", "errorClasses: [{when: {$uuid: true}, class: reauth}]"} {
		c, err := fromFile(t, source, value.Of())
		if err != nil {
			t.Fatal(err)
		}
		f := c.ErrorFrom(&egress.Answer{Status: 200, Body: []byte(`{"ok":false,"error":"x"}`)})
		if strings.HasPrefix(source, "errorWhen") {
			f = c.ErrorFrom(&egress.Answer{Status: 200, Body: []byte(`{}`)})
		}
		if f == nil || f.Class != grant.Misconfigured || !strings.Contains(f.Message, "could not be evaluated") {
			t.Errorf("%s: %+v", source, f)
		}
	}
	_, err := fromFile(t, "clientId: {$var: x}\nextra: {a: {$uuid: true}}", value.Of(), "extra", "a")
	if err == nil || !strings.Contains(err.Error(), "extra.a: expected a value, found a formula") {
		t.Errorf("a formula in the wrong place: %v", err)
	}
}

// TestZeroConfig: a connector without getOAuthConfig renews by a hook, whose results are read all the same.
func TestZeroConfig(t *testing.T) {
	a, err := (&grant.Config{}).Read(object(t, `{"access_token":"at","scope":"read write"}`), received)
	if err != nil || len(a.Scope) != 2 || a.Scope[0] != "read" {
		t.Errorf("%+v, %v", a, err)
	}
}
