package runtime

import (
	"context"
	"slices"
	"time"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime/grant"
)

// CredentialsQuery is what a reader of credentials may ask for.
type CredentialsQuery struct {
	MinValidity    time.Duration // 0: as freshness says
	IncludeRefresh bool          // hand out the refresh token too
}

// CredentialsAnswer is what a reader gets. It is shared between readers: do not change it.
type CredentialsAnswer struct {
	Credentials *value.Object
	ExpiresAt   time.Time // zero: unknown
	JSON        []byte    // both, as the HTTP interface sends them
}

// Credentials hands out a connection's credentials, usable: a token near its end is renewed before or meanwhile.
func (e *Engine) Credentials(ctx context.Context, by *Caller, id string, q CredentialsQuery) (*CredentialsAnswer, error) {
	if !by.May(ScopeUse) {
		return nil, errorf(CodeForbidden, "this needs a key with the scope use")
	}
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	if h := e.hot.get(id); h != nil && h.answer != nil && at.Before(h.serveBefore) && q == (CredentialsQuery{}) &&
		by.reaches(h.connection.Owner, h.connection.Integration) && e.stands(h) {
		e.observer.CredentialsRead("memory")
		return h.answer, nil
	}
	c, epoch, err := e.look(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := e.reachable(by, c, ScopeUse); err != nil {
		return nil, err
	}
	source, c, err := e.usable(ctx, c, at, q.MinValidity)
	if err != nil {
		e.observer.CredentialsRead(string(AsError(err).Code))
		return nil, err
	}
	e.observer.CredentialsRead(source)
	return e.answer(ctx, c, epoch, q)
}

// stands tells whether what memory holds may be handed out.
func (e *Engine) stands(h *held) bool {
	return e.following.believes(h.epoch) || e.following.away() && e.following.serves(h.epoch)
}

// usable returns the connection with a token that can be handed out, and where it came from.
func (e *Engine) usable(ctx context.Context, c *Connection, at time.Time, minValidity time.Duration) (string, *Connection, error) {
	switch {
	case e.following.away():
		return e.offline(c, at)
	case isPutOff(c) && c.Token != nil && c.Token.alive(at):
		e.meanwhile("exchange of "+c.ID, func() { _, _ = e.resume(context.WithoutCancel(ctx), c) }) // a failure is stored where it happens
		return "store", c, nil
	case e.abandoned(c):
		resumed, err := e.resume(ctx, c)
		switch {
		case isAway(err):
			return e.offline(c, at)
		case err != nil:
			return "", nil, err
		}
		c = resumed
	}
	if c.Token == nil {
		return "", nil, notConnected(c)
	}
	state := c.Token.freshness(at, minValidity)
	if c.Renewal.pending() && !at.Before(c.Renewal.NotBefore) {
		state = max(state, stale) // a newer token is there already; the provider may have ended this one
	}
	switch {
	case state == fresh && c.Status != ReconnectRequired:
	case c.givenUp() && c.Renewal.Spare != nil: // the process that kept it ended before it could be tried
		return e.awaited(ctx, c)
	case c.Status == ReconnectRequired || !e.renewable(c) || c.Renewal.Over:
		return e.asItIs(ctx, c, at)
	case state == fading:
		if !at.Before(c.Renewal.NotBefore) {
			e.meanwhile("renewal of "+c.ID, func() { _, _ = e.renew(context.WithoutCancel(ctx), c, occasion{by: ByBackground}) }) // a failure is stored where it happens
		}
	case state > fading:
		return e.awaited(ctx, c)
	}
	return "store", c, nil
}

// awaited waits for a renewal. If that fails the present token is handed out as long as it lives.
func (e *Engine) awaited(ctx context.Context, c *Connection) (string, *Connection, error) {
	asking, done := e.following.asking(ctx)
	defer done()
	renewed, failed := e.renew(asking, c, occasion{by: ByReader})
	if failed != nil && ctx.Err() != nil { // nobody waits any more
		return "", nil, failed
	}
	at, err := e.now(ctx)
	if err != nil {
		return "", nil, err
	}
	if failed != nil {
		switch renewed, err = e.stored(asking, c.ID); {
		case isAway(err):
			return e.offline(c, at)
		case err != nil:
			return "", nil, err
		}
	}
	if renewed.Token != nil && renewed.Token.alive(at) {
		return "renewed", renewed, nil
	}
	if f := renewed.LastError; failed == nil && f != nil {
		failed = &Error{Code: codeOf(f.Class), Message: f.Message, Failure: f}
	}
	if failed == nil {
		failed = errorf(CodeProviderUnavailable, "the new token has expired meanwhile; ask again")
	}
	return "", nil, failed
}

// offline serves a connection that the store cannot be asked about as long as its token lives.
func (e *Engine) offline(c *Connection, at time.Time) (string, *Connection, error) {
	switch {
	case c.Token == nil:
		return "", nil, notConnected(c)
	case c.Token.alive(at) && (c.Status != ReconnectRequired || !c.Token.ExpiresAt.IsZero()):
		return "memory", c, nil
	case c.Status == ReconnectRequired:
		return "", nil, reconnectRequired(c)
	}
	return "", nil, errAway()
}

// asItIs serves a connection that nothing can renew as long as its token lives; then only its user can help.
func (e *Engine) asItIs(ctx context.Context, c *Connection, at time.Time) (string, *Connection, error) {
	known := !c.Token.ExpiresAt.IsZero()
	if c.Token.alive(at) && (known || c.Status != ReconnectRequired) {
		return "store", c, nil
	}
	c, err := e.expire(ctx, c)
	if err != nil {
		return "", nil, err
	}
	return "", nil, reconnectRequired(c)
}

// expire turns a connection whose token is dead and that nothing can renew into reconnect_required.
func (e *Engine) expire(ctx context.Context, c *Connection) (*Connection, error) {
	if c.Status == ReconnectRequired {
		return c, nil
	}
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	seen := c.Token
	return e.record(ctx, c.ID, func(c *Connection) ([]Event, error) {
		if c.Token == nil || moved(c.Token, seen) || c.Status != Connected {
			return nil, errUnchanged // renewed or reconnected meanwhile
		}
		c.Status = ReconnectRequired
		c.LastError = &Failure{Class: grant.Reauth, Reason: reasonExpired, At: c.Token.ExpiresAt,
			Message: "the token has expired and nothing can renew it; its user has to connect again"}
		if c.Renewal.Over {
			c.LastError = c.Renewal.Failure
		}
		return []Event{reconnect(at, c.LastError)}, nil
	})
}

func reconnectRequired(c *Connection) error {
	e := errorf(CodeReconnectRequired, "the connection has to be connected again by its user")
	if c.LastError != nil {
		e.Message += ": " + c.LastError.Message
		e.Failure = c.LastError
	}
	return e
}

func notConnected(c *Connection) error {
	e := errorf(CodeNotConnected, "the connection is %s and has no credentials yet", c.Status)
	if c.LastError != nil {
		e.Message, e.Failure = "the connection failed: "+c.LastError.Message, c.LastError
	}
	return e
}

// RefreshState is how keeping a connection's token fresh goes.
type RefreshState string

// The states. RefreshNone: nothing can renew the connection, or it has no token.
const (
	RefreshNone    RefreshState = "none"
	RefreshOK      RefreshState = "ok"
	RefreshFailing RefreshState = "failing"
	RefreshUnknown RefreshState = "unknown_outcome"
	RefreshRefused RefreshState = "refused"
)

// RefreshState judges by what is stored of renewals alone: a reconnection that failed says nothing about them. The marker
// of a process that has ended is an outcome that nobody knows.
func (e *Engine) RefreshState(c *Connection) RefreshState {
	r := c.Renewal
	switch {
	case c.Status == ReconnectRequired:
		return RefreshRefused
	case c.Token == nil || !e.renewable(c):
		return RefreshNone
	case r.Unknown > 0 || e.fellSilent(r.Lease):
		return RefreshUnknown
	case r.Failure != nil:
		return RefreshFailing
	}
	return RefreshOK
}

// fellSilent tells whether whoever has a lease has ended before it could say what became of its request.
func (e *Engine) fellSilent(l *Lease) bool {
	if l == nil || l.Owner == e.run {
		return false
	}
	at, err := e.now(context.Background())
	return err == nil && (nodeOf(l.Owner) == e.node || !at.Before(l.Until) || e.restarted(l))
}

// renewable tells whether anything can renew a connection. A connector that is not loaded may come back, so it counts.
func (e *Engine) renewable(c *Connection) bool {
	auth, ok := e.authOf(c)
	if !ok {
		return true
	}
	if auth.Has(connectors.RefreshCredentials) {
		return true
	}
	if auth.Type != connectors.OAuth2 {
		return false
	}
	return c.Token.Grant == "client_credentials" || !c.Token.Refresh.IsEmpty() && !c.Token.NoRefreshToken
}

func (e *Engine) authOf(c *Connection) (*connectors.Auth, bool) {
	at, err := e.integration(context.Background(), c.Integration)
	if err != nil {
		return nil, false
	}
	connector, ok := e.connectors.Get(at.Connector)
	if !ok {
		return nil, false
	}
	return connector.Option(c.AuthOption)
}

// answer renders what a reader gets and keeps it in memory.
func (e *Engine) answer(ctx context.Context, c *Connection, epoch int64, q CredentialsQuery) (*CredentialsAnswer, error) {
	hidden, err := e.hidden(ctx, c)
	if err != nil {
		return nil, err
	}
	if q.IncludeRefresh {
		hidden.names = slices.DeleteFunc(hidden.names, func(n string) bool { return n == "refresh_token" || n == "refreshToken" })
		hidden.values = slices.DeleteFunc(hidden.values, func(v string) bool { return v == c.Token.Refresh.Reveal() })
	}
	shown, _ := hidden.from(c.Token.Credentials, 0).(*value.Object)
	shown = orEmpty(shown)
	if q.IncludeRefresh && !c.Token.Refresh.IsEmpty() && !shown.Has("refresh_token") {
		shown = shown.Clone()
		shown.Set("refresh_token", c.Token.Refresh.Reveal())
	}
	a := &CredentialsAnswer{Credentials: shown, ExpiresAt: c.Token.ExpiresAt}
	expires := any(nil)
	if !a.ExpiresAt.IsZero() {
		expires = a.ExpiresAt.UTC().Format(time.RFC3339)
	}
	if a.JSON, err = value.Encode(value.Of("credentials", shown, "expiresAt", expires)); err != nil {
		return nil, &Error{Code: CodeInternal, Message: "the stored credentials cannot be written as JSON", Err: err}
	}
	if !q.IncludeRefresh && c.Status == Connected && c.Renewal.Answer == nil {
		e.hot.keep(c.ID, &held{version: c.Version, epoch: epoch, connection: c, answer: a, serveBefore: c.Token.hotUntil()})
	}
	return a, nil
}
