package grant

import (
	"fmt"
	"net/url"
	"slices"

	"claviger/mapping/value"
)

func readAuthLocation(p *parser, v any) {
	later := []string{"private_key_jwt", "client_secret_jwt", "tls"}
	known := append([]string{string(AuthHeaders), string(AuthBody), string(AuthNone)}, later...)
	s, _ := p.word("clientAuthLocation", v, known...)
	if slices.Contains(later, s) {
		p.notSupported("clientAuthLocation " + s)
		return
	}
	p.c.ClientAuthLocation = AuthLocation(s)
}

func readGrantType(p *parser, v any) {
	known := GrantTypes()
	s, ok := p.word("grantType", v, known...)
	if !ok {
		return
	}
	if _, built := lookUp(s); !built {
		p.notSupported("grantType " + s)
		return
	}
	p.c.GrantType = s
}

func readScopeSeparator(p *parser, v any) {
	if s := p.text("scopeSeparator", v); s != "" {
		p.c.ScopeSeparator = s
	} else if v == "" {
		p.mistake("scopeSeparator", "expected at least one character, found an empty string")
	}
}

func readBodyFormat(p *parser, v any) {
	if s, ok := p.word("tokenRequestFormat", v, string(FormatForm), string(FormatJSON)); ok {
		p.c.TokenRequestFormat = BodyFormat(s)
	}
}

func readRetryPolicy(p *parser, v any) {
	if s, ok := p.word("refreshRetry", v, string(RetryOnce), string(RetryNever), string(RetryAlways)); ok {
		p.c.RefreshRetry = RetryPolicy(s)
	}
}

// readRedirectURI checks at once, for the callback URI is used in every flow (RFC 6749 section 3.1.2: absolute, without
// a fragment).
func readRedirectURI(p *parser, v any) {
	s := p.text("redirectUri", v)
	u, err := url.Parse(s)
	switch {
	case s == "":
	case err != nil || u.Host == "" || u.Scheme != "https":
		p.mistake("redirectUri", "expected an absolute https URI")
	case u.User != nil || u.Fragment != "":
		p.mistake("redirectUri", "expected a URI without user name and fragment")
	default:
		p.c.RedirectURI = s
	}
}

// readResource reads one or several resource indicators (RFC 8707 section 2).
func readResource(p *parser, v any) {
	if _, ok := v.(string); ok {
		v = []any{v}
	}
	for i, s := range p.texts("resource", v) {
		if u, err := url.Parse(s); err != nil || !u.IsAbs() || u.Fragment != "" {
			p.mistake(fmt.Sprintf("resource[%d]", i), "expected an absolute URI without a fragment")
			continue
		}
		p.c.Resource = append(p.c.Resource, s)
	}
}

// overlay reads an object whose values are laid over parameters; null removes.
func (p *parser) overlay(at string, v any) Overlay {
	o := p.object(at, v)
	out := make(Overlay, 0, o.Len())
	for name, item := range o.All() {
		here := at + "." + shorten(name, 60)
		if name == "" || !isClean(name) {
			p.mistake(here, "expected a parameter name without line breaks and NUL")
			continue
		}
		if problem := unclean(item); problem != "" {
			p.mistake(here, "%s", problem)
			continue
		}
		out = append(out, Param{Name: name, Value: item})
	}
	return out
}

// unclean says what is wrong with a value that is to be sent, at any depth.
func unclean(v any) string {
	switch t := v.(type) {
	case string:
		if !isClean(t) {
			return "holds a line break or a NUL character, which is refused"
		}
	case []any:
		for _, item := range t {
			if problem := unclean(item); problem != "" {
				return problem
			}
		}
	case *value.Object:
		for k, item := range t.All() {
			if problem := unclean(item) + unclean(k); problem != "" {
				return problem
			}
		}
	case formula:
		return "expected a value, found a formula that is evaluated later"
	}
	return ""
}

// checkScalars finds values that a form or a query cannot carry.
func (p *parser) checkScalars(at string, o Overlay) {
	for _, param := range o {
		switch param.Value.(type) {
		case []any, *value.Object:
			p.expected(at+"."+shorten(param.Name, 60), "a string, a number, true or false, or null", param.Value)
		}
	}
}
