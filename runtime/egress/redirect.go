package egress

import (
	"net/http"
	"net/url"
	"strings"
)

// follow is the request that a redirect asks for; nil where the response is the answer: no redirect, no Location, or a
// policy that follows none. hops are behind us. Methods change as in the Fetch standard (HTTP-redirect fetch): 303 to GET,
// 301 and 302 from POST to GET. The target is judged like any request when it is sent.
func follow(r *http.Request, response *http.Response, p Policy, hops int) (*http.Request, error) {
	location := response.Header.Get("Location")
	if p.Redirects <= 0 || location == "" || !isRedirect(response.StatusCode) {
		return nil, nil
	}
	host := r.URL.Hostname()
	if hops >= p.Redirects {
		return nil, sent(failf(Redirect, host, "%s redirects more than %d times", host, p.Redirects))
	}
	target, err := url.Parse(location)
	if err != nil {
		return nil, sent(failf(Redirect, host, "%s redirects to something that is no URL", host))
	}
	next := r.Clone(r.Context())
	next.URL = r.URL.ResolveReference(target)
	from, _ := endpointOf(r.URL)
	to, err := endpointOf(next.URL)
	if err != nil {
		return nil, sent(failf(Redirect, host, "%s redirects to a URL that cannot be used: %w", host, err))
	}
	changeMethod(next, response.StatusCode)
	if from != to || r.URL.Scheme != next.URL.Scheme {
		dropCredentials(next)
	}
	return next, rewind(next, host)
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

func changeMethod(r *http.Request, status int) {
	switch {
	case status == http.StatusSeeOther && r.Method != http.MethodHead:
	case (status == http.StatusMovedPermanently || status == http.StatusFound) && r.Method == http.MethodPost:
	default:
		return
	}
	r.Method = http.MethodGet
	dropBody(r)
}

func dropBody(r *http.Request) {
	r.Body, r.GetBody, r.ContentLength, r.TransferEncoding, r.Trailer = nil, nil, 0, nil, nil
	for name := range r.Header {
		if strings.HasPrefix(http.CanonicalHeaderKey(name), "Content-") {
			delete(r.Header, name)
		}
	}
}

// dropCredentials leaves another origin nothing that could hold a credential: any header that a caller gave may be one
// (X-Api-Key, X-Shopify-Access-Token), so the few that are none stay, and the body goes.
func dropCredentials(r *http.Request) {
	dropBody(r)
	for name := range r.Header {
		switch http.CanonicalHeaderKey(name) {
		case "Accept", "Accept-Language", "Cache-Control", "User-Agent":
		default:
			delete(r.Header, name)
		}
	}
}

// rewind gives a request that is sent again its body from the start.
func rewind(r *http.Request, host string) error {
	switch {
	case r.Body == nil || r.Body == http.NoBody:
		return nil
	case r.GetBody == nil:
		return sent(failf(Redirect, host, "%s redirects a request whose body cannot be sent again", host))
	}
	body, err := r.GetBody()
	r.Body = body
	if err != nil {
		return sent(failf(Redirect, host, "%s redirects a request whose body cannot be sent again", host))
	}
	return nil
}

func sent(e *Error) *Error {
	e.Sent = true
	return e
}
