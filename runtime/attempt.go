package runtime

import (
	"context"
	"errors"
	"net/url"
	"time"

	"claviger/connectors"
	"claviger/runtime/egress"
	"claviger/runtime/grant"
)

// attempt sends one renewal, between a marker that is stored before and the token that is stored after.
func (e *Engine) attempt(ctx context.Context, b *binding, c *Connection) (*Connection, error) {
	config, err := b.renewConfig(ctx, c)
	if err != nil {
		return e.renewalFailed(ctx, b, nil, c, err)
	}
	if !b.has(connectors.RefreshCredentials) && !config.Grant().Renewable(config, c.Token.Refresh) {
		return nil, e.unrenewable(ctx, c) // the connector has changed its mind since the token came
	}
	if c.Renewal.Unknown > 0 && exhausted(config, c) {
		lost := &grant.Failure{Class: grant.Unknown, Message: "the answer to a renewal was lost, and one more try could end the grant"}
		return e.renewalFailed(ctx, b, config, c, lost)
	}
	report, err := e.enter(b, config, c)
	if err != nil {
		return nil, err
	}
	defer report(errNotTried)
	seat, err := b.seat(ctx, config, c)
	if err != nil {
		return e.renewalFailed(ctx, b, config, c, grant.FailureToSend(err))
	}
	defer seat.Leave()
	b.place = seat
	k, err := e.keepingOf(c)
	if err != nil {
		return nil, err
	}
	defer k.end(ctx)
	b.keeping = k
	renewed, err := e.attemptWith(seat.In(ctx), b, config, c, k, report)
	if errors.Is(err, errOvertaken) { // by another node that got the lease
		if lost := e.keepLate(ctx, k); lost != nil {
			err = lost
		}
	}
	return renewed, err
}

// attemptWith is the attempt once there is room for its answer.
func (e *Engine) attemptWith(ctx context.Context, b *binding, config *grant.Config, c *Connection, k *keeping, report func(error)) (*Connection, error) {
	held, err := e.take(ctx, c)
	if err != nil {
		return nil, err
	}
	defer held.end()
	b.tenure = held
	if k != nil {
		k.fence = held.fence
	}
	t, granted, err := b.renewed(ctx, config, c, k)
	if b.repeatable(err, c) {
		first := err
		c.Renewal.Failure = b.failure(first, c.Renewal.Lease.Since)
		t, granted, err = b.renewed(ctx, config, c, k) // the one more try of lifecycle.md 4
		if isHeldOff(err) || errors.Is(err, errLeaseLost) {
			err = first // which was sent
		}
	}
	if class(err) != grant.Unknown {
		held.resolved()
	}
	if c.Renewal.pending() { // what failed is what was made of it
		report(nil)
	}
	report(err)
	switch {
	case errors.Is(err, errMoved):
		return e.stored(ctx, c.ID)
	case errors.Is(err, errLate):
		return nil, errOvertaken
	case errors.Is(err, errLeaseLost):
		return nil, errors.Join(errOvertaken, e.unmark(ctx, c))
	case isHeldOff(err) && !held.wasSent():
		return nil, errors.Join(err, e.unmark(ctx, c))
	case err != nil:
		return e.renewalFailed(ctx, b, config, c, err)
	}
	return e.commit(ctx, b, c, k, t, granted)
}

// keepingOf takes room for the answer to a renewal; none is needed where the next answer is as good.
func (e *Engine) keepingOf(c *Connection) (*keeping, error) {
	if spendsNothing(c) {
		return nil, nil
	}
	return e.reserve(c.ID, false)
}

// seat takes a place among the requests to the endpoint that a renewal goes to, where that is known: who waits for one has
// not stored yet that he sends.
func (b *binding) seat(ctx context.Context, config *grant.Config, c *Connection) (*egress.Seat, error) {
	u, err := url.Parse(config.RenewalURI())
	if err != nil || b.byHook(c) {
		return &egress.Seat{}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, b.e.tokenTimeout)
	defer cancel()
	return b.e.guard.Seat(ctx, u, b.hosts)
}

// byHook tells whether a hook asks for renewed tokens of c.
func (b *binding) byHook(c *Connection) bool {
	return b.has(connectors.RefreshCredentials) || len(b.asked(c)) > 0
}

// class is the class of a failure; none where there is none.
func class(err error) grant.Class {
	var f *grant.Failure
	switch {
	case err == nil:
		return ""
	case errors.As(err, &f):
		return f.Class
	}
	return grant.Internal
}

// enter passes the circuit of the endpoint that a renewal goes to, where that is known.
func (e *Engine) enter(b *binding, config *grant.Config, c *Connection) (report func(error), err error) {
	if b.byHook(c) {
		return func(error) {}, nil
	}
	report, refused := e.circuits.enter(config.RenewalURI())
	if refused != nil {
		return nil, refused.refusal()
	}
	return report, nil
}

// unrenewable is what a renewal answers that nothing can make.
func (e *Engine) unrenewable(ctx context.Context, c *Connection) error {
	at, err := e.now(ctx)
	switch {
	case err != nil:
		return err
	case c.Token.alive(at):
		return errorf(CodeNotRefreshable, "nothing can renew this connection: the connector expects no refresh token")
	}
	if c, err = e.expire(ctx, c); err != nil {
		return err
	}
	return reconnectRequired(c)
}

// repeatable tells whether an attempt is made once more at once: after the first answer that nothing could be made of. A
// refusal in an error code that is not known, such as invalid_request, is an answer, and the same question would get the
// same; and after an unknown outcome there is one further attempt and no more.
func (b *binding) repeatable(err error, c *Connection) bool {
	var f *grant.Failure
	if !errors.As(err, &f) || f.Class != grant.Malformed || errors.Is(err, errTooLarge) {
		return false
	}
	r := &c.Renewal
	return (f.Code == "" || f.Status >= 200 && f.Status < 300) && r.Attempts == 0 && r.Unknown == 0 && !r.pending()
}

// renewConfig is the config that a renewal follows; the auth type client-credentials has an empty one.
func (b *binding) renewConfig(ctx context.Context, c *Connection) (*grant.Config, error) {
	if b.auth.Type != connectors.OAuth2 {
		return &grant.Config{}, nil
	}
	return b.oauthConfig(ctx, b.e.callbackURL(b.integration), noState, "queryParameters", c.Token.Query, "credentials", c.Token.full())
}

// renewed asks for the new token and makes what is stored of the answer, which is kept before.
func (b *binding) renewed(ctx context.Context, config *grant.Config, c *Connection, k *keeping) (t *Token, granted []string, err error) {
	began := time.Now()
	from := Answer{ReceivedAt: c.Renewal.Lease.Since, Node: b.e.run}
	if c.Renewal.pending() { // its life counts from when it came
		from.ReceivedAt = c.Renewal.Answer.ReceivedAt
	}
	var a *grant.Answer
	ask := func() (err error) {
		if b.has(connectors.RefreshCredentials) {
			a, t, err = b.refreshedByHook(ctx, config, c.Token, from.ReceivedAt)
		} else {
			a, err = b.ask(ctx, config, c)
		}
		return err
	}
	if b.byHook(c) {
		err = b.recording(k, from, c.Renewal.replays(), ask)
	} else {
		err = ask()
	}
	b.place.Leave() // who asks next need not wait until this answer is stored
	b.count("refresh", err, began)
	b.learn(a)
	if err != nil && k != nil && k.answer != nil { // what a hook received
		k.answer.Replays = c.Renewal.replayed()
		c.Renewal.Answer = k.answer
		if k.answer.Replays > maxReplays {
			c.Renewal.Answer, k.answer = nil, nil
		}
	}
	if err == nil && t == nil {
		err = b.keepable(a, b.asked(c)...)
	}
	switch {
	case err != nil:
		b.keepRefresh(c, a, err)
		return nil, nil, err
	case t != nil:
		if k != nil && k.answer == nil { // nothing that the hook could be answered again
			k.came(answerOf(a, b.e.run))
		}
		return t, a.Scope, nil
	}
	if err := b.e.keepAnswer(ctx, b, c, k, answerOf(a, b.e.run)); err != nil {
		return nil, nil, err
	}
	t, err = b.madeOf(ctx, config, a, c.Token)
	b.keepRefresh(c, a, err)
	return t, a.Scope, err
}

// answerOf is what is kept of the answer to a renewal.
func answerOf(a *grant.Answer, run string) *Answer {
	return &Answer{Response: a.Response, ReceivedAt: a.ReceivedAt, Node: run}
}

// replays is what a hook is answered again in this attempt, and replayed how many such attempts there will have been.
func (r *Renewal) replays() []Recorded {
	if r.pending() {
		return r.Answer.Recorded
	}
	return nil
}

func (r *Renewal) replayed() int {
	if r.pending() {
		return r.Answer.Replays + 1
	}
	return 0
}

// keepRefresh saves the refresh token of an answer that is too large to be kept: the one that was sent may have ended with
// it.
func (b *binding) keepRefresh(c *Connection, a *grant.Answer, err error) {
	if !errors.Is(err, errTooLarge) || a == nil || a.Refresh.IsEmpty() {
		return
	}
	t := *c.Token
	t.Refresh = a.Refresh
	if b.storable(&t) == nil {
		c.Token = &t
	}
}

// asked is the method that ask runs, none where it makes the request itself.
func (b *binding) asked(c *Connection) []connectors.Method {
	if c.Token.Grant == "client_credentials" && b.has(connectors.GetTokenData) {
		return []connectors.Method{connectors.GetTokenData}
	}
	return nil
}

// ask makes the standard request for a new token: the refresh grant, or the same question again where that is the grant.
func (b *binding) ask(ctx context.Context, config *grant.Config, c *Connection) (*grant.Answer, error) {
	if len(b.asked(c)) > 0 {
		return b.tokenData(ctx, config, grant.Request{})
	}
	return config.Grant().Renew(ctx, config, b.send, grant.Request{RefreshToken: c.Token.Refresh, Scopes: c.Scopes})
}
