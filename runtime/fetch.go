package runtime

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"

	"claviger/jsbridge"
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

// headerList is a header as a list, in the order of names.
func headerList(h http.Header) [][2]string {
	var list [][2]string
	for name, values := range h {
		for _, v := range values {
			list = append(list, [2]string{name, v})
		}
	}
	slices.SortStableFunc(list, func(a, b [2]string) int { return bytes.Compare([]byte(a[0]), []byte(b[0])) })
	return list
}
