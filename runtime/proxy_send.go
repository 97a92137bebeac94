package runtime

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"time"

	"claviger/runtime/apiclient"
	"claviger/runtime/egress"
	"claviger/runtime/grant"
)

// maxPatience is the longest wait before a call is made again; what asks for more is handed back.
const maxPatience = 30 * time.Second

// RoundTrip makes the call: with the connection's credentials, once more after a renewal where the API says that the token has
// expired, and again as ProxyCall.Retry says. An answer that says no is handed back as it is where nothing helps. r.URL must be
// the passage's, and r's headers clean. Errors are *Error.
func (p *Passage) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := p.send(r)
	status := 0
	if err == nil {
		status = response.StatusCode
	}
	p.e.observer.APICall(p.way.key, throughProxy, callOutcome(status, err))
	return response, err
}

func (p *Passage) send(r *http.Request) (*http.Response, error) {
	body, original, err := p.bodyOf(r)
	if err != nil {
		return nil, err
	}
	ctx := r.Context()
	sent := r
	for tries, renewed := 1, false; ; tries++ {
		p.alive()
		if p.call.Placeholders && p.target == nil {
			if sent, body.whole, err = p.expanded(ctx, r, original); err != nil {
				return nil, err
			}
		}
		response, lost := p.attempt(sent, body)
		var failed *apiclient.Error
		if lost == nil {
			failed = p.way.client.JudgeHead(response.StatusCode, response.Header)
		}
		if failed == nil && lost == nil {
			return response, nil
		}
		if failed != nil && failed.Key == apiclient.ConnectionDefunct {
			p.defunct(ctx, failed)
		}
		if failed != nil && failed.Key == apiclient.AccessTokenExpired && !renewed {
			if renewed = p.renewed(ctx, body, response); renewed {
				tries--
				continue
			}
		}
		wait, again := p.way.client.Again(r.Method, failed, lost, tries, p.call.Retry)
		if !again || wait > maxPatience || !body.repeatable() || ctx.Err() != nil {
			return response, p.failure(lost)
		}
		if lost == nil {
			dismiss(response)
		}
		rest(ctx, wait)
	}
}

// bodyOf reads as much of the body as is needed before it is sent; of one whose placeholders are expanded that is all.
func (p *Passage) bodyOf(r *http.Request) (body *sending, original []byte, err error) {
	if !p.call.Placeholders {
		body, err = sendingOf(r)
		return body, nil, err
	}
	original, err = wholeBody(r)
	return &sending{}, original, err
}

// attempt sends the request with the credentials of now.
func (p *Passage) attempt(r *http.Request, body *sending) (*http.Response, error) {
	out := *r
	out.URL, out.Host, out.Header = cmp.Or(p.target, p.url), "", maps.Clone(r.Header)
	if out.Header.Get("User-Agent") == "" {
		delete(out.Header, "User-Agent") // the connector's, if it has one
	}
	for name := range out.Header {
		if strings.IndexByte(name, '_') >= 0 && p.way.client.Sets(http.CanonicalHeaderKey(strings.ReplaceAll(name, "_", "-"))) {
			delete(out.Header, name)
		}
	}
	p.way.client.Authorize(&out)
	if out.Header["User-Agent"] == nil {
		out.Header["User-Agent"] = ownUserAgent
	}
	body.give(&out)
	return p.way.out.RoundTrip(&out)
}

var ownUserAgent = []string{"Claviger"} // nobody changes it

// renewed renews the token for one more try, and tells whether that can be made. Where the body is gone, it is for the next call.
func (p *Passage) renewed(ctx context.Context, body *sending, response *http.Response) bool {
	if body.repeatable() {
		return settle(response) && p.renew(ctx)
	}
	e, seen := p.e, p.connection
	e.meanwhile("refused "+seen.ID, func() { _, _ = e.newer(context.WithoutCancel(ctx), seen) })
	return false
}

// renew gets the way with a newer token than the one that the API calls expired, and tells whether there is one.
func (p *Passage) renew(ctx context.Context) bool {
	p.alive()
	c, err := p.e.newer(ctx, p.connection)
	if err != nil {
		return false
	}
	at, err := p.e.now(ctx)
	if err != nil {
		return false
	}
	way, err := p.e.wayTo(ctx, c, at)
	if err != nil {
		return false
	}
	base := way.client.Base(p.call.Base)
	if base == nil {
		return false
	}
	u, err := apiclient.Forward(base, p.call.Path, p.call.RawQuery)
	if err != nil {
		return false
	}
	p.connection, p.way, p.url, p.target = c, way, u, nil
	return true
}

// defunct notes that the API has called the connection dead.
func (p *Passage) defunct(ctx context.Context, failed *apiclient.Error) {
	at, err := p.e.now(ctx)
	if err != nil {
		return
	}
	p.e.pronounceDead(ctx, p.connection, &Failure{
		Class: grant.Reauth, Reason: reasonRefused, At: at, Connector: p.way.connector, Status: failed.Status,
		Code: oneLine(p.way.redactor.Redact(failed.Code), 100), Message: oneLine(p.way.redactor.Redact(failed.Message), 1_000),
	})
}

// failure is why a call got no answer.
func (p *Passage) failure(err error) error {
	if err == nil {
		return nil
	}
	var known *Error
	var lost *egress.Error
	switch {
	case errors.As(err, &known):
		return known
	case !errors.As(err, &lost):
		return &Error{Code: CodeUpstreamUnavailable, Message: "the API's answer cannot be passed on", Err: err}
	}
	e := &Error{Code: CodeUpstreamUnavailable, Message: "the API gave no answer: " + lost.Error(), Err: err}
	switch lost.Reason {
	case egress.Timeout:
		e.Code = CodeUpstreamTimeout
	case egress.Crowded:
		e.Code, e.RetryAfter = CodeOverloaded, time.Second
	case egress.HostNotAllowed, egress.AddressRefused, egress.PlainHTTP:
		e.Code, e.Message = CodeConnectorFailed, "the call was not sent: "+lost.Error()
	case egress.InvalidRequest:
		e.Code, e.Message = CodeInvalidRequest, "the call was not sent: "+lost.Error()
	}
	return e
}
