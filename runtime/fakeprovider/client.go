package fakeprovider

import (
	"crypto/subtle"
	"net/http"
	"net/url"
)

func (p *Provider) client(id string) (Client, bool) {
	for _, c := range p.o.Clients {
		if c.ID == id {
			return c, true
		}
	}
	return Client{}, false
}

// presented is what a request says about its client.
type presented struct {
	id, secret         string
	inHeader, inBody   bool // a secret stood there (in the header also an empty one)
	bodyID, bodySecret string
}

// authenticate finds the client of a token or revocation request (RFC 6749 2.3), or the error answer.
func (p *Provider) authenticate(q *Request) (Client, *answer) {
	s, problem := q.presented()
	if problem != nil {
		return Client{}, problem
	}
	c, known := p.client(s.id)
	if problem := c.refusesMethod(s); known && problem != "" {
		return Client{}, oauthError(http.StatusBadRequest, "invalid_request", "%s", problem)
	}
	if !known || !c.proves(s) {
		a := oauthError(http.StatusUnauthorized, "invalid_client", "the client is unknown or its secret is wrong")
		if s.inHeader {
			a.header.Set("WWW-Authenticate", `Basic realm="token"`)
		}
		return Client{}, a
	}
	return c, nil
}

func (q *Request) presented() (presented, *answer) {
	s := presented{bodyID: q.Params.Get("client_id"), bodySecret: q.Params.Get("client_secret")}
	s.id, s.secret, s.inBody = s.bodyID, s.bodySecret, q.Params.Has("client_secret")
	if q.Header.Get("Authorization") == "" {
		return s, nil
	}
	id, secret, ok := (&http.Request{Header: q.Header}).BasicAuth()
	if !ok {
		return s, oauthError(http.StatusBadRequest, "invalid_request", "the Authorization header is not Basic")
	}
	// RFC 6749 2.3.1: both were form-encoded before they were joined.
	id, idErr := url.QueryUnescape(id)
	secret, secretErr := url.QueryUnescape(secret)
	if idErr != nil || secretErr != nil {
		return s, oauthError(http.StatusBadRequest, "invalid_request", "id and secret in the Authorization header are not form-encoded")
	}
	s.id, s.secret, s.inHeader = id, secret, true
	if s.bodyID != "" && s.bodyID != id || s.inBody && s.bodySecret != secret {
		return s, oauthError(http.StatusBadRequest, "invalid_request", "header and body name different clients")
	}
	return s, nil
}

// refusesMethod tells which rule about the place of the secret is broken; "" when none is.
func (c Client) refusesMethod(s presented) string {
	switch {
	case c.Auth == AuthHeaders && s.inBody:
		return "client_secret belongs into the Authorization header"
	case c.Auth == AuthBody && s.inHeader:
		return "client_secret belongs into the body"
	case c.Auth == AuthStrict && s.inHeader && s.inBody:
		return "the client authenticates in two ways at once"
	case c.Auth == AuthNone && (s.inHeader || s.inBody):
		return "a public client sends no secret"
	}
	return ""
}

func (c Client) proves(s presented) bool {
	switch c.Auth {
	case AuthNone:
		return true
	case AuthHeaders:
		if !s.inHeader {
			return false
		}
	case AuthBoth:
		if !s.inHeader || !s.inBody {
			return false
		}
	}
	return (s.inHeader || s.inBody) && subtle.ConstantTimeCompare([]byte(c.Secret), []byte(s.secret)) == 1
}
