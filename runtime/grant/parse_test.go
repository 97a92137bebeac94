package grant_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime/grant"
)

func TestParseReadsEveryField(t *testing.T) {
	c, err := grant.Parse(object(t, `{
		"clientId": "id", "clientSecret": "secret", "authorizeUri": "https://a/x?y=1", "tokenUri": "https://a/t",
		"scopes": ["a", "", "b"], "clientAuthLocation": "headers", "noRefreshToken": true, "skipPkce": true,
		"extra": {"prompt": "consent", "access_type": null}, "grantType": "client_credentials", "issuer": "https://a",
		"scopeSeparator": ",", "tokenRequestFormat": "json", "tokenExtra": {"a": {"b": [1]}}, "refreshExtra": {"c": false},
		"tokenHeaders": {"x-api-key": "k", "accept": null}, "refreshUri": "https://a/r", "revokeUri": "https://a/v",
		"paramNames": {"client_id": "client_key"}, "tokenFields": {"access_token": "data.token"}, "refreshMargin": 30, "refreshTokenLifetime": 1209600,
		"defaultExpiresIn": 3600, "refreshRetry": "always",
		"redirectUri": "https://platform.example/back", "resource": "https://api.example/v1", "introspectUri": null}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.ClientID != "id" || c.ClientSecret.Reveal() != "secret" || c.AuthorizeURI != "https://a/x?y=1" || c.TokenURI != "https://a/t" ||
		strings.Join(c.Scopes, " ") != "a b" || c.ClientAuthLocation != grant.AuthHeaders || !c.NoRefreshToken || !c.SkipPKCE {
		t.Errorf("the first fields are wrong: %+v", c)
	}
	if len(c.Extra) != 2 || c.Extra[1] != (grant.Param{Name: "access_type"}) || c.GrantType != "client_credentials" ||
		c.Issuer != "https://a" || c.ScopeSeparator != "," || c.TokenRequestFormat != grant.FormatJSON {
		t.Errorf("the middle fields are wrong: %+v", c)
	}
	if c.TokenHeaders[0] != (grant.Param{Name: "X-Api-Key", Value: "k"}) || c.RefreshURI != "https://a/r" || c.RevokeURI != "https://a/v" ||
		c.AuthorizeNames["client_id"] != "client_key" || c.TokenNames["client_id"] != "client_key" {
		t.Errorf("the names are wrong: %+v", c)
	}
	if *c.RefreshMargin != 30*time.Second || c.RefreshTokenLifetime != 14*24*time.Hour || c.DefaultExpiresIn != time.Hour ||
		c.RefreshRetry != grant.RetryAlways || c.RedirectURI != "https://platform.example/back" || c.Resource[0] != "https://api.example/v1" {
		t.Errorf("the last fields are wrong: %+v", c)
	}
}

func TestParseDefaults(t *testing.T) {
	c, err := grant.Parse(value.Of(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.ClientAuthLocation != grant.AuthBoth || c.GrantType != "authorization_code" || c.ScopeSeparator != " " ||
		c.TokenRequestFormat != grant.FormatForm || c.RefreshRetry != grant.RetryOnce || c.SkipPKCE || c.RefreshMargin != nil {
		t.Errorf("got %+v", c)
	}
	if !c.Grant().Interactive() {
		t.Error("the default grant needs a browser")
	}
	numeric, err := grant.Parse(object(t, `{"clientId": 12345678901234567890, "refreshMargin": 0}`), nil)
	if err != nil || numeric.ClientID != "12345678901234567890" || numeric.RefreshMargin == nil {
		t.Errorf("a numeric client id loses nothing, and a margin of 0 is one: %+v, %v", numeric, err)
	}
}

// TestParseMistakes: each text must appear in the error, beside all others of its row.
func TestParseMistakes(t *testing.T) {
	for _, row := range []struct {
		name, given string
		says        []string
	}{
		{"all at once", `{"clientid": "x", "tokenUri": 5, "scopes": "a b", "skipPkce": "yes", "refreshMargin": "60"}`, []string{
			`clientid: unknown field`, `did you mean "clientId"?`, "tokenUri: expected a string, found number",
			"scopes: expected a list of strings, found string", "skipPkce: expected true or false, found string",
			"refreshMargin: expected a number of seconds, found string"}},
		{"words", `{"clientAuthLocation": "header", "grantType": "code", "tokenRequestFormat": "xml", "refreshRetry": 1}`, []string{
			`clientAuthLocation: "header" is not known here (did you mean "headers"?)`, `grantType: "code"`, `tokenRequestFormat: "xml"`,
			"refreshRetry: expected one of once, never, always, found number"}},
		{"line breaks", `{"clientId": "a\nb", "clientSecret": "a\u0000b", "scopes": ["a", "b\r"], "extra": {"a": "x\r\ny", "b\n": "z"},
			"tokenExtra": {"x": "\n"}, "tokenHeaders": {"X-A": "a\r\nX-B: b"}}`, []string{
			"clientId: holds a line break", "clientSecret: holds a line break", "scopes[1]: holds", "extra.a: holds", "extra.b\n: expected a parameter name",
			"tokenExtra.x: holds", "tokenHeaders.X-A: holds"}},
		{"protected", `{"extra": {"state": null, "redirect_uri": "https://evil.example", "code_challenge": "x", "code_challenge_method": "plain"}}`, []string{
			"extra.state: state may not be", "extra.redirect_uri: redirect_uri may not be", "extra.code_challenge: code_challenge may not be",
			"extra.code_challenge_method: code_challenge_method may not be"}},
		{"protected under another name", `{"extra": {"customField": "x", "state": "y"}, "paramNames": {"state": "customField"}}`, []string{
			"extra.customField: state may not be", "extra.state: state may not be"}},
		{"renamed onto another", `{"paramNames": {"scope": "state"}}`, []string{`paramNames: scope and state would both be sent as "state"`}},
		{"renamed to one", `{"paramNames": {"token": {"code": "c", "client_id": "c"}}}`, []string{`paramNames.token: code and client_id would both be sent as "c"`}},
		{"names of names", `{"paramNames": {"clientId": "a", "state": "", "code": 5}}`, []string{
			`paramNames.clientId: not a standard parameter`, `did you mean "client_id"?`, "paramNames.state: expected a parameter name", "paramNames.code: expected a parameter name, found number"}},
		{"split names", `{"paramNames": {"authorize": {"code": "c"}, "code": "d"}}`, []string{
			"paramNames.authorize.code: not a standard parameter", "paramNames.code: expected only authorize and token"}},
		{"headers", `{"tokenHeaders": {"Host": "evil.example", "Bell": "\u0007", "content-length": "5", "a b": "c", "X": ["y"]}}`, []string{
			"tokenHeaders.Host: belongs to the connection", "tokenHeaders.Bell: holds a control character", "tokenHeaders.content-length: belongs to the connection",
			"tokenHeaders.a b: is not a header name", "tokenHeaders.X: expected a string or null, found list"}},
		{"a form carries no objects", `{"tokenExtra": {"a": {"b": 1}}, "refreshExtra": {"c": [1]}, "extra": {"d": {}}}`, []string{
			"tokenExtra.a: expected a string", "refreshExtra.c: expected", "extra.d: expected"}},
		{"redirect", `{"redirectUri": "http://platform.example/back"}`, []string{"redirectUri: expected an absolute https URI"}},
		{"redirect with fragment", `{"redirectUri": "https://platform.example/back#x"}`, []string{"redirectUri: expected a URI without"}},
		{"resource", `{"resource": ["https://a", "b", 5]}`, []string{"resource[1]: expected an absolute URI", "resource[2]: expected a string, found number"}},
		{"lengths", `{"refreshMargin": -1, "defaultExpiresIn": true, "refreshTokenLifetime": "90 d"}`, []string{
			"refreshTokenLifetime: expected a number of seconds, found string",
			"refreshMargin: expected a number of seconds that is not negative, found -1", "defaultExpiresIn: expected a number of seconds, found boolean"}},
		{"separator", `{"scopeSeparator": ""}`, []string{"scopeSeparator: expected at least one character"}},
		{"classes", `{"errorClasses": [{"when": true, "class": "fatal"}, {"class": "reauth"}, 5, {"when": true, "class": "reauth", "code": 1}]}`, []string{
			`errorClasses[0].class: "fatal" is not known here (expected one of reauth, misconfigured, transient)`, "errorClasses[1]: expected a formula under when",
			"errorClasses[2]: expected an object, found number", "errorClasses[3].code: unknown field"}},
		{"no list", `{"errorClasses": {}, "extra": [], "tokenFields": "x", "paramNames": 1}`, []string{
			"errorClasses: expected a list, found object", "extra: expected an object, found list", "tokenFields: expected an object, found string",
			"paramNames: expected an object, found number"}},
		{"formulas", `{"errorWhen": {"$evil": true}, "tokenFields": {"access_token": "a[", "refresh_token": 5}}`, []string{
			"errorWhen: ", "tokenFields.access_token: ", "tokenFields.refresh_token: expected a string, found number"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := grant.Parse(object(t, row.given), nil)
			var config *grant.ConfigError
			if !errors.As(err, &config) {
				t.Fatalf("expected a ConfigError, got %v", err)
			}
			for _, says := range row.says {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("nothing of %q in: %v", says, err)
				}
			}
			if len(config.Mistakes) < len(row.says)-1 {
				t.Errorf("%d mistakes: %v", len(config.Mistakes), err)
			}
			var feature *grant.NotSupportedError
			if errors.As(err, &feature) {
				t.Errorf("these are the author's mistakes, %s is not", feature.Feature)
			}
		})
	}
}

func TestParseMistakesShowNoValue(t *testing.T) {
	_, err := grant.Parse(object(t, `{"clientSecret": "hunter2-hunter2\n", "clientId": ["hunter2-hunter2"], "extra": {"a": "hunter2-hunter2\n"}}`), nil)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

func TestParseRefusesWhatIsNotBuilt(t *testing.T) {
	for _, given := range []string{
		`{"clientAuthLocation": "private_key_jwt"}`, `{"clientAuthLocation": "client_secret_jwt"}`, `{"clientAuthLocation": "tls"}`,
		`{"clientKey": "x"}`, `{"clientCertificate": "x"}`, `{"assertion": {}}`, `{"subjectToken": "x"}`, `{"subjectTokenType": "x"}`,
		`{"dpop": true}`, `{"deviceAuthorizationUri": "x"}`, `{"pushedAuthorizationRequestUri": "x"}`, `{"introspectUri": "x"}`,
		`{"username": "x"}`, `{"password": "x"}`,
		`{"grantType": "device_code"}`, `{"grantType": "jwt_bearer"}`, `{"grantType": "password"}`, `{"grantType": "token_exchange"}`,
	} {
		_, err := grant.Parse(object(t, given), nil)
		var feature *grant.NotSupportedError
		if !errors.As(err, &feature) {
			t.Errorf("%s: expected a NotSupportedError, got %v", given, err)
			continue
		}
		name := strings.Split(given, `"`)[1]
		if !strings.HasPrefix(feature.Feature, name) {
			t.Errorf("%s: the error does not begin with the field: %v", given, err)
		}
	}
}

func TestDeferredPaths(t *testing.T) {
	for path, want := range map[string]bool{
		"errorWhen": true, "errorClasses 0 when": true, "errorClasses * when": true,
		"errorClasses": false, "errorClasses 0 class": false, "tokenUri": false, "extra errorWhen": false,
	} {
		if got := grant.Deferred(strings.Fields(path)); got != want {
			t.Errorf("Deferred(%s) = %v", path, got)
		}
	}
}
