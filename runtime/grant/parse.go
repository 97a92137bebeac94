package grant

import (
	"sync"

	"claviger/mapping/value"
	"claviger/runtime/secret"
)

// field is one field of format.md section 4.
type field struct {
	name string
	read func(p *parser, v any) // nil: named by the contract and not built yet
}

// fields is every field that getOAuthConfig of an oauth2 connector may return.
var fields = []field{
	{"clientId", func(p *parser, v any) { p.c.ClientID = p.textOrInteger("clientId", v) }},
	{"clientSecret", func(p *parser, v any) { p.c.ClientSecret = secret.New(p.text("clientSecret", v)) }},
	{"authorizeUri", func(p *parser, v any) { p.c.AuthorizeURI = p.uri("authorizeUri", v) }},
	{"tokenUri", func(p *parser, v any) { p.c.TokenURI = p.uri("tokenUri", v) }},
	{"scopes", func(p *parser, v any) { p.c.Scopes = p.texts("scopes", v) }},
	{"clientAuthLocation", readAuthLocation},
	{"noRefreshToken", func(p *parser, v any) { p.c.NoRefreshToken = p.boolean("noRefreshToken", v) }},
	{"skipPkce", func(p *parser, v any) { p.c.SkipPKCE = p.boolean("skipPkce", v) }},
	{"extra", func(p *parser, v any) { p.c.Extra = p.overlay("extra", v) }},
	{"grantType", readGrantType},
	{"issuer", func(p *parser, v any) { p.c.Issuer = p.text("issuer", v) }},
	{"scopeSeparator", readScopeSeparator},
	{"tokenRequestFormat", readBodyFormat},
	{"tokenExtra", func(p *parser, v any) { p.c.TokenExtra = p.overlay("tokenExtra", v) }},
	{"refreshExtra", func(p *parser, v any) { p.c.RefreshExtra = p.overlay("refreshExtra", v) }},
	{"tokenHeaders", readTokenHeaders},
	{"refreshUri", func(p *parser, v any) { p.c.RefreshURI = p.uri("refreshUri", v) }},
	{"revokeUri", func(p *parser, v any) { p.c.RevokeURI = p.uri("revokeUri", v) }},
	{"paramNames", readParamNames},
	{"tokenFields", readTokenFields},
	{"errorWhen", func(p *parser, v any) { p.c.errorWhen = p.formula("errorWhen", v) }},
	{"errorClasses", readErrorClasses},
	{"refreshMargin", func(p *parser, v any) { d := p.seconds("refreshMargin", v); p.c.RefreshMargin = &d }},
	{"defaultExpiresIn", func(p *parser, v any) { p.c.DefaultExpiresIn = p.seconds("defaultExpiresIn", v) }},
	{"refreshTokenLifetime", func(p *parser, v any) { p.c.RefreshTokenLifetime = p.seconds("refreshTokenLifetime", v) }},
	{"refreshRetry", readRetryPolicy},
	{"redirectUri", readRedirectURI},
	{"resource", readResource},
	{"callbackPattern", func(p *parser, v any) { p.c.CallbackPattern = p.pattern("callbackPattern", tokenGroup, v) }},
	{"statePattern", func(p *parser, v any) { p.c.StatePattern = p.pattern("statePattern", keyGroup, v) }},
	{name: "introspectUri"},
	{name: "deviceAuthorizationUri"},
	{name: "pushedAuthorizationRequestUri"},
	{name: "clientKey"},
	{name: "clientCertificate"},
	{name: "assertion"},
	{name: "subjectToken"},
	{name: "subjectTokenType"},
	{name: "username"},
	{name: "password"},
	{name: "dpop"},
}

var known = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, f := range fields {
		names[f.name] = true
	}
	return names
})

// Fields returns the name of every field that Parse knows, those that it refuses as not supported included.
func Fields() []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return names
}

// Parse types what getOAuthConfig returned for an oauth2 connector. arguments is what getOAuthConfig was called with: the
// variables of formulas that a hook returned as data (those of a mapping file have theirs bound); nil is none. A null
// stands for a field left out. The error is a *ConfigError that names every mistake.
func Parse(result, arguments *value.Object) (*Config, error) {
	p := &parser{
		arguments: arguments,
		c: &Config{
			ScopeSeparator: " ", GrantType: authorizationCode{}.Name(), TokenRequestFormat: FormatForm, RefreshRetry: RetryOnce,
		},
	}
	for _, f := range fields {
		p.field(f, result.Get(f.name))
	}
	for _, name := range result.Keys() {
		if !known()[name] {
			p.mistake(shorten(name, 60), "unknown field: %s", unknownWord(name, Fields()))
		}
	}
	p.checkTogether()
	if len(p.mistakes) > 0 {
		return nil, &ConfigError{Mistakes: p.mistakes}
	}
	return p.c, nil
}

func (p *parser) field(f field, v any) {
	switch {
	case v == nil || v == value.Undefined:
	case f.read == nil:
		p.notSupported(f.name)
	default:
		f.read(p, v)
	}
}

// checkTogether finds what only two fields together show.
func (p *parser) checkTogether() {
	p.checkProtected()
	if !p.c.Grant().Interactive() {
		for name, pattern := range map[string]string{"callbackPattern": p.c.CallbackPattern, "statePattern": p.c.StatePattern} {
			if pattern != "" {
				p.mistake(name, "the grant %s has no callback", p.c.GrantType)
			}
		}
	}
	if p.c.TokenRequestFormat == FormatForm {
		p.checkScalars("tokenExtra", p.c.TokenExtra)
		p.checkScalars("refreshExtra", p.c.RefreshExtra)
	}
	p.checkScalars("extra", p.c.Extra)
}
