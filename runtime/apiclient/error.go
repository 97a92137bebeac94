package apiclient

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"claviger/runtime/egress"
	"claviger/runtime/grant"
)

// Error is why a call gave nothing. Its texts come from the API and from the connector: redact them before they are shown.
type Error struct {
	Message    string        // what was called and what came of it, on one line
	Key        Key           // empty: no kind of its own
	Code       string        // the API's own name of the error; empty: none was found
	Status     int           // of the answer; 0: there was none
	Data       any           // the body, or what a response handler made of it; nil where there was no answer
	RetryAfter time.Duration // 0: the answer says nothing
	Err        error         // the cause: an *egress.Error, a *FormError, a *FieldError of a response handler

	sent bool // the request may have reached the API
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// Class is what the error says of the connection, in the words of lifecycle.md 4: reauth where only its user can help,
// misconfigured where the connector or the hosts it was granted are wrong, transient or unknown where trying again may
// help. Of an answer that means none of them it is malformed.
func (e *Error) Class() grant.Class {
	var refused *egress.Error
	switch {
	case e.Key == ConnectionDefunct || e.Key == AccessTokenExpired:
		return grant.Reauth
	case e.Key == RateLimitExceeded:
		return grant.Transient
	case errors.As(e.Err, &refused):
		return grant.FailureToSend(refused).Class
	case e.Status == 0 || e.Err != nil:
		return grant.Misconfigured
	case e.Status >= 500:
		return grant.Transient
	}
	return grant.Malformed
}

// Refused wraps the reason for which a request could not be made.
func Refused(r Request, err error) *Error {
	return &Error{Message: r.shown() + ": " + err.Error(), Err: err}
}

// shown names a call in messages: without its query, which may hold secrets.
func (r Request) shown() string {
	path := r.Path
	for i, c := range path {
		if c == '?' || c == '#' {
			path = path[:i]
			break
		}
	}
	return r.Method + " " + shorten(oneLine(path), 200)
}

func oneLine(text string) string {
	out := []rune(text)
	for i, c := range out {
		if isControl(c) {
			out[i] = ' '
		}
	}
	return string(out)
}

// refusal is the error of an answer that is none of success: the default, with what a handler says laid over it.
func refusal(r Request, a *egress.Answer, response *Response, v *verdict) *Error {
	said := grant.SaidBy(a)
	e := &Error{
		Key: defaultKeys[a.Status], Code: said.Code, Status: a.Status, Data: response.Data, RetryAfter: said.RetryAfter, sent: true,
	}
	e.Message = fmt.Sprintf("%s: the API answered %d %s", r.shown(), a.Status, http.StatusText(a.Status))
	switch detail := said.Description; {
	case detail != "" && said.Code != "":
		e.Message += ": " + said.Code + ": " + detail
	case said.Code+detail != "":
		e.Message += ": " + said.Code + detail
	case said.Excerpt != "":
		e.Message += ": " + said.Excerpt
	}
	if v == nil {
		return e
	}
	if text := v.error.Text("message"); text != "" {
		e.Message = oneLine(shorten(text, 1_000))
	}
	if key := v.error.Text("key"); key != "" {
		e.Key = Key(key)
	}
	if v.error.Has("data") {
		e.Data = v.error.Get("data")
	} else if !isNothing(v.data) {
		e.Data = v.data
	}
	return e
}

// defaultKeys are the kinds of errors that a status alone tells.
var defaultKeys = map[int]Key{http.StatusUnauthorized: AccessTokenExpired, http.StatusTooManyRequests: RateLimitExceeded}
