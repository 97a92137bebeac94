package runtime

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/mapping/value"
	"claviger/runtime/apiclient"
	"claviger/runtime/egress"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

// obtain asks for the first token of a connection: by getTokenData, or as the grant does. query is the callback's, nil
// for a grant without one.
func (b *binding) obtain(ctx context.Context, c *grant.Config, r grant.Request) (*grant.Answer, error) {
	began, operation := time.Now(), "exchange"
	if !c.Grant().Interactive() {
		operation = c.GrantType
	}
	b.redactor.Add(r.Query.Text("code"), r.Query.Text("access_token"))
	b.redactor.Add(r.Verifier.Reveal())
	var a *grant.Answer
	var err error
	switch {
	case b.has(connectors.GetTokenData):
		a, err = b.tokenData(ctx, c, r)
	case c.Carries() != "code": // it is there already, and nothing is sent
		a, err = c.Grant().Obtain(ctx, c, b.send, r)
	default:
		a, err = b.past(c.TokenURI, func() (*grant.Answer, error) { return c.Grant().Obtain(ctx, c, b.send, r) })
	}
	b.count(operation, err, began)
	b.learn(a)
	if err == nil {
		err = b.keepable(a, connectors.GetTokenData)
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

// count tells the observer how a token request went. One that was not made is none.
func (b *binding) count(operation string, err error, began time.Time) {
	if isHeldOff(err) {
		return
	}
	outcome := "ok"
	if err != nil {
		outcome = string(b.failure(err, began).Class)
	}
	b.e.observer.TokenCall(b.integration, operation, outcome, time.Since(began))
}

// learn makes the tokens of an answer unprintable in everything that this binding says from now on.
func (b *binding) learn(a *grant.Answer) {
	if a != nil {
		b.redactor.Add(a.Access.Reveal(), a.Refresh.Reveal())
		b.redactor.AddValue(a.Response.Get("id_token"))
	}
}

// tokenData runs getTokenData, whose result is the token response whatever the grant.
func (b *binding) tokenData(ctx context.Context, c *grant.Config, r grant.Request) (*grant.Answer, error) {
	arguments := b.arguments("codeVerifier", textOrNothing(r.Verifier), "queryParameters", r.Query, "redirectUri", r.RedirectURI)
	result, err := b.call(ctx, connectors.GetTokenData, arguments)
	if err != nil {
		return nil, b.thrown(c, connectors.GetTokenData, err)
	}
	return b.tokenFrom(ctx, c, connectors.GetTokenData, result)
}

func textOrNothing(s secret.Text) any {
	if s.IsEmpty() {
		return value.Undefined
	}
	return s.Reveal()
}

// tokenFrom reads what a hook returned as a token response. Without a fresh access token it is a failure whatever else it
// holds; its class comes from `error` in the result, else from the last answer that the hook was given, else it is
// malformed (format.md section 3).
func (b *binding) tokenFrom(ctx context.Context, c *grant.Config, m connectors.Method, result any) (*grant.Answer, error) {
	at, err := b.e.now(ctx)
	if err != nil {
		return nil, err
	}
	impl := b.auth.Methods[m]
	response, ok := result.(*value.Object)
	if !ok {
		err := &grant.Failure{Class: grant.Malformed, Message: fmt.Sprintf("expected a token response as its result, got %s", value.Kind(result))}
		return nil, b.methodError(m, impl, b.explain(c, err, nil))
	}
	a, err := c.Read(response, at)
	if err == nil && c.ErrorIn(response) == nil {
		return a, nil
	}
	b.redactor.AddValue(response)
	f := &grant.Failure{Class: grant.Malformed, Message: "the result is no token response"}
	errors.As(err, &f)
	return nil, b.methodError(m, impl, b.explain(c, f, response))
}

// explain gives a result without a token the class of what lay behind it.
func (b *binding) explain(c *grant.Config, f *grant.Failure, response *value.Object) error {
	if refused := b.recorder.refusedAll(); refused != nil {
		return refused.refusal()
	}
	if response != nil {
		if known := c.ErrorIn(response); known != nil {
			known.Sent = true
			last, _ := b.lastFetch()
			c.Reclassify(known, last)
			return known
		}
	}
	if behind := b.behind(c.ErrorBehind); behind != nil {
		behind.Message = f.Message + "; " + behind.Message
		return behind
	}
	return f
}

// behind is the failure that the hook's last fetch met as read tells it, nil if it met none.
func (b *binding) behind(read func(*egress.Answer) *grant.Failure) *grant.Failure {
	last, err := b.lastFetch()
	switch {
	case err != nil:
		return grant.FailureToSend(err)
	case last != nil:
		return read(last)
	}
	return nil
}

// isEnvironments tells whether an error's code is the JavaScript environment's own, such as ERR_INVALID_URL or
// MODULE_NOT_FOUND: a mistake of the hook, of which no provider knows.
func isEnvironments(code string) bool {
	return strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

// thrown gives an error that a hook threw its class: by the error's own `code`, else by what the hook's last fetch met.
// A hook that threw for reasons of its own, or went over a limit, is an internal failure and says nothing of the grant; one
// that ended while a request for a token was under way has an outcome that nobody knows.
func (b *binding) thrown(c *grant.Config, m connectors.Method, err error) error {
	var hook *jsbridge.Error
	var call *apiclient.Error
	if errors.As(err, &call) {
		return b.refusedCall(c, m, call)
	}
	if !errors.As(err, &hook) || hook.Overloaded {
		return err
	}
	f := b.behind(c.ErrorFrom)
	refused := b.recorder.refusedAll()
	switch {
	case b.recorder.unanswered():
		f = &grant.Failure{Class: grant.Unknown, Sent: true}
	case hook.Limit != "":
		return err
	case refused != nil:
		return refused.refusal()
	}
	if hook.Code != "" && !isEnvironments(hook.Code) && hook.Limit == "" {
		f = grant.FailureOf(hook.Code, hook.RetryAfter)
		last, _ := b.lastFetch()
		c.Reclassify(f, last)
	}
	if f == nil {
		return err
	}
	f.Message = hook.Message
	impl := b.auth.Methods[m]
	wrapped := b.methodError(m, impl, f).(*methodError)
	wrapped.file = fmt.Sprintf("%s:%d:%d", hook.File, hook.Line, hook.Col)
	return wrapped
}

// refusedCall gives the failure of a rest-api-mapping that asks for a token its class: that of the answer, as of a token
// endpoint's, or of a response handler's word.
func (b *binding) refusedCall(c *grant.Config, m connectors.Method, call *apiclient.Error) error {
	f := b.behind(c.ErrorFrom)
	refused := b.recorder.refusedAll()
	switch {
	case b.recorder.unanswered():
		f = &grant.Failure{Class: grant.Unknown, Sent: true}
	case refused != nil:
		return refused.refusal()
	case f == nil || call.Key == apiclient.ConnectionDefunct || call.Key == apiclient.RateLimitExceeded:
		f = &grant.Failure{Class: call.Class(), Code: call.Code, Status: call.Status, RetryAfter: call.RetryAfter, Sent: call.Status != 0, Err: call.Err}
	}
	f.Message = call.Message
	return b.methodError(m, b.auth.Methods[m], f)
}
