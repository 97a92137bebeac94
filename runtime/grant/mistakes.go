package grant

import (
	"fmt"
	"strings"

	"claviger/mapping/finding"
)

// FieldError is one mistake in what getOAuthConfig returned.
type FieldError struct {
	Field   string // as the author writes it: extra.state, errorClasses[0].class
	Message string // what was expected and what was found
}

// Error is "field: message".
func (e *FieldError) Error() string { return e.Field + ": " + e.Message }

// NotSupportedError names a feature of the contract that this version does not honour.
type NotSupportedError struct {
	Feature string // a field, or a field and its value
}

// Error says so.
func (e *NotSupportedError) Error() string {
	return e.Feature + " is not supported by this version yet"
}

// ConfigError is every mistake in what getOAuthConfig returned: each a *FieldError or a *NotSupportedError, reached by
// errors.As.
type ConfigError struct {
	Mistakes []error
}

// Error lists the mistakes on one line.
func (e *ConfigError) Error() string {
	lines := make([]string, len(e.Mistakes))
	for i, m := range e.Mistakes {
		lines[i] = m.Error()
	}
	return "getOAuthConfig returned: " + strings.Join(lines, "; ")
}

// Unwrap is the mistakes.
func (e *ConfigError) Unwrap() []error { return e.Mistakes }

// unknownWord is the message for a word that is none of known.
func unknownWord(word string, known []string) string {
	text := fmt.Sprintf("%q is not known here", shorten(word, 60))
	if hint := finding.DidYouMean(word, known); hint != "" {
		text += " (" + hint + ")"
	}
	return text
}

// shorten cuts a text to at most n characters.
func shorten(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n]) + "…"
	}
	return text
}
