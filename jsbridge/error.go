package jsbridge

import (
	"fmt"
	"time"
)

// Error is the failure of one call of a hook: what it threw, what its result could not be, or the limit it went over.
type Error struct {
	Connector  string
	File       string        // the author's file; the entry where the running line is not known
	Line, Col  int           // from 1, Col in characters; 1:1 where the running line is not known
	Message    string        // one line
	Code       string        // `code` of the thrown Error where that is a text, such as an OAuth error code; else ""
	RetryAfter time.Duration // `retryAfter` of the thrown Error (seconds there); of an overload: when to try again; 0: none
	Limit      string        // "wall", "cpu", "memory", "fetches", "bytes" or "log" where that limit ended the call; else ""
	Overloaded bool          // no worker became free in time, or none could be started: the hook did not run

	cause error
}

// Error is "file:line:col: message".
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, max(e.Line, 1), max(e.Col, 1), e.Message)
}

// Unwrap is the context's error where the caller gave the call up, else nil.
func (e *Error) Unwrap() error { return e.cause }
