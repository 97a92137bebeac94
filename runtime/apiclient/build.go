package apiclient

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
)

// build makes the HTTP request of a call.
func (c *Client) build(ctx context.Context, r Request) (*http.Request, error) {
	if !slices.Contains(Methods, r.Method) {
		return nil, errors.New("the method is none of HTTP that an API call may have")
	}
	u, err := c.target(r)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, "", bytes.NewReader(r.Body))
	if err != nil {
		return nil, errors.New("the request cannot be built")
	}
	if request.URL = u; r.Body == nil {
		request.Body, request.GetBody = nil, nil
	}
	c.lay(request, r)
	return request, nil
}

// target is the address of a call.
func (c *Client) target(r Request) (*url.URL, error) {
	u, ok, err := absolute(r.Path)
	if !ok {
		base := c.Base("")
		if r.BaseURI != "" {
			if base, err = parseURL(r.BaseURI); err != nil {
				return nil, errors.New("options.baseUri: " + err.Error())
			}
		}
		u, err = Join(base, r.Path)
	}
	if err != nil {
		return nil, err
	}
	at := *u
	at.RawQuery = joinRaw(at.RawQuery, string(encodeForm(r.Query)))
	at.RawQuery = joinQuery(at.RawQuery, c.query)
	return &at, nil
}

// lay sets headers and auth. What the call says counts more than what the client says; of each the auth more than a header
// Authorization.
func (c *Client) lay(request *http.Request, r Request) {
	h := request.Header
	h.Set("Accept", "application/json, */*;q=0.8")
	for name, values := range c.header {
		h[name] = slices.Clone(values)
	}
	if c.auth != nil {
		request.SetBasicAuth(c.auth.Username, c.auth.Password.Reveal())
	}
	for _, name := range r.Without {
		h.Del(name)
	}
	if r.Body != nil && r.ContentType != "" {
		h.Set("Content-Type", r.ContentType)
	}
	for name, values := range r.Header {
		h[name] = slices.Clone(values)
	}
	if r.Auth != nil {
		request.SetBasicAuth(r.Auth.Username, r.Auth.Password.Reveal())
	}
}
