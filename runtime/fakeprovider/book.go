package fakeprovider

import "time"

// codeLifetime is how long an authorization code is good (RFC 6749 4.1.2 recommends ten minutes at most).
const codeLifetime = 10 * time.Minute

// book is everything that was issued. Guarded by Provider.mu.
type book struct {
	codes   map[string]*authorizationCode
	access  map[string]*accessToken
	refresh map[string]*refreshToken
	grants  int // how many there have been
}

// grant is what one consent, or one client_credentials request, allows. dead ends all tokens issued under it.
type grant struct {
	id                       int
	clientID, account, scope string
	dead                     bool
}

type authorizationCode struct {
	*grant
	redirectURI, challenge string
	expires                time.Time
	spent                  bool
}

type accessToken struct {
	*grant
	issued, expires time.Time
}

type refreshToken struct {
	*grant
	issued  time.Time
	spentAt time.Time // zero: not spent
	uses    int       // how often it was presented
}

func newBook() book {
	return book{codes: map[string]*authorizationCode{}, access: map[string]*accessToken{}, refresh: map[string]*refreshToken{}}
}

// newGrant numbers a grant.
func (b *book) newGrant(g grant) *grant {
	b.grants++
	g.id = b.grants
	return &g
}

// live returns the grant of an access token that is good now.
func (b *book) live(token string, now time.Time) (*grant, bool) {
	t, ok := b.access[token]
	if !ok || t.dead || !now.Before(t.expires) {
		return nil, false
	}
	return t.grant, true
}

// ExpireAccessTokens makes all access tokens issued so far expire now, without telling anybody.
func (p *Provider) ExpireAccessTokens() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.book.access {
		t.expires = p.o.Now()
	}
}

// WithdrawConsent ends all grants issued so far, as users do in their account settings: their tokens get 401 at /api/me
// and invalid_grant at /token.
func (p *Provider) WithdrawConsent() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.book.codes {
		c.dead = true
	}
	for _, t := range p.book.access {
		t.dead = true
	}
}

// LiveGrants is the number of grants that are not ended and have issued a token.
func (p *Provider) LiveGrants() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	live := map[*grant]bool{}
	for _, t := range p.book.access {
		if !t.dead {
			live[t.grant] = true
		}
	}
	return len(live)
}

// Secrets returns every code, access token and refresh token ever issued, and the secrets of clients and users: what a
// search for leaks looks for.
func (p *Provider) Secrets() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for code := range p.book.codes {
		all = append(all, code)
	}
	for token := range p.book.access {
		all = append(all, token)
	}
	for token := range p.book.refresh {
		all = append(all, token)
	}
	for _, c := range p.o.Clients {
		if c.Secret != "" {
			all = append(all, c.Secret)
		}
	}
	for _, s := range []string{p.o.APIKey, p.o.Password} {
		if s != "" {
			all = append(all, s)
		}
	}
	return all
}
