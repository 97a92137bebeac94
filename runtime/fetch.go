package runtime

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"claviger/jsbridge"
	"claviger/runtime/apiclient"
	"claviger/runtime/egress"
)

// hookRedirects is how many redirects a hook's fetch follows.
const hookRedirects = 5

// CarryFetch carries a hook's request out through the guard, to the given hosts only, and gives the answer in both forms:
// as it came, and as the hook gets it.
func CarryFetch(ctx context.Context, guard *egress.Guard, hosts egress.Hosts, limits jsbridge.Limits, r jsbridge.FetchRequest) (*egress.Answer, *jsbridge.FetchResponse, error) {
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, nil, &egress.Error{Reason: egress.InvalidRequest, Err: errors.New("the request's method or URL cannot be used")}
	}
	for _, h := range r.Header {
		request.Header.Add(h[0], h[1])
	}
	policy := egress.Policy{Hosts: hosts, Timeout: limits.Wall, MaxBytes: limits.Bytes, Received: r.Received}
	if r.MaxBytes > 0 {
		policy.MaxBytes = r.MaxBytes
	}
	if r.Redirect == "follow" || r.Redirect == "" {
		policy.Redirects = hookRedirects
	}
	a, err := guard.Do(request, policy)
	var refused *egress.Error
	if errors.Is(err, jsbridge.ErrMaxBytes) || errors.As(err, &refused) && refused.Reason == egress.TooLarge {
		return nil, nil, errors.Join(jsbridge.ErrMaxBytes, err)
	}
	if err != nil {
		return nil, nil, err
	}
	if r.Redirect == "error" && a.Status >= 300 && a.Status < 400 && a.Header.Get("Location") != "" {
		return nil, nil, &egress.Error{Reason: egress.Redirect, Sent: true, Err: errors.New("the server redirects and redirect is \"error\"")}
	}
	return a, &jsbridge.FetchResponse{
		Status: a.Status, StatusText: http.StatusText(a.Status), URL: a.URL, Redirected: a.Redirected,
		Header: headerList(a.Header), Body: a.Body,
	}, nil
}

// fetch carries a hook's request out.
func (b *binding) fetch(ctx context.Context, r jsbridge.FetchRequest) (*jsbridge.FetchResponse, error) {
	_, response, err := b.carry(ctx, r)
	return response, err
}

// carry carries a request of a method out. What it came to is remembered: a result without a token takes its class from it.
func (b *binding) carry(ctx context.Context, r jsbridge.FetchRequest) (*egress.Answer, *jsbridge.FetchResponse, error) {
	b.hearRequest(r)
	carry := func() (*egress.Answer, *jsbridge.FetchResponse, error) {
		return CarryFetch(ctx, b.e.guard, b.hosts, b.limits(), r)
	}
	if b.recorder != nil {
		carry = func() (*egress.Answer, *jsbridge.FetchResponse, error) { return b.recorder.fetch(ctx, r) }
	}
	answer, response, err := carry()
	b.setLast(answer, err)
	b.hearAnswer(answer)
	return answer, response, err
}

// limits are those of the server, lowered to what the connector asks for.
func (b *binding) limits() jsbridge.Limits { return b.connector.Limits.Under(b.e.limits) }

func (b *binding) setLast(a *egress.Answer, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last, b.lastErr = a, err
}

// lastFetch is what the hook's last fetch came to; both are nil when it made none.
func (b *binding) lastFetch() (*egress.Answer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last, b.lastErr
}

func (b *binding) setLastCall(failed *apiclient.Error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refused = failed
}

// lastCall is what the method's last call of the API failed of; nil where it did not fail, or made none.
func (b *binding) lastCall() *apiclient.Error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.refused
}
