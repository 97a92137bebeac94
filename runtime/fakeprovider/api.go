package fakeprovider

import (
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"
	"unicode/utf8"
)

// me tells whose credentials the request carries.
func (p *Provider) me(q *Request) *answer {
	account, scope, ok := p.who(q)
	if !ok {
		a := oauthError(http.StatusUnauthorized, "invalid_token", "the credentials are missing, expired or revoked")
		a.header.Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		return a
	}
	return jsonAnswer(http.StatusOK, map[string]any{"id": account, "name": "Account " + account, "scope": scope})
}

func (p *Provider) who(q *Request) (account, scope string, ok bool) {
	if token, found := strings.CutPrefix(q.Header.Get("Authorization"), "Bearer "); found {
		p.mu.Lock()
		defer p.mu.Unlock()
		g, live := p.book.live(token, p.o.Now())
		if !live {
			return "", "", false
		}
		return g.account, g.scope, true
	}
	if user, password, found := (&http.Request{Header: q.Header}).BasicAuth(); found {
		return p.o.Username, "", p.o.Password != "" && same(user, p.o.Username) && same(password, p.o.Password)
	}
	return "api-key", "", p.o.APIKey != "" && same(q.Header.Get("X-Api-Key"), p.o.APIKey)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// echo returns the request as it arrived: {method, path, query, headers, body} and, where the body is no UTF-8,
// bodyBase64 in place of body. It asks for no credentials.
func (p *Provider) echo(q *Request) *answer {
	fields := map[string]any{"method": q.Method, "path": q.Path, "query": q.Query, "headers": q.Header}
	if utf8.Valid(q.Body) {
		fields["body"] = string(q.Body)
	} else {
		fields["bodyBase64"] = base64.StdEncoding.EncodeToString(q.Body)
	}
	return jsonAnswer(http.StatusOK, fields)
}

// revoke is the revocation endpoint (RFC 7009). A refresh token ends its grant, an access token only itself; a token that
// is not known is answered with 200 too (2.2).
func (p *Provider) revoke(q *Request) *answer {
	c, problem := p.authenticate(q)
	if problem != nil {
		return problem
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	token := q.Params.Get("token")
	if t, ok := p.book.refresh[token]; ok {
		if t.clientID != c.ID {
			return invalidGrant("the token belongs to another client")
		}
		t.dead = true
	}
	if t, ok := p.book.access[token]; ok {
		if t.clientID != c.ID {
			return invalidGrant("the token belongs to another client")
		}
		t.expires = p.o.Now()
	}
	return textAnswer(http.StatusOK, "text/plain; charset=utf-8", "")
}

func (p *Provider) issuer(q *Request) string {
	if p.o.Issuer != "" {
		return p.o.Issuer
	}
	return q.base
}

// metadata is the authorization server's description of itself (RFC 8414 2, RFC 9207 3).
func (p *Provider) metadata(q *Request) *answer {
	names := make([]string, len(grants))
	for i, kind := range grants {
		names[i] = kind.name
	}
	return jsonAnswer(http.StatusOK, map[string]any{
		"issuer":                                         p.issuer(q),
		"authorization_endpoint":                         q.base + "/authorize",
		"token_endpoint":                                 q.base + "/token",
		"revocation_endpoint":                            q.base + "/revoke",
		"response_types_supported":                       []string{"code"},
		"response_modes_supported":                       []string{"query", "fragment", "form_post"},
		"grant_types_supported":                          names,
		"code_challenge_methods_supported":               []string{"S256"},
		"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post", "none"},
		"authorization_response_iss_parameter_supported": p.o.SendIss,
	})
}
