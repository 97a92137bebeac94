package apiclient

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"claviger/mapping/value"
	"claviger/runtime/egress"
)

// Way is how the calls of a client leave this process. Send is required.
type Way struct {
	// Send sends one request and reads the whole answer, of any status. It judges the host, limits time and size, and drops
	// credentials where a redirect leads elsewhere.
	Send func(*http.Request) (*egress.Answer, error)
	// Renew gives a client with newer credentials than those of used, which an answer has called expired: renewed now, or
	// those that somebody else has renewed meanwhile. nil, or an error: there are none, and that answer counts.
	Renew func(ctx context.Context, used *Client) (*Client, error)
	// Pause waits, or fails when ctx ends. nil: a timer.
	Pause func(ctx context.Context, d time.Duration) error
}

// Do makes a call. An answer that says that the token has expired renews once and repeats; one that says that the rate
// limit is reached waits as Retry-After says, and other failures repeat as the client's retry says, all of it only within
// the deadline of ctx. The error is an *Error.
func (c *Client) Do(ctx context.Context, w Way, r Request) (*Response, error) {
	renewed := false
	for try := 1; ; try++ {
		response, failed := c.send(ctx, w, r)
		if failed == nil {
			return response, nil
		}
		if failed.Key == AccessTokenExpired && !renewed && w.Renew != nil {
			renewed = true
			next, err := w.Renew(ctx, c)
			if err != nil || next == nil {
				return nil, failed
			}
			c = next
			continue
		}
		wait, again := c.pause(r, failed, try)
		if deadline, ok := ctx.Deadline(); !again || ok && time.Until(deadline) <= wait {
			return nil, failed
		}
		if err := w.pause(ctx, wait); err != nil {
			return nil, failed
		}
	}
}

// send makes one request and judges its answer.
func (c *Client) send(ctx context.Context, w Way, r Request) (*Response, *Error) {
	request, err := c.build(ctx, r)
	if err != nil {
		return nil, Refused(r, err)
	}
	answer, err := w.Send(request)
	if err != nil {
		e := Refused(r, err)
		var known *egress.Error
		e.sent = !errors.As(err, &known) || known.Sent
		return nil, e
	}
	return c.read(r, answer)
}

// read judges an answer: by the first response handler that matches, else by its status.
func (c *Client) read(r Request, a *egress.Answer) (*Response, *Error) {
	success := a.Status >= 200 && a.Status <= 299
	response, unreadable := read(a, r.ResponseType)
	v, err := c.judge(response.Variable(), success)
	switch {
	case err != nil:
		e := Refused(r, err)
		e.Status, e.Data, e.sent = a.Status, response.Data, true
		return nil, e
	case v != nil && v.error != nil:
		e := refusal(r, a, response, v)
		if e.Key != "" && !slices.Contains(Keys, string(e.Key)) {
			e = Refused(r, &FieldError{Field: "error.key", Message: unknownWord(string(e.Key), Keys)})
		}
		return nil, e
	case v == nil && !success:
		return nil, refusal(r, a, response, nil)
	case v != nil && v.data != value.Undefined:
		response.Data, response.Bytes = v.data, nil
		return response, nil
	case unreadable != nil:
		e := refusal(r, a, response, nil)
		e.Message = r.shown() + ": " + unreadable.Error()
		return nil, e
	}
	return response, nil
}

// How often a call is made that the rate limit refuses, and how long it waits where no Retry-After says.
const (
	rateAttempts = 5
	rateDelay    = 1.0 // seconds
)

// pause tells whether a call that failed is made again, and after what time.
func (c *Client) pause(r Request, failed *Error, try int) (time.Duration, bool) {
	if c.once {
		return 0, false
	}
	if failed.Key == RateLimitExceeded {
		if failed.RetryAfter > 0 {
			return failed.RetryAfter, try < rateAttempts
		}
		return backoff(rateDelay, try), try < max(c.retry.attempts, 3)
	}
	var lost *egress.Error
	passing := errors.As(failed.Err, &lost) && isPassing(lost) || failed.Err == nil && failed.Key == "" && slices.Contains(c.retry.statuses, failed.Status)
	repeats := !failed.sent || slices.Contains(c.retry.methods, r.Method)
	return max(failed.RetryAfter, backoff(c.retry.delay, try)), passing && repeats && try < c.retry.attempts
}

// isPassing tells of failures to send that another try may not meet.
func isPassing(e *egress.Error) bool {
	switch e.Reason {
	case egress.Connect, egress.Resolve, egress.Reset, egress.Timeout:
		return true
	}
	return false
}

// backoff is exponential with jitter: between half and all of seconds, doubled with each try.
func backoff(seconds float64, try int) time.Duration {
	d := time.Duration(seconds*float64(time.Second)) << min(try-1, 10)
	return d/2 + time.Duration(rand.Int64N(int64(d/2)+1))
}

func (w Way) pause(ctx context.Context, d time.Duration) error {
	if w.Pause != nil {
		return w.Pause(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
