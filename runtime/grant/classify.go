package grant

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"claviger/mapping/value"
	"claviger/runtime/egress"
)

// ClassifyCode is the built-in class of an error: a code (of OAuth, or a provider's own that is known to mean the same),
// the HTTP status (0: there was no answer, a hook gave the code) and what Retry-After said (0: nothing).
func ClassifyCode(code string, status int, retryAfter time.Duration) Class {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusLocked, http.StatusTooEarly, http.StatusTooManyRequests:
		return Transient
	}
	if status >= 500 {
		if isCode(code) {
			return Transient
		}
		return Unknown
	}
	if class, ok := codes[normalCode(code)]; ok {
		return class
	}
	if retryAfter > 0 {
		return Transient
	}
	return Malformed
}

// Classify is what a provider's answer means as a failure: errorClasses first, then the built-in classes. It is for
// answers that are known to hold no token.
func (c *Config) Classify(a *egress.Answer) *Failure {
	p := parse(a)
	return c.classify(&p, a, errorOf(p.data))
}

func (c *Config) classify(p *parsed, a *egress.Answer, said providerError) *Failure {
	f := &Failure{
		Message: refusal(p), Status: p.status, Sent: true, Excerpt: excerpt(p, said.code != ""),
		RetryAfter: retryAfter(p.header.Get("Retry-After"), a.ReceivedAt),
	}
	said.into(f)
	f.Class = ClassifyCode(f.Code, f.Status, f.RetryAfter)
	response := p.response()
	for _, e := range c.errorClasses {
		matches, err := e.when.Eval(response)
		if err != nil {
			f.Class, f.Message = Misconfigured, "errorClasses could not be evaluated: "+err.Error()
			break
		}
		if value.Truthy(matches) {
			f.Class = e.class
			break
		}
	}
	return f
}

// refusal says in words what kind of refusal an answer is.
func refusal(p *parsed) string {
	switch {
	case p.success():
		return "the provider answered with an error"
	case p.status >= 300 && p.status <= 399:
		return "the provider answered with a redirect" + redirectHost(p) + ", which is never followed: the URI must be the final one"
	case p.status >= 500:
		return "the provider failed"
	}
	return "the provider refused the request"
}

func redirectHost(p *parsed) string {
	if u, err := url.Parse(p.header.Get("Location")); err == nil && u.Host != "" {
		return " to " + shorten(u.Host, 100)
	}
	return ""
}

// refused looks for an error in an answer of any status: RFC 6749 section 5.2 wants 400, many providers answer 200.
func (c *Config) refused(p *parsed, a *egress.Answer) *Failure {
	said := errorOf(p.data)
	if !p.success() || said.plain {
		return c.classify(p, a, said)
	}
	if c.errorWhen == nil {
		return nil
	}
	isError, err := c.errorWhen.Eval(p.response())
	if err != nil {
		return &Failure{Class: Misconfigured, Message: "errorWhen could not be evaluated: " + err.Error(), Status: p.status, Sent: true}
	}
	if !value.Truthy(isError) {
		return nil
	}
	said.code = firstText(said.code, said.description, "error")
	f := c.classify(p, a, said)
	if said.description == "error" {
		f.Code = ""
	}
	return f
}

// unusable is the failure of an answer with a 2xx status that holds no token.
func (c *Config) unusable(p *parsed, a *egress.Answer, message string) *Failure {
	f := c.classify(p, a, errorOf(p.data))
	if f.Code == "" {
		if p.problem != "" {
			message = p.problem + ", expected a token response in JSON"
		}
		f.Message = "the provider answered without a token: " + message
	}
	return f
}

// retryAfter reads a Retry-After (RFC 9110 section 10.2.3): seconds, or a date. At most a day is believed.
func retryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 0 {
		return min(secondsDuration(seconds), 24*time.Hour)
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return min(at.Sub(now), 24*time.Hour)
	}
	return 0
}

// sendFailure is the failure of a request that got no answer.
func sendFailure(err error) *Failure {
	var failure *Failure
	if errors.As(err, &failure) {
		return failure
	}
	f := &Failure{Class: Unknown, Sent: true, Message: "the request got no answer", Err: err}
	var e *egress.Error
	if !errors.As(err, &e) {
		return f
	}
	f.Sent, f.Message = e.Sent, "the request got no answer: "+e.Error()
	switch e.Reason {
	case egress.TooLarge, egress.Redirect:
		f.Class, f.Message = Malformed, "the provider's answer cannot be used: "+e.Error()
		return f
	case egress.HostNotAllowed, egress.AddressRefused, egress.PlainHTTP, egress.InvalidRequest:
		f.Class, f.Message = Misconfigured, "the request was not sent: "+e.Error()
	default:
		f.Class = Transient
	}
	if e.Sent {
		f.Class = Unknown
	}
	return f
}
