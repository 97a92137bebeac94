package runtime

import (
	"errors"
	"fmt"
	"time"

	"claviger/runtime/grant"
)

// Code is the stable name of a kind of error; the HTTP interface shows it as the problem's `code`.
type Code string

// Every code there is. The HTTP interface has one table from these to status codes.
const (
	CodeInvalidRequest      Code = "invalid_request"    // the request itself is unusable
	CodeInvalidParameters   Code = "invalid_parameters" // values that their schema refuses; Fields says which
	CodeInvalidReturnURL    Code = "invalid_return_url" // not registered with the integration
	CodeUnauthorized        Code = "unauthorized"       // no key, or an unknown one
	CodeForbidden           Code = "forbidden"          // the key's scope or limits exclude it
	CodeNotFound            Code = "not_found"          //
	CodeConflict            Code = "conflict"           // changed meanwhile, or still in use
	CodeNotSupported        Code = "not_supported"      // the contract names it, this version does not honour it
	CodeNotConnected        Code = "not_connected"      // the connection has no credentials yet
	CodeReconnectRequired   Code = "reconnect_required" // only its user can bring the connection back
	CodeNotRefreshable      Code = "not_refreshable"    // nothing can renew this connection
	CodeMisconfigured       Code = "integration_misconfigured"
	CodeConnectorUnusable   Code = "connector_unavailable" // not loaded, or loaded with errors
	CodeClientRefused       Code = "client_refused"        // the provider does not know the client that was to be verified
	CodeProviderRefused     Code = "provider_refused"      // the provider said no
	CodeProviderUnavailable Code = "provider_unavailable"  // it did not answer, or asked to come later
	CodeProviderMalformed   Code = "provider_malformed"    // it answered without a token, and without an error
	CodeUnknownOutcome      Code = "unknown_outcome"       // a renewal was sent and its answer did not come
	CodeConnectorFailed     Code = "connector_failed"      // a method of the connector failed
	CodeRateLimited         Code = "rate_limited"          // a page, or an address, asks too often
	CodeOverloaded          Code = "overloaded"            // no worker became free for a method in JavaScript: it did not start
	CodeUpstreamUnavailable Code = "upstream_unavailable"  // the API gave a proxied call no answer
	CodeUpstreamTimeout     Code = "upstream_timeout"      // it did not answer in time
	CodeAccountChanged      Code = "account_changed"       // reconnecting gave another account
	CodeFlowRefused         Code = "flow_refused"          // neutral: unknown, used, expired or foreign link or state
	CodeStoreUnavailable    Code = "store_unavailable"
	CodeInternal            Code = "internal"
)

// FieldError says what is wrong with one value of a request.
type FieldError struct {
	Path    string `json:"path"` // as in the request, such as parameters.domain
	Message string `json:"message"`
}

// Error is what every exported function of this package fails with. Its text is for people and holds no secret.
type Error struct {
	Code       Code
	Message    string
	Fields     []FieldError  // of CodeInvalidParameters
	RetryAfter time.Duration // 0: nothing known
	Failure    *Failure      // the stored fact behind it, where there is one
	Err        error         // the cause, for logs
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

func errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// AsError gives any error this package's form; what it does not know is CodeInternal with a message that tells nothing.
func AsError(err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, ErrNotFound):
		return &Error{Code: CodeNotFound, Message: "there is no such record", Err: err}
	case errors.Is(err, ErrConflict):
		return &Error{Code: CodeConflict, Message: "the record has changed meanwhile; read it again", Err: err}
	}
	return &Error{Code: CodeInternal, Message: "something went wrong on our side; the server's log says what", Err: err}
}

// storeError wraps what the store answered about one record.
func storeError(what, id string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNotFound):
		return &Error{Code: CodeNotFound, Message: fmt.Sprintf("there is no %s %q", what, id), Err: err}
	case errors.Is(err, ErrConflict):
		return &Error{Code: CodeConflict, Message: fmt.Sprintf("%s %q has changed meanwhile; read it again", what, id), Err: err}
	}
	if errors.Is(err, ErrUnopened) {
		return &Error{Code: CodeInternal, Message: fmt.Sprintf("%s %q cannot be opened with the encryption keys of this server; its log says more", what, id), Err: err}
	}
	return &Error{Code: CodeStoreUnavailable, Message: "the database does not answer", RetryAfter: 5 * time.Second, Err: err}
}

// codeOf tells callers apart what a class of failure means for them.
func codeOf(class grant.Class) Code {
	switch class {
	case grant.Reauth:
		return CodeReconnectRequired
	case grant.Misconfigured:
		return CodeMisconfigured
	case grant.Transient:
		return CodeProviderUnavailable
	case grant.Malformed:
		return CodeProviderMalformed
	case grant.Unknown:
		return CodeUnknownOutcome
	}
	return CodeConnectorFailed
}
