package fakeprovider

import (
	"cmp"
	"slices"
	"time"
)

// Grant is what one consent has come to: the truth that a client's own records are measured by. It holds no token.
type Grant struct {
	ID      int  // in the order of consents
	Dead    bool // ended: withdrawn, revoked, or because a spent token came back
	Refresh []RefreshToken
	Access  []AccessToken
}

// RefreshToken is one refresh token of a grant.
type RefreshToken struct {
	Issued time.Time
	Spent  time.Time // when it was first used; zero: it is unspent
	Uses   int       // how often it was presented while the provider was honest, used or refused
}

// AccessToken is one access token of a grant.
type AccessToken struct {
	Issued, Expires time.Time
}

// Refreshes is how many of the grant's refresh tokens were spent: how often it was renewed.
func (g Grant) Refreshes() int {
	n := 0
	for _, t := range g.Refresh {
		if !t.Spent.IsZero() {
			n++
		}
	}
	return n
}

// Reused is how often a refresh token of the grant was presented again after its first use.
func (g Grant) Reused() int {
	n := 0
	for _, t := range g.Refresh {
		n += max(0, t.Uses-1)
	}
	return n
}

// Ledger is what became of every grant that has issued a refresh token, in the order of consents; a grant's tokens are in
// the order of issue.
func (p *Provider) Ledger() []Grant {
	p.mu.Lock()
	defer p.mu.Unlock()
	grants := map[*grant]*Grant{}
	for _, t := range p.book.refresh {
		g := grants[t.grant]
		if g == nil {
			g = &Grant{ID: t.id, Dead: t.dead}
			grants[t.grant] = g
		}
		g.Refresh = append(g.Refresh, RefreshToken{Issued: t.issued, Spent: t.spentAt, Uses: t.uses})
	}
	for _, t := range p.book.access {
		if g := grants[t.grant]; g != nil {
			g.Access = append(g.Access, AccessToken{t.issued, t.expires})
		}
	}
	list := make([]Grant, 0, len(grants))
	for _, g := range grants {
		slices.SortFunc(g.Refresh, func(a, b RefreshToken) int { return a.Issued.Compare(b.Issued) })
		slices.SortFunc(g.Access, func(a, b AccessToken) int { return a.Issued.Compare(b.Issued) })
		list = append(list, *g)
	}
	slices.SortFunc(list, func(a, b Grant) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// Issued looks an access or refresh token up: the grant that it belongs to and, of an access token, when it expires. It
// tells of ones that are good no more, too.
func (p *Provider) Issued(token string) (grant int, expires time.Time, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t, ok := p.book.refresh[token]; ok {
		return t.id, time.Time{}, true
	}
	if t, ok := p.book.access[token]; ok {
		return t.id, t.expires, true
	}
	return 0, time.Time{}, false
}
