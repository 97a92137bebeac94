package apiclient

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"claviger/runtime/egress"
)

// Forward is the address of a call that is passed on: the path and query as they were received, percent-encoded, below a base.
// path is empty or begins with a slash. Besides what Join refuses, no reading of the path that servers are known for (encoded
// slashes and backslashes decoded first, parameters after a semicolon) may lead above the base.
func Forward(base *url.URL, path, query string) (*url.URL, error) {
	if err := checkPath(path); err != nil {
		return nil, err
	}
	if strings.ContainsAny(path, "%;") && climbs(loosely.Replace(strings.ToLower(path))) {
		return nil, errors.New("a path may not hold the segments . and .., in no encoding")
	}
	u := *base
	u.RawQuery = joinRaw(base.RawQuery, query)
	if path == "" {
		return &u, nil
	}
	escaped := strings.TrimSuffix(base.EscapedPath(), "/") + path
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return nil, errors.New("the path has a percent sign that begins no code")
	}
	u.Path, u.RawPath = plain, escaped
	return &u, nil
}

func climbs(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment, _, _ = strings.Cut(segment, ";"); segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// loosely decodes what some servers decode before they look for segments.
var loosely = strings.NewReplacer("%2e", ".", "%2f", "/", "%5c", "/", "%3b", ";", "%00", ";")

// Sets tells whether the client gives requests the header, by its canonical name.
func (c *Client) Sets(name string) bool {
	_, ok := c.header[name]
	return ok || c.auth != nil && name == "Authorization"
}

// Again tells whether a forwarded call that was made so many times is made once more, and after what time: one of a method
// that may be repeated, whose answer, or the error in the place of one, may pass. It is made most times more at the most, and
// no oftener than the client's retry says. failed is what JudgeHead says of an answer.
func (c *Client) Again(method string, failed *Error, err error, tries, most int) (time.Duration, bool) {
	rule := c.retry
	if rule.attempts == 0 {
		rule = usualRetry
		rule.attempts = most + 1
	}
	var lost *egress.Error
	passing, repeats, after := false, slices.Contains(rule.methods, method), time.Duration(0)
	switch {
	case errors.As(err, &lost):
		passing, repeats = isPassing(lost) || lost.Reason == egress.Crowded, repeats || !lost.Sent
	case failed != nil:
		passing = failed.Key == RateLimitExceeded || failed.Key == "" && slices.Contains(rule.statuses, failed.Status)
		after = failed.RetryAfter
	}
	if after == 0 {
		after = backoff(max(rule.delay, 0.01), tries)
	}
	return after, passing && repeats && tries <= most && tries < rule.attempts
}

// usualRetry is what a retry says that says nothing. Its methods are the idempotent ones (RFC 9110 section 9.2.2).
var usualRetry = retry{
	attempts: 3, statuses: []int{408, 425, 500, 502, 503, 504}, delay: 0.5,
	methods: []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete},
}
