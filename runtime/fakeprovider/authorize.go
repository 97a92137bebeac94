package fakeprovider

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// defaultAccount is the account of a consent that names none.
const defaultAccount = "demo-user"

// authorize is the authorization endpoint (RFC 6749 3.1). A mistake in client_id or redirect_uri is shown to the user
// and never sent anywhere; all others go back to the client.
func (p *Provider) authorize(q *Request) *answer {
	c, ok := p.client(q.Params.Get("client_id"))
	if !ok {
		return p.errorPage("The client_id is not known here.")
	}
	if !c.takesRedirect(q.Params.Get("redirect_uri")) {
		return p.errorPage("The redirect_uri is missing, not absolute, or not registered for this client.")
	}
	if code, description := p.checkAuthorize(q); code != "" {
		return p.callback(q, url.Values{"error": {code}, "error_description": {description}})
	}
	switch approve := q.Params.Get("approve"); {
	case approve == "0":
		return p.callback(q, url.Values{"error": {"access_denied"}, "error_description": {"the user said no"}})
	case approve == "" && !p.o.AutoApprove:
		return p.consentPage(q, c)
	}
	return p.consented(q, c)
}

func (c Client) takesRedirect(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil || !u.IsAbs() || u.Fragment != "" {
		return false
	}
	return len(c.RedirectURIs) == 0 || slices.Contains(c.RedirectURIs, uri)
}

func (p *Provider) checkAuthorize(q *Request) (code, description string) {
	method, challenge := q.Params.Get("code_challenge_method"), q.Params.Get("code_challenge")
	twice := repeated(q.Params)
	switch {
	case twice != "":
		return "invalid_request", "the parameter " + twice + " is repeated"
	case q.implicit() && p.o.Implicit:
		return "", ""
	case q.Params.Get("response_type") != "code":
		return "unsupported_response_type", "response_type must be code"
	case challenge == "" && p.o.RequirePKCE:
		return "invalid_request", "code_challenge is required"
	case challenge != "" && method != "S256":
		return "invalid_request", "code_challenge_method must be S256"
	case !slices.Contains([]string{"", "query", "fragment", "form_post"}, q.Params.Get("response_mode")):
		return "invalid_request", "response_mode must be query, fragment or form_post"
	}
	return "", ""
}

// repeated names a parameter that comes twice, which RFC 6749 3.1 and 3.2 forbid; resource may (RFC 8707 2).
func repeated(params url.Values) string {
	for name, values := range params {
		if len(values) > 1 && name != "resource" {
			return name
		}
	}
	return ""
}

func (p *Provider) consented(q *Request, c Client) *answer {
	account := q.Params.Get("account")
	if account == "" {
		account = defaultAccount
	}
	if q.implicit() {
		return p.callback(q, p.implicitToken(q, c, account))
	}
	code := p.newSecret("fpc_")
	p.mu.Lock()
	p.book.codes[code] = &authorizationCode{
		grant:       p.book.newGrant(grant{clientID: c.ID, account: account, scope: q.Params.Get("scope")}),
		redirectURI: q.Params.Get("redirect_uri"), challenge: q.Params.Get("code_challenge"),
		expires: p.o.Now().Add(codeLifetime),
	}
	p.mu.Unlock()
	params := url.Values{"code": {code}}
	for name, values := range p.o.CallbackParams {
		params[name] = slices.Clone(values)
	}
	return p.callback(q, params)
}

// implicit tells whether the client asks for a token without a code (RFC 6749 4.2.1).
func (q *Request) implicit() bool { return q.Params.Get("response_type") == "token" }

// implicitToken is what the callback brings then (RFC 6749 4.2.2): never a refresh token.
func (p *Provider) implicitToken(q *Request, c Client, account string) url.Values {
	access, now := p.newSecret("fpat_"), p.o.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	g := p.book.newGrant(grant{clientID: c.ID, account: account, scope: q.Params.Get("scope")})
	p.book.access[access] = &accessToken{grant: g, issued: now, expires: now.Add(p.o.Lifetime)}
	params := url.Values{"access_token": {access}, "token_type": {"Bearer"}, "expires_in": {strconv.Itoa(int(p.o.Lifetime.Seconds()))}}
	if g.scope != "" {
		params.Set("scope", g.scope)
	}
	return params
}

func (p *Provider) consentPage(q *Request, c Client) *answer {
	hidden := url.Values{}
	for name, values := range q.Params {
		if own := p.o.ParamNames[name]; own != "" {
			name = own
		}
		hidden[name] = values
	}
	delete(hidden, "account")
	var page bytes.Buffer
	// The template is ours and writes to memory: it cannot fail.
	_ = consent.Execute(&page, map[string]any{
		"Client": c.ID, "Scopes": strings.Fields(q.Params.Get("scope")), "Hidden": hidden, "Account": defaultAccount,
	})
	a := textAnswer(http.StatusOK, "text/html; charset=utf-8", page.String())
	a.header.Set("X-Frame-Options", "DENY")
	return a
}

func (p *Provider) errorPage(message string) *answer {
	var page bytes.Buffer
	_ = failed.Execute(&page, message)
	return textAnswer(http.StatusBadRequest, "text/html; charset=utf-8", page.String())
}

const style = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Demo provider</title>
<style>body{font:16px/1.5 system-ui;max-width:30em;margin:4em auto;padding:0 1em}button{font:inherit;padding:.4em 1.5em;margin-right:1em}</style>
<h1>Demo provider</h1>
`

var consent = template.Must(template.New("consent").Parse(style + `<p><strong>{{.Client}}</strong> asks for access to your account{{if .Scopes}}:</p>
<ul>{{range .Scopes}}<li>{{.}}</li>{{end}}</ul>{{else}}.</p>{{end}}
<form method="post" action="/authorize">
{{range $name, $values := .Hidden}}{{range $values}}<input type="hidden" name="{{$name}}" value="{{.}}">
{{end}}{{end}}<p><label>Account <input name="account" value="{{.Account}}"></label></p>
<button name="approve" value="1">Allow</button><button name="approve" value="0">Deny</button>
</form></html>
`))

var failed = template.Must(template.New("failed").Parse(style + `<p>This request cannot be answered: {{.}}</p></html>
`))
