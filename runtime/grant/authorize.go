package grant

import (
	"crypto/rand"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"claviger/mapping/value"
	"claviger/runtime/secret"
)

// NewVerifier makes a PKCE code verifier of 256 random bits (RFC 7636 section 4.1).
func NewVerifier() secret.Text { return secret.New(oauth2.GenerateVerifier()) }

// NewState makes a state of at least 128 random bits (RFC 6749 section 10.12).
func NewState() secret.Text { return secret.New(rand.Text()) }

// AuthorizeRequest is what one flow adds to the Config.
type AuthorizeRequest struct {
	RedirectURI string      // required
	State       secret.Text // required
	Verifier    secret.Text // required where there is PKCE
	Scopes      []string    // nil: the Config's
}

// AuthorizeURL is where the browser goes (RFC 6749 sections 4.1.1 and 4.2.1, PKCE by S256 of RFC 7636). What authorizeUri brings of
// its own is kept: its query, whose parameters stand in place of ours of the same name, and its fragment, behind which
// our query then goes. Extra replaces, adds and removes, under the names that are sent. The error is a *Failure of class
// Misconfigured.
func (c *Config) AuthorizeURL(r AuthorizeRequest) (string, error) {
	own, err := c.authorizeEndpoint(r)
	if err != nil {
		return "", err
	}
	query := c.authorizeQuery(r)
	c.rename(query)
	for _, param := range c.Extra {
		own.remove(param.Name)
		query.Del(param.Name)
		if param.Value != nil {
			query.Set(param.Name, value.String(param.Value))
			continue
		}
		query.Del(sentAs(c.AuthorizeNames, param.Name))
	}
	for _, name := range own.names() {
		query.Del(name)
	}
	return own.with(query), nil
}

// authorizeEndpoint judges everything that an authorize URL is made of.
func (c *Config) authorizeEndpoint(r AuthorizeRequest) (*endpoint, error) {
	if c.ClientID == "" {
		return nil, failed(Misconfigured, "clientId is missing")
	}
	own, err := c.parseEndpoint("authorizeUri", c.AuthorizeURI)
	if err != nil {
		return nil, err
	}
	for _, name := range own.names() {
		if standard := c.protects(name); standard != "" {
			return nil, failed(Misconfigured, "authorizeUri brings a parameter %s of its own, which may not be replaced", standard)
		}
	}
	needed := r.RedirectURI != "" && !r.State.IsEmpty() && (!c.challenges() || !r.Verifier.IsEmpty())
	if !needed {
		return nil, failed(Internal, "an authorize URL needs a redirect URI, a state and, unless skipPkce says otherwise, a verifier")
	}
	if !isClean(r.RedirectURI + strings.Join(r.Scopes, "")) {
		return nil, failed(Misconfigured, "a scope or the redirect URI holds a line break or a NUL character, which is refused")
	}
	return own, nil
}

// authorizeQuery lets the library write the standard parameters.
func (c *Config) authorizeQuery(r AuthorizeRequest) url.Values {
	library := c.library(r.RedirectURI)
	if scope := c.scope(r.Scopes); scope != "" {
		library.Scopes = []string{scope}
	}
	options := []oauth2.AuthCodeOption{}
	if c.challenges() {
		options = append(options, oauth2.S256ChallengeOption(r.Verifier.Reveal()))
	}
	_, encoded, _ := strings.Cut(library.AuthCodeURL(r.State.Reveal(), options...), "?")
	query, _ := url.ParseQuery(encoded) // written a line above, so it can be read
	if c.Carries() == accessTokenParam {
		query.Set(responseTypeParam, "token")
	}
	if len(c.Resource) > 0 {
		query[resourceParam] = c.Resource
	}
	return query
}

// scope joins the scopes asked for, nil being the Config's own. Empty: send none.
func (c *Config) scope(asked []string) string {
	if asked == nil {
		asked = c.Scopes
	}
	return strings.Join(asked, c.ScopeSeparator)
}

// Asked is the scopes that a first request asks for, nil being the Config's own: those that an answer without `scope`
// has granted (RFC 6749 section 5.1). It is nil where none are sent, or where extra, tokenExtra or authorizeUri has its
// own say.
func (c *Config) Asked(scopes []string) []string {
	own := []string{}
	for _, param := range slices.Concat(c.Extra, c.TokenExtra) {
		own = append(own, param.Name)
	}
	if e, err := c.parseEndpoint("authorizeUri", c.AuthorizeURI); err == nil {
		own = append(own, e.names()...)
	}
	if slices.ContainsFunc(own, func(name string) bool { return name == scopeParam || name == sentAs(c.AuthorizeNames, scopeParam) }) {
		return nil
	}
	if scopes == nil {
		scopes = c.Scopes
	}
	return slices.Clone(scopes)
}

// rename moves every parameter to the name it is sent under, all at once, so that two may swap.
func (c *Config) rename(query url.Values) {
	renameValues(query, c.AuthorizeNames)
}

func renameValues(values url.Values, names map[string]string) {
	moved := make(url.Values, len(names))
	for standard, sent := range names {
		if v, ok := values[standard]; ok {
			moved[sent] = v
			delete(values, standard)
		}
	}
	for sent, v := range moved {
		values[sent] = v
	}
}
