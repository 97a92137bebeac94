package runtime

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// How long a session lives at most, and where nothing is said.
const (
	longestSession = 15 * time.Minute
	defaultSession = 5 * time.Minute
)

// sessionPrefix begins the text of every session's token.
const sessionPrefix = "cls_"

// NewSession is what POST /v1/sessions says.
type NewSession struct {
	Owner        string
	Integrations []string // empty: those that the key reaches
	Origins      []string
	Role         Role          // empty: RoleUser
	Life         time.Duration // 0: five minutes
}

// CreateSession makes a session for a page of one owner's, and returns its token, which is not to be had again. The page may
// do nothing that the key behind it may not.
func (e *Engine) CreateSession(ctx context.Context, by *Caller, n NewSession) (*Session, string, error) {
	if err := mayMakeSessions(by); err != nil {
		return nil, "", err
	}
	if err := checkSession(&n); err != nil {
		return nil, "", err
	}
	outside := func(i string) bool { return !by.reaches(n.Owner, i) }
	switch {
	case len(n.Integrations) == 0 && len(by.Owners) > 0 && !slices.Contains(by.Owners, n.Owner), slices.ContainsFunc(n.Integrations, outside):
		return nil, "", errorf(CodeForbidden, "the key is limited to other owners or integrations")
	case len(n.Integrations) == 0:
		n.Integrations = by.Integrations
	}
	at, err := e.now(ctx)
	if err != nil {
		return nil, "", err
	}
	token := sessionPrefix + newHandle()
	s := &Session{
		ID: newID("ses"), Hash: HashHandle(token), Owner: n.Owner, Integrations: n.Integrations, Origins: n.Origins, Role: n.Role,
		CreatedAt: at, ExpiresAt: at.Add(n.Life),
	}
	if by.KeyID != bootstrapKey {
		s.Key = by.KeyID
	}
	if err := e.store.CreateSession(ctx, s); err != nil {
		return nil, "", storeError("session", s.ID, err)
	}
	e.log.Info("session made", "session", s.ID, "key", by.KeyID, "role", string(s.Role), "until", s.ExpiresAt)
	return s, token, nil
}

// mayMakeSessions holds a key to what a page may do: it connects accounts and calls through them.
func mayMakeSessions(by *Caller) error {
	if by.May(ScopeConnect) && by.May(ScopeUse) {
		return nil
	}
	return errorf(CodeForbidden, "this needs a key with the scopes connect and use: a page may do what both of them may")
}

// checkSession judges what was asked for and completes it.
func checkSession(n *NewSession) error {
	if n.Role == "" {
		n.Role = RoleUser
	}
	if n.Life == 0 {
		n.Life = defaultSession
	}
	switch {
	case n.Owner == "":
		return errorf(CodeInvalidRequest, "expected owner: a session is for the connections of one")
	case len(n.Owner) > 200 || strings.ContainsFunc(n.Owner, isControl):
		return errorf(CodeInvalidRequest, "an owner is at most 200 bytes without control characters")
	case n.Life < time.Second || n.Life > longestSession:
		return errorf(CodeInvalidRequest, "a session lives for 1s to %s, got %s", longestSession, n.Life)
	case len(n.Origins) == 0 || len(n.Origins) > maxOrigins:
		return errorf(CodeInvalidRequest, "expected origins: 1 to %d, of the pages that use the session, such as https://app.example", maxOrigins)
	case slices.ContainsFunc(n.Integrations, func(key string) bool { return !integrationKey.MatchString(key) }):
		return errorf(CodeInvalidRequest, "integrations are keys, made of a-z, 0-9 and -")
	}
	if err := checkRole(n.Role); err != nil {
		return err
	}
	for _, o := range n.Origins {
		if err := checkOrigin(o); err != nil {
			return err
		}
	}
	slices.Sort(n.Origins)
	n.Origins = slices.Compact(n.Origins)
	return nil
}

func checkRole(r Role) error {
	if r != RoleUser && r != RoleAdmin {
		return errorf(CodeInvalidRequest, "unknown role %q; expected admin or user", oneLine(string(r), 60))
	}
	return nil
}

// DeleteSession ends a session, on all nodes within a second. A page may end its own.
func (e *Engine) DeleteSession(ctx context.Context, by *Caller, id string) error {
	if own := by.Session != nil && by.Session.ID == id; !own {
		if err := mayMakeSessions(by); err != nil {
			return err
		}
		s, err := e.store.Session(ctx, id)
		if err != nil {
			return storeError("session", id, err)
		}
		if !by.covers(s) {
			return errorf(CodeNotFound, "there is no session %q", id)
		}
	}
	err := e.store.DeleteSession(ctx, id)
	if err == nil {
		e.log.Info("session ended", "session", id)
	}
	if keys := e.keys.Load(); keys != nil && err == nil {
		keys.forget(id)
	}
	return storeError("session", id, err)
}

// covers tells whether all that a session reaches lies within the caller's limits.
func (c *Caller) covers(s *Session) bool {
	if len(s.Integrations) == 0 {
		return len(c.Integrations) == 0 && c.reaches(s.Owner, "")
	}
	return !slices.ContainsFunc(s.Integrations, func(i string) bool { return !c.reaches(s.Owner, i) })
}

// errEnded is the answer to every token that opens nothing.
var errEnded = errorf(CodeUnauthorized, "the session is not known or has ended; ask the platform for a new one")

func (k *KeyRing) readSession(ctx context.Context, hash []byte) (*Caller, error) {
	s, err := k.store.SessionByHash(ctx, hash)
	if err != nil {
		return nil, err
	}
	return &Caller{
		KeyID: s.Key, Scopes: []Scope{ScopeSession}, Owners: []string{s.Owner}, Integrations: s.Integrations, Session: s,
	}, nil
}

// live checks what changes from one request to the next: the time, and where the page is from.
func (k *KeyRing) live(ctx context.Context, s *Session, origin string) error {
	at, err := k.store.Now(ctx)
	switch {
	case err != nil:
		return storeError("clock", "", err)
	case !at.Before(s.ExpiresAt):
		return errEnded
	case !slices.Contains(s.Origins, origin):
		return errorf(CodeForbidden, "the session is not for pages of this origin")
	}
	return nil
}

// lasts tells a page that waits that its session has ended meanwhile.
func (e *Engine) lasts(ctx context.Context, by *Caller) error {
	if by.Session == nil {
		return nil
	}
	_, err := e.store.Session(ctx, by.Session.ID)
	if errors.Is(err, ErrNotFound) {
		return errEnded
	}
	return storeError("session", by.Session.ID, err)
}

// mayConnect holds a page to the integration's role: what an administrator connects is not the users' to make, renew or
// take away.
func mayConnect(by *Caller, i *Integration) error {
	if by.Session != nil && i.Role == RoleAdmin && by.Session.Role != RoleAdmin {
		return errorf(CodeForbidden, "connections of integration %q are an administrator's to make and to end", i.Key)
	}
	return nil
}

// sweepSessions removes what nobody can use any more.
func (e *Engine) sweepSessions(ctx context.Context) error {
	at, err := e.now(ctx)
	if err != nil {
		return err
	}
	return storeError("session", "", e.store.DeleteExpiredSessions(ctx, at.Add(-originMemory)))
}
