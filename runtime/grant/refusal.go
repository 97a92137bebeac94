package grant

import (
	"errors"
	"net/url"

	"claviger/mapping/value"
	"claviger/runtime/egress"
)

// ErrorFrom is the failure that a provider's answer stands for, or nil where it is no error. It is for answers that a
// hook received, which may be to anything.
func (c *Config) ErrorFrom(a *egress.Answer) *Failure {
	p := parse(a)
	return c.refused(&p)
}

// ErrorIn is the failure that a hook's result names under `error`, or nil where it names none.
func (c *Config) ErrorIn(result *value.Object) *Failure {
	said := errorOf(result)
	if said.code == "" || said.guessed {
		return nil
	}
	f := &Failure{Message: "the result names an error", Excerpt: shorten(outline(result), rawLength)}
	said.into(f)
	f.Class = ClassifyCode(f.Code, 0, 0)
	return f
}

// ErrorBehind is the failure that lies behind a hook's result that holds no token: that of the last answer which the hook
// was given. Unlike ErrorFrom it asks errorClasses of an answer of success too, unless that one holds a token: a provider
// may answer an error with 200 in a shape of its own. Nil where the answer explains nothing.
func (c *Config) ErrorBehind(a *egress.Answer) *Failure {
	p := parse(a)
	if f := c.refused(&p); f != nil {
		return f
	}
	if _, message := c.accept(p.object(), a.ReceivedAt); message == "" || len(c.errorClasses) == 0 {
		return nil
	}
	f := c.classify(&p, errorOf(p.data), false)
	if !c.reclassify(f, p.response()) {
		return nil
	}
	return f
}

// Reclassify gives a failure that a hook named itself, by an error code, the class that errorClasses has for the last answer
// which the hook was given, if any: they come before the built-in classes.
func (c *Config) Reclassify(f *Failure, a *egress.Answer) {
	if a == nil || len(c.errorClasses) == 0 {
		return
	}
	p := parse(a)
	if _, message := c.accept(p.object(), a.ReceivedAt); message != "" {
		c.reclassify(f, p.response())
	}
}

// refused looks for an error in an answer of any status: RFC 6749 section 5.2 wants 400, many providers answer 200.
func (c *Config) refused(p *parsed) *Failure {
	said := errorOf(p.data)
	if !p.success() || said.plain {
		return c.classify(p, said, true)
	}
	if c.errorWhen == nil {
		return nil
	}
	isError, err := c.errorWhen.Eval(p.response())
	switch {
	case err != nil:
		return &Failure{Class: Misconfigured, Message: "errorWhen could not be evaluated: " + err.Error(), Status: p.status, Sent: true}
	case value.Truthy(isError):
		return c.classify(p, said, true)
	}
	return nil
}

// unusable is the failure of an answer with a 2xx status that holds no token; message says what is wrong with it.
func (c *Config) unusable(p *parsed, message string) *Failure {
	said := errorOf(p.data)
	if said.guessed && !said.denied && ClassifyCode(said.code, 0, 0) == Malformed {
		said = providerError{} // {"status": "ok", "message": "welcome"} is no error
	}
	f := c.classify(p, said, said.denied || said.code+said.description != "")
	if p.problem != "" {
		message = "found " + p.problem + ", expected JSON or a form"
	}
	f.Message = "the provider answered without a token: " + message
	return f
}

// classify makes a Failure of an answer: errorClasses first, then the built-in classes. isError says that the answer
// itself claims to be an error, so that what it holds may be shown.
func (c *Config) classify(p *parsed, said providerError, isError bool) *Failure {
	f := &Failure{
		Message: refusal(p), Status: p.status, Sent: true, Excerpt: excerpt(p, isError),
		RetryAfter: retryAfter(p.header.Get("Retry-After"), p.receivedAt),
	}
	said.into(f)
	code := f.Code
	if !said.plain && p.status >= 500 {
		code = "" // a gateway's words, not an OAuth error: what became of the request is not known
	}
	f.Class = ClassifyCode(code, f.Status, f.RetryAfter)
	if len(c.errorClasses) > 0 {
		c.reclassify(f, p.response())
	}
	return f
}

// reclassify tells whether errorClasses has had a word.
func (c *Config) reclassify(f *Failure, response *value.Object) bool {
	for _, e := range c.errorClasses {
		matches, err := e.when.Eval(response)
		if err != nil {
			f.Class, f.Message = Misconfigured, "errorClasses could not be evaluated: "+err.Error()
			return true
		}
		if value.Truthy(matches) {
			f.Class = e.class
			return true
		}
	}
	return false
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

// FailureToSend is the failure of a request that got no usable answer; err is what a Sender said.
func FailureToSend(err error) *Failure {
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
