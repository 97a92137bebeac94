package fakeprovider

import (
	"maps"
	"net/http"
	"time"
)

// grants is the list of what the token endpoint grants on.
var grants = []struct {
	name string
	// grant is called with Provider.mu held and returns the grant to issue tokens under, with the refresh token to
	// return ("": none), or the error answer.
	grant func(p *Provider, q *Request, c Client) (*grant, string, *answer)
}{
	{"authorization_code", (*Provider).grantCode},
	{"refresh_token", (*Provider).grantRefresh},
	{"client_credentials", (*Provider).grantClient},
}

// token is the token endpoint (RFC 6749 3.2).
func (p *Provider) token(q *Request) *answer {
	if twice := repeated(q.Params); twice != "" {
		return oauthError(http.StatusBadRequest, "invalid_request", "the parameter %s is repeated", twice)
	}
	c, problem := p.authenticate(q)
	if problem != nil {
		return problem
	}
	for _, kind := range grants {
		if kind.name == q.Grant {
			p.mu.Lock()
			defer p.mu.Unlock()
			g, refresh, problem := kind.grant(p, q, c)
			if problem != nil {
				return problem
			}
			return p.issue(g, refresh)
		}
	}
	return oauthError(http.StatusBadRequest, "unsupported_grant_type", "grant_type %q is not supported", q.Grant)
}

// issue makes an access token and the successful answer (RFC 6749 5.1).
func (p *Provider) issue(g *grant, refresh string) *answer {
	access, now := p.newSecret("fpat_"), p.o.Now()
	p.book.access[access] = &accessToken{grant: g, issued: now, expires: now.Add(p.o.Lifetime)}
	fields := map[string]any{
		"access_token": access, "token_type": "Bearer",
		"expires_in": int64((p.o.Lifetime + time.Second - 1) / time.Second),
	}
	if refresh != "" {
		fields["refresh_token"] = refresh
	}
	if g.scope != "" {
		fields["scope"] = g.scope
	}
	maps.Copy(fields, p.o.TokenExtra)
	return jsonAnswer(http.StatusOK, fields)
}

func (p *Provider) newRefreshToken(g *grant) string {
	if p.o.Rotation == NoRefreshToken {
		return ""
	}
	token := p.newSecret("fprt_")
	p.book.refresh[token] = &refreshToken{grant: g, issued: p.o.Now()}
	return token
}
