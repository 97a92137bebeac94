package runtime

import (
	"context"
	"errors"
	"slices"
	"time"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime/grant"
)

// finish ends a taken flow, in work that goes on when the browser leaves: token, identity, and the connection as
// connected. The error says why not, and is stored with the connection.
func (e *Engine) finish(ctx context.Context, f *Flow, s *start, obtain func(context.Context) (*Token, []string, error)) error {
	return e.work(ctx, flowWork, func(ctx context.Context) error {
		if err := e.begin(ctx, s, f.Connection); err != nil {
			return err
		}
		defer func() { s.keeping.end(ctx) }()
		token, granted, err := obtain(ctx)
		made := &Connection{ID: f.Connection, Token: token, Parameters: s.input}
		if err == nil {
			err = s.inquire(ctx, made)
		}
		if err == nil {
			err = e.connected(ctx, f, s, made, granted)
		}
		switch {
		case isHeldOff(err):
			return e.putOff(ctx, f, s, err)
		case err != nil:
			return e.failed(ctx, f, s, err)
		}
		e.observer.Authorization(f.Integration, string(Connected))
		e.log.Info("connected", "connection", f.Connection, "integration", f.Integration)
		return nil
	})
}

// begin marks a connection that is not there yet as being made: should this process end, nobody waits for it for ever.
func (e *Engine) begin(ctx context.Context, s *start, id string) error {
	at, err := e.now(ctx)
	if err != nil {
		return err
	}
	_, err = e.change(ctx, id, func(c *Connection) error {
		s.fence = c.Fence
		if c.Token != nil {
			return errUnchanged
		}
		c.Renewal.Lease = &Lease{Owner: e.run, Since: at, Until: at.Add(exchangeLimit)}
		return nil
	})
	return err
}

// connected stores what a flow has made. What the provider gave is not to be had again, so the store is waited for.
func (e *Engine) connected(ctx context.Context, f *Flow, s *start, made *Connection, granted []string) error {
	at, err := e.now(ctx)
	if err != nil {
		return err
	}
	console, issued := s.console(), made.Token.IssuedAt
	err = e.insist(ctx, s.keeping, func() error {
		_, err := e.record(ctx, f.Connection, func(c *Connection) ([]Event, error) {
			switch {
			case c.Grant.At.Equal(issued):
				return nil, errUnchanged // it is stored, and the store's answer was lost
			case c.Grant.At.After(issued):
				return nil, errMoved
			}
			if err := sameAccount(f, c, made); err != nil {
				return nil, err
			}
			told := authorized(at, c.Token != nil)
			if c.AccountID == "" && c.Token != nil && !f.AllowAccountChange {
				e.log.Info("reconnected without comparing accounts: the connector has not told the account before", "connection", c.ID)
			}
			if f.Pinned.Given != nil {
				c.Given = names(f.Pinned.Given)
			}
			c.Token, c.Granted, c.Parameters, c.AuthOption = made.Token, granted, made.Parameters, f.Pinned.AuthOption
			c.Label, c.AccountID = made.Label, made.AccountID
			c.Status, c.Renewal, c.LastError = Connected, Renewal{}, nil
			c.Fence++
			c.Grant = Grant{At: issued, Fence: c.Fence}
			return append(slices.Clip(console), told), nil
		})
		return err
	})
	if errors.Is(err, errMoved) {
		e.log.Info("an authorization was not needed: a newer one was stored meanwhile", "connection", f.Connection)
		err = nil
	}
	if err == nil {
		s.keeping.stored()
	}
	return err
}

// sameAccount refuses a reconnection that would put another account's token in a connection's place.
func sameAccount(f *Flow, old, made *Connection) error {
	if f.AllowAccountChange || old.AccountID == "" || old.AccountID == made.AccountID {
		return nil
	}
	return errorf(CodeAccountChanged, "this is another account than the one that was connected; sign in with the same one, or have the platform allow the change")
}

// inquiries are what a connection is asked when it has its first token.
var inquiries = []connectors.Method{connectors.Test, connectors.GetConnectionLabel, connectors.GetAccountID}

func (b *binding) inquires() bool { return slices.ContainsFunc(inquiries, b.has) }

// inquire tests a connection with its first token, and asks who its account is. The error of a test ends the authorization.
func (b *binding) inquire(ctx context.Context, c *Connection) error {
	if err := b.test(ctx, c.Token); err != nil {
		return err
	}
	return b.identify(ctx, c)
}

// identify asks the connector who the account is. That it cannot tell is no reason to throw a token away; a reconnection
// of an account that was known is refused then. Its only error is an overload: the question can be asked later.
func (b *binding) identify(ctx context.Context, c *Connection) error {
	label, err := b.words(ctx, c, connectors.GetConnectionLabel, 200)
	if err != nil {
		return err
	}
	account, err := b.words(ctx, c, connectors.GetAccountID, 500)
	if err != nil {
		return err
	}
	c.Label = b.redact(label)
	if b.redact(account) != account { // both are shown; and a token is no stable id
		b.e.log.Warn("the account is not told: getAccountId returned a secret", "connection", c.ID)
		return nil
	}
	c.AccountID = account
	return nil
}

// words is the short text that a method returns, empty where it is absent or fails. Its only error is an overload.
func (b *binding) words(ctx context.Context, c *Connection, m connectors.Method, most int) (string, error) {
	if !b.has(m) {
		return "", nil
	}
	text, err := b.call(ctx, m, b.arguments("queryParameters", c.Token.Query, "credentials", c.Token.full()))
	switch {
	case isOverloaded(err):
		return "", err
	case err != nil:
		b.e.log.Warn("the account's label or id is not known: its method failed", "connection", c.ID, "error", b.redact(err.Error()))
		return "", nil
	case text == value.Undefined || text == nil:
		return "", nil
	}
	return oneLine(value.String(text), most), nil
}

// failed stores why a flow failed and returns it as callers see it. A reconnection leaves status and token as they are.
func (e *Engine) failed(ctx context.Context, f *Flow, s *start, cause error) error {
	problem := s.problem(ctx, cause)
	if AsError(problem).Code == CodeStoreUnavailable {
		return problem // nothing is known of the flow that could be stored
	}
	at, err := e.now(ctx)
	if err != nil {
		return err
	}
	why := AsError(problem).asFailure(at)
	events := append(s.console(), failure(at, why))
	_, err = e.record(ctx, f.Connection, func(c *Connection) ([]Event, error) {
		if c.Token == nil {
			c.Status, c.Renewal = Failed, Renewal{}
		}
		if c.Renewal.Answer != nil && c.Renewal.Answer.Exchange != nil {
			c.Renewal.Answer = nil
		}
		c.LastError = why
		return events, nil
	})
	e.observer.Authorization(f.Integration, string(Failed))
	if err != nil {
		return err
	}
	s.keeping.stored()
	e.log.Warn("authorization failed", "connection", f.Connection, "integration", f.Integration, "error", problem.Error())
	return problem
}

// leave is where the browser goes at the end of a flow: to the return URL, or it is shown a page of ours.
func (e *Engine) leave(f *Flow, failed error) (*Step, error) {
	later, lost := errors.Is(failed, errLater), errors.Is(failed, errLost)
	switch {
	case isHeldOff(failed) && !lost && (!later || f.ReturnURL == ""):
		return nil, forPeople(failed)
	case f.ReturnURL == "" && failed != nil:
		return nil, failed
	case f.ReturnURL == "":
		return &Step{}, nil
	}
	status := Connected
	switch {
	case later:
		status = Pending
	case failed != nil:
		status = Failed // of this attempt; a connection that was there before goes on as it was
	}
	return &Step{Redirect: withQuery(f.ReturnURL, "connection", f.Connection, "status", string(status))}, nil
}

// asFailure is the stored fact of an error that has none yet.
func (e *Error) asFailure(at time.Time) *Failure {
	if e.Failure != nil {
		return e.Failure
	}
	return &Failure{Class: grant.Internal, Message: oneLine(e.Message, 1_000), At: at}
}
