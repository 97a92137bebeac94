package runtime

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"claviger/connectors"
	"claviger/jsbridge"
)

// An overload: no worker became free for a hook, so the hook did not start. It is ours, not the provider's and not the
// connection's: nothing is held against either, and whatever met it can be tried again.
//
//	create, connect page, callback, complete   nothing is sent, the link, the page or the completion is good for another try
//	a code redeemed, its answer kept           the connection is made of it later: by whoever reads it, or the sweep for a connection that is new
//	renewal                                    its marker is taken back; a token that lives is handed out
//	deletion                                   waits for its turn a while; then it erases, and tells that nothing was revoked

// overloadPause is how long a caller is asked to wait where the pool does not say.
const overloadPause = 5 * time.Second

// overloaded is the error of a method that found no worker.
func (b *binding) overloaded(m connectors.Method, hook *jsbridge.Error) error {
	return &Error{
		Code: CodeOverloaded, RetryAfter: cmp.Or(hook.RetryAfter, overloadPause), Err: hook,
		Message: fmt.Sprintf("the server has too much to do: no worker became free for %s of connector %s; try again later", m, b.connector.Key),
	}
}

// isOverloaded tells whether a method found no worker.
func isOverloaded(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == CodeOverloaded
}

// hookOutcome names how a hook's call ended, for the Observer: of few names.
func hookOutcome(err error) string {
	var hook *jsbridge.Error
	switch {
	case err == nil:
		return "ok"
	case !errors.As(err, &hook):
		return "error"
	case hook.Overloaded:
		return "overloaded"
	case hook.Limit != "":
		return "limit:" + hook.Limit
	}
	return "error"
}

// Why an overload does not leave a flow as it was.
var (
	// errLater says that a redeemed code's answer is kept, and that the connection is made of it later.
	errLater = errors.New("the provider's answer is kept")
	// errLost says that a redeemed code's answer could not be kept.
	errLost = errors.New("the provider's answer is lost")
)

// forPeople says in the words of a page that something could not be begun.
func forPeople(err error) error {
	e := *AsError(err)
	e.Message = "a lot is going on here just now, and nothing is lost: wait a moment, then load this page again"
	if !isOverloaded(err) {
		e.Message = "the provider does not answer just now, and nothing is lost: wait a moment, then load this page again"
	}
	if errors.Is(err, errLater) {
		e.Message = "you have signed in, and a lot is going on here just now: your account is connected in a moment, and you can close this window"
	}
	return &e
}

// putOff leaves a taken flow that met an overload, or an open circuit, so that it can go on: with the provider's answer where that is kept,
// else from where it was, for nothing of it was sent. A code whose answer could not be kept is lost.
func (e *Engine) putOff(ctx context.Context, f *Flow, s *start, cause error) error {
	kept, err := e.release(ctx, s, f.Connection)
	e.log.Warn("put off", "connection", f.Connection, "integration", f.Integration, "error", cause.Error())
	switch {
	case err != nil:
		return err
	case kept:
		later := *AsError(cause)
		later.Err = errLater
		later.Message = "the provider's answer is kept, and the connection is made of it as soon as that can be done; do not send this again, ask for the connection"
		return &later
	case s.redeemed: // so it was an overload
		return e.failed(ctx, f, s, &Error{Code: CodeOverloaded, RetryAfter: AsError(cause).RetryAfter, Err: errLost,
			Message: "the server had too much to do to finish; go back and start again"})
	case s.flow.ID == "":
		return cause
	}
	again := s.flow
	again.Version = 0
	err = e.insist(ctx, nil, func() error { return e.putFlow(ctx, &again) })
	if err != nil {
		return err
	}
	return cause
}

// release ends this process's part in making a connection, and tells whether an answer is there for whoever goes on.
func (e *Engine) release(ctx context.Context, s *start, id string) (kept bool, err error) {
	err = e.insist(ctx, s.keeping, func() error {
		_, err := e.change(ctx, id, func(c *Connection) error {
			a := c.Renewal.Answer
			if a == nil && s.keeping != nil {
				a = s.keeping.answer // of a hook that was answered
			}
			if kept = a != nil && a.Exchange != nil; kept {
				free := *a
				free.Node = ""
				c.Renewal.Answer = &free
			}
			if c.Token == nil {
				c.Renewal.Lease = nil
			}
			return nil
		})
		return err
	})
	return kept, err
}

// isPutOff tells whether the answer to an exchange waits for somebody who has time: nobody waits for that.
func isPutOff(c *Connection) bool {
	a := c.Renewal.Answer
	return a != nil && a.Exchange != nil && a.Node == ""
}

// unmark takes back the marker of a renewal that was not sent, or it would count as one of unknown outcome.
func (e *Engine) unmark(ctx context.Context, marked *Connection) error {
	return e.insist(ctx, nil, func() error {
		_, err := e.change(ctx, marked.ID, func(c *Connection) error {
			if c.Renewal.Lease == nil || c.Fence != marked.Fence {
				return errUnchanged // a reconnection has replaced it
			}
			c.Renewal.Lease = nil
			return nil
		})
		return err
	})
}
