package grant

import (
	"slices"

	"claviger/mapping/value"
)

// The standard parameters (RFC 6749, RFC 7636), which paramNames can send under other names.
const (
	responseTypeParam    = "response_type"
	clientIDParam        = "client_id"
	clientSecretParam    = "client_secret"
	redirectURIParam     = "redirect_uri"
	scopeParam           = "scope"
	stateParam           = "state"
	challengeParam       = "code_challenge"
	challengeMethodParam = "code_challenge_method"
	grantTypeParam       = "grant_type"
	codeParam            = "code"
	verifierParam        = "code_verifier"
	refreshTokenParam    = "refresh_token"
	resourceParam        = "resource"
)

var (
	authorizeParams = []string{
		responseTypeParam, clientIDParam, redirectURIParam, scopeParam, stateParam, challengeParam, challengeMethodParam, resourceParam,
	}
	tokenParams = []string{
		grantTypeParam, codeParam, redirectURIParam, clientIDParam, clientSecretParam, verifierParam, refreshTokenParam, scopeParam, resourceParam,
	}
	// protectedParams bind a flow to its browser and its callback: nothing that an author writes may touch them.
	protectedParams = []string{stateParam, redirectURIParam, challengeParam, challengeMethodParam}
)

// readParamNames reads {standard: sent}, for both requests, or {authorize: {…}, token: {…}}.
func readParamNames(p *parser, v any) {
	o := p.object("paramNames", v)
	if !isSplit(o) {
		p.c.AuthorizeNames = p.names("paramNames", o, authorizeParams, tokenParams)
		p.c.TokenNames = p.names("paramNames", o, tokenParams, authorizeParams)
		return
	}
	for name, part := range o.All() {
		switch {
		case name != "authorize" && name != "token":
			p.mistake("paramNames."+shorten(name, 60), "expected only authorize and token beside one another")
		case part == nil:
		case name == "authorize":
			at := "paramNames.authorize"
			p.c.AuthorizeNames = p.names(at, p.object(at, part), authorizeParams, nil)
		default:
			at := "paramNames.token"
			p.c.TokenNames = p.names(at, p.object(at, part), tokenParams, nil)
		}
	}
}

func isSplit(o *value.Object) bool {
	for _, name := range []string{"authorize", "token"} {
		if _, ok := o.Get(name).(*value.Object); ok {
			return true
		}
	}
	return false
}

// names reads renamings of the parameters mine; those of others are meant for the other request and passed over.
func (p *parser) names(at string, o *value.Object, mine, others []string) map[string]string {
	out := map[string]string{}
	for from, to := range o.All() {
		here := at + "." + shorten(from, 60)
		if !slices.Contains(mine, from) {
			if !slices.Contains(others, from) {
				p.once(here, "%s", "not a standard parameter: "+unknownWord(from, append(slices.Clone(mine), others...)))
			}
			continue
		}
		s, ok := to.(string)
		if !ok || s == "" || !isClean(s) {
			p.once(here, "expected a parameter name, found %s", describeName(to))
			continue
		}
		out[from] = s
	}
	p.checkDistinct(at, out, mine)
	return out
}

func describeName(v any) string {
	if _, ok := v.(string); ok {
		return "one that is empty or holds a line break"
	}
	return kind(v)
}

// checkDistinct refuses two parameters under one name: the later would take the place of the earlier, which may be state.
func (p *parser) checkDistinct(at string, names map[string]string, params []string) {
	taken := map[string]string{}
	for _, standard := range params {
		sent := sentAs(names, standard)
		if other, ok := taken[sent]; ok {
			p.once(at, "%s and %s would both be sent as %q", other, standard, shorten(sent, 60))
		}
		taken[sent] = standard
	}
}

// once is mistake for what is looked at twice, for each of the two requests.
func (p *parser) once(at, format string, args ...any) {
	before := len(p.mistakes)
	p.mistake(at, format, args...)
	said := p.mistakes[before].Error()
	if slices.ContainsFunc(p.mistakes[:before], func(m error) bool { return m.Error() == said }) {
		p.mistakes = p.mistakes[:before]
	}
}

// sentAs is the name under which a standard parameter is sent.
func sentAs(names map[string]string, standard string) string {
	if sent, ok := names[standard]; ok {
		return sent
	}
	return standard
}

// checkProtected refuses an extra that touches what binds the flow, under its standard name or the one it is sent under.
func (p *parser) checkProtected() {
	for _, param := range p.c.Extra {
		if standard := p.c.protects(param.Name); standard != "" {
			p.mistake("extra."+shorten(param.Name, 60), "%s may not be replaced or removed", standard)
		}
	}
}

// protects returns the protected parameter that a name in the authorize query would touch, or "".
func (c *Config) protects(name string) string {
	for _, standard := range protectedParams {
		if name == standard || name == sentAs(c.AuthorizeNames, standard) {
			return standard
		}
	}
	return ""
}
