package grant

import (
	"fmt"
	"strings"
	"time"
)

// Failure is why there is no token. It holds no secret that this package sent; the caller, who knows more secrets,
// redacts it further. The zero values mean "not known".
type Failure struct {
	Class       Class
	Code        string        // `error` of RFC 6749 section 5.2, or what the provider uses in its place
	Description string        // `error_description`
	URI         string        // `error_uri`
	Excerpt     string        // of the provider's answer, at most 300 characters, values that look like secrets replaced
	Message     string        // what happened, in words of ours
	Status      int           // HTTP status of the provider's answer; 0: there was none
	RetryAfter  time.Duration // what the provider's Retry-After said
	Sent        bool          // the request may have reached the provider
	Err         error         // the cause, for errors.As: *oauth2.RetrieveError, *egress.Error, *ConfigError
}

// Error shows everything but the excerpt on one line, for the excerpt usually repeats the rest.
func (f *Failure) Error() string {
	var b strings.Builder
	b.WriteString(f.Message)
	if f.Status != 0 {
		fmt.Fprintf(&b, " (status %d)", f.Status)
	}
	if f.Code != "" {
		b.WriteString(": " + f.Code)
	}
	if f.Description != "" {
		b.WriteString(": " + f.Description)
	}
	if f.Code == "" && f.Description == "" && f.Excerpt != "" {
		b.WriteString(": " + f.Excerpt)
	}
	return b.String()
}

// Unwrap is the cause.
func (f *Failure) Unwrap() error { return f.Err }

func failed(class Class, format string, args ...any) *Failure {
	return &Failure{Class: class, Message: fmt.Sprintf(format, args...)}
}
