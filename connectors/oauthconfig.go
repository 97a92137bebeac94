package connectors

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"claviger/mapping"
	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
	"claviger/runtime/grant"
)

// uriFields are the fields of getOAuthConfig that requests or browsers are sent to.
var uriFields = []string{
	"authorizeUri", "tokenUri", "issuer", "refreshUri", "revokeUri", "introspectUri", "deviceAuthorizationUri",
	"pushedAuthorizationRequestUri", "requestTokenUri",
}

// oauth2Fields are what getOAuthConfig of an oauth2 connector returns.
var (
	oauth2Fields  = grant.Fields()
	isOAuth2Field = setOf(oauth2Fields)
)

// oauth1Fields are what getOAuthConfig of an oauth1 connector returns (format.md section 4).
var (
	oauth1Fields = []string{
		"consumerKey", "consumerSecret", "requestTokenUri", "authorizeUri", "tokenUri", "scopes", "extra", "signatureMethod",
	}
	isOAuth1Field = setOf(oauth1Fields)
)

// lateVariables are known only after the callback, or at a refresh: a URI made of them is incomplete before, and is
// judged when it is used.
var lateVariables = []string{"queryParameters", "credentials"}

// oauthConfig compiles getOAuthConfig. URIs and an Authorization header must be complete (format.md section 5).
func (r *reader) oauthConfig(impl *Implementation, n *yamlpos.Node) *mapping.Program {
	if n.Kind != yamlpos.Map {
		r.errorf(n.Pos, "%s: expected an object, found %s", GetOAuthConfig, n.Kind)
		return nil
	}
	late := map[string]bool{}
	o := mapping.Options{Defer: grant.Deferred, Strict: func(path []string) bool {
		switch len(path) {
		case 1:
			return slices.Contains(uriFields, path[0]) && !late[path[0]]
		case 2:
			return path[0] == "tokenHeaders" && strings.EqualFold(path[1], "Authorization")
		}
		return false
	}}
	p := r.compile(impl, n, o)
	if p == nil {
		return nil
	}
	shapes := r.programs[impl][0]
	for _, field := range uriFields {
		if !grant.Deferred([]string{field}) && dependsOn(shapes.at(field), lateVariables) {
			late[field] = true
		}
	}
	if len(late) > 0 {
		p, _ = mapping.Compile(n, o)
	}
	return p
}

func dependsOn(templates []mapping.Template, roots []string) bool {
	for _, t := range templates {
		for _, part := range t {
			for _, v := range partVars(part) {
				if root, _ := splitLocator(v); slices.Contains(roots, root) {
					return true
				}
			}
		}
	}
	return false
}

// judgeConfig judges what getOAuthConfig returns, as far as it is written down rather than computed.
func (r *reader) judgeConfig(b *authBlock, n *yamlpos.Node) {
	if isFormula(n) || n.Kind != yamlpos.Map {
		return
	}
	if b.auth.Type == OAuth1 {
		r.fieldNames(n, oauth1Fields, isOAuth1Field)
		return
	}
	r.judgeFields(n)
	r.judgePresence(b, n)
}

func (r *reader) fieldNames(n *yamlpos.Node, known []string, isKnown map[string]bool) {
	for _, p := range n.Pairs {
		if !isKnown[p.Key] {
			suggest(r.errorf(p.KeyPos, "getOAuthConfig has no field %q", p.Key), "%s", r.hint(p.Key, "", known))
		}
	}
}

// judgeFields lets the package that will read the result judge its literal parts: the rules are in one place.
func (r *reader) judgeFields(n *yamlpos.Node) {
	r.fieldNames(n, oauth2Fields, isOAuth2Field)
	literal := value.NewObject(len(n.Pairs))
	path := make([]string, 1, 8)
	for _, p := range n.Pairs {
		path[0] = p.Key
		if v := literalPart(p.Value, path); v != value.Undefined && isOAuth2Field[p.Key] {
			literal.Set(p.Key, v)
		}
	}
	_, err := grant.Parse(literal, nil)
	var refused *grant.ConfigError
	if !errors.As(err, &refused) {
		return
	}
	for _, mistake := range refused.Mistakes {
		r.fieldMistake(n, mistake)
	}
}

func (r *reader) fieldMistake(n *yamlpos.Node, mistake error) {
	var field *grant.FieldError
	var later *grant.NotSupportedError
	switch {
	case errors.As(mistake, &field):
		r.errorf(r.fieldPos(n, field.Field), "%s: %s", field.Field, field.Message)
	case errors.As(mistake, &later):
		name, _, _ := strings.Cut(later.Feature, " ")
		r.add(finding.Notef(r.fieldPos(n, name), "%s", later.Error()))
	default:
		r.errorf(n.Pos, "%s", mistake.Error())
	}
}

var fieldToken = regexp.MustCompile(`\[(\d+)\]|[^.\[\]]+`)

// fieldPos is where the part of a literal config stands that a path such as errorClasses[0].class names: the key of a
// member of extra and its like, else the value.
func (r *reader) fieldPos(n *yamlpos.Node, field string) finding.Pos {
	at := n.Pos
	for i, match := range fieldToken.FindAllStringSubmatch(field, -1) {
		if n.Kind == yamlpos.List {
			index, err := strconv.Atoi(match[1])
			if err != nil || index >= len(n.Items) {
				return at
			}
			n = n.Items[index]
			at = n.Pos
			continue
		}
		p := n.Pair(match[0])
		if p == nil {
			return at
		}
		if n, at = p.Value, p.Value.Pos; i == 1 {
			at = p.KeyPos
		}
	}
	return at
}

// placeholder stands for a text that a formula will compute, in a list whose other items are judged, and in extra, where
// the name alone is judged.
const placeholder = "https://placeholder.invalid"

// literalPart is what is written of a value at a path, without what is computed; value.Undefined where all of it is. It
// overwrites what lies behind path in its memory.
func literalPart(n *yamlpos.Node, path []string) any {
	if grant.Deferred(path) {
		return true
	}
	switch {
	case isFormula(n) && n.Pairs[0].Key == "$plain":
		return n.Pairs[0].Value.Value()
	case isFormula(n):
		return value.Undefined
	case n.Kind == yamlpos.Map:
		o := value.NewObject(len(n.Pairs))
		for _, p := range n.Pairs {
			v := literalPart(p.Value, append(path, p.Key))
			if v == value.Undefined && path[0] == "extra" {
				v = placeholder
			}
			o.Set(p.Key, v)
		}
		return o
	case n.Kind == yamlpos.List:
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			if list[i] = literalPart(item, append(path, strconv.Itoa(i))); list[i] == value.Undefined {
				list[i] = placeholder
			}
		}
		return list
	}
	return n.Value()
}

// judgePresence tells what the flow will miss.
func (r *reader) judgePresence(b *authBlock, n *yamlpos.Node) {
	grantType, written := n.Get("grantType"), "authorization_code"
	if grantType != nil {
		if written = grantType.Text; grantType.Kind != yamlpos.String {
			return
		}
	}
	discovers := n.Pair("issuer") != nil
	if !discovers && n.Pair("authorizeUri") == nil && slices.Contains([]string{"authorization_code", "implicit"}, written) {
		suggest(r.errorf(n.Pos, "getOAuthConfig has no authorizeUri"), "or an issuer that tells it")
	}
	if !discovers && n.Pair("tokenUri") == nil && written != "implicit" && !b.auth.Has(GetTokenData) {
		suggest(r.errorf(n.Pos, "getOAuthConfig has no tokenUri"), "or an issuer that tells it")
	}
	if written == "implicit" {
		r.add(finding.Notef(grantType.Pos, "the implicit grant shows the token to the browser and cannot renew it").
			Suggest("use authorization_code, which is the default, where the provider offers it"))
	}
	if n.Pair("clientId") == nil {
		r.add(finding.Warningf(n.Pos, "getOAuthConfig has no clientId"))
	}
	if n.Pair("clientAuthLocation") == nil && n.Pair("clientSecret") != nil {
		r.add(finding.Notef(n.Pos, "clientAuthLocation is absent: client id and secret are sent in headers and body alike, which a strict server refuses").
			Suggest("write clientAuthLocation: headers, or body"))
	}
}

// judgeEarly holds a field to what is known before there is a connection: a state is looked for before anybody knows whose it
// is.
func (r *reader) judgeEarly(p compiled, field string, roots ...string) {
	for _, t := range p.at(field) {
		for _, part := range t {
			for _, v := range partVars(part) {
				if root, _ := splitLocator(v); !slices.Contains(roots, root) {
					r.errorf(part.Pos, "%s may depend on connectorParameters only, found %s", field, v)
				}
			}
		}
	}
}

// judgeRedirect holds redirectUri to what makes it one per integration.
func (r *reader) judgeRedirect(p compiled) {
	r.judgeEarly(p, "redirectUri", "connectorParameters", "redirectUri")
	r.judgeEarly(p, "statePattern", "connectorParameters")
	for _, t := range p.at("redirectUri") {
		if a, ok := authorityOf(t); ok && a.scheme == "http" && a.first >= 0 {
			r.errorf(t[0].Pos, "redirectUri: expected an absolute https URI")
		}
	}
}
