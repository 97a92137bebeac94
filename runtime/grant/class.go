package grant

import (
	"net/http"
	"strconv"
	"strings"
	"time"
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

// FailureOf is the failure that an error code alone stands for: one of a callback, or of an Error that a hook threw.
// retryAfter 0: nothing is known.
func FailureOf(code string, retryAfter time.Duration) *Failure {
	code, retryAfter = oneLine(code, rawLength), min(retryAfter, longestRetry)
	return &Failure{Class: ClassifyCode(code, 0, retryAfter), Code: code, RetryAfter: retryAfter}
}

// longestRetry is how long a wait that a provider, or a hook, asks for is believed at most.
const longestRetry = 24 * time.Hour

// retryAfter reads a Retry-After (RFC 9110 section 10.2.3): seconds, or a date; 0 where it is neither, or not ahead.
func retryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 0 {
		return min(secondsDuration(seconds), longestRetry)
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return min(at.Sub(now), longestRetry)
	}
	return 0
}
